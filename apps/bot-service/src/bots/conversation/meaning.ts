import type { Topic } from "./topics.ts";

/** What a partner wants with a message. One per message: the first rule of `understand` that holds. */
export type Intent =
  | "empty"
  | "distress"
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
  | "ask_view"
  | "ask_back"
  | "name"
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
  | "confused"
  | "number"
  | "question"
  | "statement"
  | "short"
  | "other";

/** Something the partner told about themselves: `said` reads on after "you", `object` is the heart of it. */
export interface Fact {
  readonly topic: Topic | null;
  readonly object: string;
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
}

export type Language = "spanish" | "german" | "french" | "portuguese" | "italian" | "unknown";
