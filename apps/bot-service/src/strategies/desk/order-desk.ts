import { isUuid } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import {
  bookFromJson,
  bookToJson,
  cancel,
  formatDecimal,
  isZero,
  negate,
  type PaperBook,
  type PaperBookJson,
  place,
  placeForVenue,
  type Side,
} from "@shoal/trading";
import { orderIdOf, uuid5 } from "../ids.ts";
import type { OrderBody, StrategyStatusName } from "./bodies.ts";
import { ask, untilDone } from "./commands.ts";
import { StrategyDeskError, unknown } from "./errors.ts";
import { one } from "./reads.ts";
import { ORDER_COLUMNS, OWN } from "./sql.ts";
import type { Asker, StrategyDesk } from "./strategy-desk.types.ts";

type Sql = Pick<Database, "query">;

/** Namespace of what stands for the run of orders that were placed by hand. Frozen, as that of runs is. */
const BY_HAND = "b6b5a0c4-3d52-4a5e-8c53-0f0f6f3a9a11";

interface HeldBook {
  readonly venue: string;
  readonly status: StrategyStatusName;
  readonly revision: string;
  readonly book: PaperBookJson;
  readonly now_ms: number;
}

interface NewRow {
  readonly id: string;
  readonly run_id: string;
  readonly number: number;
  readonly symbol: string;
  readonly side: Side;
  readonly type: "market";
  readonly quantity: string;
}

/** Orders by hand: cancels one, or closes what a strategy holds. */
export function createOrderDesk(database: Sql): Pick<StrategyDesk, "cancelOrder" | "close"> {
  const read = (asker: Asker, orderId: string) => one<OrderBody>(database, ORDER_SQL, asker, orderId, "order");
  return {
    async cancelOrder(asker, orderId) {
      const order = await read(asker, orderId);
      if (!LIVE.has(order.status)) return order;
      if (order.venue !== "paper") {
        await database.query(WANT_CANCEL_SQL, [order.strategy_id, [orderId]]);
        return read(asker, orderId);
      }
      await rebook(database, asker, order.strategy_id, ({ book }) => {
        const done = cancel(book, orderId);
        // Filled since it was read.
        return done.kind === "cancelled" ? { book: done.book, cancelled: [orderId], placed: [] } : undefined;
      });
      return read(asker, orderId);
    },
    async close(asker, id, { symbol, key }) {
      if (!isUuid(id)) throw unknown("strategy");
      const runId = uuid5(BY_HAND, `${id.toLowerCase()}:${key}`);
      const earlier = await database.query<{ id: string }>(OF_RUN_SQL, [id, asker.userId, runId]);
      if (earlier.length > 0) return earlier.map((row) => row.id);
      const placed = await rebook(database, asker, id, async (held) => {
        const symbols = symbol === undefined ? [...held.book.instruments.keys()] : [symbol];
        const open = held.book.orders.filter((order) => symbols.includes(order.symbol)).map((order) => order.id);
        if (held.venue !== "paper" && open.length > 0) {
          await database.query(WANT_CANCEL_SQL, [id, open]);
          throw stillOpen(open.length);
        }
        return closed(held, symbols, open, runId);
      });
      return placed.map((row) => row.id);
    },
  };
}

const LIVE: ReadonlySet<string> = new Set(["intended", "sent", "unknown", "open"]);

interface Change {
  readonly book: PaperBook;
  readonly cancelled: readonly string[];
  readonly placed: readonly NewRow[];
}

type Held = Omit<HeldBook, "book"> & { readonly book: PaperBook };

/** Changes the book as `change` says; undefined: not at all. Returns the orders that it placed. */
async function rebook(
  database: Sql,
  asker: Asker,
  id: string,
  change: (held: Held) => Change | undefined | Promise<Change | undefined>,
): Promise<readonly NewRow[]> {
  let placed: readonly NewRow[] = [];
  await untilDone(async () => {
    const [held] = await database.query<HeldBook>(BOOK_SQL, [id, asker.userId]);
    if (!held) throw unknown("strategy");
    const changed = await change({ ...held, book: bookFromJson(held.book) });
    placed = changed?.placed ?? [];
    if (!changed || changed.cancelled.length + placed.length === 0) return "done";
    const book = JSON.stringify(bookToJson(changed.book));
    const params = [id, asker.userId, held.revision, book, changed.cancelled, JSON.stringify(placed)];
    return ask(database, REBOOK_SQL, params);
  });
  return placed;
}

/** Cancels the open orders and orders the opposite of each position at market. */
function closed(
  { venue, status, book, now_ms: nowMs }: Held,
  symbols: readonly string[],
  open: readonly string[],
  runId: string,
): Change {
  let next = book;
  for (const orderId of open) {
    const done = cancel(next, orderId);
    if (done.kind === "cancelled") next = done.book;
  }
  const placed: NewRow[] = [];
  for (const symbol of symbols) {
    const { quantity } = book.positions.get(symbol) ?? {};
    if (!quantity || isZero(quantity)) continue;
    const [side, amount] = quantity.digits > 0n ? (["sell", quantity] as const) : (["buy", negate(quantity)] as const);
    const number = placed.length + 1;
    const row = {
      id: orderIdOf(runId, number),
      symbol,
      side,
      type: "market",
      quantity: formatDecimal(amount),
    } as const;
    const done = (venue === "paper" ? place : placeForVenue)(next, row, Math.ceil(nowMs));
    if (done.kind === "refused") {
      throw new StrategyDeskError("STRATEGY_ORDER_REFUSED", `${symbol} cannot be closed: ${done.message}`, {
        details: { field: "symbol", refusal: done.code },
      });
    }
    next = done.book;
    placed.push({ ...row, quantity: formatDecimal(done.order.quantity), run_id: runId, number });
  }
  if (venue === "paper" && status !== "running" && placed.length > 0) throw notRunning(status);
  return { book: next, cancelled: open, placed };
}

/** On paper an order is filled by the candles of the next run, and there is none. */
function notRunning(status: StrategyStatusName): StrategyDeskError {
  const message = `The strategy is ${status}: on paper an order is filled when the strategy runs next, so nothing would be closed. Start it, then close what it holds; or delete it.`;
  return new StrategyDeskError("STRATEGY_WRONG_STATUS", message, { details: { field: "id" } });
}

function stillOpen(count: number): StrategyDeskError {
  const message = `The exchange is asked to cancel ${count} open orders first; the position is closed once they are over.`;
  return new StrategyDeskError("STRATEGY_ORDERS_OPEN", message, { retryable: true });
}

const ORDER_SQL = statement(
  "order_show",
  `
select ${ORDER_COLUMNS} from shoal.strategy_orders o
where o.id = $1::uuid and ($2::uuid is null or o.owner_id = $2::uuid)`,
);

const OF_RUN_SQL = statement(
  "order_ids_of_run",
  `
select o.id from shoal.strategy_orders o join shoal.strategies s on s.id = o.strategy_id
where o.run_id = $3::uuid and ${OWN} order by o.number`,
);

const WANT_CANCEL_SQL = statement("order_want_cancel", "select shoal.strategy_want_cancel($1::uuid, $2::uuid[])");

const BOOK_SQL = statement(
  "order_book",
  `
select s.venue, s.status, c.revision, b.book, extract(epoch from clock_timestamp())::float8 * 1000 as now_ms
from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id join shoal.strategy_books b on b.strategy_id = s.id
where ${OWN}`,
);

const REBOOK_SQL = statement(
  "order_rebook",
  `
select shoal.strategy_rebook($1::uuid, $2::uuid, $3::bigint, ($4::text)::jsonb, $5::uuid[], ($6::text)::jsonb) as answer`,
);
