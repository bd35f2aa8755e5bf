import type { EventSource, Log, Unsubscribe } from "@shoal/kernel";
import type { ControlEvents, FeedState } from "./types.ts";

const isReady = ({ changes, listen }: FeedState) => changes === "ready" || listen === "ready";
/** A feed that is still on its way up is not in trouble. */
const isInTrouble = (state: FeedState) => !isReady(state) && (state.changes === "lost" || state.changes === "refused");

/** Logs when new commands are no longer told of by the database or Realtime, and when they are again. */
export function logControl(events: EventSource<ControlEvents>, log: Log): Unsubscribe {
  let isDegraded = false;
  return events.on("control:feed", ({ state }) => {
    if (isInTrouble(state) && !isDegraded) {
      const message =
        "new commands are found by polling only, seconds later: neither LISTEN nor the row stream of bot_control is available";
      log.warn({ ...state }, message);
      isDegraded = true;
    } else if (isReady(state) && isDegraded) {
      log.info({ ...state }, "new commands take effect at once again");
      isDegraded = false;
    }
  });
}
