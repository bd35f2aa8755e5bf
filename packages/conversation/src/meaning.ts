import type { Thing, Topic } from "./topics.ts";

/** What a message does. One per message: the first rule of `understand` that holds. */
export const INTENTS = [
  ...(["empty", "sum", "abuse", "identity", "contact", "link", "goodbye", "other_language", "repeated"] as const),
  ...([
    "ask_own_name",
    "ask_memory",
    "ask_name",
    "ask_age",
    "ask_place",
    "ask_work",
    "ask_hobbies",
    "ask_time",
  ] as const),
  ...(["ask_weather", "ask_joke", "ask_fact", "ask_wellbeing", "ask_help", "ask_can", "ask_self"] as const),
  ...(["ask_opinion", "ask_back", "ask_advice", "ask_favourite", "ask_done", "ask_view", "question", "name"] as const),
  ...(["good_news", "bad_news", "dislikes", "topic", "feeling_good", "feeling_bad", "plan", "past", "says"] as const),
  ...(["they", "amount", "opinion", "other", "short", "compliment", "sorry", "thanks", "greeting", "laugh"] as const),
  ...(["yes", "no", "unsure", "praise", "confused"] as const),
] as const;

export type Intent = (typeof INTENTS)[number];

/** A fact that the partner told. `said` is a clause: "you like jazz"; `object` is the thing in it, if there is one. */
export interface Fact {
  readonly topic: Topic | null;
  readonly object: string | null;
  readonly said: string;
}

/** A message understood, as far as a rule engine can. Every string in it may be said back as it is. */
export interface Meaning {
  readonly intent: Intent;
  readonly name: string | null;
  /** What it is about, where the tables know it. */
  readonly thing: Thing | null;
  /** The thing talked or asked about, in the partner's words. */
  readonly object: string | null;
  readonly fact: Fact | null;
  readonly isDislike: boolean;
  /** The last feeling that the partner speaks of as their own, and whether it is a good one. */
  readonly feeling: string | null;
  readonly isGoodFeeling: boolean;
  /** What sort of question about a thing it is. */
  readonly view: Intent | null;
  readonly language: string;
  /** Sort of advice asked for: a thing to choose, a way to do something, or a yes or no. */
  readonly advice: "pick" | "way" | "decision" | null;
  /** Whether the advice concerns a matter where a bot's guess could do harm. */
  readonly isDelicate: boolean;
  /** The sum asked for, worked out. */
  readonly sum: string | null;
  /** How something is told, and whether it is good or bad news, whatever the intent is. */
  readonly mood: Intent | null;
  readonly news: "good" | "bad" | "loss" | null;
  /** Words of the message, as rules see them. */
  readonly keys: readonly string[];
}
