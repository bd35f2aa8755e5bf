import { type Clause, hasPhrase, type Reading } from "./text.ts";

/** Sort of advice asked for: a thing to choose, a way to do something, or a yes or no. */
export type Advice = "pick" | "way" | "decision";

const WAY_PHRASES = [
  "how do i",
  "how can i",
  "how should i",
  "any tips",
  "any advice",
  "tips for",
  "tips on",
  "tips to",
  "some tips",
  "give me a tip",
  "your advice",
];
const PICK_PHRASES = [
  "what should i",
  "what shall i",
  "what should we",
  "what can i",
  "what could i",
  "what to cook",
  "what to eat",
  "what to watch",
  "what to read",
  "what to play",
  "where should i",
  "where should we",
  "should i cook",
  "you recommend",
  "recommend me",
  "recommend a",
  "recommend some",
  "recommend any",
  "recommendations",
  "recommendation",
  "suggest",
  "suggestion",
  "suggestions",
  "any ideas",
  "any idea for",
];
const DECISION_PHRASES = ["should i", "should we"];
/** Phrases about the conversation itself, not about the world. */
const TALK_PHRASES = ["i call you", "i tell you", "i ask", "i say", "i do for you", "i help you", "should i start"];

/** Returns the kind of advice a message asks for, or null. */
export function adviceIn(reading: Reading): Advice | null {
  for (const clause of reading.clauses) {
    if (hasPhrase(clause, TALK_PHRASES)) continue;
    const kind = adviceOf(clause);
    if (kind !== null) return kind;
  }
  return null;
}

function adviceOf(clause: Clause): Advice | null {
  // "what film should I watch": the thing to choose stands between.
  const asksWhich = /^ (?:what|which|where) /.test(clause.padded) && hasPhrase(clause, DECISION_PHRASES);
  if (asksWhich || hasPhrase(clause, PICK_PHRASES)) return hasPhrase(clause, ["i do about"]) ? "decision" : "pick";
  if (hasPhrase(clause, WAY_PHRASES)) return "way";
  return hasPhrase(clause, DECISION_PHRASES) ? "decision" : null;
}
