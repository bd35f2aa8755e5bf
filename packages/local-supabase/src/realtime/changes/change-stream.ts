import {
  type Attempt,
  type Backoff,
  errorFields,
  FleetError,
  proportionalJitter,
  type Runtime,
  retry,
  SECOND_MS,
  toError,
} from "@shoal/kernel";
import { type Database, type Sql, statement } from "@shoal/store";
import { openReplicationReader } from "./adapters/replication-reader.ts";
import { quoteName } from "./filter-sql.ts";
import type { LogicalMessage, RowMessage, Transaction } from "./pgoutput.ts";

const DROP_SLOT_SQL = statement(
  "local_changes_drop_slot",
  "select pg_terminate_backend(active_pid), pg_sleep(0.01) from pg_replication_slots where slot_name = $1",
);
/** 10 ms each. */
const MAX_SLOT_CHECKS = 500;
const RECONNECT: Backoff = proportionalJitter(250, 5 * SECOND_MS);

/** A publication to read: of that table, or with the tables that somebody adds. */
export interface Publication {
  readonly name: string;
  readonly table?: string;
}

export interface ChangeStreamOptions {
  readonly runtime: Runtime;
  readonly url: string;
  /** Made where they are missing; one for a table is left out where there is no such table. */
  readonly publications: readonly Publication[];
  readonly database: Database;
  /** Called row by row in commit order. The next call waits until the promise of the last has settled. */
  readonly onRow: (row: RowMessage, transaction: Transaction) => Promise<void>;
  readonly onLive: (slot: string) => void;
  readonly onLost: (reason: string) => void;
}

/**
 * Reads the committed changes of publications until it is closed. Reconnects with backoff, each time on a new temporary
 * slot. Changes that commit while it is down are missed, as by the real server.
 *
 *     idle --start--> connecting --> live --lost--> waiting --> connecting ...      close ends it from anywhere
 */
export class ChangeStream {
  readonly #options: ChangeStreamOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #isLive = false;
  #waiting: (() => void)[] = [];

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Resolves when the stream is live or closed. Starts it at the first call. */
  live(): Promise<void> {
    this.#running ??= this.#run();
    if (this.#isLive || this.#closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#release();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { runtime, onLost } = this.#options;
    const { signal } = this.#closing;
    const streamOnce = async ({ startOver }: Attempt) => {
      const startedAtMs = runtime.clock.monotonicMs();
      const error = await this.#stream().catch(toError);
      this.#isLive = false;
      if (signal.aborted || !error) return;
      runtime.log.warn(
        errorFields(error),
        "database change stream lost, connecting again: changes are missed until then",
      );
      onLost(error.message);
      if (runtime.clock.monotonicMs() - startedAtMs > RECONNECT.maxMs) startOver();
      throw error;
    };
    // Rejects only after `close`.
    await retry(streamOnce, { runtime, backoff: RECONNECT, signal, when: () => true }).catch(() => {});
  }

  /** Runs one connection, from its slot to its end. Resolves with what ended it, or with undefined when that was `close`. */
  async #stream(): Promise<Error | undefined> {
    const { runtime, url, onRow, onLive } = this.#options;
    const { signal } = this.#closing;
    const publications = await this.#ensurePublications();
    const slot = `shoal_realtime_${runtime.ids.uuid().replaceAll("-", "")}`;
    let transaction: Transaction = { committedAtMs: 0, xid: 0 };
    const onMessage = async (message: LogicalMessage): Promise<void> => {
      if (message.kind === "begin") transaction = message;
      if (message.kind === "row") await onRow(message, transaction);
      if (message.kind === "undecodable") throw new FleetError("LOCAL_STREAM_UNREADABLE", message.reason);
    };
    const reader = await openReplicationReader({ url, slot, publications, onMessage, signal });
    if (!signal.aborted) {
      this.#isLive = true;
      onLive(slot);
      this.#release();
    }
    const error = await reader.ended;
    if (signal.aborted) await this.#waitUntilDropped(slot);
    return error;
  }

  // Ends the session of the slot, because until the slot is gone the database cannot be dropped. By itself Postgres drops the
  // slot when it notices that the connection is gone, which it does not while it waits for a long transaction to make it.
  async #waitUntilDropped(slot: string): Promise<void> {
    const { database } = this.#options;
    for (let check = 1; check <= MAX_SLOT_CHECKS; check += 1) {
      const left = await database.query(DROP_SLOT_SQL, [slot]);
      if (left.length === 0) return;
    }
  }

  // Called before the slot is made: the plugin uses a publication as it was when a change was made.
  async #ensurePublications(): Promise<string[]> {
    const { database, publications } = this.#options;
    return database.transaction(async (tx) => {
      const names: string[] = [];
      for (const { name, table } of publications) {
        await tx.query(statement("local_changes_lock", "select pg_advisory_xact_lock(hashtext($1))"), [
          `publication:${name}`,
        ]);
        if (table !== undefined && !(await isThere(tx, table))) continue;
        const found = await tx.query(
          statement("local_changes_publication", "select from pg_publication where pubname = $1"),
          [name],
        );
        const content = table === undefined ? "" : ` for table ${table} with (publish = 'insert')`;
        if (found.length === 0)
          await tx.query(
            statement("local_changes_create_publication", `create publication ${quoteName(name)}${content}`),
          );
        names.push(name);
      }
      return names;
    });
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

async function isThere(tx: Sql, table: string): Promise<boolean> {
  const [row] = await tx.query<{ is_there: boolean }>(
    statement("local_changes_table", "select to_regclass($1) is not null as is_there"),
    [table],
  );
  return row?.is_there ?? false;
}
