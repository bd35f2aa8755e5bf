import type { Runtime } from "@shoal/kernel";
import { createWakeListener, type Database, type WakeListener } from "@shoal/store";

/** The channel on which a trigger of `shoal.jobs` tells of what is due within five seconds. */
const CHANNEL = "shoal_jobs";

/** Hears of new jobs by LISTEN; `onJobs` is also called when some may have been missed. */
export function createJobListener(
  database: Pick<Database, "listen">,
  runtime: Runtime,
  onJobs: () => void,
): WakeListener {
  return createWakeListener({
    ...{ database, runtime, channel: CHANNEL, onWake: onJobs },
    onUnsupported: () =>
      runtime.log.info({}, "new jobs are only found by polling every second: this connection cannot LISTEN"),
  });
}
