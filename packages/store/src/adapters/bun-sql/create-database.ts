import type { Runtime } from "@shoal/kernel";
import type { Database, Sql, SqlValue } from "../../database.ts";
import { StoreError } from "../../errors.ts";
import { type ConnectionUrl, parseConnectionUrl } from "./connection-url.ts";
import { detectPooler } from "./detect-pooler.ts";
import { mapDriverError } from "./map-error.ts";

/** How to reach a database. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. Never logged, never part of an error. */
  readonly url: string;
  readonly runtime: Runtime;
  /** Connections opened at most, 1 or more; 10 by default. A listener has one more of its own. */
  readonly maxConnections?: number;
  /**
   * Named prepared statements: several times faster on a direct connection, wrong answers behind a transaction pooler.
   * By default off for port 6543 and `?pgbouncer=true`, else found out by the first query.
   */
  readonly prepare?: boolean;
}

interface Connected {
  readonly pool: Bun.SQL;
  readonly isPooled: boolean;
}

type Driver = Pick<Bun.SQL, "unsafe">;

/**
 * The `Database` port over Bun's own Postgres client. Connects on first use, so a server that is down is reported by the
 * first query, and the first query after its return succeeds.
 *
 * @throws STORE_URL_INVALID the connection string is not one
 */
export function createDatabase(options: DatabaseOptions): Database {
  const connectionUrl = parseConnectionUrl(options.url);
  const log = options.runtime.log.child({ part: "store" });
  let connecting: Promise<Connected> | undefined;
  let closing: Promise<void> | undefined;

  const connected = async (): Promise<Connected> => {
    if (closing) throw closed();
    connecting ??= connect(options, connectionUrl);
    try {
      return await connecting;
    } catch (thrown) {
      connecting = undefined;
      throw mapDriverError(thrown);
    }
  };

  const close = async () => {
    // What was asked before is started before: both wait for the same promise, in turn.
    const connection = await connecting?.catch(() => undefined);
    await connection?.pool.close();
  };

  return {
    query: async <Row extends object>(text: string, params?: readonly SqlValue[]) =>
      sqlOf((await connected()).pool).query<Row>(text, params),
    script: async (text) => sqlOf((await connected()).pool).script(text),
    async transaction(work) {
      const { pool } = await connected();
      try {
        return await pool.begin((tx) => work(sqlOf(tx)));
      } catch (thrown) {
        throw mapDriverError(thrown);
      }
    },
    async listen(channel, onPayload, onListening) {
      const { pool, isPooled } = await connected();
      if (isPooled) throw listenUnsupported(channel);
      let isOpen = true;
      const subscription = await mapped(
        pool.listen(
          channel,
          (payload) => isOpen && onPayload(payload),
          () => {
            log.debug({ channel }, "listening");
            if (isOpen) onListening();
          },
        ),
      );
      return {
        async close() {
          isOpen = false;
          await mapped(subscription.unlisten());
        },
      };
    },
    close: () => (closing ??= close()),
  };
}

async function connect(options: DatabaseOptions, { url, isTransactionPooler }: ConnectionUrl): Promise<Connected> {
  const { prepare, runtime } = options;
  const isPooled = isTransactionPooler || (prepare === undefined && (await detectPooler(url, runtime.clock)));
  if (isPooled && !isTransactionPooler) {
    runtime.log.warn({ part: "store" }, "the database is reached through a transaction pooler: no prepared statements");
  }
  const pool = new Bun.SQL(url, {
    max: options.maxConnections ?? 10,
    prepare: prepare ?? !isPooled,
    connectionTimeout: 10,
    ...(!isPooled && { connection: { application_name: "shoal" } }),
  });
  return { pool, isPooled };
}

function sqlOf(driver: Driver): Sql {
  return {
    async query<Row extends object>(text: string, params: readonly SqlValue[] = []): Promise<Row[]> {
      const rows = await mapped(started(driver.unsafe<Row[]>(text, [...params])));
      return [...rows];
    },
    async script(text) {
      await mapped(started(driver.unsafe(text).simple()));
    },
  };
}

/** The driver's queries start when they are awaited, which is too late for a `close` in the same turn. */
function started<T>(query: Bun.SQL.Query<T>): PromiseLike<T> {
  return query.execute();
}

async function mapped<T>(work: PromiseLike<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw mapDriverError(thrown);
  }
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
