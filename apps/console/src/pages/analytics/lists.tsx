import type { AnalyticsRows } from "@shoal/bot-service/bodies";
import type { Query } from "../../api.ts";
import { formatCount, formatPercent, NOTHING } from "../../format.ts";
import { formatMoney, plotted } from "../../money.ts";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Id, Text } from "../../parts/text.tsx";
import { Question } from "./question.tsx";

type TopRow = AnalyticsRows["topUsers"];
type AssetRow = AnalyticsRows["assets"];

/** What both lists say beside the amounts that they are about. */
const TRADED: readonly Column<TopRow | AssetRow>[] = [
  { key: "fees", title: "Fees", cell: (row) => formatMoney(row.fees), isNumber: true, isMinor: true },
  { key: "currency", title: "Currency", cell: ({ currency }) => <Text>{currency}</Text> },
  { key: "trades", title: "Trades", cell: ({ trades }) => formatCount(trades), isNumber: true, isMinor: true },
  { key: "wins", title: "Win rate", cell: (row) => formatPercent(row.win_rate), isNumber: true, isMinor: true },
];

const TOP: Readonly<Record<"profit" | "volume", { readonly title: string; readonly of: (row: TopRow) => string }>> = {
  profit: { title: "Users with the most profit", of: ({ profit }) => profit },
  volume: { title: "Users who traded the most", of: ({ volume }) => volume },
};

/** The users of a range who won or traded the most. */
export function TopUsers({ by, query }: { readonly by: "profit" | "volume"; readonly query: Query }) {
  const { title, of } = TOP[by];
  return (
    <Question<readonly TopRow[]> title={title} path={`top-users/${by}`} query={query}>
      {(rows) => {
        const bar = barOf(rows, of);
        const columns: readonly Column<TopRow>[] = [
          { key: "rank", title: "#", cell: ({ rank }) => rank, isNumber: true, width: "3rem" },
          { key: "user", title: "User", cell: ({ user_id }) => <Id>{user_id}</Id>, width: "8rem" },
          { key: "bar", title: by === "profit" ? "Profit" : "Volume", cell: bar, width: "30%" },
          {
            key: "profit",
            title: "Realised profit",
            cell: (row) => formatMoney(row.profit),
            isNumber: true,
          },
          { key: "volume", title: "Volume", cell: (row) => formatMoney(row.volume), isNumber: true },
          ...TRADED,
        ];
        return (
          <Table
            label={`Table: ${title}`}
            rows={rows}
            rowKey={({ rank, user_id }) => `${rank} ${user_id}`}
            columns={columns}
            empty={<Empty title="Nobody traded in this range" />}
          />
        );
      }}
    </Question>
  );
}

/** What was traded, symbol by symbol. */
export function Assets({ query }: { readonly query: Query }) {
  return (
    <Question<readonly AssetRow[]> title="Assets" path="asset-performance" query={query}>
      {(rows) => {
        const columns: readonly Column<AssetRow>[] = [
          { key: "symbol", title: "Symbol", cell: ({ symbol }) => <Text>{symbol}</Text>, width: "9rem" },
          { key: "bar", title: "Share of volume", cell: barOf(rows, ({ volume }) => volume), width: "25%" },
          { key: "volume", title: "Volume", cell: (row) => formatMoney(row.volume), isNumber: true },
          {
            key: "profit",
            title: "Realised profit",
            cell: (row) => formatMoney(row.profit),
            isNumber: true,
          },
          ...TRADED,
          {
            key: "price",
            title: "Last price",
            cell: (row) => formatMoney(row.last_price),
            isNumber: true,
          },
          { key: "change", title: "Change", cell: ({ change_ratio }) => changeText(change_ratio), isNumber: true },
        ];
        return (
          <Table
            label="Table of assets"
            rows={rows}
            rowKey={({ symbol, currency }) => `${symbol} ${currency}`}
            columns={columns}
            empty={<Empty title="Nothing was traded in this range" />}
          />
        );
      }}
    </Question>
  );
}

const changeText = (ratio: number | null) =>
  ratio === null ? NOTHING : `${ratio > 0 ? "+" : ""}${formatPercent(ratio)}`;

/** Draws an amount as a bar beside those of the other rows; the amount itself stands in a cell of its own. */
function barOf<Row>(rows: readonly Row[], amountOf: (row: Row) => string) {
  const amounts = rows.map((row) => Math.abs(plotted(amountOf(row)) ?? 0));
  const most = Math.max(0, ...amounts);
  return (row: Row) => {
    const amount = plotted(amountOf(row)) ?? 0;
    const ratio = most > 0 ? Math.abs(amount) / most : 0;
    return (
      <span class={`bar-box ${amount < 0 ? "loss" : ""}`} aria-hidden="true">
        <span class="bar" style={{ inlineSize: `${Math.round(ratio * 1000) / 10}%` }} />
      </span>
    );
  };
}
