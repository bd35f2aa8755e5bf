import { bounded, fold, rawWords, vocabularyOf } from "../fold.ts";
import { TRICK_WORDS } from "./trick-words.ts";

/**
 * A message as the features that the weights are for: places in a table, found by hashing (Weinberger and others, "Feature Hashing for
 * Large Scale Multitask Learning", 2009). The words themselves are kept nowhere.
 */

/** Places of the table, 2^20: with the lines of today two features in a hundred share theirs with another one. */
export const PLACES = 2 ** 20;

const STOP = ".";
const VOCABULARY = vocabularyOf({ fillers: "", synonyms: "" }, TRICK_WORDS, new Set(), TRICK_WORDS);
const EMOJI = /\p{Extended_Pictographic}/gu;

/** Sentences are read together up to so many words: what somebody means often takes two of them. */
const WINDOW_WORDS = 40;
/** A sentence with fewer words says nothing by itself. */
const MIN_SENTENCE_WORDS = 3;
/** A word and one of the next 4 are a pair. */
const PAIR_REACH = 4;
const STEM_LENGTH = 5;
const SHORTEST_GRAM = 3;
const LONGEST_GRAM = 6;
const MAX_EMOJIS = 8;

/**
 * Returns the features of each window of a text: groups of sentences of up to 40 words, each sentence by itself, and halves of long ones,
 * so that one sentence is found in the middle of many. Places are at most once in a window. Pure, linear in at most 4,000 characters.
 */
export function featuresOf(text: string): Int32Array[] {
  const read = bounded(text).replace(/[\r\n]+/g, " ");
  const words = fold(rawWords(read), VOCABULARY)
    .filter((word) => word !== ",")
    .map(shape);
  const signs = signsOf(read);
  return windowsOf(words).map((window) => placesOf(window, signs));
}

/** Letters that are stretched, and numbers by what they may be: those of a child's age are one word. */
function shape(word: string): string {
  if (/^\d+$/.test(word)) return Number(word) >= 8 && Number(word) <= 17 ? "8" : "0";
  return word.replace(/([a-z])\1{2,}/g, "$1");
}

function signsOf(read: string): string[] {
  const emojis = [...new Set(read.match(EMOJI) ?? [])].slice(0, MAX_EMOJIS).map((emoji) => `e${emoji}`);
  return read.includes("?") ? [...emojis, "e?"] : emojis;
}

function windowsOf(words: readonly string[]): string[][] {
  const sentences: string[][] = [];
  let sentence: string[] = [];
  for (const word of [...words, STOP]) {
    if (word !== STOP) sentence.push(word);
    else if (sentence.length > 0) {
      sentences.push(sentence);
      sentence = [];
    }
  }
  const parts = sentences.flatMap(halves);
  const groups: string[][] = [];
  let group: string[] = [];
  for (const part of parts) {
    if (group.length > 0 && group.length + part.length > WINDOW_WORDS) {
      groups.push(group);
      group = [];
    }
    group = [...group, ...part];
  }
  if (group.length > 0) groups.push(group);
  if (groups.length === parts.length) return groups;
  return [...groups, ...parts.filter(({ length }) => length >= MIN_SENTENCE_WORDS)];
}

/** A sentence of more words than a window has, in windows that overlap by half. */
function halves(sentence: string[]): string[][] {
  if (sentence.length <= WINDOW_WORDS) return [sentence];
  const out: string[][] = [];
  for (let from = 0; from < sentence.length - WINDOW_WORDS / 2; from += WINDOW_WORDS / 2) {
    out.push(sentence.slice(from, from + WINDOW_WORDS));
  }
  return out;
}

function placesOf(words: readonly string[], signs: readonly string[]): Int32Array {
  const places = new Set<number>();
  for (const sign of signs) places.add(placeOf(sign));
  const stems = words.map((word) => word.slice(0, STEM_LENGTH));
  words.forEach((word, at) => {
    places.add(placeOf(`w${word}`));
    const next = words[at + 1];
    if (next !== undefined) places.add(placeOf(`b${word} ${next}`));
    for (const other of stems.slice(at + 1, at + 1 + PAIR_REACH)) places.add(placeOf(`p${stems[at]} ${other}`));
  });
  const joined = ` ${words.join(" ")} `;
  for (let from = 0; from < joined.length; from += 1) {
    // The hash of a longer piece goes on from that of the shorter one.
    let hash = mixed(BASIS, GRAM);
    const end = Math.min(joined.length, from + LONGEST_GRAM);
    for (let at = from; at < end; at += 1) {
      hash = mixed(hash, joined.charCodeAt(at));
      if (at - from + 1 >= SHORTEST_GRAM) places.add(placeIn(hash));
    }
  }
  return Int32Array.from(places);
}

const BASIS = 0x811c9dc5;
const GRAM = "x".charCodeAt(0);

/** FNV-1a over the UTF-16 units, @source http://www.isthe.com/chongo/tech/comp/fnv/ */
function mixed(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

const placeIn = (hash: number): number => (hash ^ (hash >>> 20)) & (PLACES - 1);

function placeOf(feature: string): number {
  let hash = BASIS;
  for (let at = 0; at < feature.length; at += 1) hash = mixed(hash, feature.charCodeAt(at));
  return placeIn(hash);
}

/** What each feature of a window counts: a long window has many that say nothing. */
export function shareOf(count: number): number {
  return count === 0 ? 0 : 3 / Math.sqrt(count);
}
