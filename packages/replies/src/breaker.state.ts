import { backoffDelayMs, MINUTE_MS, proportionalJitter, type Rng, SECOND_MS } from "@shoal/kernel";
import type { ReplyErrorCode } from "./errors.ts";

/**
 * Whether the endpoint is asked.
 *
 *   up ──3 faults in a row, 429, refused──▶ held ──its time is over, one request──▶ probing
 *   ▲                                        ▲                                        │ │
 *   └──────────────── answered ──────────────┼────────────────────────────────────────┘ │
 *                                            └───────────── fault, given up ────────────┘
 *
 * Only what was asked in the present state moves it, but for a longer wait: of 20 requests under way when the endpoint goes away, the first few hold,
 * and the others do not count as 20 outages in a row.
 */
export type BreakerState = {
  /** Has ever answered: a 400 then is about one request, not about the configuration. */
  readonly hasAnswered: boolean;
} & (
  | { readonly status: "up"; readonly faultCount: number }
  | ({ readonly status: "held"; readonly untilMs: number } & Hold)
  | ({ readonly status: "probing" } & Hold)
);

interface Hold {
  /** How often in a row it was held. */
  readonly holdCount: number;
  readonly cause: ReplyErrorCode;
}

export type BreakerEvent =
  /** Answered with a sentence, or with something that is the model's fault and not the endpoint's. */
  | { readonly kind: "answered"; readonly isProbe: boolean }
  | {
      readonly kind: "failed";
      readonly isProbe: boolean;
      readonly code: ReplyErrorCode;
      readonly status: number | undefined;
      readonly retryAfterMs: number | undefined;
    }
  /** Nobody waited for the answer any more, so that it says nothing. */
  | { readonly kind: "dropped"; readonly isProbe: boolean };

const FAULTS_TO_HOLD = 3;
const BACKOFF = proportionalJitter(2 * SECOND_MS, MINUTE_MS);
const REFUSED_BACKOFF = proportionalJitter(5 * MINUTE_MS, 15 * MINUTE_MS);
/** The longest wait that an endpoint may ask for. */
const MAX_RETRY_AFTER_MS = MINUTE_MS;
/** Statuses that may be about what one person wrote, as where a provider filters contents. */
const ABOUT_ONE_REQUEST: ReadonlySet<number | undefined> = new Set([400, 413, 422]);

export const initialBreaker: BreakerState = { status: "up", faultCount: 0, hasAnswered: false };

/** Whether a request may go out at `nowMs`, of a monotonic clock; null: it may not. */
export function admit(
  state: BreakerState,
  nowMs: number,
): { readonly state: BreakerState; readonly isProbe: boolean } | null {
  if (state.status === "up") return { state, isProbe: false };
  if (state.status === "probing" || nowMs < state.untilMs) return null;
  const { hasAnswered, holdCount, cause } = state;
  return { state: { status: "probing", hasAnswered, holdCount, cause }, isProbe: true };
}

export function nextBreaker(state: BreakerState, event: BreakerEvent, nowMs: number, rng: Rng): BreakerState {
  const isPresent = event.isProbe ? state.status === "probing" : state.status === "up";
  if (!isPresent) return event.kind === "failed" ? longerHold(state, event, nowMs, rng) : state;
  const hasAnswered = event.kind === "answered" || (state.hasAnswered && isAboutOneRequest(event));
  if (hasAnswered) return { status: "up", faultCount: 0, hasAnswered };
  if (event.kind === "failed") return afterFault(state, event, nowMs, rng);
  if (state.status !== "probing") return state;
  return { ...state, status: "held", untilMs: nowMs };
}

type Failed = Extract<BreakerEvent, { kind: "failed" }>;

function afterFault(state: BreakerState, event: Failed, nowMs: number, rng: Rng): BreakerState {
  const { hasAnswered } = state;
  const faultCount = state.status === "up" ? state.faultCount + 1 : FAULTS_TO_HOLD;
  const holdsAtOnce = event.code === "REPLY_LIMITED" || event.code === "REPLY_REFUSED";
  if (faultCount < FAULTS_TO_HOLD && !holdsAtOnce) return { status: "up", faultCount, hasAnswered };
  const holdCount = (state.status === "up" ? 0 : state.holdCount) + 1;
  return { status: "held", untilMs: nowMs + holdMs(event, holdCount, rng), hasAnswered, holdCount, cause: event.code };
}

function isAboutOneRequest(event: BreakerEvent): boolean {
  return event.kind === "failed" && event.code === "REPLY_REFUSED" && ABOUT_ONE_REQUEST.has(event.status);
}

/** A request of before the hold may have been told to wait for longer. */
function longerHold(state: BreakerState, event: Failed, nowMs: number, rng: Rng): BreakerState {
  if (event.code !== "REPLY_LIMITED" || state.status !== "held") return state;
  const untilMs = nowMs + holdMs(event, 1, rng);
  return untilMs > state.untilMs ? { ...state, untilMs } : state;
}

function holdMs({ code, retryAfterMs = 0 }: Failed, holdCount: number, rng: Rng): number {
  if (code === "REPLY_REFUSED") return backoffDelayMs(REFUSED_BACKOFF, holdCount, rng);
  if (retryAfterMs <= 0) return backoffDelayMs(BACKOFF, holdCount, rng);
  // Not all daemons at the same instant: a tenth later at most, and within the bound.
  return Math.min(MAX_RETRY_AFTER_MS, retryAfterMs * (1 + rng.next() / 10));
}
