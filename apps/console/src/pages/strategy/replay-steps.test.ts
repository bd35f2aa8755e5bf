import type { ReplayBody } from "@shoal/bot-service/bodies";
import { printable } from "@shoal/kernel";
import { expect, it } from "vitest";
import { callText, stepAt, stepByKey, textOf } from "./replay-steps.ts";

const call = (
  name: string,
  given: readonly string[],
  outcome: ReplayBody["calls"][number]["outcome"] = "answered",
) => ({
  ...{ number: 0, name, arguments: [...given], fuel: 0, outcome, answer: "" },
});
const body: ReplayBody = {
  ...{ run_id: "r", strategy_id: "s", at: "2026-01-01T00:00:00.000Z", is_same_build: true, is_equal: true },
  ...{ differences: [], fuel_limit: 1, stopped: null, result: null },
  before: {
    ...{ config: {}, state: { seen: 3, old: "x" }, open_orders: [] },
    portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] },
  },
  calls: [
    call("log", ['"warn"', '"<b>\\"a\\"</b>"']),
    call("state.set", ['"seen"', "4"]),
    call("state.set", ['"refused"', "1"], "refused"),
    call("state.delete", ['"old"']),
    call("orders.place", ['"BTC/USDT"', '"buy"', '"limit"', "0.1", "2"]),
    call("orders.place", ['"BTC/USDT"', '"sell"', '"market"', '"1.50"', "undefined"]),
    call("orders.cancel", ['"o-1"']),
    call("state.set", ['"seen"', "null"]),
    call("notify", ['"cut…']),
  ],
};

it("knows at each call what was said, wanted and remembered before it", () => {
  expect(stepAt(body, 0)).toEqual({
    state: [
      ["old", '"x"'],
      ["seen", "3"],
    ],
    logs: [],
    orders: [],
    notifications: [],
  });
  expect(stepAt(body, 2)).toMatchObject({
    state: [
      ["old", '"x"'],
      ["seen", "4"],
    ],
    logs: [{ level: "warn", text: '<b>"a"</b>' }],
  });
  expect(stepAt(body, 4).state).toEqual([["seen", "4"]]);
  expect(stepAt(body, 99)).toMatchObject({
    ...{ state: [], notifications: ['"cut…'] },
    orders: ["buy 0.1 BTC/USDT limit 2", "sell 1.50 BTC/USDT market", "cancel o-1"],
  });
});

it("writes a call as it stands in a source, and an argument as it was given", () => {
  expect(callText(call("ta.sma", ["5"]))).toBe("ta.sma(5)");
  expect(["7", '"a\\nb"', '"\\u{9b}', "undefined"].map(textOf)).toEqual(["7", "a\nb", '"\\u{9b}', "undefined"]);
});

it("reads an argument as it was given, whatever was written out of it", () => {
  for (const text of ["<b>", "a\u202eb\u0000", "\\u{202e}", "\\\\\u202e\\", '"\n\u{1f600}']) {
    expect(textOf(printable(JSON.stringify(text)))).toBe(text);
  }
  expect(textOf('"\\u{ffffff}"')).toBe('"\\u{ffffff}"');
});

it("goes by keys, and never beyond either end", () => {
  const to = (key: string, index: number) => stepByKey(key, index, 20);
  expect(
    ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "PageDown", "PageUp", "Home", "End"].map((key) => to(key, 5)),
  ).toEqual([...[6, 6, 4, 4, 15, 0, 0, 20]]);
  expect([to("ArrowDown", 20), to("ArrowUp", 0), to("a", 5)]).toEqual([20, 0, undefined]);
});
