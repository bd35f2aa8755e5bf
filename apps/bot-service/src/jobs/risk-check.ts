import { ensureQueues, type JobHandler, sendMessage } from "@shoal/job-queue";
import { MINUTE_MS } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";

export interface RiskCheckParts {
  readonly database: Database;
  readonly alertQueue: string;
  /** Above 0, in per cent of the entry price. */
  readonly maxLossPercent: number;
}

/** Counts of the alerts that a check raised and resolved. */
export interface RiskCheckResult {
  readonly raised: number;
  readonly resolved: number;
}

type Condition = "loss" | "stop_passed" | "stale_mark";

/** An older price is stale: three checks have seen no newer one. */
const STALE_AFTER_MS = 15 * MINUTE_MS;

/** More alerts of one condition than this, raised by one check, become a single message: a dead price feed is one event. */
const ONE_BY_ONE_AT_MOST = 10;

/**
 * Checks every open position and raises an alert, as a message of the alert queue, for a loss of `maxLossPercent` or
 * more, a stop that the price has passed, and a price older than 15 min (or none 15 min after the opening). An alert is
 * raised once per position and condition, and again only after a check has resolved it. Idempotent.
 */
export function riskCheck({ database, alertQueue, maxLossPercent }: RiskCheckParts): JobHandler {
  return {
    async run(): Promise<RiskCheckResult> {
      // A daemon that watches no positions needs no pgmq.
      const [state] = await database.query<{ has_any: boolean }>(HAS_ANY_SQL);
      if (!state?.has_any) return { raised: 0, resolved: 0 };
      await ensureQueues(database, [alertQueue]);
      return database.transaction(async (tx) => {
        const found = await tx.query<CheckRow>(CHECK_SQL, [String(maxLossPercent), STALE_AFTER_MS]);
        const raised = found.filter((row): row is RaisedRow => row.condition !== null);
        // At most ten of each kind.
        for (const alert of alertsFor(raised, maxLossPercent)) await sendMessage(tx, alertQueue, { ...alert });
        return { raised: raised.length, resolved: found[0]?.resolved ?? 0 };
      });
    },
  };
}

interface RaisedRow {
  readonly resolved: number;
  readonly condition: Condition;
  readonly position_id: string;
  readonly bot_id: string | null;
  readonly symbol: string;
  readonly side: "long" | "short";
  readonly loss_percent: string | null;
  readonly mark_price: string | null;
  readonly stop_loss: string | null;
}

/** The result has at least one row, for the count of resolved alerts. */
type CheckRow = RaisedRow | { readonly resolved: number; readonly condition: null };

const HAS_ANY_SQL = statement(
  "risk_has_any",
  `
select exists (select from shoal.positions where closed_at is null)
  or exists (select from shoal.risk_alerts where resolved_at is null) as has_any`,
);

const CHECK_SQL = statement(
  "risk_check",
  `
with open_positions as materialized (
  select id, bot_id, symbol, side, mark_price, stop_loss, coalesce(marked_at, opened_at) as known_at,
    case side when 'long' then entry_price - mark_price else mark_price - entry_price end * 100 / entry_price as loss_percent
  from shoal.positions where closed_at is null
),
found as materialized (
  select position.*, judged.condition
  from open_positions position
  cross join lateral (values
    ('loss', position.loss_percent >= ($1::text)::numeric),
    ('stop_passed', case position.side when 'long' then position.mark_price <= position.stop_loss
      else position.mark_price >= position.stop_loss end),
    ('stale_mark', position.known_at < clock_timestamp() - $2::float8 * interval '1 millisecond')
  ) as judged (condition, holds)
  where judged.holds
),
resolved as (
  update shoal.risk_alerts alert set resolved_at = clock_timestamp()
  where resolved_at is null
    and not exists (select from found where found.id = alert.position_id and found.condition = alert.condition)
  returning 1
),
raised as (
  insert into shoal.risk_alerts (position_id, condition)
  select id, condition from found order by id, condition
  on conflict (position_id, condition) where resolved_at is null do nothing
  returning position_id, condition
)
select (select count(*)::int from resolved) as resolved, raised.condition, raised.position_id::text as position_id,
  found.bot_id, found.symbol, found.side, round(found.loss_percent, 2) as loss_percent, found.mark_price, found.stop_loss
from (select) as always
left join raised on true
left join found on found.id = raised.position_id and found.condition = raised.condition
order by raised.condition, found.symbol, raised.position_id`,
);

/** A message of the alert queue. The alert handler reads `text`; the other fields are for other consumers. */
interface RiskAlert {
  readonly text: string;
  readonly source: "risk_check";
  readonly condition: Condition;
  /** Ids of the positions named in the text. */
  readonly positions: readonly string[];
}

function alertsFor(raised: readonly RaisedRow[], maxLossPercent: number): RiskAlert[] {
  return (["loss", "stop_passed", "stale_mark"] as const).flatMap((condition) => {
    const rows = raised.filter((row) => row.condition === condition);
    if (rows.length <= ONE_BY_ONE_AT_MOST) return rows.map((row) => alertOf(condition, [row], 0, maxLossPercent));
    const named = rows.slice(0, ONE_BY_ONE_AT_MOST);
    return [alertOf(condition, named, rows.length - named.length, maxLossPercent)];
  });
}

function alertOf(condition: Condition, rows: readonly RaisedRow[], more: number, maxLossPercent: number): RiskAlert {
  const lines = rows.map((row) => sentence(row, maxLossPercent));
  const text = more === 0 ? lines.join("\n") : [...lines, `… and ${more} more positions likewise`].join("\n");
  return { text, source: "risk_check", condition, positions: rows.map(({ position_id }) => position_id) };
}

function sentence(row: RaisedRow, maxLossPercent: number): string {
  const who = `${row.symbol} ${row.side}${row.bot_id === null ? "" : ` of bot ${row.bot_id}`} (position ${row.position_id})`;
  switch (row.condition) {
    case "loss":
      return `${who}: loss of ${row.loss_percent} %, the limit is ${maxLossPercent} %`;
    case "stop_passed":
      return `${who}: price ${row.mark_price} has passed the stop at ${row.stop_loss}`;
    case "stale_mark":
      return `${who}: no price for ${STALE_AFTER_MS / MINUTE_MS} minutes`;
  }
}
