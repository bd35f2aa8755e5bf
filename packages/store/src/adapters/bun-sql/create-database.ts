import { SECOND_MS, withTimeout } from "@shoal/kernel";
import { ConnectionLine, type LineUser } from "../../connection-line.ts";
import type { ConnectionFigures, Database, PooledDatabase, ShareOptions, Sql, SqlValue } from "../../database.ts";
import { StoreError } from "../../errors.ts";
import { nameOfStatement, type Statement } from "../../statement.ts";
import type { DatabaseOptions } from "./options.ts";
import type { PatientPool } from "./patient-pool.ts";
import { createReplaceablePool } from "./replaceable-pool.ts";

const DEFAULT_CONNECTIONS = 4;
const DEFAULT_QUERY_LIMIT_MS = 30 * SECOND_MS;

/**
 * Makes the `Database` port over Bun's own Postgres client. Connects on first use, so a server that is down is reported by the
 * first query, and the first query after its return succeeds.
 *
 * @throws STORE_URL_INVALID the connection string is not one
 */
export function createDatabase<Text extends string = Statement>(options: DatabaseOptions): PooledDatabase<Text> {
  const { maxConnections = DEFAULT_CONNECTIONS, queryLimitMs = DEFAULT_QUERY_LIMIT_MS, events } = options;
  const { clock } = options.runtime;
  const waitLimitMs = options.waitLimitMs ?? queryLimitMs;
  const line = new ConnectionLine({
    ...{ clock, limit: maxConnections, waitLimitMs },
    onWaited: (waitedMs, isBusy) => events?.emit("connection:waited", { waitedMs, isBusy }),
  });
  const connected = createReplaceablePool({ ...options, maxConnections, queryLimitMs }, line);
  let closing: Promise<void> | undefined;

  const openOnly = () => {
    if (closing) throw closed();
  };
  const close = async (limitMs: number) => {
    const startedMs = clock.monotonicMs();
    await withTimeout(clock, limitMs, line.whenEmpty());
    line.refuseAll(closed());
    await connected.close(Math.max(0, limitMs - (clock.monotonicMs() - startedMs)));
  };
  const sharedBy = (user: LineUser, limitMs: number): Pick<Database<Text>, "query" | "script" | "transaction"> => {
    const use = async <T>(work: (pool: PatientPool) => Promise<T>): Promise<T> => {
      openOnly();
      return line.use(user, async () => work(await connected.current()));
    };
    return {
      query: <Row extends object>(text: Text, params?: readonly SqlValue[]) =>
        use((pool) => sqlOf(pool, pool.driver, limitMs).query<Row>(text, params)),
      script: (text) => use((pool) => sqlOf(pool, pool.driver, limitMs).script(text)),
      transaction: (work) => use((pool) => pool.transaction((tx) => work(sqlOf(pool, tx, limitMs)), limitMs)),
    };
  };
  const listen: Database["listen"] = async (...asked) => {
    openOnly();
    return connected.listen(...asked);
  };

  return {
    ...sharedBy({ limit: maxConnections }, queryLimitMs),
    listen,
    share: (share: ShareOptions) => ({
      ...sharedBy({ limit: share.maxConnections ?? maxConnections }, share.queryLimitMs ?? queryLimitMs),
      listen,
      close: async () => {},
    }),
    connections: (): ConnectionFigures => ({
      limit: maxConnections,
      busyCount: line.busyCount,
      waitingCount: line.waitingCount,
    }),
    close: (limitMs = queryLimitMs) => (closing ??= close(limitMs)),
  };
}

function closed(): StoreError {
  return new StoreError("STORE_UNAVAILABLE", "This database was closed by its owner. Open another one.");
}

/** The name of statements that tests send. */
const UNNAMED = "unnamed";

function sqlOf<Text extends string>(pool: PatientPool, driver: Pick<Bun.SQL, "unsafe">, limitMs: number): Sql<Text> {
  return {
    query<Row extends object>(text: Text, params: readonly SqlValue[] = []): Promise<Row[]> {
      return pool.timed(nameOfStatement(text) ?? UNNAMED, async () => {
        const rows = await pool.answer(started(driver.unsafe<Row[]>(text, [...params])), limitMs);
        return [...rows];
      });
    },
    async script(text) {
      await pool.timed("script", () => pool.answer(started(driver.unsafe(text).simple()), limitMs));
    },
  };
}

/** Starts a query now. The driver starts one when it is awaited, which is too late for a `close` in the same turn. */
function started<T>(query: Bun.SQL.Query<T>): Promise<T> {
  return query.execute();
}
