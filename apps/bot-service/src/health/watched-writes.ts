import { type Backoff, fullJitter, isFleetError, type LoopReport, type Runtime, retry, SECOND_MS } from "@shoal/kernel";
import { type Database, isAboutTheValues } from "@shoal/store";

const AGAIN: Backoff = fullJitter(500, 5 * SECOND_MS);

type Write = (...args: never[]) => Promise<unknown>;

export interface WatchedWrites<Name extends string, Port extends Readonly<Record<Name, Write>>> {
  readonly port: Port;
  /** The methods of `port` that write. */
  readonly writes: readonly Name[];
  /** Does the same over `undone(database)`. */
  readonly trial: Readonly<Record<Name, Write>>;
  readonly report: LoopReport;
  readonly runtime: Pick<Runtime, "clock" | "rng">;
  /** Ends the trials: the daemon drains. */
  readonly signal: AbortSignal;
}

/**
 * Reports how writes that others ask for end. One that fails is tried again and taken back, until it works: no loop does it again,
 * and a daemon that is not ready for it is sent no requests by which it could find out that it works again.
 */
export function watchWrites<Name extends string, Port extends Readonly<Record<Name, Write>>>(
  options: WatchedWrites<Name, Port>,
): Port {
  const { port, writes, trial, report, runtime, signal } = options;
  let isTrying = false;

  const tryAgain = async (write: () => Promise<unknown>) => {
    isTrying = true;
    const attempt = async () => {
      await write().catch((thrown: unknown) => {
        if (isDatabaseFault(thrown)) throw thrown;
      });
    };
    const onFailure = ({ error }: { readonly error: unknown }) => report.failed(error);
    await retry(attempt, { runtime, signal, backoff: AGAIN, when: () => true, onFailure });
    isTrying = false;
    report.succeeded();
  };
  const watched = (name: Name): [Name, Write] => [
    name,
    async (...args) => {
      try {
        const value = await port[name](...args);
        if (!isTrying) report.succeeded();
        return value;
      } catch (thrown) {
        if (isDatabaseFault(thrown) && !isTrying) {
          report.failed(thrown);
          // Rejects by the signal alone.
          tryAgain(() => trial[name](...args)).catch(() => {});
        }
        throw thrown;
      }
    },
  ];
  return { ...port, ...Object.fromEntries(writes.map(watched)) };
}

/** Whether the database is at fault, and not the request or its caller. */
function isDatabaseFault(thrown: unknown): boolean {
  return isFleetError(thrown) && thrown.code.startsWith("STORE_") && !isAboutTheValues(thrown);
}

/** Returns the database with each statement, or transaction, taken back once it is done. */
export function undone(database: Database): Database {
  const takeBack: Database["transaction"] = async (work) => {
    const done = new Error("taken back");
    let result: { readonly value: Awaited<ReturnType<typeof work>> } | undefined;
    try {
      await database.transaction(async (tx) => {
        result = { value: await work(tx) };
        throw done;
      });
    } catch (thrown) {
      if (thrown !== done || !result) throw thrown;
    }
    return result?.value as Awaited<ReturnType<typeof work>>;
  };
  return { ...database, transaction: takeBack, query: (text, params) => takeBack((tx) => tx.query(text, params)) };
}
