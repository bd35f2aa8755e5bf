import { isRecord } from "./read-frames.ts";

/**
 * The server sends everybody's presence also to channels that did not ask for it, and the library keeps each such
 * change for ever, waiting for a first state that never comes. They are dropped before it sees them.
 * A malformed one is dropped too: the library would keep it and fail on every later look at the topic's presence.
 * @source REALTIME-FRAMES.md, a join with presence off; @supabase/phoenix presence.js, pendingDiffs
 */
export interface PresenceFilter {
  /** Whether presence of this topic is wanted; by default it is not. */
  listen(topic: string, isWanted: boolean): void;
  accepts(frame: { readonly topic: string; readonly event: string; readonly payload?: unknown }): boolean;
}

export function createPresenceFilter(): PresenceFilter {
  const wanted = new Set<string>();
  return {
    listen(topic, isWanted) {
      if (isWanted) wanted.add(topic);
      else wanted.delete(topic);
    },
    accepts({ topic, event, payload }) {
      if (event === "presence_state") return wanted.has(topic) && areEntries(payload);
      if (event !== "presence_diff") return true;
      return wanted.has(topic) && isRecord(payload) && areEntries(payload["joins"]) && areEntries(payload["leaves"]);
    },
  };
}

/** Presence key -> `{metas: [{…}]}`. */
function areEntries(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((entry) => isRecord(entry) && areMetas(entry["metas"]));
}

function areMetas(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}
