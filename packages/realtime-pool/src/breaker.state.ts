import {
  backoffDelayMs,
  type EpochMs,
  MINUTE_MS,
  proportionalJitter,
  type Rng,
  SECOND_MS,
  uniform,
  unreachable,
} from "@shoal/kernel";
import type { Failure } from "./classify.ts";
import { MEANINGS, type MeaningName } from "./failure-table.ts";
import type { PoolOptions } from "./options.ts";

/**
 * What the pool thinks of the server, for all of its sockets at once; see docs/states/breaker.md.
 *
 *   unknown ──opened──▶ up ──rate or capacity──▶ held ──its time is over──▶ up
 *      │                │ ▲                        │
 *      │ handshake      │ └──opened──┐             │ every socket lost
 *      │ failed         ▼ every      │             ▼
 *      └────────▶ away ◀─ socket ────┴─────────── away
 *
 *   any ──key or project refused──▶ refused ──opened, or a join answered──▶ up
 */
export type BreakerState =
  | { readonly status: "unknown"; readonly restart: Restart }
  | {
      readonly status: "up";
      readonly sinceMs: EpochMs;
      /** How often in a row it was lost again before it had been up for long. */
      readonly flaps: number;
    }
  | ({ readonly status: "held"; readonly restart: Restart; readonly isAsking: boolean } & Hold)
  | {
      readonly status: "away";
      readonly cause: MeaningName;
      readonly failures: number;
      readonly flaps: number;
      readonly probeAtMs: EpochMs;
      readonly restart: Restart;
      readonly hold: Hold | null;
    }
  | {
      readonly status: "refused";
      readonly cause: MeaningName;
      readonly probeAtMs: EpochMs;
      /** The time from one look to the next when there is no answer. */
      readonly everyMs: number;
      /** A join was refused, so the others would be refused too. A refused handshake says nothing about open sockets. */
      readonly isForJoins: boolean;
      readonly restart: Restart;
      readonly hold: Hold | null;
    };

/** Whether the server that answers next has started since it was last seen: what its counters remember depends on it. */
export type Restart = "none" | "possible" | "certain";

/** No joins and no handshakes until then. */
export interface Hold {
  readonly untilMs: EpochMs;
  readonly cause: MeaningName;
}

export type BreakerEvent =
  | { readonly kind: "opened" }
  | { readonly kind: "handshake-failed"; readonly failure: Failure }
  | { readonly kind: "all-sockets-lost"; readonly closeCode: number; readonly failure: Failure }
  /** A refused join or a system message that concerns the whole project. */
  | { readonly kind: "project-signal"; readonly failure: Failure }
  | { readonly kind: "join-sent" }
  | { readonly kind: "join-answered" }
  /** The answer to a handshake by plain HTTP: whether joins are still refused. */
  | { readonly kind: "asked"; readonly answer: "over" | "under" | "unknown" }
  | { readonly kind: "tick" };

export type BreakerEffect =
  | { readonly kind: "server-started"; readonly isCertain: boolean }
  | { readonly kind: "joins-limited" }
  | { readonly kind: "joins-let-in" }
  /** Ask whether joins are let in again before one is tried: a refused one costs its socket and all channels on it. */
  | { readonly kind: "ask" };

export interface BreakerContext {
  readonly nowMs: EpochMs;
  readonly rng: Rng;
  readonly options: Pick<PoolOptions, "probeBaseMs" | "probeMaxMs" | "retryJitterRatio" | "stableAfterMs">;
  /** Counts the sockets that are open now. */
  readonly openCount: () => number;
  /** Whether the server can be asked by HTTP. */
  readonly canAsk: boolean;
}

export interface BreakerStep {
  readonly state: BreakerState;
  readonly effects: readonly BreakerEffect[];
}

/** What may be done now, and when to ask again though nothing happened. */
export interface Permits {
  readonly handshakes: number;
  readonly joins: number;
  readonly lookAtMs: EpochMs | null;
}

/** Spreads daemons that lose the same server, which must not come back in the same millisecond. */
const FIRST_PROBE_WITHIN_MS = 250;
/** A server that answers and drops every socket again and again is looked at later each time; up to two drops are not. */
const QUICK_RETURNS = 2;
const FLAP_MAX_MS = 15 * SECOND_MS;
/** A refused key or project is mended by its owner. @source REALTIME.md 2.4: slow retry from 60 s, 5 min when suspended */
const SHORTEST_REFUSAL_MS = MINUTE_MS;
/** Two looks of the server at its counters, so that one certainly falls in between. @source REALTIME.md 2.2 and 2.4 */
const SHORTEST_RATE_HOLD_MS = 10 * SECOND_MS;
/** About one look of the server apart: when it looks is not known. */
const ASK_AGAIN_MS = { min: 4 * SECOND_MS, max: 5.5 * SECOND_MS } as const;
/** Stretches a floor by up to this ratio, so that the daemons it held back do not move at once. */
const FLOOR_STRETCH = 0.3;
/** @source RFC 6455 7.4.2, REALTIME-FRAMES.md summary: SIGTERM closes with it */
const SERVICE_RESTART = 1012;
/** What an operator's wish says before the same code: the sockets go, the server and its counters stay. @source REALTIME-FRAMES.md, reload */
const REQUESTED = /requested disconnect/i;

/** The state before the first answer. A server taken to be cold is treated as one that may have just started. */
export function unknownServer(age: PoolOptions["unknownServerAge"]): BreakerState {
  return { status: "unknown", restart: age === "cold" ? "possible" : "none" };
}

/** Pure. Pairs that cannot matter are no-ops. */
export function breakerTransition(state: BreakerState, event: BreakerEvent, context: BreakerContext): BreakerStep {
  switch (event.kind) {
    case "opened":
      return opened(state, context);
    case "handshake-failed":
      return handshakeFailed(state, event.failure, context);
    case "all-sockets-lost":
      return stay(allLost(state, event, context));
    case "project-signal":
      return projectSignal(state, event.failure, context);
    case "join-sent":
      return stay(isForJoins(state) ? { ...state, probeAtMs: context.nowMs + state.everyMs } : state);
    case "join-answered":
      return stay(isForJoins(state) ? answered(state, context) : state);
    case "asked":
      return asked(state, event.answer, context);
    case "tick":
      return tick(state, context);
    default:
      return unreachable(event);
  }
}

/** How many handshakes and joins may be started now. */
export function permits(
  state: BreakerState,
  handshakes: { readonly connecting: number; readonly max: number },
  nowMs: EpochMs,
): Permits {
  const probe = handshakes.connecting === 0 ? 1 : 0;
  switch (state.status) {
    case "unknown":
      return { handshakes: probe, joins: Number.POSITIVE_INFINITY, lookAtMs: null };
    case "up": {
      const free = Math.max(0, handshakes.max - handshakes.connecting);
      return { handshakes: free, joins: Number.POSITIVE_INFINITY, lookAtMs: null };
    }
    case "held":
      return { handshakes: 0, joins: 0, lookAtMs: state.isAsking ? null : state.untilMs };
    case "away":
    case "refused":
      return permitsOfProbing(state, probe, nowMs);
    default:
      return unreachable(state);
  }
}

/** Joins go on on sockets that are still open, unless joins were what was refused. */
function permitsOfProbing(
  state: Extract<BreakerState, { status: "away" | "refused" }>,
  probe: number,
  nowMs: EpochMs,
): Permits {
  const isDue = nowMs >= state.probeAtMs;
  const heldUntilMs = isActive(state.hold, nowMs) ? state.hold.untilMs : null;
  const looks = [isDue ? null : state.probeAtMs, heldUntilMs].filter((atMs) => atMs !== null);
  const isForJoins = state.status === "refused" && state.isForJoins;
  const joins = isForJoins ? (isDue ? 1 : 0) : Number.POSITIVE_INFINITY;
  return {
    handshakes: isDue && heldUntilMs === null ? probe : 0,
    joins: heldUntilMs === null ? joins : 0,
    lookAtMs: looks.length > 0 ? Math.min(...looks) : null,
  };
}

/** The class that keeps it from being up. */
export function causeOf(state: BreakerState): MeaningName | null {
  return state.status === "unknown" || state.status === "up" ? null : state.cause;
}

function stay(state: BreakerState): BreakerStep {
  return { state, effects: [] };
}

function opened(state: BreakerState, context: BreakerContext): BreakerStep {
  if (state.status === "up") return stay(state);
  const effects: BreakerEffect[] =
    state.restart === "none" ? [] : [{ kind: "server-started", isCertain: state.restart === "certain" }];
  if (state.status === "held") return { state: { ...state, restart: "none" }, effects };
  // An answered handshake says nothing about joins: one join may look at once.
  if (isForJoins(state)) return { state: { ...state, probeAtMs: context.nowMs, restart: "none" }, effects };
  return { state: answered(state, context), effects };
}

/** The server answers. A hold from before still runs. */
function answered(state: BreakerState, { nowMs }: BreakerContext): BreakerState {
  const hold = holdOf(state);
  if (isActive(hold, nowMs)) return { status: "held", restart: "none", isAsking: false, ...hold };
  return { status: "up", sinceMs: nowMs, flaps: state.status === "away" ? state.flaps : 0 };
}

function handshakeFailed(state: BreakerState, failure: Failure, context: BreakerContext): BreakerStep {
  const { nowMs, rng, options } = context;
  const meaning = meaningOf(failure);
  if (meaning === "hold") return hold(state, failure, context);
  if (meaning === "refuse") return stay(refused(state, failure, isForJoins(state) && context.openCount() > 0, context));
  const failures = (state.status === "away" ? state.failures : 0) + 1;
  const backoff = proportionalJitter(options.probeBaseMs, options.probeMaxMs, options.retryJitterRatio);
  const delayMs = Math.max(backoffDelayMs(backoff, failures, rng), stretched(failure.floorMs, rng));
  const held = holdOf(state);
  const probeAtMs = Math.max(nowMs + delayMs, held?.untilMs ?? 0);
  // Refused while nothing of ours is open: the server itself was down, so its counters start anew with it.
  const isCertain = failure.errorClass === "network" && context.openCount() === 0;
  const restart = isCertain ? "certain" : restartOf(state);
  const flaps = state.status === "away" ? state.flaps : 0;
  return stay({ status: "away", cause: failure.name, failures, flaps, probeAtMs, restart, hold: held });
}

function allLost(
  state: BreakerState,
  { closeCode, failure }: { readonly closeCode: number; readonly failure: Failure },
  { nowMs, rng, options }: BreakerContext,
): BreakerState {
  if (state.status === "unknown") return state;
  const restart = restartAfter(restartOf(state), closeCode, failure);
  if (state.status === "away" || state.status === "refused") return { ...state, restart };
  const held = holdOf(state);
  const isFlap = state.status === "up" && nowMs - state.sinceMs < options.stableAfterMs;
  const flaps = isFlap ? state.flaps + 1 : 0;
  const soonMs = uniform(rng, 0, FIRST_PROBE_WITHIN_MS);
  const flapping = proportionalJitter(options.probeBaseMs, FLAP_MAX_MS, options.retryJitterRatio);
  const delayMs = flaps <= QUICK_RETURNS ? soonMs : backoffDelayMs(flapping, flaps - QUICK_RETURNS, rng);
  const probeAtMs = Math.max(nowMs + delayMs, held?.untilMs ?? 0);
  return { status: "away", cause: failure.name, failures: 0, flaps, probeAtMs, restart, hold: held };
}

function projectSignal(state: BreakerState, failure: Failure, context: BreakerContext): BreakerStep {
  if (meaningOf(failure) === "refuse") return stay(refused(state, failure, true, context));
  return meaningOf(failure) === "hold" || failure.floorMs > 0 ? hold(state, failure, context) : stay(state);
}

function tick(state: BreakerState, context: BreakerContext): BreakerStep {
  if (state.status !== "held" || state.isAsking || context.nowMs < state.untilMs) return stay(state);
  if (MEANINGS[state.cause].errorClass !== "rate" || !context.canAsk) return stay(released(state, context));
  return { state: { ...state, isAsking: true }, effects: [{ kind: "ask" }] };
}

function asked(state: BreakerState, answer: "over" | "under" | "unknown", context: BreakerContext): BreakerStep {
  if (state.status !== "held" || !state.isAsking) return stay(state);
  if (answer !== "over") {
    return { state: released(state, context), effects: answer === "under" ? [{ kind: "joins-let-in" }] : [] };
  }
  const untilMs = context.nowMs + uniform(context.rng, ASK_AGAIN_MS.min, ASK_AGAIN_MS.max);
  return stay({ ...state, isAsking: false, untilMs });
}

function released(
  state: Extract<BreakerState, { status: "held" }>,
  { nowMs, openCount }: BreakerContext,
): BreakerState {
  if (openCount() > 0) return { status: "up", sinceMs: nowMs, flaps: 0 };
  const { cause, restart } = state;
  return { status: "away", cause, failures: 0, flaps: 0, probeAtMs: nowMs, restart, hold: null };
}

/** Also ends `away`: a server that says 429 is there. */
function hold(state: BreakerState, failure: Failure, { nowMs, rng }: BreakerContext): BreakerStep {
  const isRate = failure.errorClass === "rate";
  const floorMs = isRate ? Math.max(SHORTEST_RATE_HOLD_MS, failure.floorMs) : failure.floorMs;
  const next: Hold = { untilMs: nowMs + stretched(floorMs, rng), cause: failure.name };
  const earlier = holdOf(state);
  const held = isActive(earlier, nowMs) && earlier.untilMs > next.untilMs ? earlier : next;
  const effects: BreakerEffect[] = isRate ? [{ kind: "joins-limited" }] : [];
  if (state.status === "refused") return { state: { ...state, hold: held }, effects };
  return { state: { status: "held", restart: restartOf(state), isAsking: false, ...held }, effects };
}

function refused(state: BreakerState, failure: Failure, isForJoins: boolean, context: BreakerContext): BreakerState {
  const { nowMs, rng } = context;
  const everyMs = stretched(Math.max(SHORTEST_REFUSAL_MS, failure.floorMs), rng);
  return {
    status: "refused",
    cause: failure.name,
    probeAtMs: nowMs + everyMs,
    everyMs,
    isForJoins,
    restart: restartOf(state),
    hold: holdOf(state),
  };
}

function meaningOf({ errorClass, retry }: Failure): "hold" | "refuse" | "away" {
  if (errorClass === "rate" || errorClass === "capacity") return "hold";
  const isRefused = retry !== "backoff" || errorClass === "auth" || errorClass === "configuration";
  return isRefused ? "refuse" : "away";
}

function restartAfter(known: Restart, closeCode: number, { errorClass, reason }: Failure): Restart {
  if (known === "certain" || (closeCode === SERVICE_RESTART && !REQUESTED.test(reason))) return "certain";
  // Closed because it refuses joins: an overrun, no restart. @source REALTIME.md 2.3: code 1001
  return errorClass === "rate" ? known : "possible";
}

function restartOf(state: BreakerState): Restart {
  return state.status === "up" ? "none" : state.restart;
}

function holdOf(state: BreakerState): Hold | null {
  if (state.status === "held") return { untilMs: state.untilMs, cause: state.cause };
  return state.status === "away" || state.status === "refused" ? state.hold : null;
}

function isForJoins(state: BreakerState): state is Extract<BreakerState, { status: "refused" }> {
  return state.status === "refused" && state.isForJoins;
}

function isActive(hold: Hold | null, nowMs: EpochMs): hold is Hold {
  return hold !== null && hold.untilMs > nowMs;
}

function stretched(floorMs: number, rng: Rng): number {
  return floorMs * uniform(rng, 1, 1 + FLOOR_STRETCH);
}
