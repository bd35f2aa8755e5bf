import type { Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, type Metrics, subscribe } from "@shoal/monitor";
import type { UserCodeEvents } from "./watch.ts";

/** Counts the errors of the fleet file's code that nobody caught. Once per `metrics`. */
export function observeUserCode({ counter }: Metrics, events: EventSubscriber<UserCodeEvents>): Unsubscribe {
  const faults = counter({
    name: "shoal_user_code_errors_total",
    help: "Errors in the code of the fleet file that nobody caught: rejections that are not awaited, throws in callbacks.",
  });
  return subscribe<UserCodeEvents>(events, { "user-code:failed": () => faults.inc({}) });
}
