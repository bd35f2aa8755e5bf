import type { Log } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { createWakeListener, type WakeListener } from "../work/wake-listener.ts";

/** The channel on which a trigger of `shoal.jobs` tells of what is due within a second. */
const CHANNEL = "shoal_jobs";

/** Hears of new jobs by LISTEN; `onJobs` is also called when some may have been missed. */
export function createJobListener(database: Pick<Database, "listen">, log: Log, onJobs: () => void): WakeListener {
  return createWakeListener({
    ...{ database, channel: CHANNEL, onWake: onJobs },
    onUnsupported: () => log.info({}, "new jobs are only found by polling every second: this connection cannot LISTEN"),
  });
}
