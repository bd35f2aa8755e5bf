import { fullJitter, isFleetError, type Runtime, retry, SECOND_MS } from "@shoal/kernel";
import type { Database, Listener } from "./database.ts";

export interface WakeListenerOptions {
  readonly database: Pick<Database, "listen">;
  readonly runtime: Pick<Runtime, "clock" | "rng">;
  /** On which work that is due is announced. */
  readonly channel: string;
  /** There may be work; also called, without a payload, when announcements may have been missed. */
  readonly onWake: (payload?: string) => void;
  /** Called once, if this connection cannot LISTEN: work is found by polling alone then. */
  readonly onUnsupported: () => void;
}

export interface WakeListener {
  /** Listens from now on, unless it does already or this connection cannot. Errors as `Database.listen`. */
  open(): Promise<void>;
  /** Opens, and tries again by itself until it listens or is closed. */
  start(): void;
  /** Waits for an opening under way. Idempotent; does not open again. */
  close(): Promise<void>;
  /** Whether work is announced. */
  readonly isListening: boolean;
}

const BACKOFF = fullJitter(500, 30 * SECOND_MS);

/** Hears by LISTEN that there is work. */
export function createWakeListener(options: WakeListenerOptions): WakeListener {
  const { database, runtime, channel, onWake, onUnsupported } = options;
  const closing = new AbortController();
  let listener: Listener | undefined;
  let canListen = true;
  let opening = Promise.resolve();
  const tryToOpen = async () => {
    if (listener || !canListen || closing.signal.aborted) return;
    try {
      const opened = await database.listen(channel, onWake, () => onWake());
      if (closing.signal.aborted) await opened.close();
      else listener = opened;
    } catch (thrown) {
      if (!isFleetError(thrown, "STORE_LISTEN_UNSUPPORTED")) throw thrown;
      canListen = false;
      onUnsupported();
    }
  };
  const open = () => (opening = tryToOpen());
  return {
    get isListening() {
      return listener !== undefined;
    },
    open,
    start() {
      // Rejects only when it is closed.
      retry(open, { runtime, signal: closing.signal, backoff: BACKOFF, when: () => true }).catch(() => {});
    },
    async close() {
      closing.abort(new Error("the listener closes"));
      await opening.catch(() => {});
      await listener?.close();
    },
  };
}
