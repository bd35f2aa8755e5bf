import { isRecord } from "./read-frames.ts";

/**
 * The server sends everybody's presence also to channels that did not ask for it, and the library keeps each such
 * change for ever, waiting for a first state that never comes. They are dropped before it sees them.
 * A malformed one is dropped too: the library would keep it and fail on every later look at the topic's presence. So is
 * one nested endlessly: 50,000 levels (100 kB) took 1.1 s of this process each time.
 * @source REALTIME-FRAMES.md, a join with presence off; @supabase/phoenix presence.js, pendingDiffs
 */
export interface PresenceFilter {
  /** Whether presence of this topic is wanted; by default it is not. */
  listen(topic: string, isWanted: boolean): void;
  accepts(frame: { readonly topic: string; readonly event: string; readonly payload?: unknown }): boolean;
}

/** Levels of one person's entry. */
const MAX_DEPTH = 32;

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
  return Array.isArray(value) && value.every((meta) => isRecord(meta) && !isDeeperThan(MAX_DEPTH, meta));
}

/** Anybody in a topic decides what is in there, and the library writes and reads it all as JSON at each change. */
function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(levels - 1, child));
}
