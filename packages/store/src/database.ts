import type { Statement } from "./statement.ts";

/** A parameter of a query. Pass JSON as text and cast it: `($1::text)::jsonb`, the one spelling that all drivers agree on. */
export type SqlValue = string | number | boolean | null | Date | Uint8Array | readonly string[] | readonly number[];

/** Runs SQL: the pool of a `Database`, or one transaction of it. `Text`: tests, and only they, send statements without a name. */
export interface Sql<Text extends string = Statement> {
  /**
   * Runs one statement with `$1`-style parameters and returns its rows.
   * int8 and numeric arrive as strings, timestamptz as `Date`, jsonb parsed, bytea as `Uint8Array`.
   *
   * @throws STORE_UNAVAILABLE (retryable) the server cannot be reached or went away; whether a write happened is then unknown
   * @throws STORE_BUSY (retryable) no connection became free in time; nothing was sent
   * @throws STORE_CONFLICT (retryable) serialization failure or deadlock; run the transaction again
   * @throws STORE_CONSTRAINT a constraint refused the row; `details.constraint` names it
   * @throws STORE_ACCESS_DENIED wrong user, password, database or connection parameter, or a right is missing
   * @throws STORE_QUERY any other refusal; `details.sqlstate` has the code; retryable when a timeout ended it
   */
  query<Row extends object = Record<string, unknown>>(text: Text, params?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a script of several statements without parameters (a migration); all or nothing. Errors as `query`. */
  script(text: string): Promise<void>;
}

/** Stops listening. Idempotent. */
export interface Listener {
  close(): Promise<void>;
}

/** The port to Postgres. One suite of tests runs against every driver and server version. */
export interface Database<Text extends string = Statement> extends Sql<Text> {
  /** Commits when `work` resolves, rolls back when it throws. Errors as `query`. Not retried: the caller knows what is safe. */
  transaction<T>(work: (tx: Sql<Text>) => Promise<T>): Promise<T>;
  /**
   * Listens on a NOTIFY channel over a connection that all channels share, and reconnects until closed. `onListening` is called on every
   * (re)subscription: notifications sent in between are lost, so read the rows there that they may have announced.
   * Needs a direct or session-mode connection.
   *
   * @throws STORE_LISTEN_UNSUPPORTED the connection goes through a transaction pooler
   * @throws STORE_UNAVAILABLE (retryable) the first subscription failed
   */
  listen(channel: string, onPayload: (payload: string) => void, onListening: () => void): Promise<Listener>;
  /** Waits for running queries and transactions, for one query limit at most, then closes all connections. Idempotent. */
  close(): Promise<void>;
}

/** Options of `PooledDatabase.share`; by default as those of the pool. */
export interface ShareOptions {
  /** Connections that it may hold at a time. */
  readonly maxConnections?: number;
  readonly queryLimitMs?: number;
}

/** How many connections are at work. */
export interface ConnectionFigures {
  readonly limit: number;
  readonly busyCount: number;
  /** Queries and transactions that wait for one. */
  readonly waitingCount: number;
}

/** A `Database` with connections of its own, which others may share. */
export interface PooledDatabase<Text extends string = Statement> extends Database<Text> {
  /** Another user of the same connections, bounded by itself. Its `close` does nothing: the pool is closed by its owner. */
  share(options: ShareOptions): Database<Text>;
  connections(): ConnectionFigures;
  /** As of a `Database`. `limitMs`: how long it waits for what runs, in ms; one query limit by default. */
  close(limitMs?: number): Promise<void>;
}
