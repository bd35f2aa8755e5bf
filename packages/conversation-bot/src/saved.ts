import { freshMemory, type Memory, type Persona, savedFact, savedMemory } from "@shoal/conversation";
import { freshSafety, type SafetyLanguage, type SafetyState } from "@shoal/safety";
import { z } from "zod";
import { type ConversationContext, type ConversationState, withTurn } from "./context.ts";
import type { Turn } from "./reply-source.ts";

/** A conversation as JSON, for the process that goes on with it. */
export interface SavedConversation extends Omit<ConversationState, "persona" | "heardAtMs" | "waitingSinceMs"> {
  /** Grows when the fields change their meaning. Version 1 knew no safety, turns, unanswered messages and memories. */
  readonly version: 2;
  /** How long the partner has been silent. */
  readonly silentMs: number;
}

/** Returns the state of a conversation in which nothing was said yet. */
export function freshState(persona: Persona, memory: Memory): ConversationState {
  return {
    ...{ persona, memory, saidCount: 0, heardAtMs: 0, isOver: false, unsaid: [], leaves: null },
    ...{ safety: freshSafety(), turns: [], unanswered: [], waitingSinceMs: 0, memories: [] },
  };
}

export function saved(state: ConversationState, listenedMs: number): SavedConversation {
  const { persona: _, heardAtMs, waitingSinceMs: __, ...rest } = state;
  return { version: 2, ...rest, silentMs: listenedMs - heardAtMs };
}

/**
 * Returns the state that another process saved, maybe of another version. What cannot be read is forgotten: a bot that has lost its memory is
 * better than one that is gone. Never throws.
 */
export function resumed(
  given: unknown,
  persona: Persona,
  { name, partner, clock, listenedMs }: ConversationContext<ConversationState | undefined>,
): ConversationState {
  const known: Partial<Record<keyof SavedConversation, unknown>> = isObject(given) ? given : {};
  const isKnown = known.version === 1 || known.version === 2;
  const fresh = freshMemory(name, partner.name);
  return {
    persona,
    memory: isKnown ? readMemory(known.memory, fresh) : fresh,
    // Greeted it has in any case: 0 would make it say nothing at the end.
    saidCount: isCount(known.saidCount) ? known.saidCount : 1,
    heardAtMs: listenedMs() - (isCount(known.silentMs) ? known.silentMs : 0),
    isOver: known.isOver === true,
    unsaid: isKnown && isTexts(known.unsaid) ? known.unsaid : [],
    leaves: isText(known.leaves) ? known.leaves : null,
    safety: readSafety(known.safety),
    turns: readTurns(known.turns),
    unanswered: isTexts(known.unanswered) ? known.unanswered : [],
    waitingSinceMs: clock.monotonicMs(),
    memories: isTexts(known.memories) ? known.memories : [],
  };
}

/** Reads a saved memory, maybe of another version; returns `fresh` where it is none. */
function readMemory(given: unknown, fresh: Memory): Memory {
  const saved = z.record(z.string(), z.unknown()).safeParse(given).data ?? {};
  // The version before this one counted no turns, and left the "you" out of its facts.
  const facts = z.array(savedFact.omit({ turn: true })).safeParse(saved.facts).data ?? [];
  const older = { recalled: [], facts: facts.map((known) => ({ ...known, said: `you ${known.said}`, turn: 0 })) };
  return savedMemory.safeParse({ ...fresh, ...saved, ...("turn" in saved ? {} : older) }).data ?? fresh;
}

const LANGUAGES: Readonly<Record<SafetyLanguage, true>> = {
  en: true,
  es: true,
  de: true,
  fr: true,
  pt: true,
  it: true,
};

/** Keeps each part that can be read: that somebody is a minor must not be lost with another field. */
function readSafety(given: unknown): SafetyState {
  const fresh = freshSafety();
  if (!isObject(given)) return fresh;
  const { isMinor, language, kinds, answeredCount } = given;
  return {
    isMinor: isMinor === true,
    language: isText(language) && Object.hasOwn(LANGUAGES, language) ? (language as SafetyLanguage) : fresh.language,
    kinds: isTexts(kinds) ? (kinds as SafetyState["kinds"]) : [],
    answeredCount: isCount(answeredCount) ? answeredCount : 0,
  };
}

function readTurns(given: unknown): readonly Turn[] {
  if (!Array.isArray(given)) return [];
  return given.reduce<readonly Turn[]>((turns, turn: unknown) => {
    if (!isObject(turn) || !isText(turn.text) || (turn.by !== "person" && turn.by !== "bot")) return turns;
    return withTurn(turns, turn.by, turn.text);
  }, []);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;
