import { pick, type Rng } from "@shoal/kernel";
import type { Voice } from "./persona.ts";

const OPENING_RATIO = 0.12;
const ENDING_RATIO = 0.15;

/** Writes a reaction in a persona's manner. `kept` are names and quotes, which stay as they are at the start of a line. */
export function voiced(line: string, voice: Voice, kept: readonly string[], rng: Rng): string {
  const { openings, endings } = voice;
  const isOpened = rng.next() < OPENING_RATIO && openings.length > 0;
  const opened = isOpened ? `${pick(rng, openings)} ${lowerStart(line, kept)}` : line;
  // A mark replaces the full stop; after a question or an exclamation an ornament would be one too many.
  const isEnded = rng.next() < ENDING_RATIO && endings.length > 0 && line.endsWith(".");
  const end = isEnded ? pick(rng, endings) : ".";
  return cased(isEnded ? `${opened.slice(0, -1)}${/^[!.]/.test(end) ? "" : " "}${end}` : opened, voice, kept);
}

/** Applies only the persona's casing, for lines that are already in its own words. */
export function cased(line: string, voice: Voice, kept: readonly string[]): string {
  if (voice.casing === "sentence") return line.charAt(0).toUpperCase() + line.slice(1);
  const sentences = line.split(/(?<=[.!?] )/);
  return sentences.map((sentence) => lowerStart(sentence, kept)).join("");
}

// Only the starts: a name or a title inside a sentence keeps its capital.
function lowerStart(line: string, kept: readonly string[]): string {
  if (kept.some((word) => line.startsWith(word)) || /^I(?:\b|')/.test(line)) return line;
  return line.charAt(0).toLowerCase() + line.slice(1);
}
