import { type Sql, statement } from "@shoal/store";
import { LATE_AFTER_MS } from "../replicas/members.ts";
import { type DeployedRunner, NO_CAPACITY } from "./runner.ts";
import type { FreeBot, Room, Spread } from "./take-up.ts";
import type { RejectionCode } from "./types.ts";

/** Most bots in one round: each has a share of at least one command. */
const BOTS_PER_ROUND = 500;
/** The `last_error` of a bot that waits although it was started, because its owner has too many that are to run. */
const OWNER_QUOTA = "CONTROL_OWNER_QUOTA" satisfies RejectionCode;

const FIND_WORK_SQL = statement(
  "control_find_work",
  "select * from shoal.find_work($1::text, $2::text[], $3::int, $4::text, $5::int, $6::int, $7::text, $8::text, $9::int, $10::float8, $11::boolean, $12::int)",
);

export interface WaitingBot {
  readonly bot_id: string;
  readonly obstacle: string;
}

/** The work that a replica has found. */
export interface Work extends Spread {
  /** Bots that have commands or that their replica has left behind unfinished, unless another replica holds them. */
  readonly botIds: readonly string[];
  /** More bots with commands may follow this one; null: there are none. */
  readonly lastBotId: string | null;
  /** The first in line of the bots that are to run and that nobody runs; none if there is no room here. */
  readonly line: readonly FreeBot[];
  /** Those of all these bots whose replica has not released them. */
  readonly leftBehind: ReadonlySet<string>;
  /** Bots that nobody runs and this replica cannot take up, and whose rows do not say why yet. */
  readonly waiting: readonly WaitingBot[];
  /** Time until the first lease ends of those that nobody seems to renew, in ms. */
  readonly nextExpiryMs: number | null;
}

interface WorkRow {
  readonly bot_ids: string[];
  readonly last_bot_id: string | null;
  readonly free: { readonly bot_id: string; readonly is_operators: boolean }[];
  readonly free_count: number;
  readonly held: Readonly<Record<string, number>>;
  readonly max_counts: Readonly<Record<string, number>>;
  readonly left_behind: string[];
  readonly waiting: WaitingBot[];
  readonly next_expiry_ms: number | null;
}

export interface Search {
  readonly perOwnerCount: number;
  /** Leaves out bots with commands up to this id; "" for none. */
  readonly afterBotId: string;
  /** Whether it looks also at bots whose replicas live. */
  readonly isThorough: boolean;
}

/** Finds work by one statement, the only one of a round that finds none. */
export async function findWork(
  sql: Pick<Sql, "query">,
  replicaId: string,
  { kinds, maxCount, freeCount, freeForOperatorCount }: Room & Pick<DeployedRunner, "kinds" | "maxCount">,
  { perOwnerCount, afterBotId, isThorough }: Search,
): Promise<Work> {
  const [row] = await sql.query<WorkRow>(FIND_WORK_SQL, [
    ...[replicaId, [...kinds.keys()], freeCount, afterBotId, freeForOperatorCount, perOwnerCount],
    ...[OWNER_QUOTA, NO_CAPACITY, BOTS_PER_ROUND, LATE_AFTER_MS, isThorough, maxCount],
  ]);
  return {
    botIds: row?.bot_ids ?? [],
    lastBotId: row?.last_bot_id ?? null,
    line: (row?.free ?? []).map(({ bot_id, is_operators }) => ({ botId: bot_id, isOperators: is_operators })),
    freeCount: row?.free_count ?? 0,
    held: new Map(row ? Object.entries(row.held) : [[replicaId, 0]]),
    maxCounts: new Map(Object.entries(row?.max_counts ?? {})),
    leftBehind: new Set(row?.left_behind),
    waiting: row?.waiting ?? [],
    nextExpiryMs: row?.next_expiry_ms ?? null,
  };
}

const WRITE_WAITING_SQL = statement("control_write_waiting", "select shoal.write_waiting(($1::text)::jsonb)");

/** Writes why bots wait, unless somebody has taken them up meanwhile. */
export async function writeWaiting(sql: Pick<Sql, "query">, bots: readonly WaitingBot[]): Promise<void> {
  if (bots.length > 0) await sql.query(WRITE_WAITING_SQL, [JSON.stringify(bots)]);
}
