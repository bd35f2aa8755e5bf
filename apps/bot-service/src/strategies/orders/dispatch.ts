import { createBoundedMemory, isFleetError, MINUTE_MS, type Runtime, unreachable } from "@shoal/kernel";
import {
  afterRead,
  afterSend,
  beginSend,
  EXCHANGE_TIMES,
  type ExchangePort,
  nextOrderStep,
  type OrderProgress,
  type ProgressStep,
  type ReadResult,
  type SendResult,
  type Unanswered,
} from "@shoal/trading";
import type { SecretStore } from "../secrets/secret-store.ts";
import type { Account, Accounts } from "./accounts.ts";
import { type ClaimedOrder, type OrderRow, progressOf, requestOf, type SettledOrder, settledOf } from "./order-row.ts";

export interface DispatchOptions {
  readonly runtime: Runtime;
  readonly accounts: Accounts;
  readonly secrets: Pick<SecretStore, "refused">;
  /** Notes in the database that the send begins. False: it must not be sent. Rejects as `Sql.query`. */
  readonly beginSend: (order: ClaimedOrder) => Promise<boolean>;
  readonly onKeyRefused: (row: OrderRow) => void;
}

/** What one look at an order, or its send, brought. */
export interface Dispatched {
  readonly settled: SettledOrder;
  /** Why the exchange did not answer; null: it did, or was not asked. */
  readonly failureCode: string | null;
  /** The exchange said something of the order. */
  readonly hasAnswer: boolean;
}

/** Null: nothing was done, and it is to be claimed anew. */
export type Dispatch = (order: ClaimedOrder, signal: AbortSignal) => Promise<Dispatched | null>;

const CANCEL_REFUSED = "TRADING_EXCHANGE_CANCEL_REFUSED";

/** While an order's keys cannot be used. Writing them anew makes it due at once. */
const WITHOUT_KEYS_MS = 5 * MINUTE_MS;

const FAILURE_CODES = {
  unknown: "TRADING_EXCHANGE_SILENT",
  later: "TRADING_EXCHANGE_LATER",
  "key-refused": "TRADING_EXCHANGE_KEY_REFUSED",
} as const satisfies Record<Unanswered["kind"], string>;

/** Does with one order what is next, by the rules of `nextOrderStep`: one call of the exchange at most. Rejects where no port can be opened. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { runtime, accounts, secrets, onKeyRefused } = options;
  const { clock, rng } = runtime;
  /** Why intents could not be sent, by order. */
  const hindrances = createBoundedMemory<string>(MOST_HINDRANCES);

  /** By the database's clock, and never ahead of it: it was read before the row came. */
  const nowOf = ({ row, receivedAtMs }: ClaimedOrder) => row.now_ms + (clock.monotonicMs() - receivedAtMs);

  /** What an answer that is none means for the account. */
  const noteFailure = async (
    row: OrderRow,
    account: Account,
    result: SendResult | ReadResult,
  ): Promise<string | null> => {
    if (!isUnanswered(result)) return null;
    if (result.kind === "later") accounts.pause(account, result.retryAfterMs);
    if (result.kind === "key-refused") {
      const isNew = await secrets.refused(row.owner_id, row.secret_name, account.version, result.message);
      if (isNew) onKeyRefused(row);
    }
    return FAILURE_CODES[result.kind];
  };
  const dispatched = (
    { row }: ClaimedOrder,
    { progress, newFills }: ProgressStep,
    result: SendResult | ReadResult,
    failureCode: string | null,
  ): Dispatched => {
    const exchangeId = "order" in result ? result.order.exchangeId : null;
    const isSilent = isUnanswered(result);
    const error = isSilent ? `${failureCode}: ${result.message}` : null;
    if (error !== null) hindrances.set(row.id, error, 1);
    const refusal = "refusal" in result ? `${CANCEL_REFUSED}: ${result.refusal}` : null;
    const settled = settledOf(row, progress, { newFills, exchangeId, error, refusal });
    return { settled, failureCode, hasAnswer: !isSilent && result.kind !== "absent" };
  };

  const send = async (
    order: ClaimedOrder,
    progress: OrderProgress,
    account: Account,
    port: ExchangePort,
    signal: AbortSignal,
  ) => {
    // Before it is written down, so that what begins in time begins in time by the database's clock, too.
    const beginBeforeMs = clock.monotonicMs() + EXCHANGE_TIMES.sendWithinMs;
    if (signal.aborted || !(await options.beginSend(order))) return null;
    const sent = beginSend(progress, nowOf(order));
    const result = await port.send(requestOf(order.row), { beginBeforeMs, signal });
    const failureCode = await noteFailure(order.row, account, result);
    return dispatched(order, afterSend(sent, result, nowOf(order), rng), result, failureCode);
  };
  const look = async (
    order: ClaimedOrder,
    progress: OrderProgress,
    account: Account,
    ask: () => Promise<ReadResult>,
  ) => {
    const askedAtMs = nowOf(order);
    const result = await ask();
    const failureCode = await noteFailure(order.row, account, result);
    // That it is absent was true when the exchange looked, which may be long before its answer came.
    const atMs = result.kind === "absent" ? askedAtMs : nowOf(order);
    return dispatched(order, afterRead(progress, result, atMs, rng), result, failureCode);
  };

  return async (order, signal) => {
    const { row } = order;
    const progress = progressOf(row);
    const step = nextOrderStep(progress, nowOf(order));
    if (step.kind === "done" || step.kind === "wait") return unasked(settledOf(row, progress));
    if (step.kind === "send" && nowOf(order) - row.placed_ms > INTENT_AGE_MS) {
      const why = hindrances.get(row.id);
      return rejected(order, progress, why === undefined ? EXPIRED : `${EXPIRED} ${why}`);
    }
    if (row.secret_version === null) return withoutKeys(order, progress, nowOf(order), GONE);
    if (row.is_secret_refused) {
      // A strategy that was started again without other keys.
      if (step.kind === "send") await secrets.refused(row.owner_id, row.secret_name, row.secret_version, REFUSED);
      return withoutKeys(order, progress, nowOf(order), REFUSED);
    }
    const { owner_id: ownerId, secret_name: secretName, venue, symbol } = row;
    const account: Account = { ownerId, secretName, venue, version: row.secret_version };
    const pausedMs = accounts.pausedMs(account);
    if (pausedMs > 0) {
      // Claimed together with the order whose answer asked for the pause.
      return unasked(settledOf(row, { ...progress, checkAtMs: nowOf(order) + pausedMs }));
    }
    const key = { clientId: row.id, symbol };
    const used = accounts.use(account, (port) => {
      switch (step.kind) {
        case "send":
          return send(order, progress, account, port, signal);
        case "read":
          return look(order, progress, account, () => port.read(key, signal));
        case "cancel":
          return look(order, progress, account, () => port.cancel(key, signal));
        default:
          return unreachable(step);
      }
    });
    return await used.catch((thrown: unknown) => {
      // What another error says is for the log.
      if (isFleetError(thrown)) hindrances.set(row.id, `${thrown.code}: ${thrown.message}`, 1);
      throw thrown;
    });
  };
}

function isUnanswered(result: SendResult | ReadResult): result is Unanswered {
  return Object.hasOwn(FAILURE_CODES, result.kind);
}

/** An order is meant for the market that its run has seen. One that could not be sent for so long ends, and the strategy decides anew. */
const INTENT_AGE_MS = 5 * MINUTE_MS;
const MOST_HINDRANCES = 10_000;
const EXPIRED = `STRATEGY_ORDER_EXPIRED: It could not be sent within ${INTENT_AGE_MS / MINUTE_MS} minutes: the market has gone on since.`;

const GONE = "STRATEGY_SECRET_MISSING: The secret with its keys is gone.";
const REFUSED = "STRATEGY_KEY_REFUSED: The exchange refuses the keys; write the secret anew.";

/** The keys are gone, or the exchange refuses them: an intent ends, and what may be at the exchange waits for others. */
function withoutKeys(order: ClaimedOrder, progress: OrderProgress, nowMs: number, reason: string): Dispatched {
  const { row } = order;
  if (progress.state.kind !== "intended") {
    return unasked(settledOf(row, { ...progress, checkAtMs: nowMs + WITHOUT_KEYS_MS }, { error: reason }));
  }
  return rejected(order, progress, reason);
}

function rejected({ row }: ClaimedOrder, progress: OrderProgress, reason: string): Dispatched {
  return unasked(settledOf(row, { ...progress, state: { kind: "rejected", reason } }));
}

const unasked = (settled: SettledOrder): Dispatched => ({ settled, failureCode: null, hasAnswer: false });
