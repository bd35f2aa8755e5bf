/** What a query may be given. Pass JSON as text and cast it: `($1::text)::jsonb`, the one spelling that all drivers agree on. */
export type SqlValue = string | number | boolean | null | Date | Uint8Array | readonly string[] | readonly number[];

/** Runs SQL: the pool of a `Database`, or one transaction of it. */
export interface Sql {
  /**
   * Runs one statement with `$1`-style parameters and returns its rows.
   * int8 and numeric arrive as strings, timestamptz as `Date`, jsonb parsed.
   *
   * @throws STORE_UNAVAILABLE (retryable) the server cannot be reached or went away
   * @throws STORE_CONFLICT (retryable) serialization failure or deadlock; run the transaction again
   * @throws STORE_CONSTRAINT a constraint refused the row; `details.constraint` names it
   * @throws STORE_QUERY any other refusal; `details.sqlstate` has the code
   */
  query<Row extends object = Record<string, unknown>>(text: string, params?: readonly SqlValue[]): Promise<Row[]>;
}

/** Stops listening. Idempotent. */
export interface Listener {
  close(): Promise<void>;
}

/** The port to Postgres. One suite of tests runs against every driver and server version. */
export interface Database extends Sql {
  /** Commits when `work` resolves, rolls back when it throws. Errors as `query`. Not retried: the caller knows what is safe. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /** Runs a script of several statements without parameters (a migration). */
  script(text: string): Promise<void>;
  /**
   * Listens on a NOTIFY channel over a connection of its own and reconnects for ever. `onListening` is called on every
   * (re)subscription: what was notified in between is lost, so read what you may have missed there.
   * Needs a direct or session-mode connection.
   */
  listen(channel: string, onPayload: (payload: string) => void, onListening: () => void): Promise<Listener>;
  /** Waits for running queries, then closes all connections. Idempotent. */
  close(): Promise<void>;
}
