import type { Fact } from "./meaning.ts";
import { FACTS, holds, tells } from "./phrases.ts";
import { quotable, thingQuote, thingWords, usableName } from "./quote.ts";
import { type Clause, endOf, type Reading, type Word } from "./text.ts";
import { thingIn } from "./topics.ts";

const NAME_SIGNS = ["my name is", "name is", "call me", "i am called", "people call me", "i am"];

/** Returns the name that the partner goes by, or null. */
export function nameIn({ clauses }: Reading): string | null {
  for (const clause of clauses) {
    for (const sign of clause.isQuestion ? [] : NAME_SIGNS) {
      const end = sign === "name is" && !clause.padded.startsWith(" name is ") ? null : endOf(clause, sign);
      const name = end === null ? null : usableName(clause.words.slice(end), sign !== "i am");
      if (name !== null) return name;
    }
  }
  return null;
}

/** Returns the first fact the partner tells about themselves that may be said back. */
export function factIn({ clauses }: Reading): { fact: Fact; isDislike: boolean } | null {
  for (const clause of clauses) {
    // "What should I play" does not say what the partner plays.
    if (clause.isQuestion || tells("no_fact", clause)) continue;
    for (const [kind, starts] of FACTS) {
      for (const phrase of starts) {
        const end = endOf(clause, phrase) ?? 0;
        const start = end - phrase.split(" ").length;
        // "Every time I hate somebody else" tells no taste.
        const isTold = start === 0 || start === 1;
        const fact = isTold ? toFact(phrase, clause.words.slice(start), clause.words.slice(end)) : null;
        if (fact) return { fact, isDislike: kind === "dislikes" };
      }
    }
    const fact = ownedFact(clause);
    if (fact) return { fact, isDislike: false };
  }
  return null;
}

/** Phrases before what somebody is, does or plans to do, which is no thing to talk about by itself. */
const NO_OBJECT = /^i (?:am|was|used to be)(?: an?| planning)?$|(?:like|love|want|going|trying|used) to$|always$/;

function toFact(phrase: string, clause: readonly Word[], object: readonly Word[]): Fact | null {
  const said = quotable(clause);
  const core = thingWords(object);
  const thing = thingIn(core);
  const isNoThing = NO_OBJECT.test(phrase) || (thing !== null && object.length === 1);
  const named = thing?.label ?? (isNoThing ? null : thingQuote(core));
  const isTelling = phrase !== "i am" && clause.length > 4;
  if (said === null || (thing === null && named === null && !isTelling)) return null;
  return { topic: (thing ?? thingIn(clause.slice(0, -object.length)))?.topic ?? null, object: named, said };
}

// "my sister moved to Canada"
function ownedFact(clause: Clause): Fact | null {
  const { words } = clause;
  const said = words.length > 2 && holds("owners", words.slice(0, 1)) ? quotable(words) : null;
  return said === null ? null : { topic: thingIn(words)?.topic ?? null, object: ownedIn(clause), said };
}

/** Returns what belongs to the partner: "your old dog", "your driving test". */
export function ownedIn({ words }: Clause): string | null {
  const at = words.findIndex((word) => holds("owners", [word]));
  const rest = words.slice(at + 1);
  const nounAt = rest.findIndex((word) => !holds("adjectives", [word]));
  const [noun, next] = rest.slice(nounAt);
  if (at < 0 || nounAt < 0 || nounAt > 2 || noun === undefined || holds("auxiliaries", [noun])) return null;
  const isPair = next && (noun.key.endsWith("ing") || thingIn([next])?.label?.endsWith(next.key));
  return thingQuote(words.slice(at, at + nounAt + (isPair ? 3 : 2)));
}
