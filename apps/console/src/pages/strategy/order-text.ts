import type { OrderBody } from "@shoal/bot-service/bodies";
import { formatMoney } from "../../money.ts";

const LIVE: ReadonlySet<OrderBody["status"]> = new Set(["intended", "sent", "unknown", "open"]);

/** Whether an order may still be filled. */
export const isLive = ({ status }: Pick<OrderBody, "status">) => LIVE.has(status);

/** "buy 0.5 BTC/USDT limit 60,000". */
export const orderText = ({ side, quantity, symbol, type, price }: OrderBody) =>
  `${side} ${formatMoney(quantity)} ${symbol} ${type}${price === null ? "" : ` ${formatMoney(price)}`}`;
