import type { Unsubscribe } from "@shoal/kernel";

/**
 * The part of a kernel `EventSource` that a monitor needs. Unlike `EventSource` itself it accepts a source that emits
 * more events, or more fields, than are named here; so a monitor need not import the packages it listens to.
 */
export interface Audible<Events> {
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Unsubscribe;
}
