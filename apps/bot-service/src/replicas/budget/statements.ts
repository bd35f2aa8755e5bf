import type { LedgerAnswer, LedgerFleet, LedgerTurn } from "@shoal/realtime-pool";
import { type Sql, statement } from "@shoal/store";

/** The row of the joins that all replicas on this database share. */
const JOINS = "joins";

const TURN = statement(
  "budget_turn",
  "select shoal.budget_turn($1::text, $2::text, $3::float8, $4::float8, $5::bigint, ($6::text)::jsonb) as answer",
);

/** The answer of `shoal.budget_turn`. */
export interface TurnRow {
  readonly now_ms: number;
  readonly urgent: number;
  readonly idle: number;
  readonly slice_at_ms: number | null;
  readonly others_count: number;
  readonly slice_at: readonly number[];
  readonly slice_count: readonly number[];
  readonly start_first: readonly number[];
  readonly start_last: readonly number[];
  readonly throttle_at: number | null;
  readonly throttle_ratio: number | null;
  readonly throttle_step: number | null;
  readonly throttle_at_once: number | null;
}

/** Takes a turn of a replica at the row of the fleet's joins. Errors as `Sql.query`. */
export async function takeJoinsTurn(
  sql: Pick<Sql, "query">,
  { replicaId, limits }: Pick<LedgerFleet, "replicaId" | "limits">,
  turn: LedgerTurn,
): Promise<LedgerAnswer> {
  const { perSecond, joinShare, windowMs } = limits;
  const params = [JOINS, replicaId, perSecond, joinShare, windowMs, JSON.stringify(turn)];
  const [row] = await sql.query<{ answer: TurnRow }>(TURN, params);
  if (!row) throw new Error("shoal.budget_turn returned no row");
  return answerOf(row.answer);
}

export function answerOf(row: TurnRow): LedgerAnswer {
  const slices = row.slice_at.map((atMs, index) => ({ atMs, count: row.slice_count[index] ?? 0 }));
  const { throttle_at: atMs, throttle_ratio: ratio, throttle_step: stepRatio, throttle_at_once: atOnceRatio } = row;
  const isThrottled = atMs !== null && ratio !== null && stepRatio !== null && atOnceRatio !== null;
  return {
    nowMs: row.now_ms,
    urgent: row.urgent,
    idle: row.idle,
    sliceAtMs: row.slice_at_ms ?? row.now_ms,
    othersCount: row.others_count,
    budget: {
      earlier: slices.slice(0, -1),
      newest: slices.at(-1) ?? null,
      starts: row.start_first.map((firstMs, index) => ({ firstMs, lastMs: row.start_last[index] ?? firstMs })),
      throttle: isThrottled ? { atMs, ratio, stepRatio, atOnceRatio } : null,
    },
  };
}
