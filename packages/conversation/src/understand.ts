import { adviceIn } from "./advice.ts";
import { dislikeIn, factIn, nameIn, reflected, reflectionOf, viewAskedIn } from "./facts.ts";
import type { Intent, Language, Meaning } from "./meaning.ts";
import { type News, newsIn } from "./news.ts";
import {
  COMPLIMENT_PHRASES,
  CONFUSED,
  DISTRESS_PHRASES,
  FEELINGS_BAD,
  FEELINGS_GOOD,
  foreignLanguage,
  GOODBYE_PHRASES,
  GOODBYE_WORDS,
  GREETING_PHRASES,
  GREETINGS,
  IDENTITY_NOUNS,
  IDENTITY_PHRASES,
  IDENTITY_POINTERS,
  IDENTITY_SUBJECTS,
  IDENTITY_WEAK_NOUNS,
  INSULT_PHRASES,
  LAUGHING_MARKS,
  LAUGHS,
  MILD_INSULTS,
  NO,
  NO_MESSAGES,
  PRAISE,
  QUESTION_PHRASES,
  SORRY,
  STRONG_INSULTS,
  THANKS,
  UNSURE,
  UNSURE_PHRASES,
  YES,
  YES_MESSAGES,
} from "./phrases.ts";
import { quotable } from "./quote.ts";
import { type Clause, hasPhrase, type Reading } from "./text.ts";
import { isGeneral, topicOf } from "./topics.ts";

/**
 * Finds the intent of a message and the parts of it that may be said back. `previousKey` is the key of the partner's
 * previous message. Pure, and linear in the characters read: every rule is a look-up of a word or phrase.
 */
export function understand(reading: Reading, previousKey: string | null): Meaning {
  const spokenOf = topicOf(reading.words);
  const view = viewAskedIn(reading);
  const dislike = dislikeIn(reading);
  const fact = dislike ?? factIn(reading);
  const feeling = feelingIn(reading);
  const language = languageOf(reading);
  const name = nameIn(reading);
  const news = newsIn(reading);
  const advice = adviceIn(reading);
  const facets: Facets = {
    name,
    topic: (view ? topicOf(view.words)?.topic : fact?.topic) ?? spokenOf?.topic ?? null,
    object:
      telling(view ? view.object : (fact?.object ?? null)) ?? (spokenOf?.specific ? quotable(spokenOf.specific) : null),
    fact,
    feeling: feeling?.word ?? null,
    number: reading.number,
    reflection: news ? reflected(news.clause) : reflectionOf(reading),
    language,
    advice,
    isDelicate: advice !== null && reading.words.some(({ key }) => DELICATE.has(key) || FEELINGS_BAD.has(key)),
    sum: reading.sum,
  };
  const has = { dislike: dislike !== null, view: view !== null, goodFeeling: feeling?.isGood === true, news };
  const intent = intentOf(reading, previousKey, facets, has);
  // A short answer to a question may be any word, and only there is it worth saying back.
  const isWord = intent === "short";
  return { ...facets, object: facets.object ?? (isWord ? quotable(reading.words) : null), intent };
}

/** Words of matters in which wrong advice could do harm. */
const DELICATE: ReadonlySet<string> = new Set(
  "pain hurts headache fever pills medicine medication doctor vet pregnant lawyer court police money debt invest bitcoin crypto drugs".split(
    " ",
  ),
);
/** Phrases whose feeling is not the partner's own, or is politeness. */
const NO_OWN_FEELING = [...GREETING_PHRASES, "you are", "it is", "that is", "sounds", "happy birthday"];

/** Recognizes a question without its mark. */
const QUESTION_START =
  /^ (?:who|what|when|where|which|why|how) (?:is|are|was|were|do|does|did|can|far|many|much|long) /;

type Facets = Omit<Meaning, "intent">;
type Has = {
  readonly dislike: boolean;
  readonly view: boolean;
  readonly goodFeeling: boolean;
  readonly news: News | null;
};

function intentOf(reading: Reading, previousKey: string | null, facets: Facets, has: Has): Intent {
  return (
    careIntent(reading) ??
    closingIntent(reading, previousKey, facets) ??
    questionIntent(reading, facets, has) ??
    contentIntent(reading, facets, has) ??
    socialIntent(reading) ??
    restIntent(reading, facets)
  );
}

/** Intents that come before all others in a message: their answer has to be honest or calm. */
function careIntent(reading: Reading): Intent | null {
  if (reading.clauses.some((clause) => hasPhrase(clause, DISTRESS_PHRASES))) return "distress";
  if (reading.clauses.some(isAbuse)) return "abuse";
  if (reading.clauses.some(isAboutIdentity)) return "identity";
  if (reading.hasContact) return "contact";
  if (reading.hasLink) return "link";
  return null;
}

function closingIntent(reading: Reading, previousKey: string | null, facets: Facets): Intent | null {
  if (facets.sum !== null) return "sum";
  if (reading.words.length === 0) return wordless(reading.marks);
  if (reading.clauses.some(isGoodbye)) return "goodbye";
  if (facets.language !== null) return "other_language";
  // Asking for one more joke is no repetition.
  const wantsMore = questionIntent(reading, facets, { view: false, news: null }) === "ask_joke";
  return reading.key === previousKey && !wantsMore ? "repeated" : null;
}

function wordless(marks: string): Intent {
  if (marks === "") return "empty";
  if (marks.includes("?")) return "confused";
  return LAUGHING_MARKS.some((mark) => marks.includes(mark)) ? "laugh" : "short";
}

function questionIntent(reading: Reading, facets: Facets, has: Pick<Has, "view" | "news">): Intent | null {
  // Bad news get sympathy before any help that is asked for.
  const cared = (intent: Intent): Intent => (has.news?.isGood === false ? "bad_news" : intent);
  for (const [intent, phrases] of QUESTION_PHRASES) {
    if (reading.clauses.some((clause) => asks(clause, phrases))) return intent === "ask_help" ? cared(intent) : intent;
  }
  if (facets.advice !== null) return cared("ask_advice");
  return has.view && (facets.object !== null || facets.topic !== null) ? "ask_view" : null;
}

function asks(clause: Clause, phrases: readonly string[]): boolean {
  return phrases.some((phrase) =>
    phrase.startsWith("=") ? clause.padded === ` ${phrase.slice(1)} ` : clause.padded.includes(` ${phrase} `),
  );
}

function contentIntent(reading: Reading, facets: Facets, has: Has): Intent | null {
  if (has.news) return has.news.isGood ? "good_news" : "bad_news";
  if (facets.name !== null) return "name";
  if (has.dislike) return "dislikes";
  if (facets.fact !== null) return "topic";
  if (facets.feeling !== null) return has.goodFeeling ? "feeling_good" : "feeling_bad";
  if (facets.topic === null) return null;
  return reading.clauses.some(isFactual) ? "question" : "topic";
}

// "What's the capital of France" is no invitation to chat about France.
function isFactual(clause: Clause): boolean {
  return clause.isQuestion && ["who", "what", "when", "where", "which", "why"].includes(clause.words[0]?.key ?? "");
}

function socialIntent(reading: Reading): Intent | null {
  if (reading.clauses.some(isCompliment)) return "compliment";
  const keys = reading.words.map((word) => word.key);
  if (SORRY.has(keys[0] ?? "") || reading.key.startsWith("i am sorry")) return "sorry";
  const anyOf = (set: ReadonlySet<string>) => keys.length <= 5 && keys.some((key) => set.has(key));
  if (anyOf(THANKS)) return "thanks";
  const first = keys[0] ?? "";
  if (GREETINGS.has(first) || reading.clauses.some((clause) => hasPhrase(clause, GREETING_PHRASES))) return "greeting";
  if (anyOf(LAUGHS)) return "laugh";
  if (keys.length <= 8 && reading.clauses.some((clause) => hasPhrase(clause, UNSURE_PHRASES))) return "unsure";
  if (YES_MESSAGES.includes(reading.key)) return "yes";
  if (NO_MESSAGES.includes(reading.key)) return "no";
  if (keys.length > 5) return null;
  if (YES.has(first)) return "yes";
  if (NO.has(first)) return "no";
  if (keys.length > 3) return null;
  if (UNSURE.has(first)) return "unsure";
  if (PRAISE.has(keys.at(-1) ?? "")) return "praise";
  return CONFUSED.has(first) ? "confused" : null;
}

function restIntent(reading: Reading, facets: Facets): Intent {
  if (facets.number !== null) return "number";
  if (reading.clauses.some((clause) => clause.isQuestion || QUESTION_START.test(clause.padded))) return "question";
  if (facets.reflection !== null) return "statement";
  return reading.words.length <= 2 ? "short" : "other";
}

function isAbuse(clause: Clause): boolean {
  if (hasPhrase(clause, INSULT_PHRASES)) return true;
  const isSelfTalk = clause.padded.startsWith(" i am ");
  const isAimed =
    clause.words.length <= 2 ||
    /^ (?:you|your) /.test(clause.padded) ||
    hasPhrase(clause, ["you are", "stupid bot", "dumb bot"]);
  return clause.words.some(
    ({ key }) => (STRONG_INSULTS.has(key) && !isSelfTalk) || (MILD_INSULTS.has(key) && isAimed && !isSelfTalk),
  );
}

function isAboutIdentity(clause: Clause): boolean {
  // "What are you doing" is about something else.
  if (hasPhrase(clause, IDENTITY_PHRASES) || / (?:who|what) are you (?:$|exactly|made|then|anyway)/.test(clause.padded))
    return true;
  const keys = clause.words.map((word) => word.key);
  const isPointed = hasPhrase(clause, IDENTITY_SUBJECTS);
  if (isPointed && keys.some((key) => IDENTITY_WEAK_NOUNS.has(key))) return true;
  if (!keys.some((key) => IDENTITY_NOUNS.has(key))) return false;
  return keys.length <= 2 || keys.some((key) => IDENTITY_POINTERS.has(key));
}

// A long clause that mentions a goodbye is usually about one.
function isGoodbye(clause: Clause): boolean {
  if (clause.isQuestion || clause.words.length > 7) return false;
  const keys = clause.words.map((word) => word.key);
  const isShort = keys.length <= 3;
  if (isShort && keys.some((key) => GOODBYE_WORDS.has(key))) return true;
  return hasPhrase(clause, GOODBYE_PHRASES) && !hasPhrase(clause, ["go to", "go out", "see you are"]);
}

function isCompliment(clause: Clause): boolean {
  return hasPhrase(clause, COMPLIMENT_PHRASES);
}

function feelingIn(reading: Reading): { word: string; isGood: boolean } | null {
  for (const clause of reading.clauses) {
    if (clause.isQuestion) continue;
    const isOwn =
      clause.words.length <= 3 || hasPhrase(clause, ["i am", "i feel", "feeling", "i was", "makes me", "i have been"]);
    if (!isOwn || hasPhrase(clause, NO_OWN_FEELING)) continue;
    const isNegated = hasPhrase(clause, ["not", "never"]);
    const bad = clause.words.find((word) => FEELINGS_BAD.has(word.key));
    if (bad && !isNegated) return { word: bad.key, isGood: false };
    const good = clause.words.find((word) => FEELINGS_GOOD.has(word.key));
    if (good) return { word: isNegated ? negated(good.key) : good.key, isGood: !isNegated };
  }
  return null;
}

function negated(feeling: string): string {
  return feeling === "well" ? "unwell" : `not ${feeling}`;
}

function languageOf(reading: Reading): Language | null {
  if (reading.foreignLetterRatio > 0.5) return "unknown";
  return foreignLanguage(reading.words.map((word) => word.key));
}

function telling(object: string | null): string | null {
  return object === null || isGeneral(object) ? null : object;
}
