import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EventsHoldEffect,
  type EventsHoldEvent,
  type EventsHoldState,
  eventsHoldTransition,
  notHolding,
} from "./events-hold.state.ts";

const events = {
  over: { kind: "over" },
  due: { kind: "due" },
  answeredOver: { kind: "answered", answer: "over" },
  answeredUnder: { kind: "answered", answer: "under" },
  answeredUnknown: { kind: "answered", answer: "unknown" },
  triedFine: { kind: "tried", outcome: "fine" },
  triedGone: { kind: "tried", outcome: "gone" },
} as const satisfies Record<string, EventsHoldEvent>;
type EventName = keyof typeof events;

const states: Record<EventsHoldState["status"], EventsHoldState> = {
  open: notHolding,
  waiting: { status: "waiting", relapses: 0 },
  probing: { status: "probing", relapses: 0 },
  trying: { status: "trying", relapses: 0 },
};

type Expected = readonly [status: EventsHoldState["status"], ...effects: EventsHoldEffect["kind"][]] | "stays";

const table: Record<EventsHoldState["status"], Record<EventName, Expected>> = {
  open: {
    over: ["waiting", "hold", "look"],
    due: "stays",
    answeredOver: "stays",
    answeredUnder: "stays",
    answeredUnknown: "stays",
    triedFine: "stays",
    triedGone: "stays",
  },
  waiting: {
    over: "stays",
    due: ["probing", "probe"],
    answeredOver: "stays",
    answeredUnder: "stays",
    answeredUnknown: "stays",
    triedFine: "stays",
    triedGone: "stays",
  },
  probing: {
    over: "stays",
    due: "stays",
    answeredOver: ["waiting", "look"],
    answeredUnder: ["open", "release"],
    answeredUnknown: ["trying", "try"],
    triedFine: "stays",
    triedGone: "stays",
  },
  trying: {
    over: ["waiting", "look"],
    due: "stays",
    answeredOver: "stays",
    answeredUnder: "stays",
    answeredUnknown: "stays",
    triedFine: ["open", "release"],
    triedGone: ["waiting", "look"],
  },
};

const at = (nowMs: number, seed = 1) => ({ nowMs, rng: seededRng(seed) });

describe("the hold's transitions", () => {
  const rows = Object.entries(table).flatMap(([status, row]) =>
    Object.entries(row).map(([name, expected]) => ({ status, name, expected })),
  );
  it.each(rows)("$status, $name", ({ status, name, expected }) => {
    const state = states[status as EventsHoldState["status"]];
    const step = eventsHoldTransition(state, events[name as EventName], at(1000));
    if (expected === "stays") return expect(step).toEqual({ state, effects: [] });
    const [next, ...effects] = expected;
    expect(step.state.status).toBe(next);
    expect(step.effects.map(({ kind }) => kind)).toEqual(effects);
  });
});

/** The wait before the next look. */
function lookAfter(state: EventsHoldState, event: EventsHoldEvent, nowMs: number, seed: number) {
  const step = eventsHoldTransition(state, event, at(nowMs, seed));
  const look = step.effects.find((effect) => effect.kind === "look");
  return { delayMs: look?.kind === "look" ? look.delayMs : Number.NaN, state: step.state };
}

describe("looks", () => {
  const seeds = fc.integer({ min: 1, max: 1_000_000 });

  it("come soon at first and then about once a tick of the server", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const first = lookAfter(notHolding, events.over, 0, seed).delayMs;
        expect(first).toBeGreaterThanOrEqual(2500);
        expect(first).toBeLessThanOrEqual(5000);
        const next = lookAfter(states.probing, events.answeredOver, 0, seed).delayMs;
        expect(next).toBeGreaterThanOrEqual(4000);
        expect(next).toBeLessThanOrEqual(5500);
      }),
    );
  });

  it("come every 10 to 13 s where only a channel can look, the 2 s of its try included", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(events.over, events.triedGone), (seed, event) => {
        const { delayMs } = lookAfter(states.trying, event, 0, seed);
        expect(delayMs).toBeGreaterThanOrEqual(8000);
        expect(delayMs).toBeLessThanOrEqual(11_000);
      }),
    );
  });

  it("wait longer each time our return was too much, up to a minute, and forget it after a quiet one", () => {
    let state: EventsHoldState = notHolding;
    const restsMs: number[] = [];
    for (let relapse = 0, nowMs = 0; relapse < 8; relapse += 1) {
      const step = lookAfter(state, events.over, nowMs, 1);
      restsMs.push(step.delayMs);
      nowMs += step.delayMs + 1000;
      const probing = eventsHoldTransition(step.state, events.due, at(nowMs)).state;
      state = eventsHoldTransition(probing, events.answeredUnder, at(nowMs)).state;
      nowMs += 10_000;
    }
    const [first = 0] = restsMs;
    expect(restsMs.map((ms) => Math.round(ms - first))).toEqual([
      0, 5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000,
    ]);
    const openedAtMs = state.status === "open" ? state.openedAtMs : 0;
    expect(lookAfter(state, events.over, openedAtMs + 60_000, 1).delayMs).toBe(first);
  });
});

describe("any history", () => {
  it("always has a look, a probe or a try under way while it holds, and exactly one", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(events))), fc.integer({ min: 1 }), (history, seed) => {
        const rng = seededRng(seed);
        let state: EventsHoldState = notHolding;
        let pending: string | null = null;
        history.forEach((event, index) => {
          const step = eventsHoldTransition(state, event, { nowMs: index * 1000, rng });
          if (step.state !== state) pending = null;
          for (const { kind } of step.effects) {
            if (kind !== "look" && kind !== "probe" && kind !== "try") continue;
            expect(pending).toBeNull();
            pending = kind;
          }
          state = step.state;
          expect(pending === null).toBe(state.status === "open");
        });
      }),
    );
  });
});
