import { parseExactJson } from "@shoal/kernel";
import { type Database, type SqlValue, type Statement, statement } from "@shoal/store";
import { writeAudit } from "../audit/audit.ts";
import { readWorkFigures } from "../health/read-figures.ts";
import type { Json } from "../types.ts";
import { checkKnown, checkQueueNames, dlqOf } from "./names.ts";
import { toQueueError } from "./queue-errors.ts";
import type { QueueDepth } from "./queues.ts";
import { MAX_MESSAGE_BYTES } from "./statements.ts";

/** A message as it lies in a queue, or among its dead letters. Times are ISO. */
export interface MessageView {
  readonly id: string;
  readonly readCount: number;
  readonly enqueuedAt: string;
  /** Nobody reads it before; in the past where it waits for a reader. */
  readonly visibleAt: string;
  /** As it is stored, which may be compressed. */
  readonly storedBytes: number;
  /** Why it is dead; null where that is not known, and for a message that is not. */
  readonly code: string | null;
  /** For people, at most 1,000 characters; never a payload. */
  readonly message: string | null;
  readonly diedAt: string | null;
}

export interface MessageWithPayload extends MessageView {
  /** Null where it is larger than a message may be, which only a row made by hand is. */
  readonly payload: Json;
  readonly isTooLarge: boolean;
}

/** Which messages are looked at: those of a queue, or its dead letters. */
export interface MessagePlace {
  readonly queue: string;
  readonly isDead: boolean;
}

/**
 * Looks into the configured pgmq queues without reading from them: nobody misses a message for it, and its reads do not count.
 * @throws QUEUE_UNKNOWN it is none of the configured ones, or not there; QUEUE_PGMQ_MISSING; or as `Sql.query`
 */
export interface QueueAdmin {
  /** Null where the database has no pgmq. */
  depths(): Promise<readonly QueueDepth[] | null>;
  /** In the order of their ids, those after `after`. */
  list(place: MessagePlace, page: MessagePage): Promise<readonly MessageView[]>;
  show(place: MessagePlace, id: string): Promise<MessageWithPayload | undefined>;
  /** Puts dead letters back into their queue, or deletes them; those that are gone are left out. Resolves with their number. */
  act(actor: string, queue: string, action: "redrive" | "delete", ids: readonly string[]): Promise<number>;
}

const ACT = statement("letters_act", "select shoal.letters_act($1::text, $2::text, ($3::text[])::int8[]) as count");

interface MessageRow extends Omit<MessageView, "enqueuedAt" | "visibleAt" | "diedAt"> {
  readonly enqueuedAt: Date;
  readonly visibleAt: Date;
  readonly diedAt: Date | null;
  readonly payload?: string | null;
  readonly isTooLarge?: boolean;
}

export interface MessagePage {
  /** 1 or more. */
  readonly limit: number;
  /** The id of a message. */
  readonly after?: string;
  /** Only dead letters that died of it. */
  readonly errorCode?: string;
}

export interface QueueAdminOptions {
  readonly database: Pick<Database, "query" | "transaction">;
  /** Names of the configured pgmq queues. */
  readonly queues: readonly string[];
}

export function createQueueAdmin({ database, queues }: QueueAdminOptions): QueueAdmin {
  /** Queue names stand in SQL, so they are checked first. */
  const read = async ({ queue, isDead }: MessagePlace, select: (from: string) => Statement, params: SqlValue[]) => {
    checkKnown(queue, queues);
    checkQueueNames([queue]);
    try {
      return await database.query<MessageRow>(select(sourceOf(queue, isDead)), params);
    } catch (thrown) {
      throw toQueueError(thrown, queue);
    }
  };
  return {
    depths: async () => (await readWorkFigures(database, queues)).depths,
    async list(place, { limit, after = "0", errorCode }) {
      const rows = await read(
        place,
        (from) =>
          statement(
            "queue_browse",
            `select ${COLUMNS} ${from} where q.msg_id > $1::int8 and ($3::text is null or why.error_code = $3) order by q.msg_id limit $2::int`,
          ),
        [after, limit, errorCode ?? null],
      );
      return rows.map(viewOf);
    },
    async show(place, id) {
      const [row] = await read(
        place,
        (from) =>
          statement(
            "queue_browse_one",
            `select ${COLUMNS}, case when fits.it then q.message::text end as payload, not fits.it as "isTooLarge"
             ${from} cross join lateral (select octet_length(q.message::text) <= $2::int as it) fits where q.msg_id = $1::int8`,
          ),
        [id, MAX_MESSAGE_BYTES],
      );
      if (!row) return undefined;
      const payload = row.payload === undefined || row.payload === null ? null : (parseExactJson(row.payload) as Json);
      return { ...viewOf(row), payload, isTooLarge: row.isTooLarge === true };
    },
    async act(actor, queue, action, ids) {
      checkKnown(queue, queues);
      try {
        return await database.transaction(async (tx) => {
          const [row] = await tx.query<{ count: number }>(ACT, [queue, action, ids]);
          const count = row?.count ?? 0;
          const message = `${count} of the dead letters ${ids.join(", ")}`;
          await writeAudit(tx, [{ actor, action, outcome: "done", queue, message }]);
          return count;
        });
      } catch (thrown) {
        throw toQueueError(thrown, queue);
      }
    },
  };
}

const COLUMNS = `q.msg_id::text as id, q.read_ct as "readCount", q.enqueued_at as "enqueuedAt", q.vt as "visibleAt",
  pg_column_size(q.message) as "storedBytes", why.error_code as code, why.error_message as message, why.dead_at as "diedAt"`;

/** Each message once, with the latest reason of a dead one: ids begin at 1 again in a queue that was made anew. */
function sourceOf(queue: string, isDead: boolean): string {
  return `from pgmq."q_${isDead ? dlqOf(queue) : queue}" q left join lateral (
      select l.error_code, l.error_message, l.dead_at from shoal.queue_dead_letters l
      where ${isDead} and l.queue = '${queue}' and l.dlq_message_id = q.msg_id order by l.id desc limit 1
    ) why on true`;
}

function viewOf({ payload: _payload, isTooLarge: _isTooLarge, ...row }: MessageRow): MessageView {
  return {
    ...row,
    enqueuedAt: row.enqueuedAt.toISOString(),
    visibleAt: row.visibleAt.toISOString(),
    diedAt: row.diedAt?.toISOString() ?? null,
  };
}
