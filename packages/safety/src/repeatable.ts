import { isUnsayable } from "./unsayable.ts";

/** Words beside which an address, a number or a secret stands. */
const PRIVATE = new Set(
  (
    "snap snapchat insta instagram discord telegram whatsapp kik skype tiktok facebook messenger twitter gmail hotmail mail email " +
    "e-mail address postcode zip phone telephone number iban password pin dot com www http https"
  ).split(" "),
);
/** A year and a time have no more digits; a longer number may be dialled. */
const MAX_DIGITS = 4;
const IMPROPER_NAME = /^(?:sex(?!ton)|porn|penis|vagina|boobs?|tits|cum|daddy|master|satan|god|lucifer)/;

/**
 * Returns whether no sentence that has this word is said back to somebody: an insult, a part of contact data, a secret, also behind a hyphen.
 * Pure, linear in its length.
 */
export function isUnrepeatable(word: string): boolean {
  const parts = [word, ...word.toLowerCase().split("-")];
  return hasManyDigits(word) || parts.some((part) => PRIVATE.has(part.toLowerCase()) || isUnsayable(part));
}

/** Returns whether a text has more digits than are ever said back. */
export const hasManyDigits = (text: string): boolean => (text.match(/\d/g)?.length ?? 0) > MAX_DIGITS;

/** Returns whether nobody is called by a word, whoever says that it is their name. */
export const isImproperName = (word: string): boolean => IMPROPER_NAME.test(word.toLowerCase()) || isUnrepeatable(word);
