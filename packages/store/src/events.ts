/** What a database tells of its statements and its connections. Never a text, and never a value. */
export interface StoreEvents {
  /**
   * A statement was answered or failed; `begin`, `commit`, `rollback`, `listen` and `script` are such names as well. The time is the
   * driver's and the server's: neither the wait for a connection is in it, nor the time to make one.
   */
  "statement:ended": { readonly name: string; readonly durationMs: number; readonly errorCode: string | null };
  /** A statement or a transaction has a connection, or was refused one because none became free in time. */
  "connection:waited": { readonly waitedMs: number; readonly isBusy: boolean };
}
