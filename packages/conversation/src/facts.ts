import type { Fact } from "./meaning.ts";
import {
  BARE_FACT_PHRASES,
  DISLIKE_PHRASES,
  FACT_PHRASES,
  NAME_CERTAIN,
  NAME_LIKELY,
  VIEW_PHRASES,
} from "./phrases.ts";
import { isThing, quotable, usableName } from "./quote.ts";
import { type Clause, hasPhrase, type Reading, type Word, wordsAfter } from "./text.ts";
import { topicOf } from "./topics.ts";

/** Words after "a" that name no thing: "a bit tired", "a lot of work". */
const VAGUE: ReadonlySet<string> = new Set("bit little lot few fan".split(" "));

const WISH = /(?:want|like|love) to \{\}$/;

/** Words that end the thing: when, how often and with whom is no part of it. */
const CIRCUMSTANCES: ReadonlySet<string> = new Set("today tonight tomorrow yesterday every last next again".split(" "));

/** Returns the name the partner gives for themselves, or null. */
export function nameIn(reading: Reading): string | null {
  for (const clause of reading.clauses) {
    if (clause.isQuestion) continue;
    const name = nameAfter(clause, NAME_CERTAIN, true) ?? nameAfter(clause, NAME_LIKELY, false);
    if (name !== null) return name;
  }
  return null;
}

/** Returns the first fact the partner tells about themselves that may be said back. */
export function factIn(reading: Reading): Fact | null {
  return favourite(reading) ?? firstFact(reading, FACT_PHRASES) ?? bareFact(reading);
}

export function dislikeIn(reading: Reading): Fact | null {
  return firstFact(reading, DISLIKE_PHRASES);
}

/** Returns what the partner asks the bot's view of: the object may be null ("do you like it?"). Null if they do not ask. */
export function viewAskedIn(reading: Reading): { object: string | null; words: readonly Word[] } | null {
  for (const clause of reading.clauses) {
    for (const phrase of VIEW_PHRASES) {
      // "I know what you like" is no question; a real one starts with its phrase or carries its mark.
      const after = wordsAfter(clause, phrase);
      if (after && (clause.isQuestion || clause.padded.startsWith(` ${phrase} `))) {
        return { object: quotable(after), words: after };
      }
    }
  }
  return null;
}

/** Turns a statement round to read on after "so": "you went to the zoo". Null if it cannot be turned. */
export function reflectionOf(reading: Reading): string | null {
  for (const clause of reading.clauses) {
    const reflection = reflected(clause);
    if (reflection !== null) return reflection;
  }
  return null;
}

/** Turns one clause round. */
export function reflected(clause: Clause): string | null {
  const first = clause.words[0]?.key;
  const isAboutThem = first === "i" || first === "my" || first === "we" || first === "our";
  if (!isAboutThem || clause.isQuestion || clause.words.length < 3) return null;
  const reflection = quotable(clause.words);
  // "You hate" is what is left of "I hate when it rains".
  return reflection !== null && /^you're | .* /.test(reflection) ? reflection : null;
}

function nameAfter(clause: Clause, phrases: readonly string[], isCertain: boolean): string | null {
  for (const phrase of phrases) {
    const after = wordsAfter(clause, phrase);
    const name = after === null ? null : usableName(after, isCertain);
    if (name !== null) return name;
  }
  return null;
}

function firstFact(reading: Reading, phrases: readonly (readonly [string, string])[]): Fact | null {
  for (const clause of reading.clauses) {
    if (isAsking(clause)) continue;
    for (const [phrase, said] of phrases) {
      const after = objectAfter(clause, phrase);
      const fact = after === null ? null : toFact(after, said);
      if (fact) return fact;
    }
  }
  return null;
}

// "What should I play" does not say what the partner plays.
function isAsking(clause: Clause): boolean {
  return clause.isQuestion || hasPhrase(clause, ["should i", "can i", "could i", "do i", "shall i", "what i"]);
}

function objectAfter(clause: Clause, phrase: string): readonly Word[] | null {
  const [before = "", ownWord] = phrase.split(" | ");
  const after = wordsAfter(clause, before);
  return ownWord === undefined || after?.[0]?.key === ownWord ? after : null;
}

// "my favourite film is Alien": the thing and what it is a favourite of stand on either side of "is".
function favourite(reading: Reading): Fact | null {
  for (const clause of reading.clauses) {
    const after = wordsAfter(clause, "my favourite") ?? [];
    const verb = after.findIndex((word) => word.key === "is" || word.key === "are");
    if (verb < 1) continue;
    const kind = quotable(after.slice(0, verb));
    const object = quotable(after.slice(verb + 1));
    if (kind === null || object === null) continue;
    return { topic: topicOf(after)?.topic ?? null, object, said: `called ${object} your favourite ${kind}` };
  }
  return null;
}

function withoutCircumstances(words: readonly Word[]): readonly Word[] {
  const end = words.findIndex(
    ({ key }, at) =>
      at > 0 && (CIRCUMSTANCES.has(key) || (key === "with" && ["my", "our"].includes(words[at + 1]?.key ?? ""))),
  );
  return end < 0 ? words : words.slice(0, end);
}

function bareFact(reading: Reading): Fact | null {
  for (const clause of reading.clauses) {
    for (const [phrase, said] of BARE_FACT_PHRASES) {
      if (clause.isQuestion || !clause.padded.startsWith(` ${phrase} `)) continue;
      const fact = toFact(wordsAfter(clause, phrase) ?? [], said);
      if (fact) return fact;
    }
  }
  return null;
}

function toFact(words: readonly Word[], said: string): Fact | null {
  const quote = quotable(words);
  if (quote === null || VAGUE.has(words[1]?.key ?? "")) return null;
  // "like to swim", "play in a band", "are a student" name no thing to talk about.
  const topic = topicOf(words)?.topic ?? null;
  const isNoThing = WISH.test(said) || (said === "are {}" && topic !== "work") || !isThing(quote);
  const object = isNoThing ? null : quotable(withoutCircumstances(words));
  return { topic, object, said: said.replace("{}", () => quote) };
}
