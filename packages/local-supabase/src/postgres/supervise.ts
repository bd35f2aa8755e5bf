import { backoffDelayMs, errorFields, fullJitter, type Runtime, SECOND_MS, sleep } from "@shoal/kernel";
import type { ServerProcess } from "./adapters/server-process.ts";
import { stopServer } from "./stop-server.ts";

/** A server that has come up. */
export interface Launched {
  readonly process: ServerProcess;
  /** Of the postmaster. */
  readonly pid: number;
  readonly port: number;
}

/** A server that is started again when it ends before it was told to. */
export interface Supervised {
  readonly pid: number;
  /** Ends the server and the watch. Idempotent. */
  stop(): Promise<void>;
}

const BACKOFF = fullJitter(200, 10 * SECOND_MS);

/** Watches `first`. When it ends (killed for want of memory, say), `relaunch` is tried until it succeeds or `stop` is called. */
export function supervise(runtime: Runtime, first: Launched, relaunch: () => Promise<Launched>): Supervised {
  const stopping = new AbortController();
  let current = first;

  const startAgain = async (): Promise<Launched | undefined> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      try {
        await sleep(runtime.clock, backoffDelayMs(BACKOFF, attempt, runtime.rng), stopping.signal);
        return await relaunch();
      } catch (thrown) {
        if (!stopping.signal.aborted) runtime.log.warn(errorFields(thrown), "embedded postgres did not start again");
      }
    }
    return undefined;
  };

  const watch = async () => {
    for (;;) {
      await current.process.exited;
      if (stopping.signal.aborted) return;
      runtime.log.error({ pid: current.pid }, "embedded postgres ended by itself, starting it again");
      const next = await startAgain();
      if (!next) return;
      current = next;
      // Told to stop while it came up.
      if (stopping.signal.aborted) await stopServer(runtime.clock, current.pid);
    }
  };

  const watching = watch();
  const stop = async () => {
    stopping.abort();
    // The number of a server that has ended may belong to another process by now.
    if (!current.process.hasExited()) await stopServer(runtime.clock, current.pid);
    await watching;
  };
  let stopped: Promise<void> | undefined;
  return {
    get pid() {
      return current.pid;
    },
    stop: () => (stopped ??= stop()),
  };
}
