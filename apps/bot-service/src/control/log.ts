import type { EventSource, Runtime, Unsubscribe } from "@shoal/kernel";
import { createLimitedLines } from "../limited-lines.ts";
import type { ControlEvents, FeedState } from "./types.ts";

const isReady = ({ changes, listen }: FeedState) => changes === "ready" || listen === "ready";
/** A feed that is still on its way up is not in trouble. */
const isInTrouble = (state: FeedState) => !isReady(state) && (state.changes === "lost" || state.changes === "refused");

const MORE = "more commands of this kind were decided within a minute: bot_control has each of them";
const TAKEN_OVER =
  "deployed bots run here now whose replica has not released them: it died, or was cut off from the database; their conversations there are over";

/**
 * Logs what commands were decided, the first of each kind in a minute; deployed bots that are taken over; and when new commands are no
 * longer told of by the database or Realtime, and when they are again.
 */
export function logControl(
  events: EventSource<ControlEvents>,
  { log, clock }: Pick<Runtime, "log" | "clock">,
): Unsubscribe {
  const lines = createLimitedLines({ log, clock, level: "info", more: MORE });
  let isDegraded = false;
  const offs = [
    events.on("command:applied", ({ commandId, botId, command, outcome, code }) => {
      const message =
        outcome === "applied"
          ? "a command took effect"
          : "a command was rejected, and changed nothing: its row says why";
      const kind = { command, outcome, ...(code !== null && { error_code: code }) };
      lines.add(kind, { command_id: commandId, bot_id: botId }, message);
    }),
    events.on("control:moved", ({ how, count }) => {
      if (how === "taken_over") log.info({ bot_count: count }, TAKEN_OVER);
      else log.debug({ bot_count: count }, "idle deployed bots go to replicas that run fewer");
    }),
    events.on("control:feed", ({ state }) => {
      if (isInTrouble(state) && !isDegraded) {
        const message =
          "new commands are found by polling only, seconds later: neither LISTEN nor the row stream of bot_control is available";
        log.warn({ ...state }, message);
        isDegraded = true;
      } else if (isReady(state) && isDegraded) {
        log.info({ ...state }, "new commands take effect at once again");
        isDegraded = false;
      }
    }),
  ];
  return () => {
    for (const off of offs) off();
    lines.close();
  };
}
