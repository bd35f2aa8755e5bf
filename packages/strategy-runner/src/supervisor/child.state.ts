import { unreachable } from "@shoal/kernel";
import type { RunFailure } from "./run-failure.ts";

/**
 * The life of one place for a child: a child that does one run at a time, and then its successor.
 *
 *            ┌──── spawn ◀── rested ── resting ◀──┐
 *            ▼                                    │ exited: it did not start, or died without work
 *        starting ──ready──▶ idle ◀──done── running
 *            ▲               │  ──run──▶      │ over a limit: the run is settled, the child killed
 *            │               │ worn out       ▼
 *            └──exited──── ending ◀───────────┘         close ──▶ ending ──exited──▶ closed
 *
 * A death in the middle of a run is the run's: its successor starts at once, so that a strategy that kills its child cannot make others
 * wait. A child that dies without one tells of the system, and its successor waits longer each time.
 */
export type ChildState =
  | { readonly status: "starting"; readonly startedAtMs: number; readonly failureCount: number }
  | { readonly status: "idle"; readonly readyAtMs: number; readonly runCount: number; readonly failureCount: number }
  | { readonly status: "running"; readonly readyAtMs: number; readonly runCount: number }
  | { readonly status: "ending"; readonly next: "successor" | "rest" | "closed"; readonly failureCount: number }
  | { readonly status: "resting"; readonly failureCount: number }
  | { readonly status: "closed" };

export type ChildEvent =
  | { readonly kind: "ready" }
  /** It has been starting for too long. */
  | { readonly kind: "overdue" }
  | { readonly kind: "run" }
  /** `isSwollen`: its memory is still that of the run, and must not be taken for that of the next one. */
  | { readonly kind: "done"; readonly isSwollen: boolean }
  /** The run must end now, from outside. */
  | { readonly kind: "stop-run"; readonly failure: RunFailure }
  /** It says what no child says. */
  | { readonly kind: "nonsense"; readonly failure: RunFailure }
  /** What it said of a run that is over cannot be. */
  | { readonly kind: "lied" }
  | { readonly kind: "exited"; readonly failure: RunFailure }
  | { readonly kind: "rested" }
  | { readonly kind: "close" };

export type ChildEffect =
  | { readonly kind: "spawn" }
  | { readonly kind: "kill" }
  /** Asks for the next run. */
  | { readonly kind: "offer" }
  | { readonly kind: "fail-run"; readonly failure: RunFailure }
  | { readonly kind: "rest"; readonly failureCount: number };

export interface ChildStep {
  readonly state: ChildState;
  readonly effects: readonly ChildEffect[];
}

/** After so many runs or so long a child is replaced: what a process gathers over time (heap, compiled code) is bounded. */
export const WORN_OUT = { runCount: 100_000, ageMs: 600_000 } as const;

/** Starts the first child of a place. */
export function firstChild(nowMs: number): ChildStep {
  return spawned(nowMs, 0);
}

/** Pure. Pairs that cannot matter are no-ops. */
export function childTransition(state: ChildState, event: ChildEvent, nowMs: number): ChildStep {
  const stay: ChildStep = { state, effects: [] };
  switch (state.status) {
    case "starting":
      if (event.kind === "ready") {
        const { failureCount } = state;
        return offering({ status: "idle", readyAtMs: nowMs, runCount: 0, failureCount });
      }
      if (event.kind === "overdue" || event.kind === "nonsense") return ending("rest", state.failureCount + 1);
      if (event.kind === "exited") return resting(state.failureCount + 1);
      if (event.kind === "close") return ending("closed", 0);
      return stay;
    case "idle":
      if (event.kind === "run") {
        const { readyAtMs, runCount } = state;
        return { state: { status: "running", readyAtMs, runCount }, effects: [] };
      }
      if (event.kind === "lied") return ending("successor", 0);
      if (event.kind === "nonsense") return ending("rest", state.failureCount + 1);
      if (event.kind === "exited") return resting(state.failureCount + 1);
      if (event.kind === "close") return ending("closed", 0);
      return stay;
    case "running":
      return whileRunning(state, event, nowMs) ?? stay;
    case "ending":
      if (event.kind === "exited") return afterEnd(state, nowMs);
      if (event.kind === "close") return { state: { ...state, next: "closed" }, effects: [] };
      return stay;
    case "resting":
      if (event.kind === "rested") return spawned(nowMs, state.failureCount);
      if (event.kind === "close") return { state: { status: "closed" }, effects: [] };
      return stay;
    case "closed":
      return stay;
    default:
      return unreachable(state);
  }
}

type Running = Extract<ChildState, { status: "running" }>;
type Ending = Extract<ChildState, { status: "ending" }>;

function whileRunning(state: Running, event: ChildEvent, nowMs: number): ChildStep | undefined {
  switch (event.kind) {
    case "done": {
      const runCount = state.runCount + 1;
      const isWornOut = runCount >= WORN_OUT.runCount || nowMs - state.readyAtMs >= WORN_OUT.ageMs;
      if (isWornOut || event.isSwollen) return ending("successor", 0);
      return offering({ status: "idle", readyAtMs: state.readyAtMs, runCount, failureCount: 0 });
    }
    case "stop-run":
    case "nonsense":
      return withFailure(event.failure, ending("successor", 0));
    case "lied":
      return ending("successor", 0);
    case "exited":
      return withFailure(event.failure, spawned(nowMs, 0));
    case "close":
      return ending("closed", 0);
    default:
      return undefined;
  }
}

function afterEnd(state: Ending, nowMs: number): ChildStep {
  switch (state.next) {
    case "successor":
      return spawned(nowMs, state.failureCount);
    case "rest":
      return resting(state.failureCount);
    case "closed":
      return { state: { status: "closed" }, effects: [] };
    default:
      return unreachable(state.next);
  }
}

const spawned = (nowMs: number, failureCount: number): ChildStep => ({
  state: { status: "starting", startedAtMs: nowMs, failureCount },
  effects: [{ kind: "spawn" }],
});

const offering = (state: ChildState): ChildStep => ({ state, effects: [{ kind: "offer" }] });

const resting = (failureCount: number): ChildStep => ({
  state: { status: "resting", failureCount },
  effects: [{ kind: "rest", failureCount }],
});

const ending = (next: Ending["next"], failureCount: number): ChildStep => ({
  state: { status: "ending", next, failureCount },
  effects: [{ kind: "kill" }],
});

const withFailure = (failure: RunFailure, step: ChildStep): ChildStep => ({
  state: step.state,
  effects: [{ kind: "fail-run", failure }, ...step.effects],
});
