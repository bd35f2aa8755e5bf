import type { EventSource, Unsubscribe } from "@shoal/kernel";

/** The part of an `EventSource` that a monitor needs. Unlike it, it accepts a source with more events than are named. */
export type EventSubscriber<Events> = Pick<EventSource<Events>, "on">;

/** One listener for each event type of a part, `null` for one that is not shown: the compiler refuses a forgotten one. */
export type Listeners<Events> = {
  readonly [Name in keyof Events]: ((event: Events[Name]) => void) | null;
};

/** Listens to `events` until the result is called. */
export function subscribe<Events>(events: EventSubscriber<Events>, listeners: Listeners<Events>): Unsubscribe {
  const names = Object.keys(listeners) as (keyof Events)[];
  const offs = names.flatMap((name) => {
    const listener = listeners[name];
    return listener ? [events.on(name, listener)] : [];
  });
  return () => {
    for (const off of offs) off();
  };
}
