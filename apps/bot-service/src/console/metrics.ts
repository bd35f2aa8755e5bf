import type { Unsubscribe } from "@shoal/kernel";
import type { Metrics } from "@shoal/monitor";
import type { Streams } from "./streams.ts";

/** Shows how many consoles listen, and how many were given up. Once per `metrics`. */
export function observeStreams(
  { gauge, counter, beforeScrape }: Metrics,
  streams: Pick<Streams, "openCount" | "droppedCount">,
): Unsubscribe {
  const open = gauge({ name: "shoal_console_streams", help: "Streams of consoles that listen to this daemon." });
  const dropped = counter({
    name: "shoal_console_streams_dropped_total",
    help: "Streams of consoles that were ended because nobody had read them for a minute.",
  });
  let told = 0;
  return beforeScrape(() => {
    open.set({}, streams.openCount);
    dropped.inc({}, streams.droppedCount - told);
    told = streams.droppedCount;
  });
}
