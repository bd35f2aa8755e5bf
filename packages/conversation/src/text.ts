import { sumIn } from "./sum.ts";

/** Bounds the characters of a message that are read, and so the work for one message; enough for a chat line. */
export const MAX_READ_LENGTH = 1000;

/** One word: lower-case for matching, and as it was written for quoting. */
export interface Word {
  readonly key: string;
  readonly raw: string;
}

/** The words between two punctuation marks. */
export interface Clause {
  readonly words: readonly Word[];
  /** The keys with one space around each: ` i am anna `, so that a phrase is found by plain `includes`. */
  readonly padded: string;
  readonly isQuestion: boolean;
}

/** A message broken down once, in one pass over at most `MAX_READ_LENGTH` characters. */
export interface Reading {
  readonly clauses: readonly Clause[];
  readonly words: readonly Word[];
  /** All keys joined by one space; two messages with the same key count as the same. */
  readonly key: string;
  /** The text of a message without words: "?!", an emoji. Empty when there are words, or no text. */
  readonly marks: string;
  readonly hasLink: boolean;
  readonly hasContact: boolean;
  /** The number, if the message is only a number of up to six digits. */
  readonly number: string | null;
  /** The sum, worked out, if the message is only a simple sum. */
  readonly sum: string | null;
  /** Share of letters outside the Latin script, 0 to 1. */
  readonly foreignLetterRatio: number;
}

const CONTRACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["i'm", ["I", "am"]],
  ["im", ["I", "am"]],
  ["i've", ["I", "have"]],
  ["ive", ["I", "have"]],
  ["i'd", ["I", "would"]],
  ["i'll", ["I", "will"]],
  ["you're", ["you", "are"]],
  ["youre", ["you", "are"]],
  ["u", ["you"]],
  ["ya", ["you"]],
  ["r", ["are"]],
  ["ur", ["your"]],
  ["it's", ["it", "is"]],
  ["that's", ["that", "is"]],
  ["thats", ["that", "is"]],
  ["what's", ["what", "is"]],
  ["whats", ["what", "is"]],
  ["how's", ["how", "is"]],
  ["hows", ["how", "is"]],
  ["where's", ["where", "is"]],
  ["who's", ["who", "is"]],
  ["name's", ["name", "is"]],
  ["don't", ["do", "not"]],
  ["dont", ["do", "not"]],
  ["doesn't", ["does", "not"]],
  ["didn't", ["did", "not"]],
  ["can't", ["can", "not"]],
  ["cant", ["can", "not"]],
  ["cannot", ["can", "not"]],
  ["isn't", ["is", "not"]],
  ["aren't", ["are", "not"]],
  ["idk", ["I", "do", "not", "know"]],
  ["dunno", ["I", "do", "not", "know"]],
  ["wanna", ["want", "to"]],
  ["gonna", ["going", "to"]],
  ["gotta", ["got", "to"]],
  ["favorite", ["favourite"]],
  ["movies", ["films"]],
  ["movie", ["film"]],
]);

// Words left out: they have no meaning here and would separate the words of a phrase.
const FILLERS: ReadonlySet<string> = new Set(
  "really just actually ever also literally totally honestly basically kinda probably um uh".split(" "),
);

const CONJUNCTIONS: ReadonlySet<string> = new Set(["and", "but", "because", "cuz"]);

// A date has fewer digits.
const PHONE_NUMBER_DIGITS = 9;
const LINK_STARTS = ["http://", "https://", "www."];
const LINK_ENDS = [".com", ".net", ".org", ".io", ".gg", ".me", ".co", ".ru", ".xyz"];
const LETTER = /\p{L}/u;
const LATIN = /\p{Script=Latin}/u;
const MARK = /\p{M}/u;
const DIGIT = /\d/;
const SPACE = /\s/u;

/** Reads a message. Pure, linear in the message's length; ignores everything past `MAX_READ_LENGTH`. */
export function read(message: string): Reading {
  // Compatibility forms may grow a character eighteenfold, so the cut is made again afterwards.
  const text = message.slice(0, MAX_READ_LENGTH).normalize("NFKC").slice(0, MAX_READ_LENGTH).replaceAll("’", "'");
  const chunks = text.split(" ").flatMap((part) => part.split("\n"));
  const plain = chunks.filter((chunk) => !isLink(chunk) && !isMailAddress(chunk)).join(" ");
  const clauses = toClauses(plain);
  const words = clauses.flatMap((clause) => clause.words);
  return {
    clauses,
    words,
    key: words.map((word) => word.key).join(" "),
    marks: words.length === 0 ? plain.trim() : "",
    hasLink: chunks.some((chunk) => !isMailAddress(chunk) && isLink(chunk)),
    hasContact: chunks.some(isMailAddress) || countDigits(plain) >= PHONE_NUMBER_DIGITS,
    number: loneNumber(words),
    sum: sumIn(plain),
    foreignLetterRatio: foreignLetterRatio(plain),
  };
}

/** Returns whether the clause has one of `phrases` as whole words. */
export function hasPhrase(clause: Clause, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => clause.padded.includes(` ${phrase} `));
}

/** Splits a clause where one statement ends and the next begins without a mark: "I'm Anna and my dog is sick". */
export function partsOf(clause: Clause): Clause[] {
  const parts: Word[][] = [[]];
  for (const word of clause.words) {
    if (CONJUNCTIONS.has(word.key)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.filter((words) => words.length > 0).map((words) => clauseOf(words, clause.isQuestion));
}

/** Returns the words after the first occurrence of `phrase` in the clause, or null if there is none. */
export function wordsAfter(clause: Clause, phrase: string): readonly Word[] | null {
  const at = clause.padded.indexOf(` ${phrase} `);
  if (at < 0) return null;
  // Each word before the match put exactly one space in front of itself.
  const before = clause.padded.slice(0, at + 1).split(" ").length - 2;
  return clause.words.slice(before + phrase.split(" ").length);
}

function toClauses(text: string): Clause[] {
  const clauses: Clause[] = [];
  let words: string[] = [];
  let word = "";
  const endWord = () => {
    const trimmed = trimJoiners(word);
    if (trimmed !== "") words.push(trimmed);
    word = "";
  };
  const endClause = (isQuestion: boolean) => {
    endWord();
    if (words.length > 0) clauses.push(toClause(words, isQuestion));
    words = [];
  };
  for (const char of text) {
    if (LETTER.test(char) || MARK.test(char) || DIGIT.test(char) || isJoiner(char)) word += char;
    else if (char === "?") endClause(true);
    else if (SPACE.test(char)) endWord();
    else endClause(false);
  }
  endClause(false);
  return clauses;
}

function toClause(written: readonly string[], isQuestion: boolean): Clause {
  const words = written.flatMap(expand).filter((word) => !FILLERS.has(word.key));
  return clauseOf(words, isQuestion);
}

function clauseOf(words: readonly Word[], isQuestion: boolean): Clause {
  return { words, padded: ` ${words.map((word) => word.key).join(" ")} `, isQuestion };
}

function expand(raw: string): Word[] {
  const key = withoutMarks(raw.toLowerCase());
  const parts = CONTRACTIONS.get(key);
  if (!parts) return [{ key, raw }];
  return parts.map((part) => ({ key: part.toLowerCase(), raw: part }));
}

// "ça" and "ca" are one word to the matcher.
function withoutMarks(word: string): string {
  let plain = "";
  for (const char of word.normalize("NFD")) if (!MARK.test(char)) plain += char;
  return plain;
}

function isJoiner(char: string): boolean {
  return char === "'" || char === "-" || char === "+" || char === "#";
}

function trimJoiners(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && isJoiner(word.charAt(start))) start += 1;
  while (end > start && (word.charAt(end - 1) === "'" || word.charAt(end - 1) === "-")) end -= 1;
  return word.slice(start, end);
}

function isLink(chunk: string): boolean {
  const lower = chunk.toLowerCase();
  if (LINK_STARTS.some((start) => lower.includes(start))) return true;
  return LINK_ENDS.some((end) => lower.endsWith(end) && lower.length > end.length) || lower.includes(".com/");
}

function isMailAddress(chunk: string): boolean {
  const at = chunk.indexOf("@");
  return at > 0 && chunk.indexOf(".", at) > at + 1;
}

function countDigits(text: string): number {
  let count = 0;
  for (const char of text) if (DIGIT.test(char)) count += 1;
  return count;
}

function loneNumber(words: readonly Word[]): string | null {
  const [only, second] = words;
  if (!only || second || only.key.length > 6) return null;
  for (const char of only.key) if (!DIGIT.test(char)) return null;
  return only.key;
}

function foreignLetterRatio(text: string): number {
  let letters = 0;
  let foreign = 0;
  for (const char of text) {
    if (!LETTER.test(char)) continue;
    letters += 1;
    if (!LATIN.test(char)) foreign += 1;
  }
  return letters === 0 ? 0 : foreign / letters;
}
