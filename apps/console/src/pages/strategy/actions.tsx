import type { HoldingsBody, OrderBody, StatusBody, StrategyBody } from "@shoal/bot-service/bodies";
import type { ComponentChildren } from "preact";
import { clock } from "../../adapters/browser.ts";
import { api, asApiError } from "../../api.ts";
import { plural } from "../../format.ts";
import { formatMoney } from "../../money.ts";
import { Button } from "../../parts/button.tsx";
import type { Confirmation } from "../../parts/dialog.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Outcome } from "../../parts/states.tsx";
import { Text } from "../../parts/text.tsx";
import { toast } from "../../parts/toasts.tsx";
import { goTo } from "../../router.ts";
import { useAction } from "../../use-action.ts";
import { orderText } from "./order-text.ts";
import type { PartProps } from "./part-props.ts";

type Deed = "pause" | "resume" | "stop" | "start" | "execute" | "close" | "delete";

/** What a deed is about, read when it is asked for: who confirms it sees how things are then. */
interface Asked {
  readonly deed: Deed;
  readonly strategy: StrategyBody;
  readonly orders: readonly OrderBody[];
  readonly positions: HoldingsBody["positions"];
  readonly key: string;
}

/** More are not counted. */
const MOST_ORDERS = 1000;

/** What can be done to a strategy as it is. */
export function StrategyActions({ strategy, refresh }: PartProps) {
  const { strategy_id: id, status } = strategy;
  const action = useAction<Asked, StatusBody | { readonly order_ids?: readonly string[] }>({
    act: ({ deed, key }) => {
      if (deed === "delete") return api.delete(`/api/strategies/${id}`);
      return api.post(`/api/strategies/${id}/${deed}`, {}, deed === "close" ? key : undefined);
    },
    confirm: questionOf,
    done: (answer, { deed }) =>
      deed === "close" && "order_ids" in answer
        ? `${plural(answer.order_ids?.length ?? 0, "order")} at market placed to close what it holds.`
        : DONE[deed],
    after: (_answer, { deed }) => (deed === "delete" ? goTo("/strategies") : refresh()),
  });
  const ask = async (deed: Deed) => {
    try {
      const [{ orders }, { positions }] = await Promise.all([
        api.get<{ readonly orders: readonly OrderBody[] }>(`/api/strategies/${id}/orders`, {
          ...{ live: true, limit: MOST_ORDERS },
        }),
        api.get<HoldingsBody>(`/api/strategies/${id}/positions`),
      ]);
      const held = positions.filter(({ quantity }) => quantity !== "0");
      await action.run({ deed, strategy, orders, positions: held, key: `console-${clock.now()}` });
    } catch (thrown) {
      const { message, code } = asApiError(thrown);
      toast({ tone: "bad", text: message, code });
    }
  };
  const isBusy = action.isBusy.value;
  const button = (deed: Deed, words: string) => (
    <Button isChange isBusy={isBusy} onPress={() => ask(deed)}>
      {words}
    </Button>
  );
  return (
    <>
      {status !== "quarantined" && button("execute", "Run now")}
      {status === "running" && button("pause", "Pause")}
      {(status === "paused" || status === "quarantined") && button("resume", "Resume")}
      {status === "stopped" ? button("start", "Start") : button("stop", "Stop")}
      <Menu
        label="More actions on this strategy"
        items={[
          { title: "Close what it holds…", onChoose: () => ask("close"), isChange: true },
          { title: "Delete…", onChoose: () => ask("delete"), isChange: true, isDangerous: true },
        ]}
      />
      <Outcome of={action.outcome.value} />
    </>
  );
}

const DONE: Readonly<Record<Deed, string>> = {
  pause: "The strategy is paused.",
  resume: "The strategy runs again.",
  stop: "The strategy is stopped.",
  start: "The strategy runs by its schedule.",
  execute: "The strategy runs as soon as there is room.",
  close: "What it holds is being closed.",
  delete: "The strategy is deleted.",
};

function questionOf(asked: Asked): Confirmation | null {
  const { deed, strategy } = asked;
  const stays = <OrdersStay {...asked} />;
  const ask = (title: string, action: string, body: ComponentChildren, isDangerous = false): Confirmation => ({
    ...{ title, action, isDangerous },
    body: <>{body}</>,
  });
  switch (deed) {
    case "execute":
      return null;
    case "resume":
    case "start":
      return strategy.status === "quarantined" || strategy.status_reason !== null
        ? ask(
            "Let it run again?",
            "Let it run",
            <p>
              It was halted: <Text>{strategy.status_reason ?? "quarantined"}</Text>. If nothing was mended, it will be
              halted again. Failures so far are forgotten.
            </p>,
          )
        : null;
    case "pause":
      return ask(
        "Pause this strategy?",
        "Pause it",
        <>
          <p>It does not run until it is resumed. A run that is under way places nothing.</p>
          {stays}
        </>,
      );
    case "stop":
      return ask(
        "Stop this strategy?",
        "Stop it",
        <>
          <p>It does not run until it is started. A run that is under way places nothing.</p>
          {stays}
        </>,
        true,
      );
    case "close":
      return ask("Close what it holds?", "Close it at market", <Closing {...asked} />, true);
    case "delete":
      return ask(
        "Delete this strategy?",
        "Delete it for ever",
        <>
          <p>It is deleted with its versions, runs, log, orders and fills. This cannot be undone.</p>
          {asked.orders.length > 0 && strategy.venue !== "paper" && (
            <p>{`${countText(asked)} at ${strategy.venue} may still be filled: the daemon refuses until they are over.`}</p>
          )}
        </>,
        true,
      );
  }
}

const countText = ({ orders }: Asked) =>
  orders.length < MOST_ORDERS ? plural(orders.length, "open order") : `${orders.length} open orders or more`;

/** What becomes of open orders where nothing is done about them. */
function OrdersStay(asked: Asked) {
  const { orders, positions, strategy } = asked;
  const isPaper = strategy.venue === "paper";
  return (
    <>
      <p>
        {orders.length === 0
          ? "It has no open order."
          : isPaper
            ? `Its ${countText(asked)} stay in the book: on paper they are filled when it runs again, by the candles since.`
            : `Its ${countText(asked)} stay at ${strategy.venue}, and may still be filled there. Cancel them under "Orders and fills" if they should not.`}
      </p>
      {orders.length > 0 && <OrderList orders={orders} />}
      {positions.length > 0 && <p>It keeps what it holds. To sell that, close it before.</p>}
    </>
  );
}

function Closing(asked: Asked) {
  const { orders, positions, strategy } = asked;
  const isPaper = strategy.venue === "paper";
  return (
    <>
      {orders.length > 0 && (
        <p>
          {isPaper
            ? `${countText(asked)} are cancelled at once.`
            : `${strategy.venue} is first asked to cancel ${countText(asked)}; close it again once they are over.`}
        </p>
      )}
      {positions.length === 0 ? (
        <p>It holds nothing, so nothing is ordered.</p>
      ) : (
        <>
          <p>Ordered at market, at whatever price there is:</p>
          <ul class="plain-list">
            {positions.map(({ symbol, quantity }) => (
              <li key={symbol}>
                {quantity.startsWith("-") ? "buy" : "sell"} {formatMoney(quantity.replace("-", ""))}{" "}
                <Text>{symbol}</Text>
              </li>
            ))}
          </ul>
        </>
      )}
      {isPaper && strategy.status !== "running" && (
        <p>{`It is ${strategy.status}: on paper an order is filled when the strategy runs next, so the daemon refuses. Let it run first.`}</p>
      )}
    </>
  );
}

const MOST_LISTED = 5;

const OrderList = ({ orders }: { readonly orders: readonly OrderBody[] }) => (
  <ul class="plain-list">
    {orders.slice(0, MOST_LISTED).map((order) => (
      <li key={order.id}>
        <Text>{orderText(order)}</Text>
      </li>
    ))}
    {orders.length > MOST_LISTED && <li>{`and ${orders.length - MOST_LISTED} more`}</li>}
  </ul>
);
