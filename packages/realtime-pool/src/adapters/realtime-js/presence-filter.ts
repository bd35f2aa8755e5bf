/**
 * The server sends everybody's presence also to channels that did not ask for it, and the library keeps each such
 * change for ever, waiting for a first state that never comes. They are dropped before it sees them.
 * @source REALTIME-FRAMES.md, a join with presence off; @supabase/phoenix presence.js, pendingDiffs
 */
export interface PresenceFilter {
  /** Whether presence of this topic is wanted; by default it is not. */
  listen(topic: string, isWanted: boolean): void;
  accepts(frame: { readonly topic: string; readonly event: string }): boolean;
}

export function createPresenceFilter(): PresenceFilter {
  const wanted = new Set<string>();
  return {
    listen(topic, isWanted) {
      if (isWanted) wanted.add(topic);
      else wanted.delete(topic);
    },
    accepts: ({ topic, event }) => (event !== "presence_diff" && event !== "presence_state") || wanted.has(topic),
  };
}
