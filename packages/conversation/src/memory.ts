import { type Asked, askedIn } from "./asked.ts";
import type { Fact, Meaning } from "./meaning.ts";
import { displayName } from "./quote.ts";
import type { Topic } from "./topics.ts";

const MAX_FACTS = 12;
const MAX_SAID_LINES = 500;
const MAX_OWN_NAME_LENGTH = 40;

/** Memory of a conversation so far. A value: every turn makes a new one. */
export interface Memory {
  /** The bot's display name. */
  readonly me: string;
  /** The partner's name, once it is known. */
  readonly name: string | null;
  /** Facts that the partner told about themselves, oldest first. */
  readonly facts: readonly Fact[];
  /** How many of `facts` the bot has come back to. */
  readonly recalled: number;
  readonly topic: Topic | null;
  /** The bot's lines so far, oldest first. */
  readonly said: readonly string[];
  /** Key of the partner's last message, to notice a repetition. */
  readonly heardKey: string | null;
  readonly insults: number;
  /** Number of the bot's latest replies in a row that asked something. */
  readonly questionsInRow: number;
  /** The question of the bot's latest reply. */
  readonly asked: Asked | null;
}

/** Uses `partnerName`, the display name from the notice, only if it looks like a name. */
export function freshMemory(me: string, partnerName: string): Memory {
  return {
    me: me.slice(0, MAX_OWN_NAME_LENGTH),
    name: displayName(partnerName),
    facts: [],
    recalled: 0,
    topic: null,
    said: [],
    heardKey: null,
    insults: 0,
    questionsInRow: 0,
    asked: null,
  };
}

/** Returns the memory after a message was understood. */
export function hear(memory: Memory, key: string, meaning: Meaning): Memory {
  const fact = meaning.fact;
  const isNew = fact !== null && !memory.facts.some((known) => known.said === fact.said);
  const isBelowLimit = memory.facts.length < MAX_FACTS;
  return {
    ...memory,
    heardKey: key,
    name: meaning.name ?? memory.name,
    facts: isNew && isBelowLimit ? [...memory.facts, fact] : memory.facts,
    topic: meaning.topic ?? memory.topic,
    insults: memory.insults + (meaning.intent === "abuse" ? 1 : 0),
  };
}

/** Returns the memory after the bot said `lines` in one reply. */
export function speak(memory: Memory, lines: readonly string[]): Memory {
  const asked = askedIn(lines);
  return {
    ...memory,
    said: [...memory.said, ...lines].slice(-MAX_SAID_LINES),
    questionsInRow: asked === null ? 0 : memory.questionsInRow + 1,
    asked,
  };
}
