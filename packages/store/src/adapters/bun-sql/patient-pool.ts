import { type Clock, isFleetError, withTimeout } from "@shoal/kernel";
import { mapDriverError, unanswered } from "./map-error.ts";

/** @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const READ_ONLY_TRANSACTION = "25006";

export interface PatientPoolOptions {
  readonly driver: Bun.SQL;
  readonly clock: Clock;
  /** How long an answer may take, in ms. */
  readonly limitMs: number;
  /** Called once, when the first answer does not come in time. */
  readonly onGivenUp: () => void;
  /** Called with each answer that comes in time. */
  readonly onAnswered: () => void;
  /** Called each time a session refuses to write. */
  readonly onReadOnly: () => void;
}

/** The driver's pool with a limit for each answer: when one does not come in time, all connections are closed at once. */
export interface PatientPool {
  readonly driver: Bun.SQL;
  /** Awaits the driver's answer. @throws STORE_UNAVAILABLE no answer in time; otherwise the driver's error, mapped */
  answer<T>(asked: Promise<T>): Promise<T>;
  /** Commits when `work` resolves, rolls back when it throws. `work` itself has no limit. Errors as `answer`. */
  transaction<T>(work: (tx: Bun.TransactionSQL) => Promise<T>): Promise<T>;
  /** Waits for running queries, for one limit at most. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes a `PatientPool`. On a half-open connection (the peer, or a router on the way, is gone without closing it) a query waits
 * without end, and a ROLLBACK after it. Only closing the driver's pool without grace ends both: all its queries are rejected.
 */
export function createPatientPool(options: PatientPoolOptions): PatientPool {
  const { driver, clock, limitMs, onGivenUp, onAnswered, onReadOnly } = options;
  let givingUp: Promise<void> | undefined;

  const mapped = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      const error = mapDriverError(thrown);
      if (isFleetError(error) && error.details["sqlstate"] === READ_ONLY_TRANSACTION) onReadOnly();
      throw error;
    }
  };

  const giveUp = () => {
    if (!givingUp) onGivenUp();
    givingUp ??= driver.close({ timeout: 0 });
    return givingUp;
  };

  const answer = async <T>(asked: Promise<T>): Promise<T> => {
    const outcome = await mapped(withTimeout(clock, limitMs, asked));
    if (outcome.kind === "value") {
      onAnswered();
      return outcome.value;
    }
    await giveUp();
    throw unanswered(limitMs);
  };

  return {
    driver,
    answer,
    async transaction(work) {
      const begun = Promise.withResolvers<void>();
      const worked = Promise.withResolvers<void>();
      const done = driver.begin(async (tx) => {
        begun.resolve();
        try {
          return { result: await work(tx) };
        } finally {
          worked.resolve();
        }
      });
      await answer(Promise.race([begun.promise, done]));
      await mapped(Promise.race([worked.promise, done]));
      return (await answer(done)).result;
    },
    async close() {
      if (givingUp) return givingUp;
      const outcome = await withTimeout(clock, limitMs, driver.close());
      if (outcome.kind === "timeout") await giveUp();
    },
  };
}
