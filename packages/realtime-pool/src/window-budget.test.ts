import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterQuiet,
  letInAgain,
  limitReached,
  rateLimited,
  record,
  room,
  serverStarted,
  spend,
  usage,
  type WindowBudget,
  windowBudget,
} from "./window-budget.ts";

const limits = { perSecond: 100, joinShare: 0.8, windowMs: 60_000 };
/** One below 80 % of 100/s in 60 s, in the 10 s of a cold counter's first look, and what each later look adds. */
const WARM_BUDGET = 4799;
const FIRST_LOOK = 799;
const PER_TICK = 400;

/** Spends up to `count`, one by one; says how many were granted and when to ask again. */
function spendUpTo(budget: WindowBudget, nowMs: number, count: number) {
  let current = budget;
  for (let granted = 0; granted < count; granted += 1) {
    const verdict = spend(current, nowMs);
    if (!verdict.granted) return { budget: current, granted, retryAtMs: verdict.retryAtMs };
    current = verdict.budget;
  }
  return { budget: current, granted: count, retryAtMs: null };
}

describe("a warm budget", () => {
  it("grants our share of a whole window at once and stays below it", () => {
    const { granted, retryAtMs } = spendUpTo(windowBudget(limits), 1000, WARM_BUDGET + 10);
    expect(granted).toBe(WARM_BUDGET);
    expect(retryAtMs).toBe(61_600);
  });

  it("gives back what was spent when its whole slice has left the window, and half a second more", () => {
    const spent = spendUpTo(windowBudget(limits), 500, WARM_BUDGET).budget;
    expect(spend(spent, 61_099)).toEqual({ granted: false, retryAtMs: 61_100 });
    expect(spendUpTo(spent, 61_100, WARM_BUDGET).granted).toBe(WARM_BUDGET);
  });

  it("keeps counting when the clock goes backwards", () => {
    const spent = spendUpTo(windowBudget(limits), 50_000, WARM_BUDGET - 1).budget;
    const earlier = spendUpTo(spent, 10_000, 5);
    expect(earlier.granted).toBe(1);
    expect(usage(earlier.budget, 50_000).used).toBe(WARM_BUDGET);
  });

  it("spends many at once or none", () => {
    const spent = spendUpTo(windowBudget(limits), 0, WARM_BUDGET - 9).budget;
    expect(spend(spent, 0, 10).granted).toBe(false);
    const verdict = spend(spent, 0, 9);
    expect(verdict.granted && usage(verdict.budget, 0).used).toBe(WARM_BUDGET);
  });

  it("leaves what is kept for others, also of a cold counter's looks, and at least one passes where nothing was spent", () => {
    const kept = (budget: WindowBudget, nowMs: number) => {
      let current = budget;
      for (let granted = 0; ; granted += 1) {
        const verdict = spend(current, nowMs, 1, 0.1);
        if (!verdict.granted) return { granted, left: room(current, nowMs), retryAtMs: verdict.retryAtMs };
        current = verdict.budget;
      }
    };
    expect(kept(windowBudget(limits), 0)).toEqual({ granted: WARM_BUDGET - 479, left: 479, retryAtMs: 60_600 });
    const cold = serverStarted(windowBudget(limits), 0, true);
    expect(kept(cold, 0)).toEqual({ granted: FIRST_LOOK - 79, left: 79, retryAtMs: 5500 });
    expect(kept(windowBudget({ ...limits, perSecond: 0.02 }), 0)).toMatchObject({ granted: 1, left: 0 });
  });

  it("lets more than everything go when nothing else is in the window", () => {
    const tiny = windowBudget({ perSecond: 0.1, joinShare: 0.1, windowMs: 60_000 });
    const verdict = spend(tiny, 0, 3);
    expect(verdict.granted).toBe(true);
    if (verdict.granted) expect(spend(verdict.budget, 1000, 3)).toEqual({ granted: false, retryAtMs: 60_600 });
  });

  it("counts what it was not asked for, even beyond what is allowed", () => {
    const budget = record(windowBudget(limits), 0, 10_000);
    expect(usage(budget, 0)).toEqual({ used: 10_000, allowed: WARM_BUDGET, ratio: 1 });
    expect(spend(budget, 0)).toEqual({ granted: false, retryAtMs: 60_600 });
  });
});

describe("a cold budget", () => {
  it("grants the share of 10 s until the first look and of 5 s more by each later one", () => {
    const cold = serverStarted(windowBudget(limits), 10_000, true);
    const first = spendUpTo(cold, 10_000, 10_000);
    expect(first).toMatchObject({ granted: FIRST_LOOK, retryAtMs: 15_500 });
    const second = spendUpTo(first.budget, 15_500, 10_000);
    expect(second).toMatchObject({ granted: PER_TICK, retryAtMs: 20_500 });
  });

  it("brings 700 channels back at once, 1,000 within 14 s and 2,500 within 33 s", () => {
    let budget = serverStarted(windowBudget(limits), 0, true);
    const doneAtMs = new Map<number, number>();
    for (let nowMs = 0, total = 0; nowMs <= 40_000; nowMs += 500) {
      const step = spendUpTo(budget, nowMs, 2500 - total);
      budget = step.budget;
      total += step.granted;
      for (const goal of [700, 1000, 2500]) if (total >= goal && !doneAtMs.has(goal)) doneAtMs.set(goal, nowMs);
    }
    expect(doneAtMs.get(700)).toBe(0);
    expect(doneAtMs.get(1000)).toBe(5500);
    expect(doneAtMs.get(2500)).toBe(25_500);
  });

  it("becomes warm when the server has counted for a whole window", () => {
    const cold = serverStarted(windowBudget(limits), 0, true);
    expect(usage(cold, 45_499).allowed).toBe(WARM_BUDGET - 2 * PER_TICK);
    expect(usage(cold, 50_499).allowed).toBe(WARM_BUDGET - PER_TICK);
    expect(usage(cold, 50_500).allowed).toBe(WARM_BUDGET);
    expect(usage(cold, 60_000).allowed).toBe(WARM_BUDGET);
  });

  it("still counts what came before when it is not certain that the server forgot it", () => {
    const spent = spendUpTo(windowBudget(limits), 0, WARM_BUDGET - 100).budget;
    expect(spendUpTo(serverStarted(spent, 20_000, false), 20_000, 1000).granted).toBe(100);
    expect(spendUpTo(serverStarted(spent, 20_000, true), 20_000, 1000).granted).toBe(FIRST_LOOK);
  });
});

describe("a budget that may be cold a second time", () => {
  it("still counts from the first start: both drops of 8 s apart share the first looks", () => {
    const cold = serverStarted(windowBudget(limits), 0, true);
    const spent = spendUpTo(cold, 0, FIRST_LOOK).budget;
    const again = serverStarted(spent, 3_000, false);
    expect(spendUpTo(again, 3_000, 1000).granted).toBe(0);
    // One look by the first start, and the first start's count.
    expect(spendUpTo(serverStarted(spent, 8_000, false), 8_000, 1000).granted).toBe(PER_TICK);
    expect(spendUpTo(serverStarted(spent, 8_000, true), 8_000, 1000).granted).toBe(FIRST_LOOK);
  });

  it("remembers a few starts only, however often the network goes", () => {
    let flapping = windowBudget(limits);
    for (let nowMs = 0; nowMs < 600_000; nowMs += 100) flapping = serverStarted(flapping, nowMs, false);
    expect(flapping.starts.length).toBeLessThanOrEqual(13);
    expect(usage(flapping, 900_000)).toEqual({ used: 0, allowed: WARM_BUDGET, ratio: 1 });
  });
});

describe("a budget that others spend, and may use a while later", () => {
  const shared = { ...limits, sliceMs: 1000, heldMs: 2000 };

  it("counts by whole seconds, and for as long as what was spent may still be used", () => {
    const spent = spendUpTo(windowBudget(shared), 300, WARM_BUDGET).budget;
    expect(spend(spent, 63_499)).toEqual({ granted: false, retryAtMs: 63_500 });
    expect(spendUpTo(spent, 63_500, WARM_BUDGET).granted).toBe(WARM_BUDGET);
  });

  it("counts at a restarted server what was spent just before, because it may be used there", () => {
    const early = spendUpTo(windowBudget(shared), 0, 300).budget;
    const late = spendUpTo(early, 10_000, 200).budget;
    const cold = serverStarted(late, 12_000, true);
    expect(usage(cold, 12_000)).toEqual({ used: 200, allowed: FIRST_LOOK, ratio: 1 });
    expect(usage(serverStarted(late, 14_000, true), 14_000).used).toBe(0);
  });
});

describe("a budget after a quiet time", () => {
  const spent = spendUpTo(windowBudget(limits), 0, 1).budget;

  it("is taken to be cold from the instant at which the server's counter may have ended", () => {
    expect(afterQuiet(spent, 65_099)).toBe(spent);
    for (const nowMs of [65_100, 300_000, 3_600_000]) {
      const cold = afterQuiet(spent, nowMs);
      const first = spendUpTo(cold, nowMs, 10_000);
      expect(first).toMatchObject({ granted: FIRST_LOOK, retryAtMs: nowMs + 5500 });
      expect(spendUpTo(afterQuiet(first.budget, nowMs + 5500), nowMs + 5500, 10_000).granted).toBe(PER_TICK);
    }
  });

  it("stays what it was where nothing was spent yet, and where the clock went back", () => {
    const fresh = windowBudget(limits);
    expect([afterQuiet(fresh, 3_600_000), afterQuiet(spent, -3_600_000)]).toEqual([fresh, spent]);
  });
});

describe("a rate signal", () => {
  it("allows nothing for two ticks and then half", () => {
    const limited = rateLimited(windowBudget(limits), 0);
    expect(spend(limited, 9_999)).toEqual({ granted: false, retryAtMs: 10_000 });
    expect(usage(limited, 9_999)).toEqual({ used: 0, allowed: 0, ratio: 0.5 });
    expect(usage(limited, 10_000).allowed).toBe(2399);
  });

  it("counts once while its cool-down lasts, however many refusals carry it", () => {
    let limited = rateLimited(windowBudget(limits), 0);
    for (let refusal = 0; refusal < 50; refusal += 1) limited = rateLimited(limited, refusal * 100);
    expect(usage(limited, 10_000).allowed).toBe(2399);
  });

  it("halves again when it comes again, but never to nothing", () => {
    let limited = windowBudget(limits);
    for (let signal = 0; signal < 20; signal += 1) limited = rateLimited(limited, signal * 20_000);
    expect(usage(limited, 20 * 20_000).allowed).toBe(299);
  });

  it("gives a quarter of the budget back after each quiet minute, up to the whole", () => {
    const limited = rateLimited(windowBudget(limits), 0);
    expect([1, 2, 3].map((minutes) => usage(limited, minutes * 60_000).ratio)).toEqual([0.75, 1, 1]);
  });
});

describe("a limit that was reached", () => {
  /** 600 at 0 s and 600 at 8 s, where 1,200 in a minute are too many; refused at 15 s. */
  const first = spendUpTo(windowBudget(limits), 0, 600).budget;
  const reached = limitReached(spendUpTo(first, 8000, 600).budget, 15_000);

  it("is at most what was spent, so half of that is tried, and nothing for two ticks", () => {
    expect(spend(reached, 24_999)).toEqual({ granted: false, retryAtMs: 25_000 });
    expect(usage(reached, 25_000)).toEqual({ used: 1200, allowed: 479, ratio: 0.1 });
  });

  it("goes evenly, a second's worth at a time, where nothing of it is known to pass", () => {
    const first = spendUpTo(reached, 70_000, 1000);
    expect(first).toMatchObject({ granted: 8, retryAtMs: 71_100 });
    expect(spendUpTo(first.budget, 71_100, 1000)).toMatchObject({ granted: 8, retryAtMs: 72_200 });
    const slow = limitReached(windowBudget({ ...limits, perSecond: 4 }), 0);
    const one = spendUpTo(slow, 30_000, 10);
    expect(one).toMatchObject({ granted: 1, retryAtMs: 35_100 });
    expect(spendUpTo(one.budget, 35_100, 10).granted).toBe(1);
  });

  it("is at least what the server still counts when it lets in again, and our share of that goes at once", () => {
    const known = letInAgain(reached, 62_000);
    expect(usage(known, 62_000)).toEqual({ used: 600, allowed: 479, ratio: 0.1 });
    const later = spendUpTo(known, 69_000, 1000);
    expect(later.granted).toBe(479);
    const more = letInAgain(limitReached(spendUpTo(first, 8000, 900).budget, 15_000), 62_000);
    expect(usage(more, 69_000).ratio).toBeCloseTo(0.15);
  });

  it("is told by the first who is let in: what others tell later has left the window", () => {
    const known = letInAgain(reached, 62_000);
    expect(letInAgain(known, 69_000)).toBe(known);
  });

  it("is tried higher by a twentieth of the configured one after each quiet minute, evenly, up to the whole", () => {
    const known = letInAgain(reached, 62_000);
    expect([1, 2, 18].map((minutes) => usage(known, 15_000 + minutes * 60_000).ratio)).toEqual([
      expect.closeTo(0.15),
      expect.closeTo(0.2),
      1,
    ]);
    const atOnce = spendUpTo(known, 140_000, 2000);
    expect(atOnce.granted).toBe(479);
    expect(spendUpTo(atOnce.budget, atOnce.retryAtMs ?? 0, 2000).granted).toBe(16);
    expect(spendUpTo(known, 15_000 + 18 * 60_000, 9000).granted).toBe(WARM_BUDGET);
  });

  it("is believed once while the cool-down lasts, and lower each time it is reached again, never nothing", () => {
    expect(limitReached(reached, 20_000)).toBe(reached);
    const again = limitReached(spendUpTo(reached, 70_000, 8).budget, 80_000);
    expect(usage(again, 90_000).ratio).toBe(1 / 16);
    expect(usage(letInAgain(windowBudget(limits), 0), 0).ratio).toBe(1);
  });

  it("counts a cold server's seconds, not a whole minute's", () => {
    const cold = spendUpTo(serverStarted(windowBudget(limits), 0, true), 0, 500).budget;
    expect(usage(limitReached(cold, 3000), 20_000).ratio).toBeCloseTo(500 / 1000 / 2, 2);
  });
});

/** The server's counter, told from its source: a sum per tick, at most twelve, looked at when a tick is made. */
class ServerCounter {
  readonly #perSecond: number;
  readonly #startedAtMs: number;
  readonly tickMs: number;
  #sums: number[] = [];
  #current = 0;
  #ticks = 0;
  isTripped = false;

  constructor(perSecond: number, startedAtMs: number, tickMs: number) {
    this.#perSecond = perSecond;
    this.#startedAtMs = startedAtMs;
    this.tickMs = tickMs;
  }

  add(count: number): void {
    this.#current += count;
  }

  /** Makes every tick up to this instant. */
  advanceTo(nowMs: number): void {
    while (this.#startedAtMs + this.#ticks * this.tickMs <= nowMs) {
      this.#ticks += 1;
      this.#sums = [...this.#sums, this.#current].slice(-12);
      this.#current = 0;
      const average = this.#sums.reduce((sum, count) => sum + count, 0) / this.#sums.length / 5;
      this.isTripped ||= average >= this.#perSecond;
    }
  }
}

describe("beside people who use all of the rest", () => {
  const perSecond = 40;
  const joinShare = 0.8;
  const own = { perSecond, joinShare, windowMs: 60_000 };
  const wants = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 15_000 }), wanted: fc.integer({ min: 0, max: 4000 }) }),
    { minLength: 1, maxLength: 30 },
  );

  /** Spends greedily at the given instants, while people use all of the rest. True when the server refused everybody. */
  function isTripped(
    budget: WindowBudget,
    counter: ServerCounter,
    fromMs: number,
    peopleFromMs: number,
    history: Wants,
  ) {
    // A hair more, or rounding would put one too many between two ticks.
    const personEveryMs = (counter.tickMs / (5 * perSecond * (1 - joinShare))) * (1 + 1e-6);
    let current = budget;
    let personAtMs = peopleFromMs;
    let nowMs = fromMs;
    const peopleUntil = (untilMs: number) => {
      for (; personAtMs <= untilMs; personAtMs += personEveryMs) {
        counter.advanceTo(personAtMs);
        counter.add(1);
      }
      counter.advanceTo(untilMs);
    };
    for (const { waitMs, wanted } of history) {
      nowMs += waitMs;
      peopleUntil(nowMs);
      const step = spendUpTo(current, nowMs, wanted);
      counter.add(step.granted);
      current = step.budget;
    }
    peopleUntil(nowMs + 61_000);
    return counter.isTripped;
  }
  type Wants = readonly { readonly waitMs: number; readonly wanted: number }[];

  it("never trips a warm counter, wherever its ticks lie", () => {
    fc.assert(
      fc.property(
        wants,
        fc.integer({ min: 0, max: 4999 }),
        fc.integer({ min: 0, max: 20 }),
        (history, offset, drift) => {
          const counter = new ServerCounter(perSecond, offset, 5000 + drift);
          counter.advanceTo(200_000);
          expect(isTripped(windowBudget(own), counter, 200_000, 200_000, history)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("never trips a cold counter, whether it started with us or before us", () => {
    fc.assert(
      fc.property(
        wants,
        fc.integer({ min: 0, max: 30_000 }),
        fc.integer({ min: 0, max: 20 }),
        (history, before, drift) => {
          const seenAtMs = 100_000;
          const counter = new ServerCounter(perSecond, seenAtMs - before, 5000 + drift);
          const budget = serverStarted(windowBudget(own), seenAtMs, true);
          expect(isTripped(budget, counter, seenAtMs, seenAtMs - before, history)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("would trip it with a share of everything: the model can fail", () => {
    const history = [{ waitMs: 0, wanted: 10_000 }];
    const greedy = windowBudget({ ...own, joinShare: 1 });
    const warm = new ServerCounter(perSecond, 0, 5000);
    warm.advanceTo(200_000);
    expect(isTripped(greedy, warm, 200_000, 200_000, history)).toBe(true);
    const cold = new ServerCounter(perSecond, 0, 5000);
    expect(isTripped(windowBudget(own), cold, 0, 0, history)).toBe(true);
  });
});

describe("any history", () => {
  const step = fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })),
    wanted: fc.integer({ min: 0, max: 400 }),
    event: fc.constantFrom("none", "none", "none", "none", "restart", "maybe", "rate", "limit", "let in"),
  });
  const small = { perSecond: 5, joinShare: 0.8, windowMs: 60_000 };

  it("keeps below the share in any 60 s, always says a later time to ask again, and grants in the end", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let budget = windowBudget(small);
        let nowMs = 0;
        const spent: { atMs: number; life: number }[] = [];
        let life = 0;
        const take = (wanted: number) => {
          const result = spendUpTo(budget, nowMs, wanted);
          budget = result.budget;
          if (result.retryAtMs !== null) expect(result.retryAtMs).toBeGreaterThan(nowMs);
          for (let index = 0; index < result.granted; index += 1) spent.push({ atMs: nowMs, life });
          return result;
        };
        for (const { waitMs, wanted, event } of steps) {
          nowMs += waitMs;
          if (event === "restart") life += 1;
          if (event === "restart" || event === "maybe") budget = serverStarted(budget, nowMs, event === "restart");
          if (event === "rate") budget = rateLimited(budget, nowMs);
          if (event === "limit") budget = limitReached(budget, nowMs);
          if (event === "let in") budget = letInAgain(budget, nowMs);
          take(wanted);
        }
        const lastAtMs = nowMs;
        for (let result = take(1); result.retryAtMs !== null; result = take(1)) nowMs = result.retryAtMs;
        expect(nowMs - lastAtMs).toBeLessThanOrEqual(63_000);
        for (const last of spent) {
          // A restarted server has forgotten what came before it.
          const inWindow = spent.filter(
            ({ atMs, life }) => life === last.life && atMs <= last.atMs && atMs > last.atMs - 60_000,
          );
          expect(inWindow.length).toBeLessThan(240);
        }
      }),
    );
  });
});
