import { type Rng, unreachable } from "@shoal/kernel";
import type { DeployedBot } from "../control/runner.ts";
import type { DeploymentStatus } from "../control/types.ts";
import { afterCrash, freeAtMs, NEW_PLACE, type Place } from "./roster.ts";

/**
 * The states of a deployed bot, across the bots that run for it one after the other.
 *
 *   gone ──run──▶ running ──crash──▶ waiting ──due──▶ running
 *                 │     ▲               │ run, a larger generation: at once
 *   stop, or run  │     │ ended, next   │
 *   a larger      ▼     │               │ stop
 *   generation  ending ─┴─ended────▶ gone ◀┘           any ──drop──▶ gone
 */
export type DeployedState =
  | { readonly kind: "gone" }
  | { readonly kind: "running"; readonly bot: DeployedBot; readonly place: Place; readonly isSettled: boolean }
  /** Its bot is ending; `next` starts after it. */
  | { readonly kind: "ending"; readonly generation: number; readonly next: DeployedBot | null }
  | { readonly kind: "waiting"; readonly bot: DeployedBot; readonly place: Place };

export type DeployedEvent =
  | { readonly kind: "run"; readonly bot: DeployedBot }
  /** It runs here already: it has come with its conversation from another replica. */
  | { readonly kind: "take"; readonly bot: DeployedBot }
  | { readonly kind: "stop"; readonly isGraceful: boolean }
  | { readonly kind: "drop" }
  /** Its bot can be matched now. */
  | { readonly kind: "settled" }
  | { readonly kind: "ended"; readonly how: "stopped" | "crashed"; readonly errorCode: string | null }
  /** The wait after a crash is over. */
  | { readonly kind: "due" };

export type DeployedEffect =
  | { readonly kind: "launch"; readonly bot: DeployedBot }
  /** End its bot: after the conversation (`retire`), now with a goodbye (`drain`), or now without one (`crash`). */
  | { readonly kind: "end"; readonly how: "retire" | "drain" | "crash" }
  | { readonly kind: "offer"; readonly isPaused: boolean }
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "stop-waiting" }
  | {
      readonly kind: "report";
      readonly generation: number;
      readonly status: DeploymentStatus;
      readonly errorCode: string | null;
    };

export interface DeployedStep {
  readonly state: DeployedState;
  readonly effects: readonly DeployedEffect[];
}

/** Monotonic time and randomness for transitions. */
export interface DeployedWorld {
  readonly nowMs: number;
  readonly rng: Rng;
}

const GONE: DeployedState = { kind: "gone" };

/** Returns the status that is reported for a state. Pure. */
export function statusOf(state: DeployedState): DeploymentStatus {
  switch (state.kind) {
    case "gone":
      return "stopped";
    case "running":
      if (!state.isSettled) return "starting";
      return state.bot.isPaused ? "paused" : "running";
    case "ending":
      return state.next ? "running" : "stopping";
    case "waiting":
      return state.place.status.kind === "quarantined" ? "quarantined" : "crashed";
    default:
      return unreachable(state);
  }
}

/** Returns the generation of the bot that runs or ends; null: none does. Pure. */
export function generationOf(state: DeployedState): number | null {
  if (state.kind === "running") return state.bot.generation;
  return state.kind === "ending" ? state.generation : null;
}

/** Returns the next state and its effects. Ignores events that do not fit the state. Pure. */
export function transition(state: DeployedState, event: DeployedEvent, world: DeployedWorld): DeployedStep {
  switch (state.kind) {
    case "gone":
      if (event.kind === "run") return begin(event.bot, NEW_PLACE, []);
      if (event.kind === "take")
        return { state: { kind: "running", bot: event.bot, place: NEW_PLACE, isSettled: true }, effects: [] };
      // The replica that ran it before has not reported its end, so this one does.
      return event.kind === "stop" ? { state, effects: [report(0, "stopped")] } : { state, effects: [] };
    case "running":
      return whileRunning(state, event, world);
    case "ending":
      return whileEnding(state, event);
    case "waiting":
      return whileWaiting(state, event);
    default:
      return unreachable(state);
  }
}

function whileRunning(
  state: Extract<DeployedState, { kind: "running" }>,
  event: DeployedEvent,
  world: DeployedWorld,
): DeployedStep {
  const { generation } = state.bot;
  switch (event.kind) {
    case "run":
      return runsAlready(state, event.bot);
    case "stop": {
      const how = event.isGraceful ? "retire" : "drain";
      return {
        state: { kind: "ending", generation, next: null },
        effects: [report(generation, "stopping"), { kind: "end", how }],
      };
    }
    case "drop":
      return { state: GONE, effects: [{ kind: "end", how: "crash" }] };
    case "settled":
      return state.isSettled
        ? { state, effects: [] }
        : {
            state: { ...state, isSettled: true },
            effects: [report(generation, state.bot.isPaused ? "paused" : "running")],
          };
    case "ended":
      return event.how === "crashed" ? crashed(state, event.errorCode, world) : { state: GONE, effects: [] };
    case "take":
    case "due":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function runsAlready(state: Extract<DeployedState, { kind: "running" }>, bot: DeployedBot): DeployedStep {
  if (bot.generation > state.bot.generation) {
    return {
      state: { kind: "ending", generation: state.bot.generation, next: bot },
      effects: [{ kind: "end", how: "retire" }],
    };
  }
  if (bot.isPaused === state.bot.isPaused) return { state, effects: [] };
  const effects: DeployedEffect[] = [{ kind: "offer", isPaused: bot.isPaused }];
  const status = bot.isPaused ? "paused" : "running";
  if (state.isSettled) effects.push(report(bot.generation, status));
  return { state: { ...state, bot }, effects };
}

function crashed(
  { bot, place }: Extract<DeployedState, { kind: "running" }>,
  errorCode: string | null,
  { nowMs, rng }: DeployedWorld,
): DeployedStep {
  const next = afterCrash(place, nowMs, rng);
  const isQuarantined = next.status.kind === "quarantined";
  return {
    state: { kind: "waiting", bot, place: next },
    effects: [
      report(bot.generation, isQuarantined ? "quarantined" : "crashed", errorCode),
      { kind: "wait", untilMs: freeAtMs(next) },
    ],
  };
}

function whileEnding(state: Extract<DeployedState, { kind: "ending" }>, event: DeployedEvent): DeployedStep {
  switch (event.kind) {
    case "run":
      return { state: { ...state, next: event.bot }, effects: [] };
    case "stop": {
      const effects: DeployedEffect[] = [report(state.generation, "stopping")];
      if (!event.isGraceful) effects.push({ kind: "end", how: "drain" });
      return { state: { ...state, next: null }, effects };
    }
    case "drop":
      return { state: GONE, effects: [{ kind: "end", how: "crash" }] };
    case "ended":
      if (!state.next) return { state: GONE, effects: [report(state.generation, "stopped")] };
      return begin(state.next, NEW_PLACE, [report(state.next.generation, "starting")]);
    case "take":
    case "settled":
    case "due":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function whileWaiting(state: Extract<DeployedState, { kind: "waiting" }>, event: DeployedEvent): DeployedStep {
  switch (event.kind) {
    case "run": {
      const { bot } = event;
      if (bot.generation <= state.bot.generation) return { state: { ...state, bot }, effects: [] };
      return begin(bot, NEW_PLACE, [{ kind: "stop-waiting" }, report(bot.generation, "starting")]);
    }
    case "stop":
      return { state: GONE, effects: [{ kind: "stop-waiting" }, report(state.bot.generation, "stopped")] };
    case "drop":
      return { state: GONE, effects: [{ kind: "stop-waiting" }] };
    case "due": {
      const place: Place = { ...state.place, status: { kind: "taken" } };
      return begin(state.bot, place, [report(state.bot.generation, "starting")]);
    }
    case "take":
    case "settled":
    case "ended":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function begin(bot: DeployedBot, place: Place, before: readonly DeployedEffect[]): DeployedStep {
  return {
    state: { kind: "running", bot, place, isSettled: false },
    effects: [...before, { kind: "launch", bot }],
  };
}

function report(generation: number, status: DeploymentStatus, errorCode: string | null = null): DeployedEffect {
  return { kind: "report", generation, status, errorCode };
}
