import { SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import { allOf, type EventSubscriber, type Metrics, subscribe } from "@shoal/monitor";
import type { HandOverEvents, HandOverOutcome } from "./types.ts";

/** Counts conversations that go to other replicas or come from them. Once per `metrics`. */
export function observeHandOvers(
  { counter, histogram }: Metrics,
  handOvers: EventSubscriber<HandOverEvents>,
): Unsubscribe {
  const outcomes = allOf<HandOverOutcome>({ given: true, taken: true, refused: true, failed: true });
  const ended = counter({
    name: "shoal_hand_overs_total",
    help: "Conversations handed over between replicas: given to another, taken from one, refused by the one asked, or failed because nobody knows whose they are.",
    labels: { outcome: outcomes },
  });
  const pause = histogram({
    name: "shoal_hand_over_seconds",
    help: "From the moment a bot pauses until it is seen to go on at another replica.",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  return subscribe<HandOverEvents>(handOvers, {
    "hand-over:ended": ({ outcome }) => ended.inc({ outcome }),
    "hand-over:seen": ({ durationMs }) => pause.observe({}, durationMs / SECOND_MS),
  });
}
