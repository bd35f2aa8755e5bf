import { type Sql, statement } from "@shoal/store";

/** Selects dead letters, the newest first. */
export interface DeadLetterFilter {
  readonly queue?: string;
  /** 1 or more. */
  readonly limit: number;
  /** Only those older than the dead letter of this id. */
  readonly before?: string;
}

/** Why a message of a pgmq queue is dead. Times are ISO. */
export interface DeadLetterView {
  readonly id: string;
  readonly queue: string;
  /** In the queue, whose archive has it. */
  readonly messageId: string;
  /** In `<queue>_dlq`. */
  readonly dlqMessageId: string;
  readonly readCount: number;
  readonly code: string;
  /** For people, at most 1,000 characters; never a payload. */
  readonly message: string | null;
  readonly diedAt: string;
  /** When it was put back into the queue, as a new message; null while it was not. */
  readonly redrivenAt: string | null;
}

// A bare `id` to order by would be the text that is selected, and sort 9 after 10.
const LIST = statement(
  "queue_dead_letters",
  `
select id::text, queue, message_id::text as "messageId", dlq_message_id::text as "dlqMessageId", read_count as "readCount",
  error_code as code, error_message as message, dead_at as "diedAt", redriven_at as "redrivenAt"
from shoal.queue_dead_letters
where ($1::text is null or queue = $1) and ($2::bigint is null or id < $2)
order by queue_dead_letters.id desc
limit $3`,
);

type DeadLetterRow = Omit<DeadLetterView, "diedAt" | "redrivenAt"> & {
  readonly diedAt: Date;
  readonly redrivenAt: Date | null;
};

/** Needs no pgmq. Errors as `Sql.query`. @source supabase/migrations/20261130001200_queue_dead_letters.sql */
export async function listDeadLetters(sql: Pick<Sql, "query">, filter: DeadLetterFilter): Promise<DeadLetterView[]> {
  const { queue = null, before = null, limit } = filter;
  const rows = await sql.query<DeadLetterRow>(LIST, [queue, before, limit]);
  return rows.map((row) => ({
    ...row,
    diedAt: row.diedAt.toISOString(),
    redrivenAt: row.redrivenAt?.toISOString() ?? null,
  }));
}
