import { z } from "zod";
import type { Meaning } from "./meaning.ts";
import { displayName, quotable } from "./quote.ts";
import { read } from "./text.ts";
import { TOPICS, thingIn } from "./topics.ts";

const MAX_FACTS = 12;
const MAX_EARLIER_FACTS = 4;
const MAX_SAID_LINES = 500;
const MAX_OWN_NAME_LENGTH = 40;
/** How a name is kept for a later talk. */
const CALLED = /^you are called (\S+)$/;
/** Turn of what has not happened. */
const NEVER = -100;

const topic = z.enum(TOPICS).nullable();
const textOrNull = z.string().nullable();
export const savedFact = z.object({ topic, object: textOrNull, said: z.string(), turn: z.int() });

/** The form of a memory, also of a saved one. */
export const savedMemory = z.object({
  /** The bot's display name. */
  me: z.string(),
  /** The partner's name, once it is known. */
  name: textOrNull,
  /** Facts that the partner told and when, oldest first; those of earlier talks come first. */
  facts: z.array(savedFact),
  /** What the bot has come back to, by what was said. */
  recalled: z.array(z.string()),
  topic,
  /** The bot's lines so far as templates, so that none is said again with another filling. Oldest first. */
  said: z.array(z.string()),
  /** Key of the partner's last message, to notice a repetition. */
  heardKey: textOrNull,
  insults: z.int(),
  /** Number of messages heard. */
  turn: z.int(),
  /** Turns of the latest: message of the topic, line that quotes, new subject, and return to a fact. */
  ...{ topicTurn: z.int(), quotedTurn: z.int(), openedTurn: z.int(), recalledTurn: z.int() },
  /** A loss that the partner told of, the latest: until it turns out well, nothing light is said. */
  grief: z.object({ object: textOrNull, turn: z.int(), isRecalled: z.boolean() }).nullable(),
  /** Number of the bot's latest replies in a row that asked something. */
  questionsInRow: z.int(),
  /** The question of the bot's latest reply: its answer is yes or no, yes or no to an offer, a thing named, or anything. */
  asked: z.enum(["yes_no", "offer", "choice", "open"]).nullable().catch(null),
});

/** Memory of a conversation so far. A value: every turn makes a new one. */
export type Memory = z.infer<typeof savedMemory>;

/**
 * Uses `partnerName`, the display name from the notice, only if it looks like a name. `earlier` are facts of earlier talks,
 * as `factsOf` gave them.
 */
export function freshMemory(me: string, partnerName: string, earlier: readonly string[] = []): Memory {
  const called = earlier.map((said) => CALLED.exec(said)?.[1]).findLast((name) => name !== undefined);
  const facts = earlier.filter((said) => !CALLED.test(said)).flatMap(toEarlierFact);
  return {
    me: me.slice(0, MAX_OWN_NAME_LENGTH),
    name: displayName(partnerName) ?? displayName(called ?? ""),
    facts: facts.slice(-MAX_EARLIER_FACTS),
    ...{ recalled: [], topic: null, said: [], heardKey: null, insults: 0, turn: 0 },
    ...{ topicTurn: NEVER, quotedTurn: NEVER, openedTurn: NEVER, recalledTurn: NEVER },
    ...{ grief: null, questionsInRow: 0, asked: null },
  };
}

/** Returns what the partner told in this talk, for another one. */
export const factsOf = ({ facts }: Memory): readonly string[] =>
  facts.flatMap(({ said, turn }) => (turn === NEVER ? [] : [said]));

/** Kinds of questions by how they begin. */
const KINDS = [
  ["offer", /^(?:do you want|would you like|shall we) /],
  ["choice", / or /],
  ["yes_no", /^(?:do|does|did|is|are|was|were|would|will|can|could|shall|should|have|has|any|anything) /],
] as const;

/** Returns the memory after a message was understood. */
export function hear(memory: Memory, key: string, { intent, name, thing, fact, news, object }: Meaning): Memory {
  const turn = memory.turn + 1;
  const isLoss = news === "loss";
  const isNew = fact !== null && !memory.facts.some(({ said }) => said === fact.said);
  const grief = intent === "good_news" ? null : memory.grief;
  // Bad news are known, but nothing to come back to lightly; nor, after a loss, is what was told before.
  const sad = [...(isLoss ? memory.facts : []), ...(isNew && (isLoss || news === "bad") ? [fact] : [])];
  return {
    ...memory,
    heardKey: key,
    name: name ?? memory.name,
    recalled: [...memory.recalled, ...sad.map(({ said }) => said)],
    facts: isNew ? [...memory.facts, { ...fact, turn }].slice(-MAX_FACTS) : memory.facts,
    ...(thing !== null && intent !== "ask_done" && { topic: thing.topic, topicTurn: turn }),
    insults: memory.insults + (intent === "abuse" ? 1 : 0),
    turn,
    grief: isLoss ? { object: object ?? grief?.object ?? null, turn, isRecalled: false } : grief,
  };
}

/** Returns the memory after the bot said `lines` in one reply. */
export function speak(memory: Memory, lines: readonly string[]): Memory {
  const asked = askedIn(lines);
  const said = [...memory.said, ...lines].slice(-MAX_SAID_LINES);
  return { ...memory, said, questionsInRow: asked === null ? 0 : memory.questionsInRow + 1, asked };
}

function toEarlierFact(kept: string): Memory["facts"] {
  const { words } = read(kept);
  const thing = thingIn(words);
  const isSafe = words[0]?.key.startsWith("you") && quotable(words.slice(1)) !== null;
  const said = words.map(({ raw }) => raw).join(" ");
  return isSafe ? [{ topic: thing?.topic ?? null, object: thing?.label ?? null, said, turn: NEVER }] : [];
}

function askedIn(lines: readonly string[]): Memory["asked"] {
  const line = lines.findLast((candidate) => candidate.includes("?"));
  if (line === undefined) return null;
  const [question = ""] = line
    .slice(0, line.lastIndexOf("?"))
    .split(/[.!?:] /)
    .toReversed();
  const { key } = read(question);
  return KINDS.find(([, sign]) => sign.test(key))?.[0] ?? "open";
}
