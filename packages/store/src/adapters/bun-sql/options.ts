import type { Emitter, Runtime } from "@shoal/kernel";
import type { StoreEvents } from "../../events.ts";

/** Options of `createDatabase`. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. Never logged, never part of an error. */
  readonly url: string;
  readonly runtime: Runtime;
  /** Connections opened at most, 1 or more; 4 by default. All listeners together have one more. */
  readonly maxConnections?: number;
  /**
   * How long an answer may take, in ms; 30,000 by default. After it a query, and each statement of a transaction with its BEGIN and
   * COMMIT, fails with `STORE_UNAVAILABLE`, and all connections are closed: nothing else tells that the server is gone when it did
   * not close them. Set it above the slowest query and lock wait.
   */
  readonly queryLimitMs?: number;
  /** How long a query or a transaction waits for a connection, in ms, before it fails with `STORE_BUSY`; as `queryLimitMs` by default. */
  readonly waitLimitMs?: number;
  /** How long a connection may be at rest before it is closed, in ms, in whole seconds; 20,000 by default. */
  readonly idleLimitMs?: number;
  /**
   * Uses named prepared statements: several times faster on a direct connection, wrong answers behind a transaction pooler.
   * Off by default for port 6543 and `?pgbouncer=true`; otherwise the first query finds out.
   */
  readonly prepare?: boolean;
  /** Told of statements and of waits for a connection. Several databases may have one. */
  readonly events?: Pick<Emitter<StoreEvents>, "emit">;
}
