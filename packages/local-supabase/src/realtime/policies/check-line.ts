import { type Clock, errorFields, isFleetError, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import { createDatabase, type Database, type Sql, statement } from "@shoal/store";
import type { Answer, NoAnswer } from "./policy-check.ts";

/** Cancels a check that takes longer. @source REALTIME-PRIVATE.md, 3c-slow */
const CHECK_LIMIT_MS = 15 * SECOND_MS;
/** Turns away who waits longer for the connection. @source REALTIME-PRIVATE.md, 3c-pool */
const WAIT_LIMIT_MS = 10 * SECOND_MS;
/** Turns everybody away for so long after that, without asking the database. */
const EXHAUSTED_MS = 30 * SECOND_MS;
/** One for the checks, one to cancel a check from. */
const MAX_CONNECTIONS = 2;

/** Matches the SQLSTATEs by which a server says that it cannot serve: connection, resources, shutdown. */
const CANNOT_SERVE = /^(08|53|57P)/;
const QUERY_CANCELED = "57014";

/**
 * Asks the database one question after another, over one connection: the pool of a new project. A slow policy therefore
 * holds up everybody's questions, as it does there.
 */
export class CheckLine {
  readonly #runtime: Runtime;
  readonly #database: Database;
  /** Resolves when all who stand in line have had their turn. */
  #turns: Promise<void> = Promise.resolve();
  #exhaustedAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  #cancelRunning: () => Promise<void> = async () => {};

  constructor(runtime: Runtime, databaseUrl: string) {
    this.#runtime = runtime;
    this.#database = createDatabase({ url: databaseUrl, runtime, maxConnections: MAX_CONNECTIONS, prepare: false });
  }

  get #clock(): Clock {
    return this.#runtime.clock;
  }

  /** Runs `work` in a transaction, which is rolled back. Never rejects. `what` is named in the log when it fails. */
  async ask<Value>(what: { readonly topic: string }, work: (tx: Sql) => Promise<Value>): Promise<Answer<Value>> {
    if (this.#clock.monotonicMs() - this.#exhaustedAtMs < EXHAUSTED_MS) return none("exhausted");
    const before = this.#turns;
    const done = Promise.withResolvers<void>();
    this.#turns = before.then(() => done.promise);
    try {
      const waited = await withTimeout(this.#clock, WAIT_LIMIT_MS, before);
      if (waited.kind === "timeout") {
        this.#exhaustedAtMs = this.#clock.monotonicMs();
        return none("exhausted");
      }
      return { kind: "answer", value: await this.#run(work) };
    } catch (error) {
      if (this.#isClosed) return none("unavailable");
      this.#runtime.log.warn(
        { ...errorFields(error), ...what },
        "the database did not answer what may be done on a private topic, so nothing may; correct the policy on realtime.messages",
      );
      return none(reasonOf(error));
    } finally {
      done.resolve();
    }
  }

  /** Cancels what runs. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#cancelRunning();
    await this.#turns;
    await this.#database.close();
  }

  async #run<Value>(work: (tx: Sql) => Promise<Value>): Promise<Value> {
    return this.#database.transaction(async (tx) => {
      const [session] = await tx.query<{ pid: number }>(
        statement("local_policy_session", "select pg_backend_pid() as pid"),
      );
      let cancelling: Promise<void> | undefined;
      const cancel = () => (cancelling ??= this.#cancel(session?.pid ?? 0));
      const timer = this.#clock.after(CHECK_LIMIT_MS, () => void cancel());
      this.#cancelRunning = cancel;
      try {
        if (this.#isClosed) throw new Error("the server is closing");
        const value = await work(tx);
        // The transaction that is left to commit is an empty one.
        await tx.query(statement("local_policy_roll_back", "rollback and chain"));
        return value;
      } finally {
        timer.cancel();
        this.#cancelRunning = async () => {};
        // A cancel that comes late must not meet the next check.
        await cancelling;
      }
    });
  }

  async #cancel(pid: number): Promise<void> {
    // Fails when the database is gone, which ends the check as well.
    await this.#database.query(statement("local_policy_cancel", "select pg_cancel_backend($1)"), [pid]).catch(() => {});
  }
}

function none(why: NoAnswer): Answer<never> {
  return { kind: "none", why };
}

function reasonOf(error: unknown): NoAnswer {
  const sqlstate = sqlstateOf(error);
  if (sqlstate === undefined || CANNOT_SERVE.test(sqlstate)) return "unavailable";
  return sqlstate === QUERY_CANCELED ? "canceled" : "failed";
}

/** Returns the SQLSTATE of an error of the store; undefined when the server did not raise it. */
export function sqlstateOf(error: unknown): string | undefined {
  const sqlstate = isFleetError(error) ? error.details["sqlstate"] : undefined;
  return typeof sqlstate === "string" ? sqlstate : undefined;
}
