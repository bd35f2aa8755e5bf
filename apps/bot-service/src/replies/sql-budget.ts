import {
  errorFields,
  fullJitter,
  invariant,
  logOutage,
  type Runtime,
  retry,
  SECOND_MS,
  withTimeout,
} from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import { createGather } from "./gather.ts";

/** Limits in millionths of a US dollar: of one conversation, of one person on one day, and of all daemons on one day and in one month (UTC). */
export interface ReplyLimits {
  readonly conversationMicros: number;
  readonly personDayMicros: number;
  readonly dayMicros: number;
  readonly monthMicros: number;
}

/** A reply that is to be asked for, and what it costs at worst. */
export interface ReplyAsk {
  readonly conversationId: string;
  readonly personId: string;
  readonly worstMicros: number;
}

/** `scope`: the budget that the reply would pass; `away`: the database does not answer, so nothing may be spent. */
export type Reserved =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly scope: "conversation" | "person" | "day" | "month" | "away" };

/** `heldMicros`: of what is taken, what replies have reserved that are still under way. */
export interface BudgetLeft {
  readonly takenMicros: number;
  readonly heldMicros: number;
  readonly leftMicros: number;
}

export interface SqlReplyBudgetOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
  readonly limits: ReplyLimits;
}

/** A reply is said within 4 s of the message by whatever engine, and the model has 2.5 s of them. */
const RESERVE_LIMIT_MS = 500;
/** Replies in one statement: each holds the rows of the day and the month for some 20 us longer. */
const MOST_AT_ONCE = 100;
/** A million dollars: more is nothing that an endpoint used, but a number that it made up, and would not fit the column together with others. */
const MOST_USED_MICROS = 1e12;
const SETTLE_RETRY = fullJitter(500, 10 * SECOND_MS);

const RESERVE = statement(
  "reply_reserve",
  "select id, refused_by from shoal.reply_reserve(($1::text)::jsonb, ($2::text)::jsonb)",
);
const SETTLE = statement("reply_settle", "select shoal.reply_settle(($1::text)::jsonb) as settled");
const LEFT = statement("reply_budget_left", "select shoal.reply_budget_left(($1::text)::jsonb) as budgets");

type LeftRow = Readonly<
  Record<"day" | "month", { readonly taken: number; readonly held: number; readonly left: number }>
>;

/**
 * The budgets of replies, which all daemons on this database share: a reply is taken from all of them at its worst before it is asked for, or from none.
 * Replies that come while a statement is under way go together in the next one, because all of them want the one row of the day.
 */
export class SqlReplyBudget {
  readonly #options: SqlReplyBudgetOptions;
  readonly #limits: string;
  readonly #closing = new AbortController();
  readonly #reserving = createGather(
    (asks: readonly (ReplyAsk & { readonly id: string })[]) => this.#reserve(asks),
    MOST_AT_ONCE,
  );
  readonly #settling = createGather(
    (settled: readonly { id: string; used: number }[]) => this.#settle(settled),
    MOST_AT_ONCE,
  );
  readonly #unsettled = new Set<Promise<void>>();
  readonly #outage;

  constructor(options: SqlReplyBudgetOptions) {
    this.#options = options;
    const { conversationMicros, personDayMicros, dayMicros, monthMicros } = options.limits;
    this.#limits = JSON.stringify({
      conversation: conversationMicros,
      person: personDayMicros,
      day: dayMicros,
      month: monthMicros,
    });
    this.#outage = logOutage({
      log: options.runtime.log.child({ part: "replies" }),
      level: "warn",
      failing:
        "the database does not grant replies by the model within its budgets: the rule engine speaks until it does",
      over: "the database grants replies by the model again",
    });
  }

  /** Takes the worst cost of a reply from all budgets, or from none. Answers within 500 ms and never rejects. */
  async reserve({ conversationId, personId, worstMicros }: ReplyAsk): Promise<Reserved> {
    invariant(
      Number.isSafeInteger(worstMicros) && worstMicros >= 0,
      "a worst cost is a whole number of micros, 0 or more",
    );
    const { clock, ids } = this.#options.runtime;
    if (this.#closing.signal.aborted || this.#reserving.isStuck) return { ok: false, scope: "away" };
    const ask = { id: ids.uuid(), conversationId, personId, worstMicros };
    const asked = this.#reserving.ask(ask);
    try {
      const timed = await withTimeout(clock, RESERVE_LIMIT_MS, asked);
      if (timed.kind === "value") {
        this.#outage.worked();
        return timed.value === null ? { ok: true, id: ask.id } : { ok: false, scope: timed.value };
      }
      this.#outage.failed({ waited_ms: RESERVE_LIMIT_MS });
      // What is granted after all is given back: nobody waits for it any more.
      if (!this.#reserving.giveUp(ask))
        asked.then(
          () => this.#giveBack(ask.id),
          () => this.#giveBack(ask.id),
        );
    } catch (thrown) {
      this.#outage.failed(errorFields(thrown));
      this.#giveBack(ask.id);
    }
    return { ok: false, scope: "away" };
  }

  /**
   * Puts what was used in the place of what was reserved, be it less or more. Idempotent. Repeated until the database has it or this is closed, and
   * resolves then: a reply that could not be settled stays taken at its worst.
   */
  settle(id: string, usedMicros: number): Promise<void> {
    invariant(usedMicros >= 0, "what was used is a number of micros, 0 or more");
    const used = Math.min(Math.ceil(usedMicros), MOST_USED_MICROS);
    const settling = this.#settling.ask({ id, used }).then(
      () => {},
      (thrown) => this.#outage.failed(errorFields(thrown)),
    );
    this.#unsettled.add(settling);
    return settling.finally(() => this.#unsettled.delete(settling));
  }

  /** Says what is taken and left of the fleet's day and month. Errors as `Sql.query`. */
  async left(): Promise<Readonly<Record<"day" | "month", BudgetLeft>>> {
    const [row] = await this.#options.database.query<{ budgets: LeftRow }>(LEFT, [this.#limits]);
    invariant(row, "shoal.reply_budget_left returns a row");
    const of = ({ taken, held, left }: LeftRow["day"]) => ({ takenMicros: taken, heldMicros: held, leftMicros: left });
    return { day: of(row.budgets.day), month: of(row.budgets.month) };
  }

  /** Grants nothing any more, and waits for settlements under way, `limitMs` at most. Idempotent. */
  async close(limitMs: number): Promise<void> {
    if (!this.#closing.signal.aborted) {
      await withTimeout(this.#options.runtime.clock, limitMs, Promise.all(this.#unsettled));
      this.#closing.abort(new Error("the budgets of replies close"));
    }
  }

  #giveBack(id: string): void {
    void this.settle(id, 0);
  }

  /** Answers per ask: null where it is granted, else the budget that it would pass. */
  async #reserve(asks: readonly (ReplyAsk & { readonly id: string })[]) {
    const given = asks.map(({ id, conversationId, personId, worstMicros }) => ({
      ...{ id, conversation: conversationId, person: personId, worst: worstMicros },
    }));
    type Row = { readonly id: string; readonly refused_by: Exclude<Reserved, { ok: true }>["scope"] | null };
    const rows = await this.#options.database.query<Row>(RESERVE, [this.#limits, JSON.stringify(given)]);
    invariant(rows.length === asks.length, "shoal.reply_reserve answers each ask");
    return rows.map(({ refused_by }) => refused_by);
  }

  async #settle(settled: readonly { readonly id: string; readonly used: number }[]) {
    const { database, runtime } = this.#options;
    await retry(() => database.query(SETTLE, [JSON.stringify(settled)]), {
      ...{ runtime, backoff: SETTLE_RETRY, signal: this.#closing.signal },
    });
    return settled.map(() => undefined);
  }
}
