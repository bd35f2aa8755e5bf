import { errorFields, fullJitter, type Runtime, retry, SECOND_MS, sleep } from "@shoal/kernel";
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
  /** Ends the server and the supervision. Idempotent. */
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 200;
const BACKOFF = fullJitter(FIRST_PAUSE_MS, 10 * SECOND_MS);

/** Supervises `first`. When it ends (killed for want of memory, say), tries `relaunch` until it succeeds or `stop` is called. */
export function supervise(runtime: Runtime, first: Launched, relaunch: () => Promise<Launched>): Supervised {
  const stopping = new AbortController();
  const { signal } = stopping;
  let current = first;

  const startAgain = async (): Promise<Launched | undefined> => {
    try {
      await sleep(runtime.clock, runtime.rng.next() * FIRST_PAUSE_MS, signal);
      return await retry(relaunch, {
        runtime,
        backoff: BACKOFF,
        signal,
        when: () => true,
        onFailure: ({ error }) =>
          runtime.log.warn(errorFields(error), "embedded postgres did not start again, trying once more"),
      });
    } catch {
      // Told to stop meanwhile: nothing else ends the retries.
      return undefined;
    }
  };

  const watch = async () => {
    for (;;) {
      await current.process.exited;
      if (signal.aborted) return;
      runtime.log.error({ pid: current.pid }, "embedded postgres ended unexpectedly, starting it again");
      const next = await startAgain();
      if (!next) return;
      current = next;
      // Told to stop while it came up.
      if (signal.aborted) await stopServer(runtime.clock, current.pid);
    }
  };

  const watching = watch();
  const stop = async () => {
    stopping.abort();
    // Once a server has ended, its pid may belong to another process.
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
