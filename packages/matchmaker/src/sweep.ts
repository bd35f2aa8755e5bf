import { invariant } from "@shoal/kernel";
import type { SqlValue } from "@shoal/store";
import type { Change } from "./types.ts";

/** What a sweep is given. */
export interface SweepRequest {
  readonly replicaId: string;
  /** Term of the replica from now on, in ms. */
  readonly leaseMs: number;
  readonly maxUnconfirmed: number;
  /** Most changes of a kind in one sweep. */
  readonly limit: number;
  /** Matches with bots of this replica that were pending, and live, when last read. */
  readonly pending: readonly string[];
  readonly live: readonly string[];
}

/** What a sweep found. */
export interface Swept {
  readonly changes: readonly Change[];
  /** Until the next match must be confirmed, in ms; null: none is pending. */
  readonly deadlineMs: number | null;
  /** Live matches of all replicas. */
  readonly liveCount: number;
  /** Whether somebody waits. */
  readonly isWaiting: boolean;
}

/** Sends a sweep as one statement: `shoal.match_look`, or one that calls it. Errors as `Sql.query`. */
export type Sweep = (request: SweepRequest) => Promise<Swept>;

/** The answer of `shoal.match_look`: a row for each change, and a last one with nothing but the outlook. */
export interface LookRow {
  readonly change: Change | null;
  readonly outlook: {
    readonly deadline_ms: number | null;
    readonly live_count: number;
    readonly is_waiting: boolean;
  } | null;
}

/** The parameters of `shoal.match_look`, in their order. */
export function lookParams(request: SweepRequest): SqlValue[] {
  const { replicaId, leaseMs, maxUnconfirmed, limit, pending, live } = request;
  return [replicaId, leaseMs, maxUnconfirmed, limit, pending, live];
}

/** The expressions for them. */
export const LOOK_PARAMS = "$1::text, $2::int, $3::int, $4::int, ($5::text[])::uuid[], ($6::text[])::uuid[]";

export function sweptOf(rows: readonly LookRow[]): Swept {
  const changes = rows.flatMap(({ change }) => change ?? []);
  const outlook = rows.at(-1)?.outlook;
  invariant(outlook, "the last row of a sweep is its outlook");
  return {
    changes,
    deadlineMs: outlook.deadline_ms,
    liveCount: outlook.live_count,
    isWaiting: outlook.is_waiting,
  };
}
