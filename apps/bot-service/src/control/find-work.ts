import { type Sql, statement } from "@shoal/store";
import { type DeployedRunner, NO_CAPACITY } from "./runner.ts";
import type { RejectionCode } from "./types.ts";

/** Most bots in one round: each has a share of at least one command. */
const BOTS_PER_ROUND = 500;
/** The `last_error` of a bot that waits although it was started, because its owner has too many that are to run. */
const OWNER_QUOTA = "CONTROL_OWNER_QUOTA" satisfies RejectionCode;

const FIND_WORK_SQL = statement(
  "control_find_work",
  "select * from shoal.find_work($1::text, $2::text[], $3::int, $4::text, $5::int, $6::int, $7::text, $8::text, $9::int)",
);

interface WaitingBot {
  readonly bot_id: string;
  readonly obstacle: string;
}

/** The work that a replica has found. */
export interface Work {
  /** Bots that have commands or that their replica has left behind, unless another replica holds them. */
  readonly botIds: readonly string[];
  /** More bots with commands may follow this one; null: there are none. */
  readonly lastBotId: string | null;
  /** Bots that nobody runs and this replica cannot take up, and whose rows do not say why yet. */
  readonly waiting: readonly WaitingBot[];
  /** Time until the first lease of another replica ends, unless it is renewed, in ms. */
  readonly nextExpiryMs: number | null;
}

/** Limits on the bots that a replica takes up: how many besides its own, and how many if they are the operator's. */
export type Room = Pick<DeployedRunner, "kinds" | "freeCount" | "freeForOperatorCount">;

/**
 * Finds work by one statement, the only one of a round that finds none. `afterBotId`: leaves out bots with commands up to this
 * id; "" for none.
 */
export async function findWork(
  sql: Pick<Sql, "query">,
  replicaId: string,
  { kinds, freeCount, freeForOperatorCount }: Room,
  perOwnerCount: number,
  afterBotId: string,
): Promise<Work> {
  const [row] = await sql.query<{
    bot_ids: string[];
    last_bot_id: string | null;
    waiting: WaitingBot[];
    next_expiry_ms: number | null;
  }>(FIND_WORK_SQL, [
    ...[replicaId, [...kinds.keys()], freeCount, afterBotId, freeForOperatorCount, perOwnerCount],
    ...[OWNER_QUOTA, NO_CAPACITY, BOTS_PER_ROUND],
  ]);
  return {
    botIds: row?.bot_ids ?? [],
    lastBotId: row?.last_bot_id ?? null,
    waiting: row?.waiting ?? [],
    nextExpiryMs: row?.next_expiry_ms ?? null,
  };
}

const WRITE_WAITING_SQL = statement("control_write_waiting", "select shoal.write_waiting(($1::text)::jsonb)");

/** Writes why bots wait, unless somebody has taken them up meanwhile. */
export async function writeWaiting(sql: Pick<Sql, "query">, bots: readonly WaitingBot[]): Promise<void> {
  if (bots.length > 0) await sql.query(WRITE_WAITING_SQL, [JSON.stringify(bots)]);
}
