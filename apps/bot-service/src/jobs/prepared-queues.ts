import { errorFields, MINUTE_MS, proportionalJitter, type Runtime, retry, SECOND_MS } from "@shoal/kernel";
import type { DependencyReport } from "@shoal/monitor";
import { untilReachable } from "../database/until-reachable.ts";

/** Whoever installs the extension later needs no restart. */
const PREPARE_AGAIN = proportionalJitter(30 * SECOND_MS, 5 * MINUTE_MS);

export interface PreparedQueuesOptions {
  /** Whether messages are handled at all. */
  readonly isWanted: boolean;
  readonly runtime: Runtime;
  /** Installs pgmq and creates the queues where they are missing. */
  readonly install: () => Promise<void>;
  /** Queues whose messages are not announced. Default: none. */
  readonly unannounced?: () => readonly string[];
}

function announced(unannounced: readonly string[]): DependencyReport {
  if (unannounced.length === 0) return { state: "ok" };
  const queues = unannounced.join(", ");
  return {
    state: "ok",
    detail: `all queues are polled each second, because no trigger announces messages in ${queues}: the daemon makes it when it starts, if it may change the table of the queue`,
  };
}

/** Prepares the queues of pgmq, and knows whether they are there. */
export function preparedQueues({ isWanted, runtime, install, unannounced = () => [] }: PreparedQueuesOptions) {
  let has: boolean | undefined;
  return {
    /**
     * Calls `onReady` once the queues are there, however late. Resolves then, or when they are not to be had for now. Never
     * rejects.
     */
    async prepare(signal: AbortSignal, onReady: () => void): Promise<void> {
      if (!isWanted) return;
      const message =
        "the pgmq queues cannot be created because the database is away: no message is handled until they are; trying again";
      const refused =
        "the pgmq queues cannot be created: messages are not handled, jobs are; install the extension pgmq, or set PROCESS_PGMQ=false; trying again";
      const settled = Promise.withResolvers<void>();
      retry(() => untilReachable(install, { runtime, signal, message }), {
        runtime,
        signal,
        backoff: PREPARE_AGAIN,
        when: () => true,
        onFailure({ error, attempt, retryInMs }) {
          has = false;
          runtime.log[attempt === 1 ? "error" : "debug"]({ retry_in_ms: retryInMs, ...errorFields(error) }, refused);
          settled.resolve();
        },
      })
        .then(() => {
          has = true;
          if (!signal.aborted) onReady();
        })
        .catch(() => {})
        .finally(settled.resolve);
      await settled.promise;
    },
    health(): DependencyReport {
      if (!isWanted || has) return announced(isWanted ? unannounced() : []);
      if (has === undefined) return { state: "degraded", detail: "the pgmq queues are being created" };
      return {
        state: "degraded",
        detail: "the database has no pgmq: jobs are handled, messages are not; the log says why",
      };
    },
  };
}
