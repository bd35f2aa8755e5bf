import { logOutage, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { Database, Sql, SqlValue } from "../../database.ts";
import { StoreError } from "../../errors.ts";
import type { Statement } from "../../statement.ts";
import { type ConnectionUrl, parseConnectionUrl } from "./connection-url.ts";
import { detectPooler } from "./detect-pooler.ts";
import { mapDriverError } from "./map-error.ts";
import { createPatientPool, type PatientPool } from "./patient-pool.ts";

/** Options of `createDatabase`. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. Never logged, never part of an error. */
  readonly url: string;
  readonly runtime: Runtime;
  /** Connections opened at most, 1 or more; 10 by default. A listener has one more of its own. */
  readonly maxConnections?: number;
  /**
   * How long an answer may take, in ms, the wait for a free connection included; 30,000 by default. After it a query, and each
   * statement of a transaction with its BEGIN and COMMIT, fails with `STORE_UNAVAILABLE`, and all connections are closed:
   * nothing else tells that the server is gone when it did not close them. Set it above the slowest query and lock wait.
   */
  readonly queryLimitMs?: number;
  /**
   * Uses named prepared statements: several times faster on a direct connection, wrong answers behind a transaction pooler.
   * Off by default for port 6543 and `?pgbouncer=true`; otherwise the first query finds out.
   */
  readonly prepare?: boolean;
}

const DEFAULT_QUERY_LIMIT_MS = 30 * SECOND_MS;
const CONNECT_LIMIT_MS = 10 * SECOND_MS;
/** Shortest time between two replacements of connections that refuse to write. */
const RENEW_EVERY_MS = 5 * SECOND_MS;

/**
 * Makes the `Database` port over Bun's own Postgres client. Connects on first use, so a server that is down is reported by the
 * first query, and the first query after its return succeeds.
 *
 * @throws STORE_URL_INVALID the connection string is not one
 */
export function createDatabase<Text extends string = Statement>(options: DatabaseOptions): Database<Text> {
  const connectionUrl = parseConnectionUrl(options.url);
  const limitMs = options.queryLimitMs ?? DEFAULT_QUERY_LIMIT_MS;
  const { clock } = options.runtime;
  const log = options.runtime.log.child({ part: "store" });
  const outage = logOutage({
    ...{ log, level: "warn" },
    failing: "the database did not answer in time: its connections are closed, the next query opens new ones",
    over: "the database answers again",
  });
  let isPooled: boolean | undefined =
    connectionUrl.poolerMode === "transaction" || (options.prepare === undefined ? undefined : false);
  let connecting: Promise<PatientPool> | undefined;
  let listening: Bun.SQL | undefined;
  let closing: Promise<void> | undefined;
  let renewAtMs = Number.NEGATIVE_INFINITY;
  /** Closes the pools that were replaced. */
  let retiring: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<PatientPool> => {
    isPooled ??= await askForPooler(options, connectionUrl, limitMs);
    const driver = openDriver(options, connectionUrl, isPooled, limitMs);
    return createPatientPool({ driver, clock, limitMs, onGivenUp, onAnswered: outage.worked, onReadOnly });
  };

  const connected = async (): Promise<PatientPool> => {
    if (closing) throw closed();
    connecting ??= connect();
    try {
      return await connecting;
    } catch (thrown) {
      connecting = undefined;
      throw mapDriverError(thrown);
    }
  };

  /** Lets the next query open new connections. */
  const onGivenUp = () => {
    connecting = undefined;
    outage.failed({ limit_ms: limitMs });
  };

  /**
   * A session keeps the `default_transaction_read_only` it began with, and its server when another one becomes the primary: only a
   * new one finds out that the database takes writes again.
   */
  const onReadOnly = () => {
    const nowMs = clock.monotonicMs();
    if (closing || !connecting || nowMs < renewAtMs) return;
    renewAtMs = nowMs + RENEW_EVERY_MS;
    const closed = connecting.then((pool) => pool.close());
    retiring = Promise.allSettled([retiring, closed]);
    connecting = undefined;
    log.debug({}, "the database takes no writes: its connections are replaced");
  };

  const close = async () => {
    // Queries asked before start before: both wait for the same promise, in turn.
    const pool = await connecting?.catch(() => undefined);
    await Promise.all([retiring, pool?.close(), listening?.close({ timeout: 0 })]);
  };

  return {
    query: async <Row extends object>(text: Text, params?: readonly SqlValue[]) => {
      const pool = await connected();
      return sqlOf(pool, pool.driver).query<Row>(text, params);
    },
    async script(text) {
      const pool = await connected();
      await sqlOf(pool, pool.driver).script(text);
    },
    async transaction(work) {
      const pool = await connected();
      return pool.transaction((tx) => work(sqlOf(pool, tx)));
    },
    async listen(channel, onPayload, onListening) {
      await connected();
      if (isPooled) throw listenUnsupported(channel);
      // Has its own connections, so that a query without an answer does not close them: they reconnect by themselves.
      listening ??= openDriver(options, connectionUrl, false, limitMs);
      let isOpen = true;
      const subscribing = listening.listen(
        channel,
        (payload) => isOpen && onPayload(payload),
        () => {
          log.debug({ channel }, "listening");
          if (isOpen) onListening();
        },
      );
      const subscription = await subscribing.catch((thrown: unknown) => {
        throw mapDriverError(thrown);
      });
      return {
        async close() {
          isOpen = false;
          // UNLISTEN may fail when the server is gone.
          await withTimeout(clock, limitMs, Promise.resolve(subscription.unlisten())).catch(() => {});
        },
      };
    },
    close: () => (closing ??= close()),
  };
}

async function askForPooler(
  { runtime }: DatabaseOptions,
  { driverUrl }: ConnectionUrl,
  limitMs: number,
): Promise<boolean> {
  const isPooled = await detectPooler(driverUrl, runtime.clock, limitMs);
  if (isPooled) {
    runtime.log.warn({ part: "store" }, "the database is reached through a transaction pooler: no prepared statements");
  }
  return isPooled;
}

function openDriver(
  options: DatabaseOptions,
  { driverUrl }: ConnectionUrl,
  isPooled: boolean,
  limitMs: number,
): Bun.SQL {
  const hasName = new URL(driverUrl).searchParams.has("application_name");
  return new Bun.SQL(driverUrl, {
    max: options.maxConnections ?? 10,
    prepare: options.prepare ?? !isPooled,
    // In whole seconds; 0 would mean without a limit.
    connectionTimeout: Math.ceil(Math.min(CONNECT_LIMIT_MS, limitMs) / SECOND_MS),
    ...(!isPooled && !hasName && { connection: { application_name: "shoal" } }),
  });
}

function sqlOf<Text extends string>(pool: PatientPool, driver: Pick<Bun.SQL, "unsafe">): Sql<Text> {
  return {
    async query<Row extends object>(text: Text, params: readonly SqlValue[] = []): Promise<Row[]> {
      const rows = await pool.answer(started(driver.unsafe<Row[]>(text, [...params])));
      return [...rows];
    },
    async script(text) {
      await pool.answer(started(driver.unsafe(text).simple()));
    },
  };
}

/** Starts a query now. The driver starts one when it is awaited, which is too late for a `close` in the same turn. */
function started<T>(query: Bun.SQL.Query<T>): Promise<T> {
  return query.execute();
}

function closed(): StoreError {
  return new StoreError("STORE_UNAVAILABLE", "This database was closed by its owner. Open another one.");
}

function listenUnsupported(channel: string): StoreError {
  return new StoreError(
    "STORE_LISTEN_UNSUPPORTED",
    `Cannot listen on ${channel} through a transaction pooler. Use the direct or the session-mode connection string (port 5432).`,
    { details: { channel } },
  );
}
