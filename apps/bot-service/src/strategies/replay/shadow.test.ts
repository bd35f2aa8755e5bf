import type { OrderIntent } from "@shoal/strategy-runner";
import { describe, expect, it } from "vitest";
import { compareOrders } from "./shadow.ts";

type Placed = Extract<OrderIntent, { readonly kind: "place" }>;
let count = 0;
/** `buy market 1 BTC`, `sell limit 2@50000 ETH`. */
function order(text: string): OrderIntent {
  count += 1;
  const [side = "", type = "", amount = "", base = ""] = text.split(" ");
  if (side === "cancel") return { kind: "cancel", orderId: type };
  const [quantity = "", price] = amount.split("@");
  const placed = { kind: "place", number: count, symbol: `${base}/USDT`, side, type, quantity } as Placed;
  return price === undefined ? placed : { ...placed, price };
}
const orders = (texts: readonly string[]) => texts.map(order);
const shown = (intents: readonly OrderIntent[]) =>
  intents.map((each) =>
    each.kind === "cancel"
      ? `cancel ${each.orderId}`
      : `${each.side} ${each.type} ${each.quantity}${each.price ? `@${each.price}` : ""} ${each.symbol.slice(0, 3)}`,
  );

describe("the difference in orders", () => {
  const [ONE, TWO, LIMIT] = ["buy market 1 BTC", "buy market 2 BTC", "sell limit 2@50000 ETH"];
  it.each<
    [string, string[], string[], { equal?: number; old?: string[]; made?: string[]; changed?: [string, string][] }]
  >([
    ["nothing on both sides", [], [], {}],
    ["the same orders", [ONE, LIMIT], [ONE, LIMIT], { equal: 2 }],
    ["the same in another order", [ONE, LIMIT], [LIMIT, ONE], { equal: 2 }],
    ["the same number, written otherwise", ["buy limit 0.50@1.0 BTC"], ["buy limit 0.5@1 BTC"], { equal: 1 }],
    ["an order that only one has", [ONE], [], { old: [ONE] }],
    ["an order that only the other has", [], [ONE], { made: [ONE] }],
    ["another quantity", [ONE], [TWO], { changed: [[ONE, TWO]] }],
    ["another price", [LIMIT], ["sell limit 2@50001 ETH"], { changed: [[LIMIT, "sell limit 2@50001 ETH"]] }],
    ["an equal one before a changed one, whatever their order", [ONE, TWO], [TWO], { equal: 1, old: [ONE] }],
    ["as many of the same as both have", [ONE, ONE], [ONE], { equal: 1, old: [ONE] }],
    [
      "another side, type or symbol is another order",
      [ONE],
      ["sell market 1 BTC"],
      { old: [ONE], made: ["sell market 1 BTC"] },
    ],
    [
      "another type is another order",
      ["buy stop 1@9 BTC"],
      ["buy limit 1@9 BTC"],
      { old: ["buy stop 1@9 BTC"], made: ["buy limit 1@9 BTC"] },
    ],
    [
      "cancellations by the order",
      ["cancel a", "cancel b"],
      ["cancel b", "cancel c"],
      { equal: 1, old: ["cancel a"], made: ["cancel c"] },
    ],
    ["a cancellation is no order", ["cancel a"], [ONE], { old: ["cancel a"], made: [ONE] }],
  ])("knows %s", (_, old, made, { equal = 0, old: onlyOld = [], made: onlyNew = [], changed = [] }) => {
    const difference = compareOrders(orders(old), orders(made));
    expect(difference.equalCount).toBe(equal);
    expect(shown(difference.onlyOld)).toEqual(onlyOld);
    expect(shown(difference.onlyNew)).toEqual(onlyNew);
    expect(difference.changed.map((each) => shown([each.old, each.new]))).toEqual(changed);
  });
});
