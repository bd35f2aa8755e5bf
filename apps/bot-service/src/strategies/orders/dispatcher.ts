import { WorkEngine } from "@shoal/job-queue/work";
import {
  type Emitter,
  type Log,
  type LoopReport,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  withTimeout,
} from "@shoal/kernel";
import { createWakeListener, type Database } from "@shoal/store";
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
  /** Whether somebody looks into the database every few seconds and calls `dueIn`. Default: nobody does. */
  readonly isWatched?: () => boolean;
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

/**
 * Brings intents to their exchanges, once, and back what became of them. Any number of dispatchers may share one database: an order has
 * one holder in each epoch. What is at an exchange when a dispatcher dies is read by the next, before anything is sent.
 */
export function createOrderDispatcher(options: OrderDispatcherOptions) {
  const { database, runtime, secrets, events, reportLoop, replicaId: holder, leaseMs = 30 * SECOND_MS } = options;
  const { isWatched = () => false } = options;
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
    isAnnounced: () => listener.isListening && isWatched(),
    dispatch: createDispatch({
      ...{ runtime, accounts, secrets },
      beginSend: (order) => reported(sends, source.beginSend(order)),
      onKeyRefused: (row) => keyRefused(row, log, events),
    }),
  });
  const engine = new WorkEngine({ source, runtime, concurrency: CONCURRENCY, batchSize: BATCH });
  const listener = createWakeListener({
    ...{ database, runtime },
    channel: ORDERS_CHANNEL,
    onWake: () => engine.nudge(),
    onUnsupported: () =>
      log.warn(
        {},
        "this connection to Postgres cannot LISTEN: orders of owners are found by polling, up to 15 s late; use a direct or session-mode connection",
      ),
  });
  let drained: Promise<void> | undefined;

  const drain = async (limitMs: number) => {
    const endMs = clock.monotonicMs() + limitMs;
    const leftMs = () => Math.max(0, endMs - clock.monotonicMs());
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
      listener.start();
    },
    /** There may be intents. */
    nudge: () => engine.nudge(),
    /** An order is to be looked at in so many ms. */
    dueIn: (delayMs: number) => engine.dueIn(delayMs),
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
