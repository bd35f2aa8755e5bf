import { type EpochMs, MINUTE_MS, type Rng, SECOND_MS, uniform, unreachable } from "@shoal/kernel";

/**
 * The project is over its limit of events a second: each delivery now closes the channel it goes to. So nothing of ours is
 * sent, and the channels closed for it wait until the average has fallen. Only the answer to an HTTP broadcast tells that, so
 * one HTTP broadcast at a time asks.
 *
 *                    ┌────────── over ───────────┐
 *   open ──over──▶ waiting ──due──▶ probing ──unknown──▶ trying
 *     ▲               ▲  └─── over ────┘ under             │
 *     │               └──────────────── over, gone ────────┤
 *     └────────────────── under, fine ─────────────────────┘
 *
 * See docs/states/events-hold.md.
 */
export type EventsHoldState =
  | { readonly status: "open"; readonly relapses: number; readonly openedAtMs: EpochMs }
  /** Waits for the next look. */
  | { readonly status: "waiting"; readonly relapses: number }
  /** One HTTP broadcast asks. */
  | { readonly status: "probing"; readonly relapses: number }
  /** HTTP does not tell: the most urgent channel joins alone. */
  | { readonly status: "trying"; readonly relapses: number };

export type EventsHoldEvent =
  /** A channel was closed for too many messages, or HTTP said 429. */
  | { readonly kind: "over" }
  | { readonly kind: "due" }
  /** The answer to the probe; `unknown` without HTTP. */
  | { readonly kind: "answered"; readonly answer: "over" | "under" | "unknown" }
  /** The outcome of the channel that joined alone; `gone` when it went for a reason of its own. */
  | { readonly kind: "tried"; readonly outcome: "fine" | "gone" };

export type EventsHoldEffect =
  | { readonly kind: "hold" }
  | { readonly kind: "release" }
  | { readonly kind: "probe" }
  | { readonly kind: "try" }
  | { readonly kind: "look"; readonly delayMs: number };

interface Step {
  readonly state: EventsHoldState;
  readonly effects: readonly EventsHoldEffect[];
}

/** The server looks every 5 s at a time that is not known: the first look may come soon, the next ones about a tick apart. */
const FIRST_LOOK_MS = { min: 2.5 * SECOND_MS, max: 5 * SECOND_MS } as const;
const NEXT_LOOK_MS = { min: 4 * SECOND_MS, max: 5.5 * SECOND_MS } as const;
/** With the 2 s of a try, 10 to 13 s lie between two channels that try, since each may be closed for nothing. */
const NEXT_TRY_MS = { min: 8 * SECOND_MS, max: 11 * SECOND_MS } as const;
/** When the limit is exceeded again this soon, our return is what exceeds it: the first look waits, doubled each time. */
const RELAPSE_WITHIN_MS = MINUTE_MS;
const RELAPSE_BASE_MS = 5 * SECOND_MS;
const RELAPSE_MAX_MS = MINUTE_MS;

export const notHolding: EventsHoldState = { status: "open", relapses: 0, openedAtMs: Number.NEGATIVE_INFINITY };

/** Pure. Pairs that cannot matter are no-ops. */
export function eventsHoldTransition(
  state: EventsHoldState,
  event: EventsHoldEvent,
  { nowMs, rng }: { readonly nowMs: EpochMs; readonly rng: Rng },
): Step {
  const stay: Step = { state, effects: [] };
  switch (state.status) {
    case "open":
      return event.kind === "over" ? hold(state, nowMs, rng) : stay;
    case "waiting":
      if (event.kind === "due") return { state: { ...state, status: "probing" }, effects: [{ kind: "probe" }] };
      return stay;
    case "probing":
      if (event.kind !== "answered") return stay;
      if (event.answer === "under") return open(state, nowMs);
      if (event.answer === "over") return lookAfter(state, uniform(rng, NEXT_LOOK_MS.min, NEXT_LOOK_MS.max));
      return { state: { ...state, status: "trying" }, effects: [{ kind: "try" }] };
    case "trying":
      if (event.kind === "tried" && event.outcome === "fine") return open(state, nowMs);
      // Any channel closed by the limit means that it is not over yet.
      if (event.kind !== "tried" && event.kind !== "over") return stay;
      return lookAfter(state, uniform(rng, NEXT_TRY_MS.min, NEXT_TRY_MS.max));
    default:
      return unreachable(state);
  }
}

function hold(state: Extract<EventsHoldState, { status: "open" }>, nowMs: EpochMs, rng: Rng): Step {
  const relapses = nowMs - state.openedAtMs < RELAPSE_WITHIN_MS ? state.relapses + 1 : 0;
  const restMs = relapses === 0 ? 0 : Math.min(RELAPSE_MAX_MS, RELAPSE_BASE_MS * 2 ** (relapses - 1));
  const step = lookAfter({ relapses }, restMs + uniform(rng, FIRST_LOOK_MS.min, FIRST_LOOK_MS.max));
  return { state: step.state, effects: [{ kind: "hold" }, ...step.effects] };
}

function lookAfter({ relapses }: { readonly relapses: number }, delayMs: number): Step {
  return { state: { status: "waiting", relapses }, effects: [{ kind: "look", delayMs }] };
}

function open({ relapses }: { readonly relapses: number }, nowMs: EpochMs): Step {
  return { state: { status: "open", relapses, openedAtMs: nowMs }, effects: [{ kind: "release" }] };
}
