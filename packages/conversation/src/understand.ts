import { language } from "@shoal/safety";
import { factIn, nameIn, ownedIn } from "./facts.ts";
import type { Fact, Intent, Meaning } from "./meaning.ts";
import * as phrases from "./phrases.ts";
import { holds, tells } from "./phrases.ts";
import { thingQuote } from "./quote.ts";
import { sumIn } from "./sum.ts";
import { type Clause, endOf, hasPhrase, type Reading, read, type Word } from "./text.ts";
import { PEOPLE, type Thing, thingIn } from "./topics.ts";

const QUESTION_START =
  /^ (?:who|what|when|where|which|why|how) (?:is|are|was|were|do|does|did|can|far|many|much|long) /;
const QUESTION_WORD = /^ (?:who|what|when|where|which|why) /;
const CAN_YOU = /^ (?:can|could|will|would) you /;
const YOU_ASKED = / (?:do|are|did|would|have|were|can) you | your /;
/** Words of a message up to which a word that only names a topic is what it is about, and of a clause that may be a goodbye. */
const MAX_PASSING_WORDS = 8;
const MAX_GOODBYE_WORDS = 9;
const HAPPY = phrases.MOODS.find(([mood]) => mood === "feeling_good")?.[1] ?? [];
/** Intents that a message in another language seems to have. */
const VAGUE: ReadonlySet<Intent> = new Set(["topic", "question", "ask_self", "short", "other"]);

type Sense = Omit<Meaning, "intent">;

/**
 * Finds the intent of a message and the parts of it that may be said back. `previousKey` is the key of the partner's
 * previous message. Pure, and linear in the characters read: every rule is a look-up of a word or phrase.
 */
export function understand(reading: Reading, previousKey: string | null): Meaning {
  const found = findIn(reading);
  const intent = intentOf(reading, previousKey, found);
  // A short answer to a question may be any word, and only there is it worth saying back.
  return { ...found, object: found.object ?? (intent === "short" ? thingQuote(reading.words) : null), intent };
}

function findIn(reading: Reading): Sense {
  const { clauses, words, plain, isForeign } = reading;
  const asking = clauses.filter((clause) => !tells("talk_phrases", clause));
  const advice = rowIn(asking, phrases.ADVICE_ASKED);
  const asked = advice === null ? viewIn(clauses) : null;
  // What came with an address may be one.
  const told = reading.hasContact || reading.hasLink ? null : factIn(reading);
  const { news, of } = newsIn(reading);
  const owned = () => clauses.map(ownedIn).find((thing) => thing !== null) ?? null;
  return {
    name: nameIn(reading),
    thing: (asked ? thingIn(asked.words) : null) ?? (told ? thingOf(told.fact, reading) : thingIn(words)),
    object: of !== undefined ? of : asked ? thingQuote(asked.words) : (told?.fact.object ?? owned()),
    fact: told?.fact ?? null,
    isDislike: told?.isDislike === true,
    ...feelingIn(clauses),
    view: asked?.intent ?? null,
    language: isForeign ? "unknown" : language(plain),
    advice,
    isDelicate: advice !== null && (holds("delicate", words) || holds("feelings_bad", words)),
    sum: sumIn(plain),
    mood: rowIn(clauses, phrases.MOODS),
    news,
    keys: words.map(({ key }) => key),
  };
}

/** What was told decides what the message is about, before whoever or whatever else is named in it. */
function thingOf({ said, topic, object }: Fact, { words }: Reading): Thing | null {
  const thing = thingIn(read(said).words);
  if (thing !== null && thing.topic === topic) return thing;
  return object === null || topic !== null ? thingIn(words) : null;
}

function intentOf(reading: Reading, previousKey: string | null, found: Sense): Intent {
  const intent =
    careIntent(reading) ??
    closingIntent(reading, previousKey, found) ??
    questionIntent(reading, found) ??
    contentIntent(reading, found) ??
    socialIntent(reading) ??
    restIntent(reading, found);
  // Small words are spelled alike in many languages: what is understood as English is English.
  const isVague = VAGUE.has(intent) || (intent === "greeting" && reading.words.length > 1);
  const isEnglish = found.language === "en" || found.thing !== null || holds("english", reading.words);
  return isVague && !isEnglish ? "other_language" : intent;
}

/** Intents that come before all others in a message: their answer has to be honest or calm. */
function careIntent({ clauses, hasContact, hasLink }: Reading): Intent | null {
  if (clauses.some(isAbuse)) return "abuse";
  if (clauses.some(isAboutIdentity)) return "identity";
  if (hasContact) return "contact";
  return hasLink ? "link" : null;
}

function closingIntent(reading: Reading, previousKey: string | null, found: Sense): Intent | null {
  const { words, plain } = reading;
  if (found.sum !== null) return "sum";
  if (plain.trim() === "") return "empty";
  if (words.length === 0 && plain.includes("?")) return "confused";
  if (words.length === 0) return phrases.LAUGHING_MARKS.test(plain) ? "laugh" : "short";
  if (reading.clauses.some(isGoodbye)) return "goodbye";
  if (reading.isForeign) return "other_language";
  // A word or two come again without being a repetition, and so does the wish for one more joke.
  const wantsMore = ["ask_joke", "ask_fact", "ask_advice"].includes(questionIntent(reading, found) ?? "");
  return reading.key === previousKey && words.length > 2 && !wantsMore ? "repeated" : null;
}

function questionIntent({ clauses }: Reading, { news, advice, view, object, thing }: Sense): Intent | null {
  const asked = rowIn(clauses, phrases.QUESTIONS) ?? (advice === null ? null : "ask_advice");
  // Bad news get sympathy before any help that is asked for.
  if ((news === "bad" || news === "loss") && (asked === "ask_help" || asked === "ask_advice")) return "bad_news";
  return asked ?? (object !== null || thing !== null ? view : null);
}

function contentIntent(reading: Reading, found: Sense): Intent | null {
  const { clauses, words } = reading;
  const { thing, fact, mood } = found;
  if (found.news !== null) return found.news === "good" ? "good_news" : "bad_news";
  if (found.name !== null) return "name";
  if (found.feeling !== null) return found.isGoodFeeling ? "feeling_good" : "feeling_bad";
  if (found.isDislike) return "dislikes";
  if (clauses.some(isReported)) return "says";
  if (thing === null && fact?.object == null) return null;
  // A word that only names a topic, in passing.
  const isPassing = thing?.label === null && fact === null;
  if (isPassing && (words.length > MAX_PASSING_WORDS || socialIntent(reading) !== null)) return null;
  // What somebody close did is told for itself, not for them.
  if (thing !== null && PEOPLE.has(thing.topic) && mood !== null) return mood;
  // "What's the capital of France" is no invitation to chat about France.
  const isAsked = ({ isQuestion, padded }: Clause) => (isQuestion ? QUESTION_WORD : QUESTION_START).test(padded);
  return clauses.some(isAsked) ? "question" : "topic";
}

// "My sister said …"
const isReported = ({ words }: Clause): boolean =>
  holds("others", words.slice(0, 1)) && holds("says", words.slice(1, 4));

function socialIntent({ clauses, words }: Reading): Intent | null {
  return rowIn(
    clauses,
    phrases.SOCIAL.filter(([, , maxWords]) => words.length <= maxWords),
  );
}

function restIntent({ clauses, words }: Reading, { mood }: Sense): Intent {
  if (clauses.some(({ padded }) => CAN_YOU.test(padded))) return "ask_can";
  if (clauses.some(({ isQuestion, padded }) => isQuestion && YOU_ASKED.test(padded))) return "ask_self";
  if (clauses.some(({ isQuestion, padded }) => isQuestion || QUESTION_START.test(padded))) return "question";
  return mood ?? (words.length <= 2 ? "short" : "other");
}

type Row<Name> = readonly [Name, readonly string[], ...unknown[]];

function rowIn<Name>(clauses: readonly Clause[], rows: readonly Row<Name>[]): Name | null {
  return rows.find(([, signs]) => clauses.some((clause) => hasPhrase(clause, signs)))?.[0] ?? null;
}

function isAbuse(clause: Clause): boolean {
  if (tells("insult_phrases", clause)) return true;
  if (clause.padded.startsWith(" i am ")) return false;
  const isAimed = clause.words.length <= 2 || tells("aimed", clause);
  return holds("strong_insults", clause.words) || (isAimed && holds("mild_insults", clause.words));
}

function isAboutIdentity(clause: Clause): boolean {
  const { words } = clause;
  if (tells("identity_phrases", clause)) return true;
  if (holds("identity_weak_nouns", words) && tells("identity_subjects", clause)) return true;
  return holds("identity_nouns", words) && (words.length <= 2 || holds("identity_pointers", words));
}

// A long clause that mentions a goodbye is usually about one.
function isGoodbye(clause: Clause): boolean {
  const { words, isQuestion } = clause;
  if (isQuestion || words.length > MAX_GOODBYE_WORDS) return false;
  if (words.length <= 3 && holds("goodbye_words", words)) return true;
  return tells("goodbye_phrases", clause) && !tells("no_goodbye", clause);
}

/** Finds what happened to the partner or a person close to them; `of`: the thing or person that something bad happened to. */
function newsIn({ clauses, words, plain }: Reading): Pick<Meaning, "news"> & { readonly of?: string | null } {
  const told = clauses.filter((clause) => !clause.isQuestion && !tells("no_news", clause));
  if (told.length === 0 || holds("laughs", words)) return { news: null };
  const isOver = told.some((clause) => tells("over", clause));
  if (told.some(isGood) || (isOver && told.some((clause) => isBad(clause, false)))) return { news: "good" };
  const bad = isOver ? [] : told.filter((clause) => !isNegated(clause));
  const loss = bad.find((clause) => tells("losses", clause));
  if (loss) return { news: "loss", of: ownedIn(loss) };
  const isHappy = clauses.some((clause) => hasPhrase(clause, HAPPY)) || phrases.HAPPY_MARKS.test(plain);
  const mishap = bad.find((clause) => isBad(clause, isHappy));
  return mishap ? { news: "bad", of: ownedIn(mishap) } : { news: null };
}

const isGood = (clause: Clause): boolean =>
  tells("happy_start", clause) && tells("good_news", clause) && !isNegated(clause);

const isNegated = (clause: Clause): boolean => tells("negation", clause) && !tells("no_negation", clause);

// One sad word in a happy message is no news.
function isBad(clause: Clause, isHappy: boolean): boolean {
  if (tells("mishaps", clause)) return true;
  if (isHappy || tells("aches", clause)) return !isHappy;
  const { words } = clause;
  // A film may be terrible without being news.
  const isWork = ["films", "books", "games", "food", "music"].includes(thingIn(words)?.topic ?? "");
  return holds("others", words.slice(0, 1)) && !isWork && (holds("annoying", words) || holds("feelings_bad", words));
}

function feelingIn(clauses: readonly Clause[]): Pick<Meaning, "feeling" | "isGoodFeeling"> {
  for (const clause of clauses.toReversed()) {
    const { words, isQuestion } = clause;
    const isTold = tells("feels", clause);
    if (isQuestion || tells("no_feels", clause) || !(isTold || words.length <= 3)) continue;
    const isNot = tells("negation", clause);
    const bad = words.find((word) => holds("feelings_bad", [word]))?.key;
    if (bad && !isNot) return { feeling: bad, isGoodFeeling: false };
    // "Good", said alone, praises.
    const good = words.find((word) => holds("feelings_good", [word]) && (isTold || !holds("praise", [word])))?.key;
    if (good) return { feeling: isNot ? `not ${good}` : good, isGoodFeeling: !isNot };
  }
  return { feeling: null, isGoodFeeling: false };
}

/** Returns what the partner asks the bot's view of, or null. "I know what you like" is no question. */
function viewIn(clauses: readonly Clause[]): { intent: Intent; words: readonly Word[] } | null {
  for (const clause of clauses) {
    for (const [intent, signs] of phrases.VIEWS) {
      const sign = signs.find((one) => hasPhrase(clause, [clause.isQuestion ? one : `^${one}`]));
      if (sign !== undefined) return { intent, words: clause.words.slice(endOf(clause, sign) ?? 0) };
    }
  }
  return null;
}
