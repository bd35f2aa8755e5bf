import { describe, expect, it } from "vitest";
import { type ChildEvent, type ChildState, childTransition, firstChild, WORN_OUT } from "./child.state.ts";
import type { RunFailure } from "./run-failure.ts";

const NOW_MS = 1000;
const failure: RunFailure = { code: "STRATEGY_PROCESS_LOST", message: "gone" };

const states = {
  starting: { status: "starting", startedAtMs: 0, failureCount: 2 },
  idle: { status: "idle", readyAtMs: 0, runCount: 5, failureCount: 2 },
  running: { status: "running", readyAtMs: 0, runCount: 5 },
  replaced: { status: "ending", next: "successor", failureCount: 0 },
  failed: { status: "ending", next: "rest", failureCount: 3 },
  closing: { status: "ending", next: "closed", failureCount: 0 },
  resting: { status: "resting", failureCount: 3 },
  closed: { status: "closed" },
} as const satisfies Record<string, ChildState>;

type Name = keyof typeof states;

const events = {
  ready: { kind: "ready" },
  overdue: { kind: "overdue" },
  run: { kind: "run" },
  done: { kind: "done", isSwollen: false },
  "stop-run": { kind: "stop-run", failure },
  nonsense: { kind: "nonsense", failure },
  lied: { kind: "lied" },
  exited: { kind: "exited", failure },
  rested: { kind: "rested" },
  close: { kind: "close" },
} as const satisfies { readonly [kind in ChildEvent["kind"]]: Extract<ChildEvent, { kind: kind }> };

type Expected = "-" | readonly [ChildState["status"], ...string[]];

/** The state that follows and the effects in order; "-": nothing happens. */
const TABLE: Record<Name, Record<ChildEvent["kind"], Expected>> = {
  starting: {
    ...{ ready: ["idle", "offer"], overdue: ["ending", "kill"], run: "-", done: "-", "stop-run": "-" },
    ...{ nonsense: ["ending", "kill"], exited: ["resting", "rest"], lied: "-", rested: "-", close: ["ending", "kill"] },
  },
  idle: {
    ...{ ready: "-", overdue: "-", run: ["running"], done: "-", "stop-run": "-" },
    ...{
      nonsense: ["ending", "kill"],
      exited: ["resting", "rest"],
      lied: ["ending", "kill"],
      rested: "-",
      close: ["ending", "kill"],
    },
  },
  running: {
    ...{ ready: "-", overdue: "-", run: "-", done: ["idle", "offer"], "stop-run": ["ending", "fail-run", "kill"] },
    ...{ nonsense: ["ending", "fail-run", "kill"], exited: ["starting", "fail-run", "spawn"] },
    ...{ lied: ["ending", "kill"], rested: "-", close: ["ending", "kill"] },
  },
  replaced: {
    ...{ ready: "-", overdue: "-", run: "-", done: "-", "stop-run": "-", nonsense: "-" },
    ...{ exited: ["starting", "spawn"], lied: "-", rested: "-", close: ["ending"] },
  },
  failed: {
    ...{ ready: "-", overdue: "-", run: "-", done: "-", "stop-run": "-", nonsense: "-" },
    ...{ exited: ["resting", "rest"], lied: "-", rested: "-", close: ["ending"] },
  },
  closing: {
    ...{ ready: "-", overdue: "-", run: "-", done: "-", "stop-run": "-", nonsense: "-" },
    ...{ exited: ["closed"], lied: "-", rested: "-", close: ["ending"] },
  },
  resting: {
    ...{ ready: "-", overdue: "-", run: "-", done: "-", "stop-run": "-", nonsense: "-" },
    ...{ exited: "-", lied: "-", rested: ["starting", "spawn"], close: ["closed"] },
  },
  closed: {
    ...{ ready: "-", overdue: "-", run: "-", done: "-", "stop-run": "-", nonsense: "-" },
    ...{ exited: "-", lied: "-", rested: "-", close: "-" },
  },
};

const cells = Object.entries(TABLE).flatMap(([name, row]) =>
  Object.entries(row).map(([kind, expected]) => ({ name: name as Name, kind: kind as ChildEvent["kind"], expected })),
);

describe("childTransition", () => {
  it.each(cells)("$name, $kind", ({ name, kind, expected }) => {
    const { state, effects } = childTransition(states[name], events[kind], NOW_MS);
    if (expected === "-") return expect({ state, effects }).toEqual({ state: states[name], effects: [] });
    const [status, ...kinds] = expected;
    expect([state.status, effects.map((effect) => effect.kind)]).toEqual([status, kinds]);
  });

  it("starts the first child at once", () => {
    expect(firstChild(NOW_MS)).toEqual({
      state: { status: "starting", startedAtMs: NOW_MS, failureCount: 0 },
      effects: [{ kind: "spawn" }],
    });
  });

  it("counts children that fail without a run, and forgets them with the next run that ends well", () => {
    expect(childTransition(states.starting, events.exited, NOW_MS).state).toMatchObject({ failureCount: 3 });
    expect(childTransition(states.starting, events.ready, NOW_MS).state).toMatchObject({ failureCount: 2 });
    expect(childTransition(states.idle, events.exited, NOW_MS).state).toMatchObject({ failureCount: 3 });
    expect(childTransition(states.running, events.done, NOW_MS).state).toMatchObject({ failureCount: 0, runCount: 6 });
    expect(childTransition(states.running, events.exited, NOW_MS).state).toMatchObject({ failureCount: 0 });
  });

  it("replaces a child that is worn out by runs, age or memory, without failing the run", () => {
    const tired = { ...states.running, runCount: WORN_OUT.runCount - 1 };
    for (const [state, nowMs] of [
      [tired, NOW_MS],
      [states.running, WORN_OUT.ageMs],
    ] as const) {
      const step = childTransition(state, events.done, nowMs);
      expect(step).toEqual({
        state: { status: "ending", next: "successor", failureCount: 0 },
        effects: [{ kind: "kill" }],
      });
    }
    expect(childTransition(states.running, events.done, WORN_OUT.ageMs - 1).state.status).toBe("idle");
    const swollen = { kind: "done", isSwollen: true } as const;
    expect(childTransition(states.running, swollen, NOW_MS)).toEqual(childTransition(tired, events.done, NOW_MS));
  });

  it("closes for good a child that was to be replaced", () => {
    const { state } = childTransition(states.replaced, events.close, NOW_MS);
    expect(childTransition(state, events.exited, NOW_MS).state).toEqual({ status: "closed" });
  });
});
