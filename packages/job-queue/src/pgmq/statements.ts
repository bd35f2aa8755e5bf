import { isFleetError, SECOND_MS } from "@shoal/kernel";
import { type Sql, type Statement, statement } from "@shoal/store";
import { MAX_PAYLOAD_BYTES } from "../jobs/check-job.ts";
import type { Ask } from "../work/claim-plan.ts";
import { dlqOf } from "./names.ts";
import { NUMERIC_OUT_OF_RANGE, toQueueError } from "./queue-errors.ts";
import { ensureQueues, existingQueues } from "./queues.ts";

export interface MessageRow {
  readonly queue: string;
  readonly id: string;
  readonly reads: number;
  readonly enqueued_at: Date;
  /** JSON, not parsed: the driver would round long numbers. */
  readonly message: string | null;
  /** The idempotency key that a redriven letter had before. */
  readonly key: string | null;
  /** Of the message, uncompressed; 0 where it is too large. */
  readonly bytes: number;
  /** It is larger than a message may be, and `message` is null instead. */
  readonly isTooLarge: boolean;
  /** More is in its queue than the bytes asked for allow. */
  readonly isCut: boolean;
}

/** What a read of all queues has brought. */
export interface QueueRead {
  readonly rows: readonly MessageRow[];
  /** When nothing could be read: in how many ms the next message can be; undefined: there is none. */
  readonly nextDueMs: number | undefined;
}

/**
 * One read of a message. pgmq counts the reads, so a reader with an older count has lost the message: this is the fence that
 * pgmq's own functions lack, which go by the id alone.
 */
export interface MessageRead {
  readonly id: string;
  readonly reads: number;
}

export interface TimedRead extends MessageRead {
  readonly seconds: number;
}

export interface DeadLetter extends MessageRead {
  readonly key: string;
  readonly code: string;
  /** For people. */
  readonly message: string;
}

/** The statements of the consumers; one round trip and one transaction each. */
export type QueueStatements = ReturnType<typeof createQueueStatements>;

/**
 * pgmq's functions of version 1.5.1 do the work. Only the fence looks at the table `pgmq.q_<queue>` itself, at its columns
 * `msg_id` and `read_ct`, which are documented: it locks the rows that are still ours, in the order of their ids, and the
 * function then gets just these. Each returns the ids for which it was so. Queue names must have been checked.
 *
 * @throws QUEUE_UNKNOWN, QUEUE_PGMQ_MISSING, or as `Sql.query`
 */
export function createQueueStatements(sql: Pick<Sql, "query">) {
  const run = async <Row extends object>(...asked: Parameters<Sql["query"]>): Promise<Row[]> => {
    try {
      return await sql.query<Row>(...asked);
    } catch (thrown) {
      throw toQueueError(thrown);
    }
  };
  const ids = async (...asked: Parameters<Sql["query"]>): Promise<Set<string>> => {
    const rows = await run<{ id: string }>(...asked);
    return new Set(rows.map((row) => row.id));
  };

  return {
    /** Reads all queues in one statement, however many there are. */
    async read(asks: readonly Ask[], visibilitySeconds: number): Promise<QueueRead> {
      const queues = asks.map(({ lane }) => lane);
      const maxBytes = asks.reduce((sum, ask) => sum + (ask.maxBytes ?? Number.MAX_SAFE_INTEGER / asks.length), 0);
      const params = [
        queues,
        asks.map(({ quantity }) => quantity),
        visibilitySeconds,
        Math.floor(maxBytes),
        MAX_MESSAGE_BYTES,
      ];
      try {
        return queueRead(await run<ReadRow>(READ_SQL, params));
      } catch (thrown) {
        if (!isFleetError(thrown) || thrown.details["sqlstate"] !== NUMERIC_OUT_OF_RANGE) throw thrown;
        // One less, so that it is read once more, and is dead by its number of reads.
        for (const queue of queues)
          await run(
            statement("queue_lower_reads", `update pgmq."q_${queue}" set read_ct = $1 - 1 where read_ct = $1`),
            [LAST_READ],
          );
        return queueRead(await run<ReadRow>(READ_SQL, params));
      }
    },

    /** Moves messages into the archive table of the queue. */
    archive: (queue: string, held: readonly MessageRead[]) =>
      ids(
        statement(
          "queue_archive",
          `with ours as materialized (${ours(queue)})
         select id from pgmq.archive($3::text, array(select msg_id from ours)) as id`,
        ),
        [...columns(held), queue],
      ),

    /** Makes messages readable after so many seconds: still at work (extension), after a while (failed), at once (given back). */
    setVisibility: (queue: string, held: readonly TimedRead[]) =>
      // set_vt of 1.5.1 takes one id, so it is called for each row of one statement.
      ids(
        statement(
          "queue_set_visibility",
          `with ours as materialized (${ours(queue, { seconds: "$4::int[]" })})
         select v.msg_id as id from ours cross join lateral pgmq.set_vt($3::text, ours.msg_id, ours.seconds) v`,
        ),
        [...columns(held), queue, held.map((each) => each.seconds)],
      ),

    /**
     * Moves messages into `<queue>_dlq`, the payload as it is and the reason beside it: all of it or nothing. A dead letter queue
     * that was dropped is made again: the dead messages would come back for ever.
     */
    async bury(queue: string, letters: readonly DeadLetter[]): Promise<Set<string>> {
      const bury = () =>
        ids(burySql(queue), [
          ...columns(letters),
          queue,
          dlqOf(queue),
          letters.map((each) => each.code),
          letters.map((each) => each.message),
          letters.map((each) => each.key),
        ]);
      try {
        return await bury();
      } catch (thrown) {
        if (!isFleetError(thrown, "QUEUE_UNKNOWN") || !(await existingQueues(sql, [queue])).has(queue)) throw thrown;
        await ensureQueues(sql, [queue]);
        return bury();
      }
    },
  };
}

const READ_SQL = statement(
  "queue_read",
  `
  select queue, id, reads, enqueued_at, message::text as message, key, bytes, "isTooLarge", "isCut", "nextDueMs"
  from shoal.queue_turn($1::text[], $2::int[], $3::int, $4::int8, $5::int) r order by r.id`,
);

type ReadRow = MessageRow | { readonly queue: null; readonly nextDueMs: number | null };

/** Others have read what can be read at this moment; it comes back only where they take that back. */
const LOCKED_MS = SECOND_MS;

function queueRead(read: readonly ReadRow[]): QueueRead {
  const [first] = read;
  if (!first || first.queue !== null) return { rows: read.filter((row) => row.queue !== null), nextDueMs: undefined };
  const { nextDueMs } = first;
  return { rows: [], nextDueMs: nextDueMs === null ? undefined : nextDueMs > 0 ? Math.ceil(nextDueMs) + 1 : LOCKED_MS };
}

/** Largest message that is read, as Postgres writes it: callers are held to 1 MB, and jsonb adds up to half as many blanks. */
export const MAX_MESSAGE_BYTES = 2 * MAX_PAYLOAD_BYTES;

/** The end of its column. A message that was read so often only by a change of its row by hand would fail the read of all queues. */
const LAST_READ = 2 ** 31 - 1;

/** The headers of a letter say where it comes from. A redrive keeps them, and with them the key. */
function burySql(queue: string): Statement {
  return statement(
    "queue_bury",
    `
    with ours as materialized (
      ${ours(queue, { code: "$5::text[]", words: "$6::text[]", key: "$7::text[]" }, ["q.read_ct", "q.message", "q.headers"])}
    ), sent as materialized (
      select o.msg_id, o.read_ct, o.code, o.words, s.dlq_id
      from ours o cross join lateral pgmq.send($4::text, o.message,
        case jsonb_typeof(o.headers) when 'object' then o.headers else '{}'::jsonb end || jsonb_build_object('shoal',
          jsonb_build_object('key', o.key, 'queue', $3::text, 'message_id', o.msg_id,
            'read_count', o.read_ct, 'code', o.code))) as s(dlq_id)
    ), noted as (
      insert into shoal.queue_dead_letters (queue, message_id, dlq_message_id, read_count, error_code, error_message)
      select $3::text, msg_id, dlq_id, read_ct, code, words from sent returning message_id
    )
    select id from pgmq.archive($3::text, array(select message_id from noted)) as id`,
  );
}

/**
 * The rows of our reads, locked in the order of their ids. `$1` and `$2` are ids and read counts, `more` are columns that
 * come with them.
 */
function ours(
  queue: string,
  more: Readonly<Record<string, string>> = {},
  columnsOfRow: readonly string[] = [],
): string {
  const names = Object.keys(more);
  const selected = ["q.msg_id", ...columnsOfRow, ...names.map((name) => `held.${name}`)];
  return `
    select ${selected.join(", ")}
    from unnest(${["$1::bigint[]", "$2::int[]", ...Object.values(more)].join(", ")}) as held(${["id", "reads", ...names].join(", ")})
    join pgmq."q_${queue}" q on q.msg_id = held.id and q.read_ct = held.reads
    order by q.msg_id for update of q`;
}

function columns(held: readonly MessageRead[]): [string[], number[]] {
  return [held.map((each) => each.id), held.map((each) => each.reads)];
}
