import { type Log, type Runtime, withTimeout } from "@shoal/kernel";
import type { Listener } from "../../database.ts";
import { StoreError } from "../../errors.ts";
import { mapDriverError } from "./map-error.ts";
import type { Timed } from "./timed.ts";

export interface ListeningOptions {
  readonly runtime: Pick<Runtime, "clock">;
  readonly log: Log;
  readonly timed: Timed;
  /** How long the end of a listener may take, in ms. */
  readonly limitMs: number;
  readonly open: () => Bun.SQL;
}

/**
 * The one connection over which all channels are heard. Its driver is its own, so that a query without an answer does not close it:
 * it reconnects by itself. Nothing is sent over it for hours: the driver sets TCP keepalive (after 60 s), which finds out that the server is gone.
 */
export function createListening({ runtime: { clock }, log, timed, limitMs, open }: ListeningOptions) {
  let listening: Bun.SQL | undefined;
  return {
    async listen(channel: string, onPayload: (payload: string) => void, onListening: () => void): Promise<Listener> {
      listening ??= open();
      const driver = listening;
      let isOpen = true;
      const heard = (payload: string) => void (isOpen && onPayload(payload));
      const subscribed = () => {
        log.debug({ channel }, "listening");
        if (isOpen) onListening();
      };
      const subscription = await timed("listen", () =>
        driver.listen(channel, heard, subscribed).catch((thrown: unknown) => {
          throw mapDriverError(thrown);
        }),
      );
      return {
        async close() {
          isOpen = false;
          // UNLISTEN may fail when the server is gone.
          await withTimeout(clock, limitMs, Promise.resolve(subscription.unlisten())).catch(() => {});
        },
      };
    },
    close: async () => listening?.close({ timeout: 0 }),
  };
}

/** Makes the `StoreError` for a channel that cannot be listened on. */
export function listenUnsupported(channel: string): StoreError {
  return new StoreError(
    "STORE_LISTEN_UNSUPPORTED",
    `Cannot listen on ${channel} through a transaction pooler. Use the direct or the session-mode connection string (port 5432).`,
    { details: { channel } },
  );
}
