import type { EquityPointBody, HoldingsBody } from "@shoal/bot-service/bodies";
import { formatMoney, plottedMoney } from "../../money.ts";
import { Chart } from "../../parts/chart.tsx";
import { Facts, Section } from "../../parts/facts.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { useList } from "../../use-list.ts";
import { useResource } from "../../use-resource.ts";
import type { PartProps } from "./part-props.ts";

/** One point an hour: 41 days. */
const PAGE = 1000;
const REFRESH_MS = 10_000;

type Position = HoldingsBody["positions"][number];
type Balance = HoldingsBody["balances"][number];

const POINTS: readonly Column<EquityPointBody>[] = [
  { key: "at", title: "Hour", cell: ({ at }) => <Time at={at} as="exact" /> },
  { key: "equity", title: "Equity", cell: ({ equity }) => formatMoney(equity), isNumber: true },
];
const POSITIONS: readonly Column<Position>[] = [
  { key: "symbol", title: "Symbol", cell: ({ symbol }) => <Text>{symbol}</Text> },
  { key: "quantity", title: "Quantity", cell: ({ quantity }) => formatMoney(quantity), isNumber: true },
  { key: "cost", title: "Cost", cell: ({ cost }) => formatMoney(cost), isNumber: true },
  { key: "profit", title: "Realised profit", cell: (row) => formatMoney(row.realised_profit), isNumber: true },
  { key: "fees", title: "Fees", cell: ({ paid_fees }) => formatMoney(paid_fees), isNumber: true, isMinor: true },
];
const BALANCES: readonly Column<Balance>[] = [
  { key: "currency", title: "Currency", cell: ({ currency }) => <Text>{currency}</Text> },
  { key: "amount", title: "Amount", cell: ({ amount }) => formatMoney(amount), isNumber: true },
];

/** What a strategy has and was worth. */
export function StrategyEquity({ strategy: { strategy_id: id } }: PartProps) {
  const list = useList<EquityPointBody, { readonly points: readonly EquityPointBody[] }>({
    path: `/api/strategies/${id}/equity`,
    query: { limit: PAGE },
    rows: ({ points }) => points,
    next: ({ points }, last) => (points.length < PAGE ? null : { before: last.at }),
    key: ({ at }) => at,
  });
  const points = list.state.value.rows.toReversed();
  const drawn = plottedMoney(points.map(({ equity }) => equity));
  return (
    <div class="stack">
      <Holdings id={id} />
      <Section title="Hour by hour">
        <Chart
          title="Equity"
          times={points.map(({ at }) => Date.parse(at))}
          series={[{ name: "Equity", values: drawn.values }]}
          format={drawn.format}
          isFitted
          heightPx={220}
        />
        <details class="as-table">
          <summary>As a table: equity by hour</summary>
          <Table
            label="Table of equity by hour"
            list={list}
            columns={POINTS}
            empty={<Empty title="It has not run yet" />}
          />
        </details>
      </Section>
    </div>
  );
}

function Holdings({ id }: { readonly id: string }) {
  const holdings = useResource<HoldingsBody>(`/api/strategies/${id}/positions`, {}, REFRESH_MS);
  return (
    <Loaded of={holdings} rows={3}>
      {({ equity, positions, balances }) => (
        <>
          <Facts facts={[["Equity at the latest run", <strong key="equity">{formatMoney(equity)}</strong>]]} />
          <div class="columns">
            <Section title="Positions">
              <Table
                label="Table of positions"
                rows={positions}
                rowKey={({ symbol }) => symbol}
                columns={POSITIONS}
                empty={<Empty title="It holds nothing" />}
              />
            </Section>
            <Section title="Balances">
              <Table
                label="Table of balances"
                rows={balances}
                rowKey={({ currency }) => currency}
                columns={BALANCES}
                empty={<Empty title="It has not run yet" />}
              />
            </Section>
          </div>
        </>
      )}
    </Loaded>
  );
}
