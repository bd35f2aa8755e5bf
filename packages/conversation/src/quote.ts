import { hasManyDigits, isImproperName, isUnrepeatable } from "@shoal/safety";
import { pairs, wordTable } from "./table.ts";
import type { Word } from "./text.ts";

/** The longest piece of the partner's text that a reply may carry. */
export const MAX_QUOTE_LENGTH = 48;
const MAX_QUOTE_WORDS = 8;
const MAX_NAME_LENGTH = 20;
const MAX_SHOWN_LENGTH = 100;

const SWAPS = pairs("i=you,me=you,we=you,us=you,my=your,our=your,mine=yours,myself=yourself,am=are");
/**
 * Stops end a quote: what follows explains it, or says when and how often; circumstances are no part of a thing itself. Claims are never
 * said back, so that no quote reads as a claim about what the bot is.
 */
const holds = wordTable(`
  stops  because but when if so since while although unless though cuz bc today tonight tomorrow yesterday every last next again
  joints  with in at on for from about of by to and or than where who which
  tails  a an the and or of to in at on for with too much very lot lol right now then as that this is are am my his her their our some i so pretty bit little
  no_things  it that this them him her me us you yours so to not what stuff things something anything nothing one none lot with in at on for from about of
    / by been had got bit few fan good great going trying just here still
  circumstances  with for since in at on from during about like than
  claims  human humans person persons people man woman men women boy girl guy real bot bots robot robots ai chatbot machine program alive flesh
  no_names  a an the not so too very here there back fine good great ok okay well bad sad happy tired bored lonely sick ill angry mad busy free ready sorry
    / sure new home alone late early hungry thirsty cold hot afraid scared worried stressed excited glad lost confused single married from in at on into to
    / of with just your you my me it that this who what why how going nobody someone anyone later again always never still now all out off up down half
    / both interested curious impressed surprised nervous kidding joking serious drunk awake asleep old young almost maybe nothing something anything none
    / whatever crazy weird shy calm proud broke depressed anxious exhausted awesome nice cool divorced retired disappointed addicted obsessed fascinated
    / annoyed relaxed amused blessed engaged done finished german french american canadian italian russian indian brazilian mexican australian european
    / african asian korean ukrainian norwegian belgian austrian swiss dutch greek czech thai arab hungarian romanian bulgarian croatian serbian catholic
    / christian muslim jewish buddhist atheist guest visitor stranger anonymous anon unknown user admin nick name gay straight bi student teacher nurse
    / engineer programmer developer designer waiter barista doctor lawyer chef driver accountant fan vegan vegetarian about system prompt assistant
`);
const NOT_NAME_ENDING = /(?:ing|ish|ous|ful|less|able|ible|nese)$/;
/** Endings of states, which only a capital tells from a name: Alfred. */
const STATE_ENDING = /ed$/;

/** Returns the piece of a message that may be said back. Null if there is none, or if one of its words must not be. */
export function quotable(words: readonly Word[]): string | null {
  const stop = words.findIndex((word, at) => at > 0 && holds("stops", [word]));
  let kept = shortened(stop < 0 ? words : words.slice(0, stop));
  while (kept.length > 0 && holds("tails", kept.slice(-1))) kept = kept.slice(0, -1);
  // "n i c e": what it spells would have to be guessed.
  const isSpelled = kept.filter(({ raw }) => /^[^aI]$/i.test(raw)).length >= 3;
  // Both directions of the pronouns in one quote cannot be told apart without grammar.
  const isMixed = kept.some(({ key }) => key === "you" || key === "your");
  if (isSpelled || isMixed || words.some(isHarmful) || kept.some(isClaim)) return null;
  const quote = contracted(kept.map((word, at) => swapped(word, kept[at - 1])).join(" "));
  return quote.length <= MAX_QUOTE_LENGTH && !hasManyDigits(quote) && /\p{L}/u.test(quote) ? quote : null;
}

/** Returns the words of a thing without when, where and with whom. */
export function thingWords(words: readonly Word[]): readonly Word[] {
  const end = words.findIndex((word, at) => at > 0 && holds("circumstances", [word]));
  return end > 0 ? words.slice(0, end) : words;
}

/** Returns the quote of words that name a thing, so that it can be the subject of a sentence, else null. */
export function thingQuote(words: readonly Word[]): string | null {
  const named = words[0]?.key === "a" ? words.slice(1) : words;
  if (holds("no_things", named.slice(0, 1))) return null;
  return quotable(thingWords(words));
}

/** Returns a usable name: one plain word, capitalised, or null. Untrusted like any other text. */
export function usableName(words: readonly Word[], isCertain: boolean): string | null {
  const [first] = words;
  if (!first || !isNameLike(first) || words.some(isHarmful)) return null;
  const startsUpper = first.raw.charAt(0) !== first.raw.charAt(0).toLowerCase();
  // "i'm anna" at the end of a clause is a name; "i'm going home" is not.
  if (!isCertain && !startsUpper && (words.length > 1 || STATE_ENDING.test(first.key))) return null;
  return first.raw.charAt(0).toUpperCase() + first.raw.slice(1);
}

/** Returns the partner's display name from the notice, if it can be said. */
export function displayName(name: string): string | null {
  const words = name.slice(0, MAX_SHOWN_LENGTH).normalize("NFKC").trim().split(/\s+/).map(toWord);
  const [first] = words;
  return first && isNameLike(first) && !words.some(isHarmful) ? first.raw : null;
}

function isNameLike(word: Word): boolean {
  const { key, raw } = word;
  const isPlain = raw.length >= 2 && raw.length <= MAX_NAME_LENGTH && !/[^\p{L}\p{M}'-]/u.test(raw);
  return isPlain && !holds("no_names", [word]) && !NOT_NAME_ENDING.test(key) && !isImproperName(raw) && !isClaim(word);
}

// Ends a long quote before the last word that joins two phrases, so that it does not break off in the middle of one.
function shortened(words: readonly Word[]): readonly Word[] {
  if (words.length <= MAX_QUOTE_WORDS) return words;
  const end = words.slice(0, MAX_QUOTE_WORDS + 1).findLastIndex((word, at) => at > 0 && holds("joints", [word]));
  return words.slice(0, Math.max(end, 0));
}

function contracted(quote: string): string {
  return quote.replaceAll("can not", "can't").replace(/\b(do|does|did|is|was|were|have) not\b/g, "$1n't");
}

const isHarmful = ({ raw }: Word): boolean => isUnrepeatable(raw);
const isClaim = ({ key }: Word): boolean => holds("claims", key.split("-").map(toWord));
const toWord = (raw: string): Word => ({ key: raw.toLowerCase(), raw });

function swapped(word: Word, before: Word | undefined): string {
  if (word.key === "was" && (before?.key === "i" || before?.key === "we")) return "were";
  return SWAPS.get(word.key) ?? word.raw;
}
