import type { FillBody, OrderBody } from "@shoal/bot-service/bodies";
import { printable } from "@shoal/kernel";
import { api } from "../../api.ts";
import { NOTHING } from "../../format.ts";
import { formatMoney } from "../../money.ts";
import { Badge, type Tone } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { Section } from "../../parts/facts.tsx";
import { ChoiceFilter, FilterBar } from "../../parts/filter-bar.tsx";
import { Empty, Outcome } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { Id, Text } from "../../parts/text.tsx";
import { Time } from "../../parts/time.tsx";
import { parameter } from "../../router.ts";
import { useAction } from "../../use-action.ts";
import { useList } from "../../use-list.ts";
import { isLive, orderText } from "./order-text.ts";
import type { PartProps } from "./part-props.ts";

const PAGE = 50;

const TONES: Readonly<Record<OrderBody["status"], Tone>> = {
  ...{
    intended: "info",
    sent: "info",
    unknown: "warn",
    open: "info",
    filled: "good",
    cancelled: "off",
    rejected: "bad",
  },
};

/** What a strategy ordered, and what it traded. */
export function StrategyOrders(props: PartProps) {
  return (
    <div class="stack">
      <Orders {...props} />
      <Fills {...props} />
    </div>
  );
}

function Orders({ strategy: { strategy_id: id } }: PartProps) {
  const live = parameter("orders") === "live";
  const list = useList<OrderBody, { readonly orders: readonly OrderBody[] }>({
    path: `/api/strategies/${id}/orders`,
    query: { limit: PAGE, ...(live && { live }) },
    rows: ({ orders }) => orders,
    next: ({ orders }, last) => (orders.length < PAGE ? null : { before: last.id }),
    key: (order) => order.id,
  });
  const cancel = useCancel(list.refresh);
  return (
    <Section title="Orders">
      <FilterBar label="Filter orders" list={list}>
        <ChoiceFilter
          name="orders"
          label="Show"
          choices={[
            ["", "All orders"],
            ["live", "What may still be filled"],
          ]}
        />
      </FilterBar>
      <Table
        label="Table of orders"
        list={list}
        columns={columnsOf(cancel.run)}
        empty={<Empty title={live ? "No order is open" : "It has ordered nothing"} />}
      />
      <Outcome of={cancel.outcome.value} />
    </Section>
  );
}

function useCancel(refresh: () => unknown) {
  return useAction({
    act: (order: OrderBody) => api.delete<OrderBody>(`/api/strategies/orders/${order.id}`),
    confirm: (order) => ({
      title: "Cancel this order?",
      body: (
        <p>
          <Text>{orderText(order)}</Text>.{" "}
          {order.venue === "paper"
            ? "On paper it is cancelled at once."
            : "The exchange is asked to cancel it; until it has, it may still be filled."}
        </p>
      ),
      action: "Cancel the order",
      isDangerous: true,
    }),
    done: ({ status }) => (status === "cancelled" ? "The order is cancelled." : "The exchange is asked to cancel it."),
    after: refresh,
  });
}

function columnsOf(cancel: (order: OrderBody) => unknown): readonly Column<OrderBody>[] {
  return [
    { key: "at", title: "Placed", cell: ({ placed_at }) => <Time at={placed_at} as="exact" /> },
    { key: "what", title: "Order", cell: (order) => <Text>{orderText(order)}</Text> },
    {
      key: "status",
      title: "Status",
      cell: ({ status, reason }) => (
        <>
          <Badge tone={TONES[status]}>{status}</Badge> {reason !== null && <Text>{reason}</Text>}
        </>
      ),
    },
    { key: "filled", title: "Filled", cell: ({ filled }) => formatMoney(filled), isNumber: true },
    {
      key: "average",
      title: "At, on average",
      cell: ({ average }) => formatMoney(average),
      isNumber: true,
      isMinor: true,
    },
    { key: "fee", title: "Fee", cell: ({ fee }) => formatMoney(fee), isNumber: true, isMinor: true },
    { key: "venue", title: "Venue", cell: ({ venue }) => venue, isMinor: true },
    {
      key: "cancel",
      title: "Actions",
      cell: (order) =>
        isLive(order) ? (
          <Button isChange label={`Cancel the order ${printable(orderText(order))}`} onPress={() => cancel(order)}>
            Cancel
          </Button>
        ) : (
          NOTHING
        ),
    },
  ];
}

const FILLS: readonly Column<FillBody>[] = [
  { key: "at", title: "Filled", cell: ({ filled_at }) => <Time at={filled_at} as="exact" /> },
  { key: "side", title: "Side", cell: ({ side }) => side },
  { key: "symbol", title: "Symbol", cell: ({ symbol }) => <Text>{symbol}</Text> },
  { key: "quantity", title: "Quantity", cell: ({ quantity }) => formatMoney(quantity), isNumber: true },
  { key: "price", title: "Price", cell: ({ price }) => formatMoney(price), isNumber: true },
  { key: "fee", title: "Fee", cell: ({ fee, fee_currency }) => formatMoney(fee, fee_currency), isNumber: true },
  {
    key: "profit",
    title: "Realised profit",
    cell: (fill) => formatMoney(fill.realised_profit),
    isNumber: true,
    isMinor: true,
  },
  {
    key: "order",
    title: "Of order",
    cell: ({ order_id }) => (order_id === null ? "a liquidation" : <Id>{order_id}</Id>),
    isMinor: true,
  },
];

function Fills({ strategy: { strategy_id: id } }: PartProps) {
  const list = useList<FillBody, { readonly fills: readonly FillBody[] }>({
    path: `/api/strategies/${id}/fills`,
    query: { limit: PAGE },
    rows: ({ fills }) => fills,
    next: ({ fills }, last) => (fills.length < PAGE ? null : { before: last.id }),
    key: (fill) => fill.id,
  });
  return (
    <Section title="Fills">
      <Table label="Table of fills" list={list} columns={FILLS} empty={<Empty title="It has traded nothing" />} />
    </Section>
  );
}
