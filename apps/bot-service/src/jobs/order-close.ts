import { giveUp, type Json, type QueueHandler, type QueueMessage } from "@shoal/job-queue";
import { type Database, statement } from "@shoal/store";
import { z } from "zod";
import { decimal } from "../decimal.ts";
import { storableText } from "../storable-text.ts";
import { createOrderDesk } from "../strategies/desk/order-desk.ts";
import { uuid } from "../uuid.ts";
import { checkBy } from "./check-by.ts";
import { eitherSpelling, OPERATOR, orGiveUp } from "./strategy-execution.ts";

const positionSchema = z.object({
  position_id: uuid,
  close_price: decimal.refine((price) => !price.startsWith("-"), "must be at least 0").optional(),
  reason: storableText(z.string().min(1).max(200)).optional(),
  /** Default: when the message was sent. */
  closed_at: z.iso.datetime({ offset: true }).optional(),
});
const orderSchema = eitherSpelling(z.object({ order_id: uuid }));
const strategySchema = eitherSpelling(
  z.object({ strategy_id: uuid, symbol: storableText(z.string().min(1).max(64)).optional() }),
);

const CLOSE_SQL = statement(
  "position_close",
  `
with held as materialized (
  select id, closed_at from shoal.positions where id = $1::uuid for update
),
closed as (
  update shoal.positions position
  set closed_at = $2::timestamptz, close_price = ($3::text)::numeric, close_reason = $4
  from held where position.id = held.id and held.closed_at is null
  returning 1
)
select exists (select from held) as is_known, exists (select from closed) as is_closed_now`,
);

/**
 * Closes what a message names, once: the position of `{ position_id, close_price?, reason?, closed_at? }`, the order of a strategy `{ orderId }`, or what
 * a strategy holds `{ strategyId, symbol? }`.
 */
export function orderCloser(database: Database): QueueHandler {
  const orders = createOrderDesk(database);
  return {
    check: (payload) => checkBy(schemaOf(payload))(payload),
    async run(message) {
      const { payload, id, enqueuedAt } = message;
      switch (schemaOf(payload)) {
        case orderSchema: {
          const { order_id: orderId } = orderSchema.parse(payload);
          const { status } = await orders.cancelOrder(OPERATOR, orderId).catch(orGiveUp);
          return { orderId, status };
        }
        case strategySchema: {
          const { strategy_id: strategyId, symbol } = strategySchema.parse(payload);
          // Ids begin anew with a queue that is made anew.
          const options = { key: `${id}:${enqueuedAt}`, ...(symbol !== undefined && { symbol }) };
          return { strategyId, orderIds: await orders.close(OPERATOR, strategyId, options).catch(orGiveUp) };
        }
        default:
          return closePosition(database, message);
      }
    },
  };
}

/** The form that a payload has by the id that it names. */
function schemaOf(payload: Json) {
  const names = typeof payload === "object" && payload !== null ? Object.keys(payload) : [];
  const has = (...spellings: readonly string[]) => names.some((name) => spellings.includes(name));
  if (has("orderId", "order_id")) return orderSchema;
  return has("strategyId", "strategy_id") ? strategySchema : positionSchema;
}

/** A closed position stays as it is. */
async function closePosition(database: Database, { payload, enqueuedAt }: QueueMessage) {
  const { position_id, close_price = null, reason = null, closed_at = enqueuedAt } = positionSchema.parse(payload);
  const [row] = await database.query<{ is_known: boolean; is_closed_now: boolean }>(CLOSE_SQL, [
    position_id,
    closed_at,
    close_price,
    reason,
  ]);
  if (!row?.is_known) throw giveUp("shoal.positions has no position with this id.");
  return { isClosedNow: row.is_closed_now };
}
