import { type EpochMs, MINUTE_MS, type Runtime } from "@shoal/kernel";
import { statement } from "@shoal/store";
import { asRecord } from "../join-payload.ts";
import type { CheckLine } from "../policies/check-line.ts";
import type { Answer } from "../policies/policy-check.ts";
import type { StoredMessage } from "./stored-message.ts";

/** Which messages a joining client wants to be sent again. */
export interface ReplayRequest {
  readonly sinceMs: EpochMs;
  readonly limitCount: number;
}

/** The messages that a project keeps. */
export interface MessageHistory {
  /** Returns the newest private broadcasts of a topic, oldest first. Never rejects. */
  read(topicName: string, request: ReplayRequest): Promise<Answer<readonly StoredMessage[]>>;
}

/** The history of a server without a database. */
export const noHistory: MessageHistory = { read: async () => ({ kind: "answer", value: [] }) };

const MAX_MESSAGES = 25;
/** The instants that the server's calendar knows. */
const [EARLIEST_MS, LATEST_MS] = [Date.UTC(-9999, 0, 1), Date.UTC(9999, 11, 31, 23, 59, 59, 999)];

/** Reads `broadcast.replay` of a join. Undefined: nothing is asked for. @source REALTIME-PRIVATE.md, 7b-replay-params */
export function readReplay(value: unknown): ReplayRequest | "invalid" | undefined {
  const fields = asRecord(value);
  if (!fields) return undefined;
  const { since, limit = null } = fields;
  const isSince = Number.isInteger(since) && Number(since) >= EARLIEST_MS && Number(since) <= LATEST_MS;
  if (!isSince || !(limit === null || Number.isInteger(limit))) return "invalid";
  const limitCount = limit === null ? MAX_MESSAGES : Math.min(Math.max(Number(limit), 1), MAX_MESSAGES);
  return { sinceMs: Number(since), limitCount };
}

const HISTORY_SQL = statement(
  "local_realtime_history",
  `
  select id::text as id, event, payload::text as payload, binary_payload
  from realtime.messages
  where topic = $1 and private and extension = 'broadcast'
    and inserted_at >= ($2::text)::timestamp and inserted_at < ($3::text)::timestamp
  order by inserted_at desc limit $4`,
);

interface HistoryRow {
  id: string;
  event: string | null;
  payload: string | null;
  binary_payload: Uint8Array | null;
}

/** Reads the history as the server's own role, over the connection of the checks. */
export class PostgresMessageHistory implements MessageHistory {
  readonly #runtime: Runtime;
  readonly #line: CheckLine;

  constructor(runtime: Runtime, line: CheckLine) {
    this.#runtime = runtime;
    this.#line = line;
  }

  read(topicName: string, { sinceMs, limitCount }: ReplayRequest): Promise<Answer<readonly StoredMessage[]>> {
    const untilMs = this.#runtime.clock.now() + MINUTE_MS;
    return this.#line.ask({ topic: topicName }, async (tx) => {
      // No message is older than that, and Postgres does not read every instant that the server does.
      const bounds = [Math.max(sinceMs, 0), untilMs].map((ms) => new Date(ms).toISOString());
      const rows = await tx.query<HistoryRow>(HISTORY_SQL, [topicName, ...bounds, limitCount]);
      return rows.reverse().map(({ id, event, payload, binary_payload }) => {
        return { id, event, content: binary_payload ?? payload ?? "null" };
      });
    });
  }
}
