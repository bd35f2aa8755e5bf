import { endOfJsonLevels, isNestedDeeper } from "@shoal/kernel";

/** Characters of one presence entry as JSON: several times what a lobby entry with all its attributes takes. */
export const MAX_ENTRY_CHARS = 4096;
/** Levels of objects and arrays in one entry, itself included. */
export const MAX_ENTRY_DEPTH = 32;

/** `[join_ref, ref, topic, event, payload]`. @source REALTIME.md 1 */
const PRESENCE_FRAME = /^\[(?:null|"[^"]*"),(?:null|"[^"]*"),("(?:[^"\\]|\\.)*"),"presence_(state|diff)",/;
/** Levels of an entry within its payload: `{key: {metas: [entry]}}`, and in a diff that under `joins` and `leaves`. */
const ENTRY_LEVEL = { state: 4, diff: 5 } as const;

/**
 * Puts `null` in the place of each presence entry of a frame that is too large or too deep, before anything is parsed; null
 * is the whole frame where its topic is not wanted. Other frames stay as they are.
 *
 * Anybody in a topic decides what is in an entry, up to 3 MB of it, and reading 5.6 MB of zeros as JSON takes 60 ms, going
 * over it in the library's way (a copy for each change and each look) 3 to 10 s, but passing over it as text 0.4 ms, 14 ms where
 * all of it is brackets. The verdict depends on the text of the entry alone, which is the same when it joins, in a state, and
 * when it leaves.
 */
export function boundPresence(text: string, isWanted: (topic: string) => boolean): string | null {
  const [head, topic, kind] = PRESENCE_FRAME.exec(text) ?? [];
  if (head === undefined || topic === undefined) return text;
  if (!isWanted(JSON.parse(topic))) return null;
  const entryLevel = kind === "diff" ? ENTRY_LEVEL.diff : ENTRY_LEVEL.state;
  let bounded = "";
  let keptTo = 0;
  let start = endOfJsonLevels(text, head.length, -Infinity, entryLevel - 1);
  while (start < text.length) {
    const end = endOfJsonLevels(text, start, 1, Infinity) + 1;
    if (isTooMuch(text, start, end)) {
      bounded += `${text.slice(keptTo, start)}null`;
      keptTo = end;
    }
    start = endOfJsonLevels(text, end, -Infinity, 0);
  }
  return bounded + text.slice(keptTo);
}

function isTooMuch(text: string, start: number, end: number): boolean {
  return end - start > MAX_ENTRY_CHARS || isNestedDeeper(text.slice(start, end), MAX_ENTRY_DEPTH);
}
