import { printable } from "@shoal/kernel";
import type { PlainValue } from "../engine/engine.types.ts";

/** Of an argument of a call. */
const MOST_SHOWN_CHARACTERS = 500;
/** Marks the end of a text that was cut. */
const CUT = "…";

/** Returns a text in one line that a terminal and Postgres can bear, at most so many characters long. */
export function shownText(text: string, maxCharacters: number): string {
  // Cut first: what is written out becomes longer, and a text may have a million characters.
  const shown = printable(text.slice(0, maxCharacters + 1));
  return shown.length <= maxCharacters ? shown : `${shown.slice(0, maxCharacters - 1).toWellFormed()}${CUT}`;
}

/** A value as an error names it, in few characters: it may be a million numbers. */
export function told(value: PlainValue): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return value instanceof Float64Array ? "an array" : String(value);
}

/** An argument of a call as it would stand in a source. */
export function shownArgument(value: PlainValue): string {
  if (typeof value !== "string") return told(value);
  return shownText(JSON.stringify(value.slice(0, MOST_SHOWN_CHARACTERS)), MOST_SHOWN_CHARACTERS);
}

/** The same for one that comes as JSON. */
export function shownJson(value: PlainValue): string {
  return typeof value === "string" ? shownText(value, MOST_SHOWN_CHARACTERS) : told(value);
}
