import { FleetError } from "@shoal/kernel";

export type OrderDispatchErrorCode =
  /** Another daemon looks after the order by now. */
  | "STRATEGY_ORDER_LEASE_LOST"
  /** The daemon ends; the order is another's at once. */
  | "STRATEGY_ORDER_DRAINED";

export class OrderDispatchError extends FleetError {
  declare readonly code: OrderDispatchErrorCode;
  constructor(code: OrderDispatchErrorCode, message: string, orderId: string) {
    super(code, message, { retryable: true, details: { order_id: orderId } });
  }
}
