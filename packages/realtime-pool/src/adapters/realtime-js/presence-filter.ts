import { boundPresence } from "./presence-text.ts";
import { isRecord } from "./read-frames.ts";

/** Anybody chooses the key of an entry, up to 3 MB of it, and the library copies every key at each look. A uuid has 36. */
export const MAX_KEY_CHARS = 1024;

interface Frame {
  readonly topic: string;
  readonly event: string;
  readonly payload?: unknown;
}

/** What of a frame is fit for the library. */
interface Filtered {
  readonly payload: unknown;
  /** Entries left out because they, or their keys, are too large, too deep or malformed. */
  readonly droppedCount: number;
}

/**
 * Keeps from the library what would harm it. The server sends everybody's presence also to channels that did not ask
 * for it, and the library keeps each such change for ever, waiting for a first state that never comes: these frames are
 * dropped. An entry that the library would fail on at every later read of the topic's presence is left out of its frame.
 * @source REALTIME-FRAMES.md, a join with presence off; @supabase/phoenix presence.js, pendingDiffs
 */
export interface PresenceFilter {
  /** Whether presence of this topic is wanted; by default it is not. */
  listen(topic: string, isWanted: boolean): void;
  /** The text of a frame as far as it is worth parsing; null: not at all. */
  bound(text: string): string | null;
  /** Null: the library must not see this frame. Frames of other events stay as they are. */
  filter(frame: Frame): Filtered | null;
}

export function createPresenceFilter(): PresenceFilter {
  const wanted = new Set<string>();
  return {
    listen(topic, isWanted) {
      if (isWanted) wanted.add(topic);
      else wanted.delete(topic);
    },
    bound: (text) => boundPresence(text, (topic) => wanted.has(topic)),
    filter({ topic, event, payload }) {
      if (event !== "presence_state" && event !== "presence_diff") return { payload, droppedCount: 0 };
      if (!wanted.has(topic) || !isRecord(payload)) return null;
      if (event === "presence_state") return readEntries(payload, (meta) => meta);
      const joins = readEntries(payload["joins"], (meta) => meta);
      // The library compares no more than the references. What was never let in leaves without effect: it is not counted.
      const leaves = readEntries(payload["leaves"], ({ phx_ref }) => ({ phx_ref }));
      return { payload: { joins: joins.payload, leaves: leaves.payload }, droppedCount: joins.droppedCount };
    },
  };
}

/** Reads presence key -> `{metas: [{phx_ref, …}]}`. A key of which no entry is left is left out as well. */
function readEntries(value: unknown, pick: (meta: Record<string, unknown>) => unknown): Filtered {
  if (!isRecord(value)) return { payload: {}, droppedCount: 1 };
  let droppedCount = 0;
  const kept: [string, { readonly metas: readonly unknown[] }][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const metas: readonly unknown[] = isRecord(entry) && Array.isArray(entry["metas"]) ? entry["metas"] : [null];
    const good = key.length > MAX_KEY_CHARS ? [] : metas.filter(isMeta).map(pick);
    droppedCount += metas.length - good.length;
    if (good.length > 0) kept.push([key, { metas: good }]);
  }
  return { payload: Object.fromEntries(kept), droppedCount };
}

/** Without a reference of the server's an entry could never leave again. */
function isMeta(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && typeof value["phx_ref"] === "string";
}
