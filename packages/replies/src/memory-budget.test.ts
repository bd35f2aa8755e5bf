import { DAY_MS } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { expect, test } from "vitest";
import { createMemoryBudget } from "./memory-budget.ts";

const ROOMY = { conversationMicros: 1e6, personDayMicros: 1e6, dayMicros: 1e6, monthMicros: 1e6 };
const ask = (worstMicros: number, conversationId = "c1", personId = "ann") => ({
  conversationId,
  personId,
  worstMicros,
});

test.each([
  ["conversation", { conversationMicros: 10 }],
  ["person", { personDayMicros: 10 }],
  ["day", { dayMicros: 10 }],
  ["month", { monthMicros: 10 }],
] as const)("the limit of the %s is not passed by one micro", async (scope, limit) => {
  const budget = createMemoryBudget({ ...ROOMY, ...limit }, testRuntime());
  expect(await budget.reserve(ask(7))).toMatchObject({ ok: true });
  expect(await budget.reserve(ask(4))).toEqual({ ok: false, scope });
  expect(await budget.reserve(ask(3))).toMatchObject({ ok: true });
  expect(await budget.reserve(ask(1))).toEqual({ ok: false, scope });
  expect(budget.takenMicros).toBe(10);
});

test("what was not used comes back, once, and what was used beyond it is taken", async () => {
  const budget = createMemoryBudget({ ...ROOMY, conversationMicros: 10 }, testRuntime());
  const first = await budget.reserve(ask(10));
  const id = first.ok ? first.id : "";
  await budget.settle(id, 4);
  await budget.settle(id, 0);
  expect([budget.takenMicros, budget.openCount]).toEqual([4, 0]);
  const second = await budget.reserve(ask(6));
  await budget.settle(second.ok ? second.id : "", 60);
  expect(await budget.reserve(ask(0))).toMatchObject({ ok: false });
});

test("a day ends at midnight in UTC, for the person, too; the conversation's limit stays", async () => {
  const runtime = testRuntime();
  const budget = createMemoryBudget({ ...ROOMY, personDayMicros: 10, conversationMicros: 15 }, runtime);
  expect(await budget.reserve(ask(10))).toMatchObject({ ok: true });
  expect(await budget.reserve(ask(1, "c2"))).toEqual({ ok: false, scope: "person" });
  runtime.clock.jumpWallClock(DAY_MS);
  expect(await budget.reserve(ask(10))).toEqual({ ok: false, scope: "conversation" });
  expect(await budget.reserve(ask(10, "c2"))).toMatchObject({ ok: true });
});
