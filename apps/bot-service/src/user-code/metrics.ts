import type { Unsubscribe } from "@shoal/kernel";
import { type EventSubscriber, type Metrics, subscribe } from "@shoal/monitor";
import type { UserCodeEvents } from "./watch.ts";

/** Counts the errors of the fleet file's code, of all `sources`. Once per `metrics`. */
export function observeUserCode(
  { counter }: Metrics,
  ...sources: readonly EventSubscriber<UserCodeEvents>[]
): Unsubscribe {
  const faults = counter({
    name: "shoal_user_code_errors_total",
    help: "Errors in the code of the fleet file: rejections that are not awaited, throws in callbacks, values of another form than they must have.",
  });
  const stops = sources.map((events) =>
    subscribe<UserCodeEvents>(events, { "user-code:failed": () => faults.inc({}) }),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
