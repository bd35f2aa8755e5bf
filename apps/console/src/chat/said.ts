import { printable } from "@shoal/kernel";

/**
 * Characters between which a joiner is a part of writing: scripts whose letters take other forms by it, and pictures that become one. Between
 * others it only hides, so it is written out there.
 */
const JOINED =
  "[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}" +
  "\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}" +
  "\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f]";

/** What of a message stays as it is: joiners in their place, and ends of lines. */
const KEPT = new RegExp(`((?<=${JOINED})[\\u200c\\u200d](?=${JOINED})|\\n)`, "u");

/** Makes a message of somebody else safe to show: what would hide or turn the reading order round is written out, as `<Text>` does. */
export function printableMessage(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n{3,}/g, "\n\n");
  return lines
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join("");
}
