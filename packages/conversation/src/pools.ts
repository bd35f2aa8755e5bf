import type { Rng } from "@shoal/kernel";
import { ADVICE, CAREFUL_ADVICE, PICKS } from "./advice-lines.ts";
import { fill, type Values } from "./choose.ts";
import type { Fact, Intent, Meaning } from "./meaning.ts";
import type { Memory } from "./memory.ts";
import type { Persona } from "./persona.ts";
import {
  ANSWERED,
  CALLBACKS,
  FACT_LINES,
  LANGUAGE_LINES,
  NOT_TOLD,
  OPENERS,
  PAIR_LINES,
  SHARED_LINES,
} from "./shared-lines.ts";
import { TOPIC_LINES } from "./topic-lines.ts";
import type { Topic } from "./topics.ts";

/** How often, at least, the reply to a message of little content adds a question or a new subject. */
const CARRY_ON_RATIO = 0.7;

/** Messages that say little by themselves: the reply comes back to what was said before, or opens a subject. */
const LOW_CONTENT: ReadonlySet<Intent> = new Set<Intent>([
  "thanks",
  "laugh",
  "yes",
  "no",
  "short",
  "other",
  "repeated",
  "number",
  "compliment",
  "greeting",
  "unsure",
  "praise",
  "sorry",
]);

/** Intents of messages that may answer the bot's question. */
const ANSWERED_INTENTS: ReadonlySet<Intent> = new Set<Intent>(["yes", "no", "short"]);

/** Messages whose answer may bring a question along. */
const OPEN_ENDED: ReadonlySet<Intent> = new Set<Intent>([
  ...LOW_CONTENT,
  "name",
  "topic",
  "dislikes",
  "statement",
  "feeling_good",
  "ask_name",
  "ask_hobbies",
  "ask_back",
  "ask_own_name",
  "ask_memory",
]);

/** Intents whose answer never changes the subject, even when it has to repeat itself: that would be dishonest or careless. */
export const STEADFAST: ReadonlySet<Intent> = new Set<Intent>([
  "distress",
  "abuse",
  "identity",
  "contact",
  "other_language",
]);

const QUOTING = /\{(?:object|said|feeling|number|reflection|sum)\}/;

/** Values of the placeholders of a template in this reply. */
export function valuesOf(memory: Memory, meaning: Meaning): Values {
  const isRecall = meaning.intent === "ask_memory";
  const recalled = memory.facts.slice(-2).map((fact) => fact.said);
  return {
    me: memory.me,
    name: memory.name,
    // Asked about a topic as such, the topic is the thing.
    object: meaning.object ?? (meaning.intent === "ask_view" ? meaning.topic : null),
    said: isRecall ? recalled.join(" and you ") : (meaning.fact?.said ?? null),
    feeling: meaning.feeling,
    number: meaning.number,
    reflection: meaning.reflection,
    sum: meaning.sum,
  };
}

/** The lines that answer the message, best first. */
export function mainPools(persona: Persona, memory: Memory, meaning: Meaning, values: Values): string[][] {
  // Lines that say something back come first: they show that the message was read.
  const pools = mainTemplates(persona, memory, meaning).flatMap((templates) => [
    fill(
      templates.filter((line) => QUOTING.test(line)),
      values,
    ),
    fill(templates.filter(isPlain), values),
  ]);
  if (STEADFAST.has(meaning.intent)) return pools;
  return [...pools, fill(persona.lines.openers, values), fill(OPENERS, values)];
}

function mainTemplates(persona: Persona, memory: Memory, meaning: Meaning): readonly (readonly string[])[] {
  const { intent } = meaning;
  const { lines } = persona;
  switch (intent) {
    case "identity":
      return [lines.identity];
    case "goodbye":
      return [lines.goodbyes];
    case "ask_wellbeing":
      return [lines.wellbeing];
    case "ask_hobbies":
      return [lines.hobbies];
    case "topic":
      return taking(persona, meaning);
    case "ask_view":
      // Asked about a topic as such, a persona that likes it has something to say.
      if (meaning.object === null) return [viewsOn(persona, meaning.topic).filter(isPlain), SHARED_LINES.ask_view];
      return [[...SHARED_LINES.ask_view, ...viewsOn(persona, meaning.topic)]];
    case "ask_advice":
      return adviceTemplates(persona, meaning);
    case "ask_back":
      // "fine, and you?" answers a "how are you".
      if (meaning.feeling !== null) return [lines.wellbeing];
      return [[...SHARED_LINES.ask_back, ...viewsOn(persona, meaning.topic ?? memory.topic)]];
    case "ask_own_name":
      return [memory.name === null ? NOT_TOLD.ask_own_name : SHARED_LINES.ask_own_name];
    case "ask_memory":
      return [memory.facts.length === 0 ? NOT_TOLD.ask_memory : SHARED_LINES.ask_memory];
    case "other_language":
      return [LANGUAGE_LINES[meaning.language ?? "unknown"], LANGUAGE_LINES.unknown];
    default:
      return [memory.asked === null ? [] : (ANSWERED[memory.asked.kind][intent] ?? []), SHARED_LINES[intent]];
  }
}

/** Lines that take up what was told. */
function taking(persona: Persona, { topic, object, fact }: Meaning): readonly (readonly string[])[] {
  if (object?.includes(" and ")) return [PAIR_LINES];
  if (topic === null || (fact !== null && object === null)) return [FACT_LINES];
  return [[...TOPIC_LINES[topic].about, ...TOPIC_LINES[topic].plain, ...viewsOn(persona, topic)]];
}

function adviceTemplates(persona: Persona, { advice, topic, isDelicate }: Meaning): readonly (readonly string[])[] {
  if (isDelicate || advice === null) return [CAREFUL_ADVICE];
  if (advice !== "pick" || topic === null) return [ADVICE[advice]];
  return [persona.lines.advice?.[topic] ?? [], PICKS[topic], ADVICE.pick];
}

function isPlain(line: string): boolean {
  return !QUOTING.test(line);
}

function viewsOn(persona: Persona, topic: Topic | null): readonly string[] {
  return topic === null ? [] : (persona.lines.views[topic] ?? []);
}

/** Whether a message that gives a name tells more, which the reply then takes up. */
export function takesUp({ intent, object, fact }: Meaning): boolean {
  return intent === "name" && (object !== null || fact !== null);
}

/** Lines to go on with. */
export interface Next {
  readonly pools: readonly (readonly string[])[];
  /** Set when the lines come back to something told earlier. */
  readonly fact: Fact | null;
}

/** Returns the continuation of the reply, or null if it has said enough. */
export function nextPart(persona: Persona, memory: Memory, meaning: Meaning, values: Values, rng: Rng): Next | null {
  const { intent, topic } = meaning;
  if (intent === "bad_news" && meaning.advice !== null) return { pools: [CAREFUL_ADVICE], fact: null };
  if (!OPEN_ENDED.has(intent)) return null;
  if (takesUp(meaning))
    return {
      pools: taking(persona, meaning).map((lines) =>
        fill(
          lines.filter((line) => !isPlain(line)),
          values,
        ),
      ),
      fact: null,
    };
  // An offer was taken up or declined: now it is the partner's turn.
  if (memory.asked?.kind === "offer" && ANSWERED_INTENTS.has(intent)) return null;
  const isLow = LOW_CONTENT.has(intent);
  if (rng.next() >= (isLow ? Math.max(CARRY_ON_RATIO, persona.voice.asks) : persona.voice.asks)) return null;
  // After an answer the talk stays with what was asked.
  const asked = (ANSWERED_INTENTS.has(intent) && memory.asked?.topic) || null;
  const fact = isLow && asked === null ? (memory.facts[memory.recalled] ?? null) : null;
  if (fact) return { pools: [fill(CALLBACKS, { ...values, object: fact.object, said: fact.said })], fact };
  const current = asked ?? topic ?? memory.topic;
  const templates = [current === null ? [] : TOPIC_LINES[current].plain, persona.lines.openers, OPENERS];
  return { pools: templates.map((lines) => fill(lines, values).filter((line) => line.includes("?"))), fact: null };
}
