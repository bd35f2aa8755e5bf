import { invariant, unreachable } from "@shoal/kernel";
import { add, compare, type Decimal, isPositive, isZero, subtract, ZERO } from "./decimal.ts";

/**
 * The life of one order, at an exchange or on paper. A paper order is never on its way: it begins as `open`.
 *
 *   intended ──send──▶ sent ──accept──▶ open ──fill──▶ filled
 *    │   ▲               │                │
 *    │   │absent  silence│                └──cancel, reduce to nothing──▶ cancelled
 *    │   │               ▼
 *    │   └─────────── unknown ──accept──▶ open
 *    └──cancel──▶ cancelled
 *
 *   sent and unknown take the same news of the venue: absent ──▶ intended; accept, fill, reduce and cancel as if open;
 *   reject ──▶ rejected
 *
 * An order that may be at the venue is never sent again before it is certain that it is absent there. The three ends are final: what
 * comes late is a no-op. Quantities: asked = open + filled while it lives; `reduce` takes from open what cannot be traded any more.
 */
export type OrderState =
  | { readonly kind: "intended"; readonly openQuantity: Decimal }
  | { readonly kind: "sent"; readonly openQuantity: Decimal }
  /** Sent, and no answer came: it may or may not be at the venue. */
  | { readonly kind: "unknown"; readonly openQuantity: Decimal }
  | { readonly kind: "open"; readonly openQuantity: Decimal; readonly filledQuantity: Decimal }
  | { readonly kind: "filled"; readonly filledQuantity: Decimal }
  | { readonly kind: "cancelled"; readonly filledQuantity: Decimal; readonly reason: string }
  | { readonly kind: "rejected"; readonly reason: string };

export type OrderEvent =
  | { readonly kind: "send" }
  /** No answer came in time. */
  | { readonly kind: "silence" }
  /** It is certain that the venue does not have it: it was turned away unread, or a late enough look by its client id found nothing. */
  | { readonly kind: "absent" }
  | { readonly kind: "accept" }
  | { readonly kind: "reject"; readonly reason: string }
  /** Above 0 and at most what is open. */
  | { readonly kind: "fill"; readonly quantity: Decimal }
  /** What it was to sell or buy back is gone; above 0 and at most what is open. */
  | { readonly kind: "reduce"; readonly quantity: Decimal; readonly reason: string }
  /** The venue has cancelled it, or it was never sent. */
  | { readonly kind: "cancel"; readonly reason: string };

export type OrderEffect =
  /** Send it to the venue, with the client's order id. */
  | { readonly kind: "send" }
  /** Ask the venue by the client's order id whether it has it. */
  | { readonly kind: "look-up" };

export interface OrderStep {
  readonly state: OrderState;
  readonly effects: readonly OrderEffect[];
}

/** Pure. Pairs that cannot matter are no-ops; a fill or reduction beyond what is open is a bug of the caller. */
export function orderTransition(state: OrderState, event: OrderEvent): OrderStep {
  const stay: OrderStep = { state, effects: [] };
  switch (state.kind) {
    case "intended":
      if (event.kind === "send") {
        return { state: { kind: "sent", openQuantity: state.openQuantity }, effects: [{ kind: "send" }] };
      }
      return event.kind === "cancel" ? become(cancelled(ZERO, event.reason)) : stay;
    case "sent":
      if (event.kind === "silence") {
        return { state: { kind: "unknown", openQuantity: state.openQuantity }, effects: [{ kind: "look-up" }] };
      }
      return heardOf(state.openQuantity, event) ?? stay;
    case "unknown":
      return heardOf(state.openQuantity, event) ?? stay;
    case "open":
      return trade(state, event) ?? stay;
    case "filled":
    case "cancelled":
    case "rejected":
      return stay;
    default:
      return unreachable(state);
  }
}

type Open = Extract<OrderState, { kind: "open" }>;

/** Returns what is still to be traded. */
export function openQuantityOf(state: OrderState): Decimal {
  return "openQuantity" in state ? state.openQuantity : ZERO;
}

/** Returns what has been traded. */
export function filledQuantityOf(state: OrderState): Decimal {
  return "filledQuantity" in state ? state.filledQuantity : ZERO;
}

/** The venue has said something of an order that was sent: that it is not there, or that it is or has been. */
function heardOf(openQuantity: Decimal, event: OrderEvent): OrderStep | null {
  if (event.kind === "absent") return become({ kind: "intended", openQuantity });
  if (event.kind === "reject") return become({ kind: "rejected", reason: event.reason });
  const open: Open = { kind: "open", openQuantity, filledQuantity: ZERO };
  return event.kind === "accept" ? become(open) : trade(open, event);
}

function trade(state: Open, event: OrderEvent): OrderStep | null {
  if (event.kind === "cancel") return become(cancelled(state.filledQuantity, event.reason));
  if (event.kind !== "fill" && event.kind !== "reduce") return null;
  const { quantity } = event;
  invariant(
    isPositive(quantity) && compare(quantity, state.openQuantity) <= 0,
    `a ${event.kind} is within what is open`,
  );
  const openQuantity = subtract(state.openQuantity, quantity);
  const filledQuantity = event.kind === "fill" ? add(state.filledQuantity, quantity) : state.filledQuantity;
  if (!isZero(openQuantity)) return become({ kind: "open", openQuantity, filledQuantity });
  return become(event.kind === "fill" ? { kind: "filled", filledQuantity } : cancelled(filledQuantity, event.reason));
}

function cancelled(filledQuantity: Decimal, reason: string): OrderState {
  return { kind: "cancelled", filledQuantity, reason };
}

function become(state: OrderState): OrderStep {
  return { state, effects: [] };
}
