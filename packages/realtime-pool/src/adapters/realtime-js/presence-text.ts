import { endOfJsonValue, isNestedDeeper } from "@shoal/kernel";
import type { Payload } from "../../types.ts";
import { isRecord } from "./read-frames.ts";

/** Characters of one presence entry as JSON: several times what a lobby entry with all its attributes takes. */
export const MAX_ENTRY_CHARS = 4096;
/** Levels of objects and arrays in one entry, itself included. */
const MAX_ENTRY_DEPTH = 32;
/** Anybody chooses the key of an entry, up to 3 MB of it. A uuid has 36. */
export const MAX_KEY_CHARS = 1024;

/** `[join_ref, ref, topic, event, payload]`. @source REALTIME.md 1 */
const PRESENCE_FRAME =
  /^\s*\[\s*(null|"[^"]*")\s*,\s*(?:null|"[^"]*")\s*,\s*("(?:[^"\\]|\\.)*")\s*,\s*"presence_(state|diff)"\s*,\s*/;

/** The head of a frame of presence. */
export interface PresenceFrame {
  readonly text: string;
  /** As on the wire. */
  readonly topic: string;
  readonly joinRef: string | null;
  readonly kind: "state" | "diff";
  /** Where the payload starts in the text. */
  readonly payloadAt: number;
}

/** Reads no more than the head; null for a frame of another event. */
export function presenceFrame(text: string): PresenceFrame | null {
  const [head, joinRef, topic, kind] = PRESENCE_FRAME.exec(text) ?? [];
  if (head === undefined || joinRef === undefined || topic === undefined) return null;
  return {
    ...{ text, topic: JSON.parse(topic), joinRef: JSON.parse(joinRef), payloadAt: head.length },
    kind: kind === "diff" ? "diff" : "state",
  };
}

/** An entry as the pool's holders see it, under the reference that the server gave it. */
export type PresenceEntry = Payload & { readonly presence_ref: string };

/** What a frame says of one entry. `entry` is null where it is too large, too deep or malformed. */
export interface PresenceChange {
  readonly isLeave: boolean;
  readonly key: string;
  readonly entry: PresenceEntry | null;
}

/**
 * Reads the entries of a frame one by one, so that a reader can pause between any two, and each only after its size and depth have been
 * looked at as text. Returns whether the payload is one at all.
 *
 * Anybody in a topic decides what is in an entry, up to 3 MB of it, and reading 5.6 MB of zeros as JSON takes 60 ms, but passing over
 * it as text 0.4 ms, 14 ms where all of it is brackets. The verdict depends on the text of the entry alone, which is the same
 * when it joins, in a state, and when it leaves.
 *
 * @throws SyntaxError the text is no JSON; what was read before stands
 */
export function* readPresence({ text, kind, payloadAt }: PresenceFrame): Generator<PresenceChange, boolean> {
  const cursor = { text, at: payloadAt };
  if (!isAt(cursor, "{")) return false;
  if (kind === "state") yield* readKeys(cursor, false);
  else {
    for (const name of members(cursor, "}")) {
      const isLeave = name === "leaves";
      if (!isLeave && name !== "joins") take(cursor);
      else if (isAt(cursor, "{")) yield* readKeys(cursor, isLeave);
      else yield { isLeave, key: take(cursor), entry: null };
    }
  }
  return true;
}

/** Reads presence key -> `{metas: [{phx_ref, …}]}`. */
function* readKeys(cursor: Cursor, isLeave: boolean): Generator<PresenceChange> {
  for (const key of members(cursor, "}")) {
    let isList = false;
    if (!isAt(cursor, "{")) take(cursor);
    else {
      for (const name of members(cursor, "}")) {
        if (name === "metas" && isAt(cursor, "[")) {
          isList = true;
          yield* readList(cursor, isLeave, key);
        } else take(cursor);
      }
    }
    if (!isList) yield { isLeave, key, entry: null };
  }
}

function* readList(cursor: Cursor, isLeave: boolean, key: string): Generator<PresenceChange> {
  for (const _ of members(cursor, "]")) {
    const entry = readEntry(take(cursor));
    yield { isLeave, key, entry: key.length > MAX_KEY_CHARS ? null : entry };
  }
}

/** Null without a reference of the server's, too: such an entry could never leave again. */
function readEntry(json: string): PresenceEntry | null {
  if (json.length > MAX_ENTRY_CHARS || isNestedDeeper(json, MAX_ENTRY_DEPTH)) return null;
  const meta: unknown = JSON.parse(json);
  if (!isRecord(meta)) return null;
  const { phx_ref: ref, phx_ref_prev: _previous, ...entry } = meta;
  return typeof ref === "string" ? { ...entry, presence_ref: ref } : null;
}

interface Cursor {
  readonly text: string;
  at: number;
}

/** Space, tab, line ends, comma and colon: what stands between two values. */
const GAP = new Set(Array.from(" \t\n\r,:", (char) => char.charCodeAt(0)));

function isAt({ text, at }: Cursor, char: string): boolean {
  return text[at] === char;
}

/** Returns the text of the value at the cursor, which it puts behind it. */
function take(cursor: Cursor): string {
  const { text, at } = cursor;
  cursor.at = endOfJsonValue(text, at);
  if (cursor.at === at || cursor.at > text.length) throw new SyntaxError("a value is missing in a frame of presence");
  return text.slice(at, cursor.at);
}

/** Puts the cursor at each value of the object or array it is at, then behind it. Yields keys. Whoever asks takes each value. */
function* members(cursor: Cursor, closing: "}" | "]"): Generator<string> {
  cursor.at += 1;
  for (toNextValue(cursor); !isAt(cursor, closing); toNextValue(cursor)) {
    const key = closing === "}" ? String(JSON.parse(take(cursor))) : "";
    toNextValue(cursor);
    yield key;
  }
  cursor.at += 1;
}

function toNextValue(cursor: Cursor): void {
  while (GAP.has(cursor.text.charCodeAt(cursor.at))) cursor.at += 1;
}
