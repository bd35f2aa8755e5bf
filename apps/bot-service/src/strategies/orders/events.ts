import type { OrderState } from "@shoal/trading";

/** What the dispatcher says of orders at exchanges, for metrics and log lines: of what the database has by then, but for `orders:failed`. */
export interface OrderEvents {
  /** An order has another status than before. `code`: why, of one that was cancelled or rejected and of one that is unknown. */
  "order:changed": {
    readonly orderId: string;
    readonly strategyId: string;
    readonly venue: string;
    readonly status: OrderState["kind"];
    readonly code: string | null;
    /** From the intent to the exchange's first answer, in ms; null at other changes. */
    readonly answeredAfterMs: number | null;
  };
  /** A call of the exchange failed; the order is looked at again. */
  "order:failed": {
    readonly orderId: string;
    readonly venue: string;
    readonly code: string;
    readonly retryInMs: number;
  };
  /** An exchange has said something of an order, though it may be nothing new. */
  "exchange:answered": { readonly venue: string };
  /** Fills were written. */
  "order:filled": { readonly orderId: string; readonly venue: string; readonly count: number };
  /** Others have it, or its lease was lost: nothing was written. */
  "order:lost": { readonly orderId: string; readonly venue: string };
  /** An exchange refused the keys of an owner: none of its orders is sent until they are written anew. */
  "secret:refused": { readonly venue: string; readonly code: string };
  /** One statement was answered. */
  "orders:turn": { readonly durationMs: number; readonly writtenCount: number; readonly claimedCount: number };
  /** A statement failed; it is sent again after a pause. */
  "orders:failed": { readonly code: string };
}
