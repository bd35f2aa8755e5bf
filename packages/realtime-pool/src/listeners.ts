import { toError, type Unsubscribe } from "@shoal/kernel";
import type { Payload, PresenceState, RowChange } from "./types.ts";

interface Entry<Args extends readonly unknown[]> {
  readonly listener: (...args: Args) => void;
}

type BroadcastEntry = Entry<[payload: Payload, event: string]> & { readonly event: string };

/**
 * The listeners of one channel, across its joins. A listener that throws does not keep the others from being called. Lists are
 * replaced, not changed, so that a listener may add and remove listeners while it is called.
 */
export class Listeners {
  #broadcast: readonly BroadcastEntry[] = [];
  #presence: readonly Entry<[PresenceState]>[] = [];
  #change: readonly Entry<[RowChange]>[] = [];
  #latest: PresenceState | null = null;
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** `"*"` stands for every event. */
  addBroadcast(event: string, listener: (payload: Payload, event: string) => void): Unsubscribe {
    const entry = { event, listener };
    this.#broadcast = [...this.#broadcast, entry];
    return () => {
      this.#broadcast = this.#broadcast.filter((other) => other !== entry);
    };
  }

  /** Calls a listener that comes late with the state that is known, or it would wait for the next change. */
  addPresence(listener: (state: PresenceState) => void): Unsubscribe {
    const entry = { listener };
    this.#presence = [...this.#presence, entry];
    const known = this.#latest;
    if (known) {
      queueMicrotask(() => {
        if (this.#presence.includes(entry) && this.#latest === known) this.#tell([entry], known);
      });
    }
    return () => {
      this.#presence = this.#presence.filter((other) => other !== entry);
    };
  }

  addChange(listener: (change: RowChange) => void): Unsubscribe {
    const entry = { listener };
    this.#change = [...this.#change, entry];
    return () => {
      this.#change = this.#change.filter((other) => other !== entry);
    };
  }

  broadcast(event: string, payload: Payload): void {
    const wanted = this.#broadcast.filter((entry) => entry.event === "*" || entry.event === event);
    this.#tell(wanted, payload, event);
  }

  presence(state: PresenceState): void {
    this.#latest = state;
    this.#tell(this.#presence, state);
  }

  change(row: RowChange): void {
    this.#tell(this.#change, row);
  }

  #tell<Args extends readonly unknown[]>(entries: readonly Entry<Args>[], ...args: Args): void {
    for (const { listener } of entries) {
      try {
        listener(...args);
      } catch (thrown) {
        this.#onError(toError(thrown));
      }
    }
  }
}
