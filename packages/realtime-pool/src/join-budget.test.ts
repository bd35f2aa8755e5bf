import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JoinBudget, joinBudget, rateLimited, serverStarted, spend, usage } from "./join-budget.ts";

const limits = { joinsPerSecond: 100, share: 0.8, windowMs: 60_000 };
const WARM_BUDGET = 4800;
const COLD_BUDGET_PER_TICK = 400;

/** Spends up to `count`; says how many were granted and when to ask again. */
function spendUpTo(budget: JoinBudget, nowMs: number, count: number) {
  let current = budget;
  for (let granted = 0; granted < count; granted += 1) {
    const verdict = spend(current, nowMs);
    if (!verdict.granted) return { budget: current, granted, retryAtMs: verdict.retryAtMs };
    current = verdict.budget;
  }
  return { budget: current, granted: count, retryAtMs: null };
}

describe("a warm budget", () => {
  it("grants our share of a whole window at once and no join more", () => {
    const { granted, retryAtMs } = spendUpTo(joinBudget(limits), 1000, WARM_BUDGET + 10);
    expect(granted).toBe(WARM_BUDGET);
    expect(retryAtMs).toBe(62_000);
  });

  it("gives a join back when the whole second it was sent in has left the window", () => {
    const spent = spendUpTo(joinBudget(limits), 500, WARM_BUDGET).budget;
    expect(spend(spent, 60_999)).toEqual({ granted: false, retryAtMs: 61_000 });
    expect(spendUpTo(spent, 61_000, WARM_BUDGET).granted).toBe(WARM_BUDGET);
  });

  it("keeps counting when the clock goes backwards", () => {
    const spent = spendUpTo(joinBudget(limits), 50_000, WARM_BUDGET - 1).budget;
    const earlier = spendUpTo(spent, 10_000, 5);
    expect(earlier.granted).toBe(1);
    expect(usage(earlier.budget, 50_000).used).toBe(WARM_BUDGET);
  });
});

describe("a cold budget", () => {
  it("grants one tick's share per tick since the server started", () => {
    const cold = serverStarted(joinBudget(limits), 10_000, true);
    const first = spendUpTo(cold, 10_000, 10_000);
    expect(first).toMatchObject({ granted: COLD_BUDGET_PER_TICK, retryAtMs: 15_000 });
    const second = spendUpTo(first.budget, 15_000, 10_000);
    expect(second).toMatchObject({ granted: COLD_BUDGET_PER_TICK, retryAtMs: 20_000 });
  });

  it("brings 1,000 channels back within 14 s and 2,500 within 33 s", () => {
    let budget = serverStarted(joinBudget(limits), 0, true);
    const doneAtMs = new Map<number, number>();
    for (let nowMs = 0, total = 0; nowMs <= 40_000; nowMs += 500) {
      const step = spendUpTo(budget, nowMs, 2500 - total);
      budget = step.budget;
      total += step.granted;
      for (const goal of [300, 1000, 2500]) if (total >= goal && !doneAtMs.has(goal)) doneAtMs.set(goal, nowMs);
    }
    expect(doneAtMs.get(300)).toBe(0);
    expect(doneAtMs.get(1000)).toBeLessThanOrEqual(14_000);
    expect(doneAtMs.get(2500)).toBeLessThanOrEqual(33_000);
  });

  it("becomes warm when the server has counted for a whole window", () => {
    const cold = serverStarted(joinBudget(limits), 0, true);
    expect(usage(cold, 59_999).allowed).toBe(WARM_BUDGET);
    expect(usage(cold, 60_000).allowed).toBe(WARM_BUDGET);
    expect(usage(cold, 54_999).allowed).toBe(WARM_BUDGET - COLD_BUDGET_PER_TICK);
  });

  it("still counts earlier joins when it is not certain that the server forgot them", () => {
    const spent = spendUpTo(joinBudget(limits), 0, WARM_BUDGET - 100).budget;
    expect(spendUpTo(serverStarted(spent, 20_000, false), 20_000, 1000).granted).toBe(100);
    expect(spendUpTo(serverStarted(spent, 20_000, true), 20_000, 1000).granted).toBe(COLD_BUDGET_PER_TICK);
  });
});

describe("a rate signal", () => {
  it("stops joins for two ticks and then halves what is allowed", () => {
    const limited = rateLimited(joinBudget(limits), 0);
    expect(spend(limited, 9_999)).toEqual({ granted: false, retryAtMs: 10_000 });
    expect(usage(limited, 10_000).allowed).toBe(WARM_BUDGET / 2);
  });

  it("is heeded once while its cool-down lasts, however many refusals carry it", () => {
    let limited = rateLimited(joinBudget(limits), 0);
    for (let refusal = 0; refusal < 50; refusal += 1) limited = rateLimited(limited, refusal * 100);
    expect(usage(limited, 10_000).allowed).toBe(WARM_BUDGET / 2);
  });

  it("halves again when it comes again, but never to nothing", () => {
    let limited = joinBudget(limits);
    for (let signal = 0; signal < 20; signal += 1) limited = rateLimited(limited, signal * 20_000);
    expect(usage(limited, 20 * 20_000).allowed).toBe(WARM_BUDGET / 16);
  });

  it("gives a quarter of the budget back after each quiet window, up to the whole", () => {
    const limited = rateLimited(joinBudget(limits), 0);
    const allowedAfterMinutes = [1, 2, 3].map((minutes) => usage(limited, minutes * 60_000).allowed);
    expect(allowedAfterMinutes).toEqual([WARM_BUDGET * 0.75, WARM_BUDGET, WARM_BUDGET]);
  });
});

describe("any history of joins", () => {
  const step = fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })),
    wanted: fc.integer({ min: 0, max: 400 }),
    event: fc.oneof(
      { weight: 8, arbitrary: fc.constant("none" as const) },
      { weight: 1, arbitrary: fc.constantFrom("restart" as const, "rate" as const) },
    ),
  });
  const small = { joinsPerSecond: 5, share: 0.8, windowMs: 60_000 };

  it("never spends more than the budget in any 60 s, and always says a later time to ask again", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let budget = joinBudget(small);
        let nowMs = 0;
        const joins: { atMs: number; life: number }[] = [];
        let life = 0;
        for (const { waitMs, wanted, event } of steps) {
          nowMs += waitMs;
          if (event === "restart") {
            life += 1;
            budget = serverStarted(budget, nowMs, true);
          }
          if (event === "rate") budget = rateLimited(budget, nowMs);
          const { budget: next, granted, retryAtMs } = spendUpTo(budget, nowMs, wanted);
          budget = next;
          if (retryAtMs !== null) expect(retryAtMs).toBeGreaterThan(nowMs);
          for (let join = 0; join < granted; join += 1) joins.push({ atMs: nowMs, life });
        }
        for (const last of joins) {
          // A restarted server has forgotten what came before it.
          const inWindow = joins.filter(
            (join) => join.life === last.life && join.atMs <= last.atMs && join.atMs > last.atMs - 60_000,
          );
          expect(inWindow.length).toBeLessThanOrEqual(240);
        }
      }),
    );
  });

  it("is granted again at the latest when everything spent has left the window", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.boolean(), (wanted, isCold) => {
        let budget = isCold ? serverStarted(joinBudget(small), 0, true) : joinBudget(small);
        let nowMs = 0;
        for (let granted = 0; granted < wanted; ) {
          const step = spendUpTo(budget, nowMs, wanted - granted);
          budget = step.budget;
          granted += step.granted;
          nowMs = step.retryAtMs ?? nowMs;
        }
        expect(nowMs).toBeLessThanOrEqual(Math.ceil(wanted / 240) * 61_000);
      }),
    );
  });
});
