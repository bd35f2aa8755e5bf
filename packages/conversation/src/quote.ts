import type { Word } from "./text.ts";
import { isUnsayable } from "./unsayable.ts";

/** The longest piece of the partner's text that a reply may carry. */
export const MAX_QUOTE_LENGTH = 48;
const MAX_QUOTE_WORDS = 7;
const MAX_NAME_LENGTH = 20;

const SWAPS: ReadonlyMap<string, string> = new Map([
  ["i", "you"],
  ["me", "you"],
  ["my", "your"],
  ["mine", "yours"],
  ["myself", "yourself"],
  ["we", "you"],
  ["us", "you"],
  ["our", "your"],
  ["am", "are"],
]);

// Words that end the object: what follows explains it.
const STOPS: ReadonlySet<string> = new Set(
  "because but when if so since while although unless though cuz bc".split(" "),
);
const CLAUSE_STARTS: ReadonlySet<string> = new Set(
  "i it he she they we you that this there then now also what how do are is".split(" "),
);
/** Beginnings of pieces that name no thing by themselves: "with my kids". */
const LEADING_PREPOSITIONS: ReadonlySet<string> = new Set("with in at on for from about of by to".split(" "));
const JOINTS: ReadonlySet<string> = new Set([...LEADING_PREPOSITIONS, "and", "or", "than", "where", "who", "which"]);
const OWNERS: ReadonlySet<string> = new Set("my our his her their your".split(" "));
const TAILS: ReadonlySet<string> = new Set(
  "a an the and or of to in at on for with too much very lot lol haha hehe right now today then as that this is are my his her their our some i".split(
    " ",
  ),
);
const EMPTY_OBJECTS: ReadonlySet<string> = new Set(
  "it that this them him her me us you yours so to not what stuff things something anything nothing one none lot".split(
    " ",
  ),
);

/** Never said back either, so that no quote can read as a claim about what the bot is. */
const CLAIMS: ReadonlySet<string> = new Set(
  "human humans person persons people man woman men women boy girl guy real bot bots robot robots ai chatbot machine program alive flesh".split(
    " ",
  ),
);

const NOT_NAMES: ReadonlySet<string> = new Set(
  (
    "a an the not so too very here there back fine good great ok okay well bad sad happy tired bored lonely sick ill angry mad busy free ready sorry sure new " +
    "home alone late early hungry thirsty cold hot afraid scared worried stressed excited glad lost confused single married from in at on into to of with just " +
    "your you my me it that this who what why how going looking trying feeling doing working studying learning playing watching reading talking chatting about " +
    "nobody someone anyone later again always never still now all out off up down half both interested curious impressed surprised nervous kidding joking serious " +
    "drunk awake asleep old young almost maybe nothing something anything none whatever crazy weird shy calm proud broke depressed anxious exhausted awesome nice cool " +
    "divorced retired disappointed addicted obsessed fascinated annoyed relaxed amused blessed engaged done finished " +
    "german french american canadian italian russian indian brazilian mexican australian european african asian korean ukrainian norwegian belgian austrian swiss " +
    "dutch greek czech thai arab hungarian romanian bulgarian croatian serbian catholic christian muslim jewish buddhist atheist " +
    "guest visitor stranger anonymous anon unknown user admin nick name " +
    "gay straight bi student teacher nurse engineer programmer developer designer waiter barista doctor lawyer chef driver accountant fan vegan vegetarian"
  ).split(" "),
);

const NOT_NAME_ENDINGS = ["ing", "ish", "ous", "ful", "less", "able", "ible", "nese"];

/** Returns the piece of a message that may be said back. Null if there is none, or if one of its words must not be. */
export function quotable(words: readonly Word[]): string | null {
  const stop = words.findIndex((word, at) => STOPS.has(word.key) || startsNewClause(words, at));
  let kept = shortened(stop < 0 ? words : words.slice(0, stop));
  while (kept.length > 0 && TAILS.has(kept.at(-1)?.key ?? "")) kept = kept.slice(0, -1);
  const [first] = kept;
  if (!first || EMPTY_OBJECTS.has(first.key)) return null;
  if (isSpelled(kept)) return null;
  // Both directions of the pronouns in one quote cannot be told apart without grammar.
  if (kept.some((word) => isUnquotable(word) || word.key === "you" || word.key === "your")) return null;
  const quote = contracted(kept.map((word, at) => swapped(word, kept[at - 1])).join(" "));
  return quote.length <= MAX_QUOTE_LENGTH && hasLetter(quote) ? quote : null;
}

/** Returns a usable name: one or two plain words, capitalised, or null. Untrusted like any other text. */
export function usableName(words: readonly Word[], isCertain: boolean): string | null {
  const [first] = words;
  if (!first || !isNameLike(first)) return null;
  const startsUpper = first.raw.charAt(0) !== first.raw.charAt(0).toLowerCase();
  // "i'm anna" at the end of a clause is a name; "i'm going home" is not.
  if (!isCertain && !startsUpper && words.length > 1) return null;
  return first.raw.charAt(0).toUpperCase() + first.raw.slice(1);
}

/** Returns the partner's display name from the notice, if it can be said. */
export function displayName(name: string): string | null {
  const [first = ""] = name
    .slice(0, MAX_NAME_LENGTH + 1)
    .normalize("NFKC")
    .trim()
    .split(" ");
  const word = { key: first.toLowerCase(), raw: first };
  return isNameLike(word) ? first : null;
}

function isNameLike(word: Word): boolean {
  if (word.raw.length < 2 || word.raw.length > MAX_NAME_LENGTH) return false;
  if (NOT_NAMES.has(word.key) || isUnquotable(word)) return false;
  if (NOT_NAME_ENDINGS.some((ending) => word.key.endsWith(ending))) return false;
  return !/[^\p{L}\p{M}'-]/u.test(word.raw);
}

/** Returns whether a quote names a thing, so that it can be the subject of a sentence. */
export function isThing(quote: string): boolean {
  return !LEADING_PREPOSITIONS.has(quote.split(" ")[0] ?? "");
}

function startsNewClause(words: readonly Word[], at: number): boolean {
  const word = words[at];
  const next = words[at + 1];
  if ((word?.key !== "and" && word?.key !== "or") || next === undefined) return false;
  // "and my girlfriend loves sushi", but not "and my cat".
  return CLAUSE_STARTS.has(next.key) || (OWNERS.has(next.key) && words.length - at > 3);
}

// Ends a long quote before the last word that joins two phrases, so that it does not break off in the middle of one.
function shortened(words: readonly Word[]): readonly Word[] {
  if (words.length <= MAX_QUOTE_WORDS) return words;
  const end = words.slice(0, MAX_QUOTE_WORDS + 1).findLastIndex((word, at) => at > 0 && JOINTS.has(word.key));
  return words.slice(0, Math.max(end, 0));
}

function contracted(quote: string): string {
  return quote
    .replace(/^you are /, "you're ")
    .replaceAll("can not", "can't")
    .replace(/\b(do|does|did|is|was|were|have) not\b/g, "$1n't");
}

function isUnquotable(word: Word): boolean {
  return isUnsayable(word.raw) || word.key.split("-").some((part) => CLAIMS.has(part) || isUnsayable(part));
}

/** "n i c e": what it spells would have to be guessed. */
function isSpelled(words: readonly Word[]): boolean {
  return words.filter(({ raw }) => /^[^aI]$/i.test(raw)).length >= 3;
}

function swapped(word: Word, before: Word | undefined): string {
  if (word.key === "was" && (before?.key === "i" || before?.key === "we")) return "were";
  return SWAPS.get(word.key) ?? word.raw;
}

function hasLetter(text: string): boolean {
  return /\p{L}/u.test(text);
}
