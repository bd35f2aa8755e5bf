import { type Backoff, backoffDelayMs, type Rng, unreachable } from "@shoal/kernel";
import { compare, isPositive, smaller } from "../decimal.ts";
import { filledQuantityOf, type OrderEvent, type OrderState, openQuantityOf, orderTransition } from "../order.state.ts";
import {
  EXCHANGE_TIMES,
  type ExchangeFill,
  type ExchangeOrder,
  type ReadResult,
  type SendResult,
} from "./exchange.types.ts";

/** What is known of an order on its way to an exchange, and back. All of it is stored; times are epoch ms by one clock, the database's. */
export interface OrderProgress {
  readonly state: OrderState;
  /** When it was last written down as sent, before the request began; null before the first time. */
  readonly sentAtMs: number | null;
  /** Nothing is done before. */
  readonly checkAtMs: number;
  /** Answers in a row that told nothing new. */
  readonly attemptCount: number;
  readonly isCancelWanted: boolean;
  /** The exchange's ids of the trades that are booked. */
  readonly fillIds: ReadonlySet<string>;
}

export type NextOrderStep =
  /** Write down what `beginSend` returns, then send. */
  | { readonly kind: "send" }
  | { readonly kind: "read" }
  | { readonly kind: "cancel" }
  | { readonly kind: "wait"; readonly untilMs: number }
  /** It is over. */
  | { readonly kind: "done" };

export interface ProgressStep {
  readonly progress: OrderProgress;
  /** Trades that were not known before, to be written and booked together with the progress. */
  readonly newFills: readonly ExchangeFill[];
}

/** Why an order ended at an exchange without being filled, with words for the owner. */
export const EXCHANGE_END_REASONS = {
  TRADING_CANCELLED: "Cancelled by its owner.",
  TRADING_EXCHANGE_CANCELLED: "The exchange, or somebody with access to the account, has cancelled it.",
  TRADING_EXCHANGE_EXPIRED: "It has expired at the exchange.",
  TRADING_EXCHANGE_REJECTED: "The exchange took it at first, and rejected it then.",
  TRADING_EXCHANGE_GONE: "The exchange had it, and does not know it any more.",
  TRADING_EXCHANGE_KEY_REFUSED: "The exchange refuses the account's key.",
} as const;

/** An open order is looked at as often as a person would: soon after news, and then less and less, because most wait for long. */
const OPEN_CHECK: Backoff = { jitter: "proportional", baseMs: 2_000, maxMs: 15_000, factor: 1.5, jitterRatio: 0.3 };
/** Waits after answers that told nothing: 0.5 s, growing to a minute. */
const BACKOFF: Backoff = { jitter: "proportional", baseMs: 500, maxMs: 60_000, factor: 2, jitterRatio: 0.3 };

/**
 * Decides what is to be done with an order now. Pure. What was sent and not answered is always read before anything else; it is sent
 * again only where `afterRead` has found that it is not there and cannot arrive any more.
 */
export function nextOrderStep(progress: OrderProgress, nowMs: number): NextOrderStep {
  const { state, checkAtMs, isCancelWanted } = progress;
  if (isOver(state)) return { kind: "done" };
  if (nowMs < checkAtMs) return { kind: "wait", untilMs: checkAtMs };
  if (state.kind === "intended") return { kind: "send" };
  return state.kind === "open" && isCancelWanted ? { kind: "cancel" } : { kind: "read" };
}

/** Returns the order as a new intent is written down. */
export function intendedOrder(state: Extract<OrderState, { kind: "intended" }>): OrderProgress {
  return { state, sentAtMs: null, checkAtMs: 0, attemptCount: 0, isCancelWanted: false, fillIds: new Set() };
}

/** What is written down before a send, so that a sender who dies is known to have perhaps sent. The step must have been `send`. */
export function beginSend(progress: OrderProgress, nowMs: number): OrderProgress {
  return moved({ ...progress, sentAtMs: nowMs }, { kind: "send" });
}

/** The owner wants it cancelled: at once if it was never sent, else as soon as it is known to be there. */
export function wantCancel(progress: OrderProgress, nowMs: number): OrderProgress {
  if (isOver(progress.state)) return progress;
  return cancelUnsent({ ...progress, isCancelWanted: true, checkAtMs: Math.min(progress.checkAtMs, nowMs) });
}

/** What is known after the answer to a send. */
export function afterSend(progress: OrderProgress, result: SendResult, nowMs: number, rng: Rng): ProgressStep {
  switch (result.kind) {
    case "accepted":
      return heard(progress, result.order, nowMs, rng);
    case "rejected":
      return told(progress, { kind: "reject", reason: `${result.code}: ${result.message}` });
    case "key-refused":
      return told(progress, { kind: "reject", reason: endReason("TRADING_EXCHANGE_KEY_REFUSED", result.message) });
    case "unknown":
      return { progress: { ...moved(progress, { kind: "silence" }), checkAtMs: nowMs }, newFills: [] };
    case "later": {
      const unsent = cancelUnsent(moved(progress, { kind: "absent" }));
      return { progress: waiting(unsent, nowMs, rng, result.retryAfterMs), newFills: [] };
    }
    default:
      return unreachable(result);
  }
}

/** What is known after a look at the exchange, or after a cancellation, which ends with one. */
export function afterRead(progress: OrderProgress, result: ReadResult, nowMs: number, rng: Rng): ProgressStep {
  const silent = progress.state.kind === "sent" ? moved(progress, { kind: "silence" }) : progress;
  switch (result.kind) {
    case "found":
      return heard(progress, result.order, nowMs, rng, result.refusal !== undefined);
    case "absent":
      return absent(silent, nowMs, rng);
    case "later":
      return { progress: waiting(silent, nowMs, rng, result.retryAfterMs), newFills: [] };
    case "unknown":
    case "key-refused":
      return { progress: waiting(silent, nowMs, rng), newFills: [] };
    default:
      return unreachable(result);
  }
}

/** That an order is absent counts once no request of it can arrive any more: a sender may have been stalled on the way. */
function absent(progress: OrderProgress, nowMs: number, rng: Rng): ProgressStep {
  const settledAtMs = (progress.sentAtMs ?? 0) + EXCHANGE_TIMES.settledAfterMs;
  if (nowMs < settledAtMs) {
    const later = waiting(progress, nowMs, rng);
    return { progress: { ...later, checkAtMs: Math.min(later.checkAtMs, settledAtMs) }, newFills: [] };
  }
  if (progress.state.kind === "open") {
    return told(progress, { kind: "cancel", reason: endReason("TRADING_EXCHANGE_GONE") });
  }
  const unsent = { ...moved(progress, { kind: "absent" }), checkAtMs: nowMs, attemptCount: 0 };
  return { progress: cancelUnsent(unsent), newFills: [] };
}

/** The exchange has it: its trades, and how it ended if it did. `isCancelRefused`: it is asked again, less and less often. */
function heard(
  before: OrderProgress,
  order: ExchangeOrder,
  nowMs: number,
  rng: Rng,
  isCancelRefused = false,
): ProgressStep {
  if (order.state === "rejected" && order.fills.length === 0 && before.state.kind !== "open") {
    return told(before, { kind: "reject", reason: endReason("TRADING_EXCHANGE_REJECTED") });
  }
  const newFills = order.fills.filter(({ id }) => !before.fillIds.has(id));
  let progress = moved(before, { kind: "accept" });
  for (const { quantity } of newFills) {
    // What an exchange fills beyond what was asked, by rounding, is booked all the same: its word counts.
    const open = openQuantityOf(progress.state);
    if (isPositive(open)) progress = moved(progress, { kind: "fill", quantity: smaller(quantity, open) });
  }
  // An exchange counts what is filled, and writes the trades a moment later: until they are known the order is not over.
  const isAhead = compare(order.filledQuantity, filledQuantityOf(progress.state)) > 0;
  if (order.state !== "open" && !isAhead) progress = moved(progress, { kind: "cancel", reason: endOf(order, before) });
  const fillIds = new Set([...before.fillIds, ...newFills.map(({ id }) => id)]);
  // What is on its way: trades that cannot be read yet, a cancellation.
  const isCancelling = before.isCancelWanted && !isCancelRefused;
  const isNews = newFills.length > 0 || progress.state.kind !== before.state.kind || isCancelling || isAhead;
  const attemptCount = isNews ? 0 : before.attemptCount + 1;
  const checkAtMs = Math.ceil(nowMs + backoffDelayMs(OPEN_CHECK, attemptCount + 1, rng));
  return { progress: { ...progress, fillIds, checkAtMs, attemptCount }, newFills };
}

/** Why what is not filled will not be. `filled` with less than was asked for: the exchange has cut it. */
function endOf({ state }: ExchangeOrder, { isCancelWanted }: OrderProgress): string {
  if (state === "expired") return endReason("TRADING_EXCHANGE_EXPIRED");
  if (state === "rejected") return endReason("TRADING_EXCHANGE_REJECTED");
  return endReason(isCancelWanted ? "TRADING_CANCELLED" : "TRADING_EXCHANGE_CANCELLED");
}

function endReason(code: keyof typeof EXCHANGE_END_REASONS, detail?: string): string {
  return `${code}: ${EXCHANGE_END_REASONS[code]}${detail === undefined ? "" : ` ${detail}`}`;
}

function isOver({ kind }: OrderState): boolean {
  return kind === "filled" || kind === "cancelled" || kind === "rejected";
}

/** An order that is certainly not at the exchange is cancelled without a word to it. */
function cancelUnsent(progress: OrderProgress): OrderProgress {
  if (!progress.isCancelWanted || progress.state.kind !== "intended") return progress;
  return moved(progress, { kind: "cancel", reason: endReason("TRADING_CANCELLED") });
}

function waiting(progress: OrderProgress, nowMs: number, rng: Rng, atLeastMs = 0): OrderProgress {
  const attemptCount = progress.attemptCount + 1;
  const waitMs = Math.max(atLeastMs, backoffDelayMs(BACKOFF, attemptCount, rng));
  return { ...progress, attemptCount, checkAtMs: Math.ceil(nowMs + waitMs) };
}

function told(progress: OrderProgress, event: OrderEvent): ProgressStep {
  return { progress: moved(progress, event), newFills: [] };
}

function moved(progress: OrderProgress, event: OrderEvent): OrderProgress {
  return { ...progress, state: orderTransition(progress.state, event).state };
}
