import { isAboutTheValues } from "@shoal/store";
import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import {
  addStrategies,
  addStrategy,
  claim,
  claimOne,
  everything,
  FULL,
  fill,
  order,
  ran,
  strategyTests,
  turn,
} from "./strategy-support.ts";

const NUL = "\u0000";
const THIRD_ORDER_ID = "11111111-0000-4000-8000-000000000003";
const FOURTH_ORDER_ID = "11111111-0000-4000-8000-000000000004";

describe.each(backends())("bad rows of strategies on the %s Postgres", (backend) => {
  const { test, settle, rows } = strategyTests(backend);

  it.each<[string, object]>([
    ["the character 0 in the state", { statePatch: { a: NUL } }],
    ["the character 0 in a log line", { logs: [{ level: "info", text: NUL }] }],
    ["half of a surrogate pair", { notifications: ["\ud800"] }],
    ["a key that is too long", { statePatch: { ["k".repeat(3000)]: 1 } }],
    [
      "a symbol that is too long",
      { book: {}, settledUntilMs: 1, positions: [{ ...FULL.positions[0], symbol: "S".repeat(3000) }] },
    ],
    ["a fill id that is too long", { fills: [fill("f".repeat(3000))] }],
    ["a book that is a text", { book: "x", settledUntilMs: 1 }],
    ["a book without its time", { book: {} }],
    ["a state that is a list", { statePatch: [1] }],
    ["orders that are an object", { orders: {} }],
    ["logs that are a text", { logs: "x" }],
    ["an order of no side", { orders: [order(THIRD_ORDER_ID, { side: "up" as "buy" })] }],
    ["an order of nothing", { orders: [order(THIRD_ORDER_ID, { quantity: "0" })] }],
    ["an amount that is no number", { orders: [order(THIRD_ORDER_ID, { quantity: "NaN" })] }],
    ["an amount without end", { balances: [{ currency: "USDT", amount: "Infinity" }], book: {}, settledUntilMs: 1 }],
    ["equity that is no number", { equity: "NaN" }],
    ["equity that is a word", { equity: "much" }],
    [
      "an order twice under two ids",
      { orders: [order(THIRD_ORDER_ID), order(FOURTH_ORDER_ID, { runId: THIRD_ORDER_ID })] },
    ],
    ["an order twice", { orders: [order(THIRD_ORDER_ID), order(THIRD_ORDER_ID)] }],
    ["a position twice", { book: {}, settledUntilMs: 1, positions: [FULL.positions[0], FULL.positions[0]] }],
    ["a balance twice", { book: {}, settledUntilMs: 1, balances: [FULL.balances[0], FULL.balances[0]] }],
    ["no run id", { runId: null }],
    ["a run id that is none", { runId: "x" }],
    ["no outcome", { outcome: null }],
    ["an outcome that is none", { outcome: "fine" }],
    ["less than no time", { durationMs: -1 }],
    ["a time that no calendar has", { startedAtMs: 1e18 }],
    ["a duration that no column holds", { durationMs: 1e300 }],
    ["fuel with a fraction", { fuel: 1.5 }],
    ["less than no fuel", { fuel: -1 }],
    ["a journal that is no base64", { journal: "*" }],
    ["a kind that is none", { kind: "walk" }],
    ["no id", { id: null }],
    ["no epoch", { epoch: null }],
    ["an epoch beyond all", { epoch: 1e30 }],
    ["less than no misses", { missedCount: -1 }],
    ["a pause that would let it run", { pause: { status: "running", reason: "" } }],
    ["a pause without a status", { pause: {} }],
    ["a retry in less than no time", { kind: "unable", retryInMs: -1 }],
    ["a retry without its time", { kind: "unable" }],
  ])("refuses a turn with %s as a whole, for its values", async (_what, bad) => {
    await addStrategies(test.database, [{}, {}, { dueInMs: 0 }]);
    const [one, other] = await claim(test.database, "w1", 2);
    if (!one || !other) throw new Error("both are due");
    const before = await everything(test.database);
    const done = [ran(one, FULL), { ...ran(other), ...bad } as SettledRun];
    const refused = await turn(test.database, { done }).catch((error: unknown) => error);
    expect(refused).toSatisfy(isAboutTheValues);
    expect(await everything(test.database)).toEqual(before);
    // One by one, as the engine tries it then.
    expect((await settle(ran(one, FULL))).lostIds).toEqual(new Set());
    expect(await settle(done[1] as SettledRun).catch((error: unknown) => error)).toSatisfy(isAboutTheValues);
    expect(await rows("count(*)::int as count from shoal.strategy_runs")).toEqual([{ count: 1 }]);
  });

  it.each([
    ["an object", "{}"],
    ["a list of numbers", "[1]"],
    ["a text", '"x"'],
  ])("refuses %s as what is done", async (_what, text) => {
    const asked = test.database.query("select * from shoal.strategy_turn('w1', 1000, 1, ($1::text)::jsonb, 1)", [text]);
    expect(await asked.catch((error: unknown) => error)).toSatisfy(isAboutTheValues);
  });

  it("refuses what is settled twice in one turn", async () => {
    await addStrategy(test.database);
    const held = await claimOne(test.database);
    expect(await settle(ran(held), ran(held)).catch((error: unknown) => error)).toSatisfy(isAboutTheValues);
  });
});
