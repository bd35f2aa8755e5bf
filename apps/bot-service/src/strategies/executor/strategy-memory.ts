import { type BoundedMemory, createBoundedMemory, FleetError } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { CheckedCode, JsonObject } from "@shoal/strategy-runner";
import { bookFromJson, type PaperBook } from "@shoal/trading";
import type { StrategyFilter } from "./filter.ts";
import { figuresOf, type OrderFigures } from "./order-rows.ts";
import type { SettledFill } from "./settled-run.types.ts";
import { type LoadedStrategy, loadStrategies, type StrategyClaim } from "./statements.ts";

/** An order that the book has as open and the exchange does not. */
export interface OrderEnd {
  readonly id: string;
  readonly reason: string;
}

/** What a run needs of a strategy. */
export interface RunSubject {
  readonly settings: Pick<LoadedStrategy, "intervalMs" | "cron" | "zone" | "venue" | "market" | "config"> & {
    readonly filter: StrategyFilter;
    /** In which it counts its money. */
    readonly currency: string;
  };
  readonly code: CheckedCode;
  readonly state: JsonObject;
  readonly book: PaperBook;
  /** The candles that have happened to the book closed until then. */
  readonly settledUntilMs: number;
  /** Of the open orders. */
  readonly figures: ReadonlyMap<string, OrderFigures>;
  readonly lastOrderMs: number | null;
  /** When a candle closes that its last run has not seen; null: not known here. */
  readonly nextCandleMs: number | null;
  readonly revision: number;
  /** What an exchange has told and no run has taken into the book. */
  readonly news: { readonly fills: readonly SettledFill[]; readonly ends: readonly OrderEnd[] };
}

export const NO_NEWS: RunSubject["news"] = { fills: [], ends: [] };

/** Parsed they take several times what they are as text, and the rest of a subject about as much again. */
const MEMORY_BYTES = 48 * 1024 * 1024;
const CODE_BYTES = 32 * 1024 * 1024;
const BYTES_PER_CHARACTER = 6;
const LEAST_BYTES = 4_000;

const CODE_SQL = statement(
  "strategy_checked_code",
  "select id, checked from shoal.strategy_code where id = any($1::text[])",
);

interface OrderRow {
  readonly id: string;
  readonly strategyId: string;
  readonly runId: string;
  readonly number: number;
  readonly status: string;
  readonly reason: string | null;
  readonly filled: string;
  readonly average: string | null;
  readonly fee: string;
}

const ORDERS_SQL = statement(
  "strategy_open_orders",
  `
select id, strategy_id as "strategyId", run_id as "runId", number, status, reason, filled::text as filled, average::text as average,
  fee::text as fee
from shoal.strategy_orders where id = any($1::uuid[])`,
);

/** Where an order's life is over. */
const ENDS: ReadonlySet<string> = new Set(["filled", "cancelled", "rejected"]);

/** Strategies that ran lately, so that the next run of one needs no query; and code, which equal sources share. */
export class StrategyMemory {
  readonly #sql: Pick<Sql, "query">;
  readonly #subjects: BoundedMemory<RunSubject>;
  readonly #codes: BoundedMemory<CheckedCode>;

  constructor(sql: Pick<Sql, "query">, maxBytes = MEMORY_BYTES) {
    this.#sql = sql;
    this.#subjects = createBoundedMemory(maxBytes);
    this.#codes = createBoundedMemory(CODE_BYTES);
  }

  /** Returns what each run of one claim needs, by id. What is not known is read for all of them together; each promise rejects as `Sql.query`. */
  load(claims: readonly StrategyClaim[]): Map<string, Promise<RunSubject>> {
    const subjects = new Map<string, Promise<RunSubject>>();
    const missing: string[] = [];
    for (const { id, revision } of claims) {
      const known = this.#subjects.get(id);
      if (known?.revision === revision) subjects.set(id, Promise.resolve(known));
      else missing.push(id);
    }
    if (missing.length === 0) return subjects;
    const read = this.#read(missing);
    for (const id of missing) {
      const subject = read.then((all) => all.get(id) ?? Promise.reject(gone(id)));
      // Whoever runs it hears of it; one that is given back before is not run.
      subject.catch(() => {});
      subjects.set(id, subject);
    }
    return subjects;
  }

  /** Keeps what the database has of it now. `characters`: of its state and book as JSON. */
  remember(id: string, subject: RunSubject, characters: number): void {
    this.#subjects.set(id, subject, LEAST_BYTES + characters * BYTES_PER_CHARACTER);
  }

  forget(id: string): void {
    this.#subjects.delete(id);
  }

  async #read(ids: readonly string[]): Promise<Map<string, RunSubject | Promise<never>>> {
    const loaded = await loadStrategies(this.#sql, ids);
    const open = loaded.flatMap(({ book }) => openOrderIds(book));
    const [codes, orders] = await Promise.all([this.#readCodes(loaded), open.length > 0 ? this.#readOrders(open) : []]);
    const byStrategy = Map.groupBy(orders, ({ strategyId }) => strategyId);
    const subjects = new Map<string, RunSubject | Promise<never>>();
    for (const row of loaded) {
      const code = codes.get(row.codeId);
      try {
        if (code === undefined) throw unreadable("its code is missing");
        const subject = subjectOf(row, code, byStrategy.get(row.id) ?? []);
        subjects.set(row.id, subject);
        if (subject.news.fills.length + subject.news.ends.length === 0) {
          this.remember(row.id, subject, JSON.stringify([row.state, row.book]).length);
        }
      } catch (error) {
        // One strategy that cannot be read keeps no other from running.
        const refused = Promise.reject(error);
        refused.catch(() => {});
        subjects.set(row.id, refused);
      }
    }
    return subjects;
  }

  async #readCodes(loaded: readonly LoadedStrategy[]): Promise<ReadonlyMap<string, CheckedCode>> {
    const codes = new Map<string, CheckedCode>();
    const missing = new Set<string>();
    for (const { codeId } of loaded) {
      const known = this.#codes.get(codeId);
      if (known) codes.set(codeId, known);
      else missing.add(codeId);
    }
    if (missing.size === 0) return codes;
    for (const { id, checked } of await this.#sql.query<{ id: string; checked: CheckedCode }>(CODE_SQL, [
      [...missing],
    ])) {
      codes.set(id, checked);
      this.#codes.set(id, checked, LEAST_BYTES + 2 * checked.javascript.length);
    }
    return codes;
  }

  #readOrders(ids: readonly string[]): Promise<OrderRow[]> {
    return this.#sql.query<OrderRow>(ORDERS_SQL, [ids]);
  }
}

function openOrderIds(book: JsonObject | null): string[] {
  const orders = book?.["orders"];
  if (!Array.isArray(orders)) return [];
  return orders.flatMap((order: { readonly id?: unknown }) => (typeof order.id === "string" ? [order.id] : []));
}

function subjectOf(row: LoadedStrategy, code: CheckedCode, orders: readonly OrderRow[]): RunSubject {
  const { intervalMs, cron, zone, venue, market, config, account, filter, state, book, settledUntilMs } = row;
  const currency = account["currency"];
  if (book === null || settledUntilMs === null) throw unreadable("it has no book");
  if (typeof currency !== "string") throw unreadable("its account has no currency");
  const ended = orders.filter(({ status }) => venue !== "paper" && ENDS.has(status));
  return {
    settings: { intervalMs, cron, zone, venue, market, config, currency, filter: filter as StrategyFilter },
    code,
    state,
    book: bookFromJson(book),
    settledUntilMs: Math.floor(settledUntilMs),
    figures: new Map(orders.map((order) => [order.id, figuresOf(order)])),
    lastOrderMs: row.lastOrderAtMs,
    nextCandleMs: null,
    revision: row.revision,
    news: {
      fills: row.unbookedFills,
      ends: ended.map(({ id, status, reason }) => ({ id, reason: reason?.split(":")[0] ?? status })),
    },
  };
}

function unreadable(why: string): FleetError {
  return new FleetError(
    "STRATEGY_UNREADABLE",
    `The strategy cannot be run as it is in the database: ${why}. Deploy it again.`,
  );
}

/** Deleted since it was claimed; what is written of it will be lost. */
function gone(id: string): FleetError {
  return new FleetError("STRATEGY_GONE", "The strategy was deleted.", { details: { strategy_id: id } });
}
