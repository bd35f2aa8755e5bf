import type { Advice } from "./advice.ts";
import type { Topic } from "./topics.ts";

/** Intent of a message. One per message: the first rule of `understand` that holds. */
export type Intent =
  | "empty"
  | "distress"
  | "sum"
  | "abuse"
  | "identity"
  | "contact"
  | "link"
  | "goodbye"
  | "other_language"
  | "repeated"
  | "ask_name"
  | "ask_own_name"
  | "ask_memory"
  | "ask_wellbeing"
  | "ask_age"
  | "ask_place"
  | "ask_work"
  | "ask_hobbies"
  | "ask_time"
  | "ask_weather"
  | "ask_joke"
  | "ask_fact"
  | "ask_advice"
  | "ask_help"
  | "ask_view"
  | "ask_back"
  | "name"
  | "good_news"
  | "bad_news"
  | "feeling_good"
  | "feeling_bad"
  | "dislikes"
  | "topic"
  | "compliment"
  | "thanks"
  | "greeting"
  | "laugh"
  | "yes"
  | "no"
  | "unsure"
  | "praise"
  | "sorry"
  | "confused"
  | "number"
  | "question"
  | "statement"
  | "short"
  | "other";

/** A fact that the partner told about themselves. `said` reads on after "you"; `object` is the thing in it, if there is one. */
export interface Fact {
  readonly topic: Topic | null;
  readonly object: string | null;
  readonly said: string;
}

/** A message understood, as far as a rule engine can. Every string in it may be said back as it is. */
export interface Meaning {
  readonly intent: Intent;
  readonly name: string | null;
  readonly topic: Topic | null;
  /** The thing talked or asked about: "jazz". */
  readonly object: string | null;
  readonly fact: Fact | null;
  readonly feeling: string | null;
  readonly number: string | null;
  /** The partner's statement turned round: "your brother moved to Canada". */
  readonly reflection: string | null;
  readonly language: Language | null;
  /** Sort of advice asked for. */
  readonly advice: Advice | null;
  /** Whether the advice concerns a matter where a bot's guess could do harm. */
  readonly isDelicate: boolean;
  /** The sum asked for, worked out. */
  readonly sum: string | null;
}

export type Language = "spanish" | "german" | "french" | "portuguese" | "italian" | "unknown";
