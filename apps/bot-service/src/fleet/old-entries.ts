import { abortable, errorFields, MINUTE_MS, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { PooledChannel, PresenceState, RealtimePool } from "@shoal/realtime-pool";
import { stayInLobby } from "../pool/stay-in-lobby.ts";

export interface OldEntriesOptions {
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly runtime: Runtime;
  /** The topic of the lobby. */
  readonly topic: string;
  /** Of whom the channel is that looks. */
  readonly clientId: string;
}

/** Lobby entries that replicas left behind. Those of a frozen one stand until the server gives up its sockets. */
export interface OldEntries {
  /**
   * Resolves when the lobby shows no entry under that id, and after 90 s all the same: anybody may make one. Rejects when `signal` aborts,
   * with its reason.
   */
  gone(botId: string, signal: AbortSignal): Promise<void>;
}

/** A server ends a socket that says nothing for a minute, and then its entries. */
const LIMIT_MS = MINUTE_MS + 30 * SECOND_MS;

interface Waiter {
  readonly botId: string;
  readonly resolve: () => void;
}

/** One channel looks for all bots that wait, and is released when none does: their own would each be sent the whole lobby. */
export function createOldEntries({ pool, runtime, topic, clientId }: OldEntriesOptions): OldEntries {
  const waiters = new Set<Waiter>();
  let watch: AbortController | undefined;
  let watched: PooledChannel | undefined;
  let shown: PresenceState | undefined;

  const look = (waiter: Waiter) => {
    // What a channel showed before it was lost may be out of date.
    if (shown && watched?.status === "joined" && !Object.hasOwn(shown, waiter.botId)) waiter.resolve();
  };

  const watchFrom = (channel: PooledChannel, { signal }: AbortController) => {
    watched = channel;
    signal.addEventListener("abort", () => void channel.release(), { once: true });
    channel.onPresence((state) => {
      if (signal.aborted) return;
      shown = state;
      for (const waiter of waiters) look(waiter);
    });
  };

  const begin = () => {
    const watching = new AbortController();
    watch = watching;
    void stayInLobby({
      ...{ pool, runtime, topic, key: clientId, isStaggered: false, listens: true, signal: watching.signal },
      onJoined: (channel) => watchFrom(channel, watching),
      onFailure: ({ error, retryInMs }) =>
        runtime.log.debug(
          { retry_in_ms: retryInMs, ...errorFields(error) },
          "the lobby cannot be looked at for entries of bots that were taken over: they are matched, and shown later; trying again",
        ),
    });
  };

  const end = () => {
    watch?.abort(new Error("no bot waits for an old entry any more"));
    watch = undefined;
    watched = undefined;
    shown = undefined;
  };

  return {
    async gone(botId, signal) {
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { botId, resolve };
      waiters.add(waiter);
      if (!watch) begin();
      look(waiter);
      try {
        await withTimeout(runtime.clock, LIMIT_MS, abortable(promise, signal));
      } finally {
        waiters.delete(waiter);
        if (waiters.size === 0) end();
      }
    },
  };
}
