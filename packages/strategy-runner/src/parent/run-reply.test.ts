import { describe, expect, test } from "vitest";
import { makeGuest, runBody } from "../../test/make-run.ts";
import { LIMITS } from "../limits.ts";
import { readRunReply } from "./run-reply.ts";

const reply = JSON.parse(
  JSON.stringify(
    runBody(
      makeGuest(),
      'ctx.log.info("a"); ctx.notify("n"); ctx.state.set("k", { v: 1 }); ctx.orders.place({ symbol: "A/B", side: "buy", type: "limit", quantity: 1, price: 2 });',
    ),
  ),
);
const [intent] = reply.intents;
const failed = {
  ...reply,
  result: "failed",
  intents: [],
  statePatch: {},
  error: { code: "STRATEGY_THREW", message: "m" },
};

test("what the glue answers is read as it is", () => {
  expect(readRunReply(reply)).toEqual(reply);
  expect(readRunReply(failed)).toEqual(failed);
});

describe("a child that was taken over is not believed", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a number", 7],
    ["an empty object", {}],
    ["a field that is unknown", { ...reply, extra: 1 }],
    ["a result that is none", { ...reply, result: "great" }],
    ["a failure without a reason", { ...failed, error: undefined }],
    ["a reason without a failure", { ...reply, error: failed.error }],
    ["a code that is none", { ...failed, error: { code: "x'; drop table", message: "" } }],
    ["a failure that places orders", { ...failed, intents: [intent] }],
    ["a failure that changes state", { ...failed, statePatch: { a: 1 } }],
    ["too many orders", { ...reply, intents: Array.from({ length: 51 }, (_, at) => ({ ...intent, number: at + 1 })) }],
    ["orders that share a number", { ...reply, intents: [intent, intent] }],
    ["an order of an unknown kind", { ...reply, intents: [{ ...intent, kind: "steal" }] }],
    ["an order with a field more", { ...reply, intents: [{ ...intent, account: "other" }] }],
    ["a quantity of NaN", { ...reply, intents: [{ ...intent, quantity: "NaN" }] }],
    ["a quantity below 0", { ...reply, intents: [{ ...intent, quantity: "-1" }] }],
    ["a quantity as a number", { ...reply, intents: [{ ...intent, quantity: 1 }] }],
    ["a market order with a price", { ...reply, intents: [{ ...intent, type: "market" }] }],
    ["a limit order without one", { ...reply, intents: [{ ...intent, price: undefined }] }],
    ["a symbol that is a path", { ...reply, intents: [{ ...intent, symbol: "../x" }] }],
    ["a state that is an array", { ...reply, statePatch: [1] }],
    ["a state that is too large", { ...reply, statePatch: { a: "x".repeat(5 * LIMITS.stateBytes) } }],
    [
      "a state of too many keys",
      { ...reply, statePatch: Object.fromEntries(Array.from({ length: 600 }, (_, at) => [at, 1])) },
    ],
    ["a key that changes prototypes", { ...reply, statePatch: JSON.parse('{"__proto__":{"a":1}}') }],
    ["a state nested too deep", { ...reply, statePatch: { a: JSON.parse("[".repeat(100) + "]".repeat(100)) } }],
    ["too many log lines", { ...reply, logs: Array(201).fill(reply.logs[0]) }],
    ["a log level that is none", { ...reply, logs: [{ level: "fatal", text: "" }] }],
    ["too many notifications", { ...reply, notifications: Array(11).fill("n") }],
    ["fuel below 0", { ...reply, fuel: -1 }],
    ["fuel that is no number", { ...reply, fuel: "1" }],
    ["a hash that is none", { ...reply, imageHash: "<script>" }],
    ["calls that are none", { ...reply, turns: [{ calls: [{ number: 1, method: "steal" }], settled: [] }] }],
  ])("with %s", (_, given) => {
    expect(readRunReply(given) === undefined).toBe(true);
  });

  test("with texts that a terminal or Postgres cannot bear: they are cleaned", () => {
    const bad = "\u001b[2J\u0000\ud800";
    const read = readRunReply({
      ...reply,
      logs: [{ level: "info", text: bad }],
      notifications: [bad.repeat(1000)],
      statePatch: { a: { [bad]: [bad] } },
    });
    expect(read?.logs[0]?.text).toBe("\\u{1b}[2J\\u{0}\\u{d800}");
    expect(read?.notifications[0]?.length).toBe(LIMITS.notificationCharacters);
    expect(JSON.stringify(read?.statePatch)).not.toMatch(/\\u0000|\\ud800/);
  });
});
