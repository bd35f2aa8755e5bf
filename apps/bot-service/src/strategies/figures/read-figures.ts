import { type Sql, statement } from "@shoal/store";

/** Figures of all strategies in the database, of every daemon. */
export interface StrategyFigures {
  readonly running: number;
  readonly paused: number;
  readonly stopped: number;
  readonly quarantined: number;
  /** Due and not claimed, counted up to 100,000. */
  readonly dueCount: number;
  /** How long the one that is due longest has waited, in ms; 0 when none is due. */
  readonly oldestDueMs: number;
  /** Owners with something to run. */
  readonly ownerCount: number;
  /** Those of them with a strategy whose last three runs or more have failed. */
  readonly failingOwnerCount: number;
  /** Orders at exchanges that are not over, by status. */
  readonly orders: Readonly<Record<"intended" | "sent" | "unknown" | "open", number>>;
  /** Since when the order that is unknown longest was sent, in ms ago; 0 when none is unknown. */
  readonly oldestUnknownMs: number;
  /** How long the intent that waits longest has not been sent, in ms; 0 when all are. */
  readonly oldestIntendedMs: number;
  /** Keys of owners that an exchange has refused, and that were not written anew. */
  readonly refusedSecretCount: number;
}

/** What `due` counts at most. */
const DUE_LIMIT = 100_000;

// statement_timestamp() is a condition of an index, which clock_timestamp() is not. Owners that wait are in an index of their own.
const FIGURES = statement(
  "strategy_figures",
  `
with by_status as materialized (
  select status, count(*)::int as count from shoal.strategies group by status
), owners as materialized (
  select count(*)::int as count, min(next_due_at) as first_due_at from shoal.strategy_owners
  where next_due_at is not null and not is_waiting
  union all
  select count(*)::int, min(next_due_at) from shoal.strategy_owners where is_waiting
), due as materialized (
  select count(*)::int as count from (
    select from (
      select owner_id from shoal.strategy_owners
      where next_due_at is not null and not is_waiting and next_due_at <= statement_timestamp()
      union all
      select owner_id from shoal.strategy_owners where is_waiting
    ) as owner
    cross join lateral (
      select from shoal.strategy_clock as clocks
      where clocks.owner_id = owner.owner_id and clocks.due_at <= statement_timestamp() limit ${DUE_LIMIT}
    ) as each
    limit ${DUE_LIMIT}
  ) as all_due
), live as materialized (
  select status, count(*)::int as count, min(coalesce(sent_at, placed_at)) as since
  from shoal.strategy_orders where check_at is not null group by status
)
select
  (select coalesce(jsonb_object_agg(status, count), '{}') from by_status) as strategies,
  (select count from due) as due,
  (select min(first_due_at) from owners) as first_due_at,
  (select sum(count)::int from owners) as owners,
  (select count(distinct owner_id)::int from shoal.strategy_clock
   where consecutive_failures >= 3 and due_at is not null) as failing_owners,
  (select coalesce(jsonb_object_agg(status, count), '{}') from live) as orders,
  (select since from live where status = 'unknown') as unknown_since,
  (select since from live where status = 'intended') as intended_since,
  (select count(*)::int from shoal.strategy_secrets where refused_at is not null) as refused_secrets,
  statement_timestamp() as now`,
);

interface Row {
  readonly strategies: Readonly<Record<string, number>>;
  readonly due: number;
  readonly first_due_at: Date | null;
  readonly owners: number;
  readonly failing_owners: number;
  readonly orders: Readonly<Record<string, number>>;
  readonly unknown_since: Date | null;
  readonly intended_since: Date | null;
  readonly refused_secrets: number;
  readonly now: Date;
}

/** Reads the figures that metrics and the doctor show, by the clock of the database. Rejects as `Sql.query`. */
export async function readStrategyFigures(sql: Pick<Sql, "query">): Promise<StrategyFigures> {
  const [row] = await sql.query<Row>(FIGURES);
  const { strategies = {}, orders = {}, now = new Date(0) } = row ?? {};
  const agoMs = (at: Date | null | undefined) => (at ? Math.max(0, now.getTime() - at.getTime()) : 0);
  const { running = 0, paused = 0, stopped = 0, quarantined = 0 } = strategies;
  const { intended = 0, sent = 0, unknown = 0, open = 0 } = orders;
  return {
    ...{ running, paused, stopped, quarantined },
    dueCount: row?.due ?? 0,
    oldestDueMs: agoMs(row?.first_due_at),
    ownerCount: row?.owners ?? 0,
    failingOwnerCount: row?.failing_owners ?? 0,
    orders: { intended, sent, unknown, open },
    oldestUnknownMs: agoMs(row?.unknown_since),
    oldestIntendedMs: agoMs(row?.intended_since),
    refusedSecretCount: row?.refused_secrets ?? 0,
  };
}
