import { type Backoff, backoffDelayMs, type Rng, uniform, unreachable } from "@shoal/kernel";
import type { Failure } from "./classify.ts";
import type { ErrorClass } from "./types.ts";

/**
 * The life of one held topic. It outlives sockets; see docs/states/channel.md.
 *
 *   waiting ──turn──▶ joining ──joined──▶ joined
 *      ▲                 │ down              │ down
 *      └────────────────┴───────────────────┘      (fatal class or tries used up ▶ failed)
 *
 *   any but failed ──release──▶ released
 */
export type ChannelState =
  | ({
      readonly status: "waiting";
      /** A handshake that fails before this is not counted as a try: the channel's own wait is not over. */
      readonly countsFromMs: number;
      /** Joined, and lost with its socket. */
      readonly isSocketLoss: boolean;
    } & History)
  | ({ readonly status: "joining"; readonly startedAtMs: number } & History)
  | ({ readonly status: "joined"; readonly joinedAtMs: number } & History)
  | { readonly status: "failed"; readonly failure: Failure }
  | { readonly status: "released" };

interface History {
  /** Failures since the channel was last stable: what backoff grows with. */
  readonly failures: number;
  /** When it was last lost, null before the first join. `maxRetries` does not end a channel that was joined once. */
  readonly lostAtMs: number | null;
  /** The join that is due or under way asks for a fresh token first. */
  readonly isRefreshed: boolean;
}

export type ChannelEvent =
  /** A slot on an open socket is ours and the join is paid for. */
  | { readonly kind: "turn" }
  | { readonly kind: "joined" }
  /** The join was refused, or the channel is gone without our wish. */
  | { readonly kind: "down"; readonly failure: Failure }
  /** A handshake failed while we wait for a socket. */
  | { readonly kind: "unreachable"; readonly failure: Failure }
  /** Every socket is gone: no failure of the channel that was joined, which waits no longer than for the server. */
  | { readonly kind: "outage" }
  | { readonly kind: "release" };

/** What the shell must do, in this order. */
export type ChannelEffect =
  | { readonly kind: "join"; readonly attempt: number; readonly refresh: boolean }
  | { readonly kind: "report-joined"; readonly attempt: number; readonly joinMs: number; readonly gapMs: number | null }
  | {
      readonly kind: "report-refused";
      readonly attempt: number;
      readonly failure: Failure;
      readonly retryInMs: number | null;
    }
  | { readonly kind: "report-lost"; readonly failure: Failure }
  | { readonly kind: "report-failed"; readonly failure: Failure }
  | { readonly kind: "report-released" }
  /** Gives the slot and every timer back. */
  | { readonly kind: "vacate" }
  /** Tells the server, then vacates. */
  | { readonly kind: "leave" }
  | { readonly kind: "retry"; readonly delayMs: number };

export interface ChannelPolicy {
  /** Joins tried before the first success; Infinity for ever. */
  readonly maxRetries: number;
  readonly backoff: Backoff;
  readonly stableAfterMs: number;
  /** Whether there is a source of fresh tokens. */
  readonly canRefresh: boolean;
}

export interface Step {
  readonly state: ChannelState;
  readonly effects: readonly ChannelEffect[];
}

/** Spreads rejoins, and leaves time to notice every socket that died at once before slots are given out again. */
const FIRST_REJOIN_MS = { min: 50, max: 250 } as const;
/** Stretches a floor by up to this ratio, so that all channels it held back do not move at once. */
const FLOOR_STRETCH = 0.3;

/** A channel that may join for the first time at `startAtMs`. */
export function newChannel(startAtMs: number): ChannelState {
  return {
    status: "waiting",
    countsFromMs: startAtMs,
    isSocketLoss: false,
    failures: 0,
    lostAtMs: null,
    isRefreshed: false,
  };
}

/** Pure. Pairs that cannot matter are no-ops: late results of a life that is over. */
export function transition(
  state: ChannelState,
  event: ChannelEvent,
  policy: ChannelPolicy,
  { nowMs, rng }: { readonly nowMs: number; readonly rng: Rng },
): Step {
  const stay: Step = { state, effects: [] };
  switch (state.status) {
    case "waiting":
      if (event.kind === "turn") return startJoin(state, nowMs);
      if (event.kind === "unreachable") return unreachableWhileWaiting(state, event.failure, policy, nowMs, rng);
      if (event.kind === "outage") return state.isSocketLoss ? excused(state, nowMs, rng) : stay;
      if (event.kind === "release") return released(["vacate"]);
      return stay;
    case "joining":
      if (event.kind === "joined") return joined(state, nowMs);
      if (event.kind === "down") return joinDown(state, event.failure, policy, nowMs, rng);
      if (event.kind === "release") return released(["leave"]);
      return stay;
    case "joined":
      if (event.kind === "down") return lost(state, event.failure, policy, nowMs, rng);
      if (event.kind === "release") return released(["leave"]);
      return stay;
    case "failed":
    case "released":
      return stay;
    default:
      return unreachable(state);
  }
}

type Waiting = Extract<ChannelState, { status: "waiting" }>;
type Joining = Extract<ChannelState, { status: "joining" }>;
type Joined = Extract<ChannelState, { status: "joined" }>;

function startJoin(state: Waiting, nowMs: number): Step {
  const { failures, lostAtMs, isRefreshed } = state;
  return {
    state: { status: "joining", startedAtMs: nowMs, failures, lostAtMs, isRefreshed },
    effects: [{ kind: "join", attempt: failures + 1, refresh: isRefreshed }],
  };
}

function joined(state: Joining, nowMs: number): Step {
  const { failures, lostAtMs, startedAtMs } = state;
  return {
    state: { status: "joined", joinedAtMs: nowMs, failures, lostAtMs, isRefreshed: false },
    effects: [
      {
        kind: "report-joined",
        attempt: failures + 1,
        joinMs: nowMs - startedAtMs,
        gapMs: lostAtMs === null ? null : nowMs - lostAtMs,
      },
    ],
  };
}

function joinDown(state: Joining, failure: Failure, policy: ChannelPolicy, nowMs: number, rng: Rng): Step {
  const attempt = state.failures + 1;
  const isUsedUp = state.lostAtMs === null && attempt > policy.maxRetries;
  if (isFatal(failure, state, policy) || isUsedUp) {
    return failed(failure, [{ kind: "report-refused", attempt, failure, retryInMs: null }]);
  }
  const delayMs = retryDelayMs(failure, needsToken(failure) && !state.isRefreshed ? 0 : attempt, policy, rng);
  return {
    // Not a socket loss, even where the socket died: this join may be what ended it, so it waits longer each time.
    state: { ...waiting({ ...state, failures: attempt }, failure, nowMs + delayMs), isSocketLoss: false },
    effects: [
      { kind: "report-refused", attempt, failure, retryInMs: delayMs },
      { kind: "vacate" },
      { kind: "retry", delayMs },
    ],
  };
}

function lost(state: Joined, failure: Failure, policy: ChannelPolicy, nowMs: number, rng: Rng): Step {
  const failures = nowMs - state.joinedAtMs >= policy.stableAfterMs ? 0 : state.failures;
  const history = { failures: failures + 1, lostAtMs: nowMs, isRefreshed: false };
  const report: ChannelEffect = { kind: "report-lost", failure };
  if (isFatal(failure, history, policy)) return failed(failure, [report]);
  const delayMs = retryDelayMs(failure, needsToken(failure) ? 0 : failures, policy, rng);
  return {
    state: waiting(history, failure, nowMs + delayMs),
    effects: [report, { kind: "vacate" }, { kind: "retry", delayMs }],
  };
}

/**
 * One handshake looks for the server on behalf of all channels that wait, far more often than a channel's own backoff would.
 * A try is counted only when that backoff has passed, so that `maxRetries` lasts as long as with a socket per channel.
 */
function unreachableWhileWaiting(
  state: Waiting,
  failure: Failure,
  policy: ChannelPolicy,
  nowMs: number,
  rng: Rng,
): Step {
  // A channel that was joined once had a good key: the refusal may pass, above all that of a gateway.
  if (failure.retry !== "backoff") return state.lostAtMs === null ? failed(failure, []) : { state, effects: [] };
  const hasBound = state.lostAtMs === null && policy.maxRetries !== Number.POSITIVE_INFINITY;
  if (!hasBound || nowMs < state.countsFromMs) return { state, effects: [] };
  const attempt = state.failures + 1;
  if (attempt > policy.maxRetries) return failed(failure, []);
  const delayMs = retryDelayMs(failure, attempt, policy, rng);
  return { state: { ...state, failures: attempt, countsFromMs: nowMs + delayMs }, effects: [] };
}

function waiting(history: History, failure: Failure, countsFromMs: number): Waiting {
  const { failures, lostAtMs } = history;
  const isSocketLoss = failure.scope === "socket" && failure.errorClass !== "capacity";
  return { status: "waiting", countsFromMs, isSocketLoss, failures, lostAtMs, isRefreshed: needsToken(failure) };
}

/** Drops the channel's own backoff, which is for failing while others do well: the breaker says how often to look for the server. */
function excused(state: Waiting, nowMs: number, rng: Rng): Step {
  const delayMs = Math.round(uniform(rng, FIRST_REJOIN_MS.min, FIRST_REJOIN_MS.max));
  const failures = Math.max(0, state.failures - 1);
  return {
    state: { ...state, failures, isSocketLoss: false, countsFromMs: nowMs + delayMs },
    effects: [{ kind: "vacate" }, { kind: "retry", delayMs }],
  };
}

function failed(failure: Failure, reports: readonly ChannelEffect[]): Step {
  return {
    state: { status: "failed", failure },
    effects: [...reports, { kind: "vacate" }, { kind: "report-failed", failure }],
  };
}

function released(how: readonly ("leave" | "vacate")[]): Step {
  return { state: { status: "released" }, effects: [...how.map((kind) => ({ kind })), { kind: "report-released" }] };
}

function isFatal(failure: Failure, history: History, policy: ChannelPolicy): boolean {
  switch (failure.retry) {
    case "never":
      // A closed project may be opened again: a channel that was joined once waits for that.
      return failure.scope !== "project" || history.lostAtMs === null;
    case "refresh-once":
      return !policy.canRefresh || history.isRefreshed;
    case "refresh":
      return !policy.canRefresh;
    case "backoff":
      return false;
    default:
      return unreachable(failure.retry);
  }
}

function needsToken({ retry }: Failure): boolean {
  return retry === "refresh" || retry === "refresh-once";
}

/** `failures` 0 is the first loss of a stable channel, or the first try with a fresh token: both come almost at once. */
function retryDelayMs(failure: Failure, failures: number, policy: ChannelPolicy, rng: Rng): number {
  const floorMs = failure.floorMs * uniform(rng, 1, 1 + FLOOR_STRETCH);
  const ownMs =
    failures === 0
      ? uniform(rng, FIRST_REJOIN_MS.min, FIRST_REJOIN_MS.max)
      : backoffDelayMs(policy.backoff, failures, rng);
  // Channels at the cap must not move at once either; every cap is that much above its floor.
  const capMs = failure.capMs * uniform(rng, 1 - FLOOR_STRETCH, 1);
  return Math.round(Math.min(Math.max(floorMs, ownMs), capMs));
}

const LAGGING_BEHIND = 1;
/** A refusal holds its socket up for 5 s; after this many in a row a channel goes behind all that are not refused. */
const REFUSALS_IN_LINE = 2;
const OUT_OF_LINE = 6;

/**
 * The rank among the channels that wait for a join; the lowest goes first. A lost channel comes before a new one of the same
 * priority, because a conversation was interrupted there.
 */
export function rankOf(state: ChannelState, priorityRank: number): number {
  if (state.status !== "waiting") return priorityRank + LAGGING_BEHIND;
  const lag = (state.lostAtMs === null ? LAGGING_BEHIND : 0) + (state.failures >= REFUSALS_IN_LINE ? OUT_OF_LINE : 0);
  return priorityRank + lag;
}

/** What events say of a failure. */
export function reportOf(failure: Failure): { errorClass: ErrorClass; reason: string } {
  return { errorClass: failure.errorClass, reason: failure.reason };
}
