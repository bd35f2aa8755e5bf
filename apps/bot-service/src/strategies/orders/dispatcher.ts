import { createWakeListener, WorkEngine } from "@shoal/job-queue/work";
import {
  type Emitter,
  fullJitter,
  type Log,
  type LoopReport,
  type ReportLoop,
  type Runtime,
  retry,
  SECOND_MS,
  withTimeout,
} from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { createLimitedLines } from "../../limited-lines.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import { createAccounts, type OpenExchange } from "./accounts.ts";
import { createDispatch } from "./dispatch.ts";
import type { OrderEvents } from "./events.ts";
import type { OrderRow } from "./order-row.ts";
import { OrderSource } from "./order-source.ts";

export interface OrderDispatcherOptions {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly secrets: Pick<SecretStore, "open" | "refused">;
  readonly openExchange: OpenExchange;
  readonly events: Emitter<OrderEvents>;
  /** `orders` writes and claims, `orders-leases` renews, `orders-sends` notes that a send begins. */
  readonly reportLoop: ReportLoop;
  /** An id that no other live process uses. */
  readonly replicaId: string;
  /** After so long without an extension another daemon takes an order over, in ms. Default 30,000. */
  readonly leaseMs?: number;
}

export type OrderDispatcher = ReturnType<typeof createOrderDispatcher>;

/** Calls of exchanges at the same time. They wait, mostly. */
const CONCURRENCY = 64;
const BATCH = 16;
const CALLS_PER_ACCOUNT = 8;
const CALLS_PER_VENUE = CONCURRENCY / 2;

const MORE =
  "more orders at exchanges could not be looked after within a minute; they stay as they are, and are looked at again";

export const ORDERS_CHANNEL = "shoal_orders";
const listenBackoff = fullJitter(200, 2 * SECOND_MS);

/**
 * Brings intents to their exchanges, once, and back what became of them. Any number of dispatchers may share one database: an order has
 * one holder in each epoch. What is at an exchange when a dispatcher dies is read by the next, before anything is sent.
 */
export function createOrderDispatcher(options: OrderDispatcherOptions) {
  const { database, runtime, secrets, events, reportLoop, replicaId: holder, leaseMs = 30 * SECOND_MS } = options;
  const { clock } = runtime;
  const claims = reportLoop("orders");
  const sends = reportLoop("orders-sends");
  const accounts = createAccounts({
    ...{
      runtime,
      openExchange: options.openExchange,
      callsPerAccount: CALLS_PER_ACCOUNT,
      callsPerVenue: CALLS_PER_VENUE,
    },
    openKeys: async ({ ownerId, secretName }) => (await secrets.open(ownerId, secretName)).value,
    onFree: () => engine.nudge(),
  });
  const log = runtime.log.child({ part: "orders", replica_id: holder });
  const failures = createLimitedLines({ log, clock, level: "warn", more: MORE });
  const source: OrderSource = new OrderSource({
    ...{ database, runtime, holder, leaseMs, accounts, events, failures },
    reports: { claims, writesOf: () => claims, leases: reportLoop("orders-leases") },
    dispatch: createDispatch({
      ...{ runtime, accounts, secrets },
      beginSend: (order) => reported(sends, source.beginSend(order)),
      onKeyRefused: (row) => keyRefused(row, log, events),
    }),
  });
  const engine = new WorkEngine({ source, runtime, concurrency: CONCURRENCY, batchSize: BATCH });
  const listener = createWakeListener({
    database,
    channel: ORDERS_CHANNEL,
    onWake: () => engine.nudge(),
    onUnsupported: () =>
      log.warn(
        {},
        "this connection to Postgres cannot LISTEN: orders of owners are found by polling, up to 15 s late; use a direct or session-mode connection",
      ),
  });
  const closing = new AbortController();
  const listen = () =>
    retry(() => listener.open(), {
      ...{ runtime, backoff: listenBackoff, signal: closing.signal, when: () => true },
      onFailure: ({ error }) => source.emitFailed(error),
    }).catch(() => {});
  let drained: Promise<void> | undefined;

  const drain = async (limitMs: number) => {
    const endMs = clock.monotonicMs() + limitMs;
    const leftMs = () => Math.max(0, endMs - clock.monotonicMs());
    closing.abort();
    const stopped = listener.close();
    await engine.drain(limitMs);
    accounts.close();
    failures.close();
    await withTimeout(clock, leftMs(), stopped);
  };

  return {
    /** Claims from now on. Idempotent; does nothing after `drain`. */
    start() {
      if (drained) return;
      engine.start();
      void listen();
    },
    /** There may be intents. */
    nudge: () => engine.nudge(),
    /** Calls that are under way, and accounts that are open. */
    stats: () => ({ runningCount: engine.running, accountCount: accounts.openCount }),
    /**
     * Claims no more, waits for answers, gives back what has none shortly before `limitMs` is over, and forgets the keys. What may be at
     * an exchange is read by whoever comes next. Idempotent.
     */
    drain: (limitMs: number): Promise<void> => (drained ??= drain(limitMs)),
  };
}

async function reported<Value>(report: LoopReport, work: Promise<Value>): Promise<Value> {
  try {
    const value = await work;
    report.succeeded();
    return value;
  } catch (thrown) {
    report.failed(thrown);
    throw thrown;
  }
}

function keyRefused({ venue, owner_id, secret_name }: OrderRow, log: Log, events: Emitter<OrderEvents>): void {
  log.warn(
    { venue, owner_id, secret_name },
    "an exchange refuses an owner's keys: the strategies that need them are paused until the owner writes the secret anew",
  );
  events.emit("secret:refused", { venue, code: "TRADING_EXCHANGE_KEY_REFUSED" });
}
