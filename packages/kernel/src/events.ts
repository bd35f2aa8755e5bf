import { toError } from "./errors.ts";

/** Removes a listener. Idempotent. */
export type Unsubscribe = () => void;

/** The reading half of an emitter: names are `noun:verb`, payloads are plain values. */
export interface EventSource<Events> {
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Unsubscribe;
  /** Resolves with the next event of that name that `accept` takes. Rejects with the signal's reason, or with an error of `accept`. */
  next<Name extends keyof Events>(
    name: Name,
    accept?: (event: Events[Name]) => boolean,
    signal?: AbortSignal,
  ): Promise<Events[Name]>;
  /** Listens to the events of all names, for a monitor. */
  onAny(listener: (name: keyof Events, event: Events[keyof Events]) => void): Unsubscribe;
  /** Number of listeners; the same after a clean drain as before the start. */
  readonly listenerCount: number;
}

/** A typed emitter. A listener that throws harms neither the emitter nor the other listeners. */
export interface Emitter<Events> extends EventSource<Events> {
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void;
}

/** Makes an emitter. `onListenerError` receives the errors of listeners; by default they are dropped, because events only report. */
export function createEmitter<Events>(onListenerError: (error: Error) => void = () => {}): Emitter<Events> {
  type Listener = (event: Events[keyof Events]) => void;
  const listeners = new Map<keyof Events, Set<Listener>>();
  const anyListeners = new Set<(name: keyof Events, event: Events[keyof Events]) => void>();

  const guarded = (call: () => void) => {
    try {
      call();
    } catch (thrown) {
      onListenerError(toError(thrown));
    }
  };

  const on: Emitter<Events>["on"] = (name, listener) => {
    const set = listeners.get(name) ?? new Set<Listener>();
    listeners.set(name, set);
    // A wrapper, so that one function registered twice is two listeners that are removed one by one.
    const entry: Listener = (event) => listener(event as Events[typeof name]);
    set.add(entry);
    return () => {
      set.delete(entry);
    };
  };

  return {
    on,
    onAny(listener) {
      const entry: typeof listener = (name, event) => listener(name, event);
      anyListeners.add(entry);
      return () => {
        anyListeners.delete(entry);
      };
    },
    next(name, accept = () => true, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          off();
          reject(signal?.reason);
        };
        const settle = (outcome: () => void) => {
          off();
          signal?.removeEventListener("abort", onAbort);
          outcome();
        };
        const off = on(name, (event) => {
          try {
            if (accept(event)) settle(() => resolve(event));
          } catch (thrown) {
            settle(() => reject(thrown));
          }
        });
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    emit(name, event) {
      const named = listeners.get(name);
      if (!named?.size && anyListeners.size === 0) return;
      // Copies, so that a listener added now waits for the next event; one removed meanwhile is not called any more.
      for (const listener of [...(named ?? [])]) if (named?.has(listener)) guarded(() => listener(event));
      for (const listener of [...anyListeners]) if (anyListeners.has(listener)) guarded(() => listener(name, event));
    },
    get listenerCount() {
      let count = anyListeners.size;
      for (const set of listeners.values()) count += set.size;
      return count;
    },
  };
}
