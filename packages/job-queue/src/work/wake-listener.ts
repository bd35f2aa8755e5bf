import { isFleetError } from "@shoal/kernel";
import type { Database, Listener } from "@shoal/store";

export interface WakeListenerOptions {
  readonly database: Pick<Database, "listen">;
  /** On which work that is due is announced. */
  readonly channel: string;
  /** There may be work; also called when announcements may have been missed. */
  readonly onWake: () => void;
  /** Called once, if this connection cannot LISTEN: work is found by polling alone then. */
  readonly onUnsupported: () => void;
}

export interface WakeListener {
  /** Listens from now on, unless it does already or this connection cannot. Errors as `Database.listen`. */
  open(): Promise<void>;
  /** Idempotent; does not open again. */
  close(): Promise<void>;
  /** Whether work is announced. */
  readonly isListening: boolean;
}

/** Hears by LISTEN that there is work. */
export function createWakeListener({ database, channel, onWake, onUnsupported }: WakeListenerOptions): WakeListener {
  let listener: Listener | undefined;
  let canListen = true;
  let isClosed = false;
  return {
    get isListening() {
      return listener !== undefined;
    },
    async open() {
      if (listener || !canListen || isClosed) return;
      try {
        const opened = await database.listen(channel, onWake, onWake);
        if (isClosed) await opened.close();
        else listener = opened;
      } catch (thrown) {
        if (!isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED")) throw thrown;
        canListen = false;
        onUnsupported();
      }
    },
    async close() {
      isClosed = true;
      await listener?.close();
    },
  };
}
