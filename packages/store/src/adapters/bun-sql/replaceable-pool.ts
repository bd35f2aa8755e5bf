import { logOutage, SECOND_MS } from "@shoal/kernel";
import type { ConnectionLine } from "../../connection-line.ts";
import type { Database, Listener } from "../../database.ts";
import { parseConnectionUrl } from "./connection-url.ts";
import { askForPooler, openDriver } from "./driver.ts";
import { createListening, listenUnsupported } from "./listening.ts";
import { mapDriverError, unanswered } from "./map-error.ts";
import type { DatabaseOptions } from "./options.ts";
import { createPatientPool, type PatientPool } from "./patient-pool.ts";
import { createTimed } from "./timed.ts";

const DEFAULT_IDLE_LIMIT_MS = 20 * SECOND_MS;
/** Shortest time between two replacements of connections that refuse to write. */
const RENEW_EVERY_MS = 5 * SECOND_MS;

export type PoolOptions = DatabaseOptions & { readonly maxConnections: number; readonly queryLimitMs: number };

/** Keeps the pool in use. It is made when it is first needed, and anew after its connections were closed or no longer fit. */
export function createReplaceablePool(options: PoolOptions, line: ConnectionLine) {
  const { runtime, maxConnections, queryLimitMs, idleLimitMs = DEFAULT_IDLE_LIMIT_MS } = options;
  const { clock } = runtime;
  const log = runtime.log.child({ part: "store" });
  const url = parseConnectionUrl(options.url);
  const outage = logOutage({
    ...{ log, level: "warn" },
    failing: "the database did not answer in time: its connections are closed, the next query opens new ones",
    over: "the database answers again",
  });
  const timed = createTimed(options);
  let isPooled: boolean | undefined =
    url.poolerMode === "transaction" || (options.prepare === undefined ? undefined : false);
  let connecting: Promise<PatientPool> | undefined;
  let isClosing = false;
  let renewAtMs = Number.NEGATIVE_INFINITY;
  /** Closes the pools that were replaced. */
  let retiring: Promise<unknown> = Promise.resolve();

  const open = (pooled: boolean) =>
    openDriver({
      ...{ url, isPooled: pooled, prepare: options.prepare, maxConnections, idleLimitMs, queryLimitMs },
      onConnected: timed.connected,
    });

  const listening = createListening({ runtime, log, timed: timed.run, limitMs: queryLimitMs, open: () => open(false) });

  const connect = async (): Promise<PatientPool> => {
    isPooled ??= await askForPooler({ log, clock }, url, queryLimitMs);
    const driver = open(isPooled);
    return createPatientPool({
      driver,
      clock,
      timed: timed.run,
      onGivenUp,
      onAnswered: outage.worked,
      onReadOnly,
      onShared,
    });
  };

  const current = async (): Promise<PatientPool> => {
    connecting ??= connect();
    try {
      return await connecting;
    } catch (thrown) {
      connecting = undefined;
      throw mapDriverError(thrown);
    }
  };

  /** Lets what runs on these connections end, and the next query open new ones. */
  const retire = (pool: Promise<PatientPool>) => {
    const closed = pool.then((each) => each.close(queryLimitMs));
    retiring = Promise.allSettled([retiring, closed]);
    connecting = undefined;
  };

  /** Lets the next query open new connections. Who waits for one of these is told the same. */
  const onGivenUp = (limitMs: number) => {
    connecting = undefined;
    outage.failed({ limit_ms: limitMs });
    line.refuseAll(unanswered(limitMs));
  };

  /**
   * A session keeps the `default_transaction_read_only` it began with, and its server when another one becomes the primary: only a
   * new one finds out that the database takes writes again.
   */
  const onReadOnly = () => {
    const nowMs = clock.monotonicMs();
    if (isClosing || !connecting || nowMs < renewAtMs) return;
    renewAtMs = nowMs + RENEW_EVERY_MS;
    retire(connecting);
    log.debug({}, "the database takes no writes: its connections are replaced");
  };

  /** The look for a pooler is a guess, a lost statement proves one. */
  const onShared = () => {
    if (isClosing || !connecting || isPooled || options.prepare !== undefined) return;
    isPooled = true;
    retire(connecting);
    log.warn(
      {},
      "a prepared statement was lost, so a transaction pooler is before the database: none are used any more",
    );
  };

  return {
    current,
    async listen(...asked: Parameters<Database["listen"]>): Promise<Listener> {
      await current();
      if (isPooled) throw listenUnsupported(asked[0]);
      return listening.listen(...asked);
    },
    async close(limitMs: number): Promise<void> {
      isClosing = true;
      const pool = await connecting?.catch(() => undefined);
      await Promise.all([retiring, pool?.close(limitMs), listening.close()]);
    },
  };
}
