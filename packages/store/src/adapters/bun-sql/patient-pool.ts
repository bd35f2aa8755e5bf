import { type Clock, isFleetError, withTimeout } from "@shoal/kernel";
import { mapDriverError, unanswered } from "./map-error.ts";

/** @source https://www.postgresql.org/docs/current/errcodes-appendix.html */
const READ_ONLY_TRANSACTION = "25006";

export interface PatientPoolOptions {
  readonly driver: Bun.SQL;
  readonly clock: Clock;
  /** How long an answer may take, in ms. */
  readonly limitMs: number;
  /** Told once, when the first answer stayed out. */
  readonly onGivenUp: () => void;
  /** Told each time a session refuses to write. */
  readonly onReadOnly: () => void;
}

/** The driver's pool with a limit to patience: when one answer stays out, all connections are dropped at once. */
export interface PatientPool {
  readonly driver: Bun.SQL;
  /** What the driver answers to `asked`. @throws STORE_UNAVAILABLE no answer in time; or as the driver refuses, mapped */
  answer<T>(asked: Promise<T>): Promise<T>;
  /** Commits what resolves, rolls back what throws. `work` itself may take its time. Errors as `answer`. */
  transaction<T>(work: (tx: Bun.TransactionSQL) => Promise<T>): Promise<T>;
  /** Waits for what runs, for one limit at most. Idempotent. */
  close(): Promise<void>;
}

/**
 * A half-open connection (the peer, or something on the way, went without a word) keeps a query waiting for ever, and a
 * ROLLBACK after it. Only closing the driver's pool without grace ends both: everything on it is then rejected.
 */
export function createPatientPool({ driver, clock, limitMs, onGivenUp, onReadOnly }: PatientPoolOptions): PatientPool {
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
    if (outcome.kind === "value") return outcome.value;
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
