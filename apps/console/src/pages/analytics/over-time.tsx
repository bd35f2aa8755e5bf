import type { AnalyticsRows } from "@shoal/bot-service/bodies";
import type { Query } from "../../api.ts";
import { formatCount, formatDecimal } from "../../format.ts";
import { formatMoney, plottedMoney } from "../../money.ts";
import { Chart } from "../../parts/chart.tsx";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Question } from "./question.tsx";

type RevenueRow = AnalyticsRows["revenue"];

const REVENUE: readonly Column<RevenueRow>[] = [
  { key: "period", title: "Period", cell: ({ period }) => period.replace("T", " ") },
  { key: "fees", title: "Fees", cell: ({ fees, currency }) => formatMoney(fees, currency ?? ""), isNumber: true },
  {
    key: "volume",
    title: "Volume",
    cell: ({ volume, currency }) => formatMoney(volume, currency ?? ""),
    isNumber: true,
  },
  { key: "trades", title: "Trades", cell: ({ trades }) => formatCount(trades), isNumber: true },
];

/** Fees, volume and trades by hour, day or month. */
export function Revenue({ query }: { readonly query: Query }) {
  return (
    <Question<readonly RevenueRow[]> title="Revenue" path="revenue" query={query}>
      {(rows) => (
        <>
          <div class="chart-pair">
            <OverTime title={titled("Fees", rows)} rows={rows} drawn={plottedMoney(rows.map(({ fees }) => fees))} />
            <OverTime
              title={titled("Volume", rows)}
              rows={rows}
              drawn={plottedMoney(rows.map(({ volume }) => volume))}
            />
          </div>
          <AsTable
            label="Revenue"
            rows={rows.toReversed()}
            columns={REVENUE}
            keyOf={({ period, at }) => `${period} ${at}`}
          />
        </>
      )}
    </Question>
  );
}

const titled = (title: string, [first]: readonly RevenueRow[]) =>
  first?.currency ? `${title}, ${first.currency}` : title;

function OverTime({
  title,
  rows,
  drawn: { values, format },
}: {
  readonly title: string;
  readonly rows: readonly { readonly at: string }[];
  readonly drawn: ReturnType<typeof plottedMoney>;
}) {
  return (
    <Chart
      title={title}
      times={rows.map(({ at }) => Date.parse(at))}
      series={[{ name: title.replace(/,.*/, ""), values, isFilled: true }]}
      format={format}
    />
  );
}

const counted = (values: readonly number[]) => ({ values: [...values], format: formatDecimal });

type GrowthRow = AnalyticsRows["userGrowth"];

const GROWTH: readonly Column<GrowthRow>[] = [
  { key: "day", title: "Day", cell: ({ day }) => day.replace("T", " ") },
  { key: "new", title: "New users", cell: ({ new_users }) => formatCount(new_users), isNumber: true },
  { key: "all", title: "All users", cell: ({ total_users }) => formatCount(total_users), isNumber: true },
];

/** New users and all users, by day. */
export function UserGrowth({ query }: { readonly query: Query }) {
  return (
    <Question<readonly GrowthRow[]> title="Users" path="user-growth" query={query}>
      {(rows) => (
        <>
          <div class="chart-pair">
            <OverTime title="New users" rows={rows} drawn={counted(rows.map(({ new_users }) => new_users))} />
            <OverTime title="All users" rows={rows} drawn={counted(rows.map(({ total_users }) => total_users))} />
          </div>
          <AsTable label="Users" rows={rows.toReversed()} columns={GROWTH} keyOf={({ at }) => at} />
        </>
      )}
    </Question>
  );
}

/** Rows beneath their chart: long, so closed at first. */
function AsTable<Row>(props: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
}) {
  const { label, rows, columns, keyOf } = props;
  return (
    <details class="as-table">
      <summary>{`As a table: ${label}`}</summary>
      <Table
        label={`Table: ${label}`}
        rows={rows}
        rowKey={keyOf}
        columns={columns}
        empty={<Empty title="Nothing in this range" />}
      />
    </details>
  );
}
