import { type Clock, isFleetError, withTimeout } from "@shoal/kernel";
import { mapDriverError, unanswered } from "./map-error.ts";
import type { Timed } from "./timed.ts";

/** @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const READ_ONLY_TRANSACTION = "25006";
/** A prepared statement is gone, or is another session's: that of a pooler. */
const OF_SHARED_SESSION: readonly unknown[] = ["26000", "42P05"];

export interface PatientPoolOptions {
  readonly driver: Bun.SQL;
  readonly clock: Clock;
  readonly timed: Timed;
  /** Called once, when the first answer does not come in time. */
  readonly onGivenUp: (limitMs: number) => void;
  /** Called with each answer that comes in time. */
  readonly onAnswered: () => void;
  /** Called each time a session refuses to write. */
  readonly onReadOnly: () => void;
  /** Called each time a prepared statement was lost, which shows a transaction pooler. */
  readonly onShared: () => void;
}

/**
 * The driver's pool with a limit for each answer: when one does not come in time, all connections are closed at once. `limitMs`: how long
 * an answer may take.
 */
export interface PatientPool {
  readonly driver: Bun.SQL;
  readonly timed: Timed;
  /** Awaits the driver's answer. @throws STORE_UNAVAILABLE no answer in time; otherwise the driver's error, mapped */
  answer<T>(asked: Promise<T>, limitMs: number): Promise<T>;
  /** Commits when `work` resolves, rolls back when it throws. `work` itself has no limit. Errors as `answer`. */
  transaction<T>(work: (tx: Bun.TransactionSQL) => Promise<T>, limitMs: number): Promise<T>;
  /** Waits for running queries, so long at most. Idempotent. */
  close(limitMs: number): Promise<void>;
}

/**
 * Makes a `PatientPool`. On a half-open connection (the peer, or a router on the way, is gone without closing it) a query waits
 * without end, and a ROLLBACK after it. Only closing the driver's pool without grace ends both: all its queries are rejected.
 */
export function createPatientPool(options: PatientPoolOptions): PatientPool {
  const { driver, clock, timed, onGivenUp, onAnswered, onReadOnly, onShared } = options;
  let givingUp: Promise<void> | undefined;

  const mapped = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      const error = mapDriverError(thrown);
      const sqlstate = isFleetError(error) && error.details["sqlstate"];
      if (sqlstate === READ_ONLY_TRANSACTION) onReadOnly();
      if (OF_SHARED_SESSION.includes(sqlstate)) onShared();
      throw error;
    }
  };

  const giveUp = (limitMs: number) => {
    if (!givingUp) onGivenUp(limitMs);
    givingUp ??= driver.close({ timeout: 0 });
    return givingUp;
  };

  const answer = async <T>(asked: Promise<T>, limitMs: number): Promise<T> => {
    const outcome = await mapped(withTimeout(clock, limitMs, asked));
    if (outcome.kind === "value") {
      onAnswered();
      return outcome.value;
    }
    await giveUp(limitMs);
    throw unanswered(limitMs);
  };

  return {
    driver,
    timed,
    answer,
    async transaction(work, limitMs) {
      const begun = Promise.withResolvers<void>();
      const worked = Promise.withResolvers<void>();
      let failure: { readonly thrown: unknown } | undefined;
      const done = driver.begin(async (tx) => {
        begun.resolve();
        try {
          return { result: await work(tx) };
        } catch (thrown) {
          failure = { thrown };
          throw thrown;
        } finally {
          worked.resolve();
        }
      });
      // What the work threw comes back once it is rolled back: that is no failure of the rollback.
      const ended = done.catch((thrown: unknown) => {
        if (!failure || failure.thrown !== thrown) throw thrown;
        return failure;
      });
      await timed("begin", () => answer(Promise.race([begun.promise, ended]), limitMs));
      await mapped(Promise.race([worked.promise, ended]));
      const outcome = await timed(failure ? "rollback" : "commit", () => answer(ended, limitMs));
      if ("thrown" in outcome) throw mapDriverError(outcome.thrown);
      return outcome.result;
    },
    async close(limitMs) {
      if (givingUp) return givingUp;
      const outcome = await withTimeout(clock, limitMs, driver.close());
      if (outcome.kind === "timeout") givingUp ??= driver.close({ timeout: 0 });
      await givingUp;
    },
  };
}
