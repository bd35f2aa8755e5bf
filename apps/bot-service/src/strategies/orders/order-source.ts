import {
  type Ask,
  AttemptContext,
  type InFlight,
  type SourceReports,
  type SourceTraits,
  type Turn,
  type WorkHandler,
  type WorkSource,
} from "@shoal/job-queue/work";
import {
  type Emitter,
  errorFields,
  HOUR_MS,
  type Log,
  MINUTE_MS,
  proportionalJitter,
  type Runtime,
  SECOND_MS,
} from "@shoal/kernel";
import { isAboutTheValues, type Sql, statement } from "@shoal/store";
import type { LimitedLines } from "../../limited-lines.ts";
import type { Accounts } from "./accounts.ts";
import type { Dispatch, Dispatched } from "./dispatch.ts";
import { OrderDispatchError } from "./errors.ts";
import type { OrderEvents } from "./events.ts";
import type { ClaimedOrder, OrderRow } from "./order-row.ts";

export interface OrderSourceOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
  /** An id that no other live process uses. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly dispatch: Dispatch;
  readonly accounts: Pick<Accounts, "held">;
  readonly events: Emitter<OrderEvents>;
  readonly reports: SourceReports;
  /** Whether it is told of all that is due. */
  readonly isAnnounced: () => boolean;
  /** Where failures are logged, of which there may be thousands. */
  readonly failures: Pick<LimitedLines, "add">;
}

const FAILED = "an order at an exchange could not be looked after: it stays as it is, and is looked at again";

const TURN = statement("order_turn", "select * from shoal.order_turn($1, $2, $3, ($4::text)::jsonb, $5, $6)");
const BEGIN_SEND = statement("order_begin_send", "select shoal.order_begin_send($1, $2, $3::bigint) as may_send");
const EXTEND = statement("order_extend", "select shoal.order_extend($1, $2, $3::uuid[], $4::bigint[])::text as id");

const LANE = "orders";
/** Intents and wishes to cancel are announced; this is for announcements that were missed. */
const POLL_MAX_MS = 15 * SECOND_MS;
/** Two calls of an exchange at most, and what waits for their turn before. */
const TIME_LIMIT_MS = MINUTE_MS;
/** Where our own side fails: no keys, no database. */
const BACKOFF = proportionalJitter(SECOND_MS, MINUTE_MS);
/** A bug, so that none of these is ever forgotten. */
const DEAD_RETRY_MS = HOUR_MS;

const UNANSWERED: ReadonlySet<string> = new Set(["intended", "sent", "unknown"]);

interface TurnRow extends OrderRow {
  readonly kind: "claimed" | "lost" | "next";
  readonly next_due_ms: number | null;
}

/** Orders at exchanges. What a claim does with one is the `dispatch`; what came of it is written with the next claim. */
export class OrderSource implements WorkSource<ClaimedOrder> {
  readonly traits: SourceTraits;
  readonly reports: SourceReports;
  readonly lanes: readonly string[] = [LANE];
  readonly #options: OrderSourceOptions;
  readonly #log: Log;
  readonly #handler: WorkHandler<ClaimedOrder>;

  constructor(options: OrderSourceOptions) {
    this.#options = options;
    this.reports = options.reports;
    this.#log = options.runtime.log.child({ part: "orders", replica_id: options.holder });
    this.#handler = {
      timeLimitMs: TIME_LIMIT_MS,
      backoff: BACKOFF,
      run: (order, { signal }) => options.dispatch(order, signal),
    };
    this.traits = {
      leaseMs: options.leaseMs,
      writesWithClaims: true,
      takesLateOutcomes: false,
      extendsWhileWriting: true,
      maxWriteCount: 100,
      ...{ lingerMs: 0, readAheadMs: 0, paceMs: 0 },
      ...{ idleMinMs: SECOND_MS, idleMaxMs: POLL_MAX_MS, isAnnounced: options.isAnnounced },
    };
  }

  laneOf(_order: ClaimedOrder): string {
    return LANE;
  }

  async completeAndClaim(done: readonly InFlight<ClaimedOrder>[], asks: readonly Ask[]): Promise<Turn<ClaimedOrder>> {
    const { database, runtime, holder, leaseMs, accounts } = this.#options;
    const held = accounts.held();
    const rows = await database.query<TurnRow & Record<string, unknown>>(TURN, [
      ...[holder, leaseMs, asks[0]?.quantity ?? 0, JSON.stringify(done.map(settledRow))],
      ...[held.accounts, held.venues],
    ]);
    const receivedAtMs = runtime.clock.monotonicMs();
    const claimed: ClaimedOrder[] = [];
    const lostIds = new Set<string>();
    let nextDueMs: number | undefined;
    for (const row of rows) {
      if (row.kind === "lost") lostIds.add(row.id);
      else if (row.kind === "next") nextDueMs = Math.max(0, row.next_due_ms ?? Infinity);
      else claimed.push(claimedOrder(row, receivedAtMs));
    }
    return { claimed, lostIds, nextDueMs };
  }

  async beginSend({ row }: ClaimedOrder): Promise<boolean> {
    const { database, holder } = this.#options;
    const [answer] = await database.query<{ may_send: boolean }>(BEGIN_SEND, [holder, row.id, row.epoch]);
    return answer?.may_send ?? false;
  }

  async extend(_lane: string, held: readonly InFlight<ClaimedOrder>[]): Promise<ReadonlySet<string>> {
    const { database, holder, leaseMs } = this.#options;
    const [ids, epochs] = [held.map(({ work }) => work.id), held.map(({ work }) => work.row.epoch)];
    const rows = await database.query<{ id: string }>(EXTEND, [holder, leaseMs, ids, epochs]);
    return new Set(rows.map(({ id }) => id));
  }

  isRefused(error: unknown): boolean {
    return isAboutTheValues(error);
  }

  handlerOf(): WorkHandler<ClaimedOrder> {
    return this.#handler;
  }

  contextOf(order: ClaimedOrder): AttemptContext {
    return new OrderContext(order, this.#options.runtime);
  }

  leaseLost({ id }: ClaimedOrder): Error {
    return new OrderDispatchError(
      "STRATEGY_ORDER_LEASE_LOST",
      `Order ${id} is another daemon's: its lease has run out.`,
      id,
    );
  }

  drained({ id }: ClaimedOrder): Error {
    return new OrderDispatchError("STRATEGY_ORDER_DRAINED", `Order ${id} is given back because this process ends.`, id);
  }

  emitClaimed(): void {}

  emitOutcome({ work, outcome }: InFlight<ClaimedOrder>, isLost: boolean): void {
    const { events } = this.#options;
    const { id: orderId, row } = work;
    const { venue, strategy_id: strategyId } = row;
    if (isLost) return events.emit("order:lost", { orderId, venue });
    if (outcome?.kind === "failed") {
      const { code, message, retryInMs } = outcome;
      return this.#emitFailure(row, code, message, retryInMs ?? DEAD_RETRY_MS);
    }
    const dispatched = outcome?.kind === "completed" ? (outcome.value as Dispatched | null) : null;
    if (!dispatched) return;
    const { settled, failureCode } = dispatched;
    const nowMs = row.now_ms + this.#options.runtime.clock.monotonicMs() - work.receivedAtMs;
    if (failureCode !== null) this.#emitFailure(row, failureCode, settled.error, settled.checkAtMs - nowMs);
    if (dispatched.hasAnswer) events.emit("exchange:answered", { venue });
    if (settled.fills.length > 0) events.emit("order:filled", { orderId, venue, count: settled.fills.length });
    if (settled.status === row.status) return;
    const code = settled.reason?.split(":", 1)[0] ?? (settled.status === "unknown" ? failureCode : null);
    const isFirstAnswer = dispatched.hasAnswer && UNANSWERED.has(row.status);
    const answeredAfterMs = isFirstAnswer ? Math.max(0, nowMs - row.placed_ms) : null;
    events.emit("order:changed", { orderId, strategyId, venue, status: settled.status, code, answeredAfterMs });
  }

  #emitFailure({ id: orderId, venue }: OrderRow, code: string, message: string | null, retryMs: number): void {
    const { events, failures } = this.#options;
    failures.add({ venue, error_code: code }, { order_id: orderId, error_message: message }, FAILED);
    events.emit("order:failed", { orderId, venue, code, retryInMs: Math.max(0, Math.round(retryMs)) });
  }

  emitFailed(error: unknown): void {
    const fields = errorFields(error);
    this.#log.debug(fields, "the database did not answer the dispatcher of orders; it is asked again");
    this.#options.events.emit("orders:failed", { code: fields.error_code });
  }

  emitTurn(turn: OrderEvents["orders:turn"]): void {
    this.#options.events.emit("orders:turn", turn);
  }
}

function claimedOrder(row: OrderRow, receivedAtMs: number): ClaimedOrder {
  // It is looked at until it is over, however often.
  return {
    id: row.id,
    row,
    receivedAtMs,
    payload: null,
    attempt: row.attempts + 1,
    maxAttempts: Number.MAX_SAFE_INTEGER,
  };
}

function settledRow({ work, outcome }: InFlight<ClaimedOrder>) {
  const fence = { id: work.id, epoch: work.row.epoch };
  if (outcome?.kind === "failed") {
    const { code, message, retryInMs } = outcome;
    return { ...fence, kind: "failed", retryInMs: retryInMs ?? DEAD_RETRY_MS, error: `${code}: ${message}` };
  }
  const dispatched = outcome?.kind === "completed" ? (outcome.value as Dispatched | null) : null;
  return dispatched ? { ...fence, kind: "progress", ...dispatched.settled } : { ...fence, kind: "released" };
}

class OrderContext extends AttemptContext {
  readonly #order: ClaimedOrder;

  constructor(order: ClaimedOrder, runtime: Runtime) {
    super({ runtime, executor: "supabase", enqueue: () => Promise.reject(new Error("An order adds no job.")) });
    this.#order = order;
  }

  get idempotencyKey(): string {
    return `shoal:order:${this.#order.id}`;
  }

  protected get logFields() {
    const { id, row } = this.#order;
    return { part: "orders", order_id: id, venue: row.venue };
  }
}
