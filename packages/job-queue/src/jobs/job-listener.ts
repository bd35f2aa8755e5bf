import { isFleetError, type Log } from "@shoal/kernel";
import type { Database, Listener } from "@shoal/store";

/** The channel on which a trigger of `shoal.jobs` tells of what is due within a second. */
const CHANNEL = "shoal_jobs";

export interface JobListener {
  /** Listens from now on, unless it does already or this connection cannot. Errors as `Database.listen`. */
  open(): Promise<void>;
  /** Idempotent; does not open again. */
  close(): Promise<void>;
}

/** Hears of new jobs by LISTEN; `onJobs` is also called when some may have been missed. */
export function createJobListener(database: Pick<Database, "listen">, log: Log, onJobs: () => void): JobListener {
  let listener: Listener | undefined;
  let canListen = true;
  let isClosed = false;
  return {
    async open() {
      if (listener || !canListen || isClosed) return;
      try {
        const opened = await database.listen(CHANNEL, onJobs, onJobs);
        if (isClosed) await opened.close();
        else listener = opened;
      } catch (thrown) {
        if (!isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED")) throw thrown;
        canListen = false;
        log.info({}, "new jobs are only found by polling every second: this connection cannot LISTEN");
      }
    },
    async close() {
      isClosed = true;
      await listener?.close();
    },
  };
}
