import type { Runtime } from "@shoal/kernel";
import type { Database, Sql, SqlValue } from "../../database.ts";
import { StoreError } from "../../errors.ts";
import { parseConnectionUrl } from "./connection-url.ts";
import { mapDriverError } from "./map-error.ts";

/** How to reach a database. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. Never logged, never part of an error. */
  readonly url: string;
  readonly runtime: Runtime;
  /** Connections opened at most, 1 or more; 10 by default. A listener has one more of its own. */
  readonly maxConnections?: number;
  /** Named prepared statements. By default on, and off behind a transaction pooler (port 6543, or `?pgbouncer=true`), which cannot keep them. */
  readonly prepare?: boolean;
}

type Driver = Pick<Bun.SQL, "unsafe">;

/**
 * The `Database` port over Bun's own Postgres client. Connects on first use, so a server that is down is reported by the
 * first query, and the first query after its return succeeds.
 *
 * @throws STORE_URL_INVALID the connection string is not one
 */
export function createDatabase(options: DatabaseOptions): Database {
  const { url, isTransactionPooler } = parseConnectionUrl(options.url);
  const log = options.runtime.log.child({ part: "store" });
  const prepare = options.prepare ?? !isTransactionPooler;
  const pool = new Bun.SQL(url, {
    max: options.maxConnections ?? 10,
    prepare,
    connectionTimeout: 10,
    ...(!isTransactionPooler && { connection: { application_name: "shoal" } }),
  });

  return {
    ...sqlOf(pool),
    async transaction(work) {
      try {
        return await pool.begin((tx) => work(sqlOf(tx)));
      } catch (thrown) {
        throw mapDriverError(thrown);
      }
    },
    async listen(channel, onPayload, onListening) {
      if (isTransactionPooler) throw listenUnsupported(channel);
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
    close: () => pool.close(),
  };
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

function listenUnsupported(channel: string): StoreError {
  return new StoreError(
    "STORE_LISTEN_UNSUPPORTED",
    `Cannot listen on ${channel} through a transaction pooler. Use the direct or the session-mode connection string (port 5432).`,
    { details: { channel } },
  );
}
