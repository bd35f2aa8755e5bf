import type { AnalyticsRows } from "@shoal/bot-service/bodies";
import type { Query } from "../../api.ts";
import { formatCount, formatPercent } from "../../format.ts";
import { formatMoney } from "../../money.ts";
import { Question } from "./question.tsx";

type DashboardRow = AnalyticsRows["dashboard"];

/** All figures of a range, beside those of the period before. */
export function Dashboard({ query }: { readonly query: Query }) {
  return (
    <Question<DashboardRow> title="At a glance" path="dashboard" query={query}>
      {(row) => (
        <dl class="amounts">
          <Tile name="Trades" value={formatCount(row.trades)} before={row.trades_before} format={formatCount} />
          <Money name="Volume" value={row.volume} before={row.volume_before} currency={row.currency} />
          <Money name="Fees" value={row.fees} before={row.fees_before} currency={row.currency} />
          <Money name="Realised profit" value={row.profit} before={row.profit_before} currency={row.currency} />
          <Tile
            name="Win rate"
            value={formatPercent(row.win_rate)}
            before={row.win_rate_before}
            format={formatPercent}
          />
          <Tile
            name="Active users"
            value={formatCount(row.active_users)}
            before={row.active_users_before}
            format={formatCount}
          />
          <Tile
            name="New users"
            value={formatCount(row.new_users)}
            before={row.new_users_before}
            format={formatCount}
          />
          <Tile
            name="Running strategies"
            value={formatCount(row.running_strategies)}
            before={row.running_strategies_before}
            format={formatCount}
          />
        </dl>
      )}
    </Question>
  );
}

function Tile<Value>({
  name,
  value,
  before,
  format,
}: {
  readonly name: string;
  readonly value: string;
  readonly before: Value | null;
  readonly format: (value: Value) => string;
}) {
  return (
    <div class="amount">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span class="hint">{before === null ? "nothing to compare" : `${format(before)} before`}</span>
      </dd>
    </div>
  );
}

function Money({
  name,
  value,
  before,
  currency,
}: {
  readonly name: string;
  readonly value: string;
  readonly before: string | null;
  readonly currency: string | null;
}) {
  const format = (amount: string) => formatMoney(amount);
  return <Tile name={name} value={formatMoney(value, currency ?? "")} before={before} format={format} />;
}
