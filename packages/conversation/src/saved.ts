import { freshMemory, type Memory } from "./memory.ts";

/** A conversation as JSON, for the process that goes on with it. */
export interface SavedConversation {
  /** Grows when the fields change their meaning; a reader of another version begins with an empty memory. */
  readonly version: 1;
  readonly memory: Memory;
  readonly saidCount: number;
  /** How long the partner has been silent. */
  readonly silentMs: number;
  readonly isOver: boolean;
  readonly unsaid: readonly string[];
  readonly leaves: string | null;
}

/**
 * Reads what another process saved, maybe of another version. What cannot be read is forgotten: a bot that has lost its memory is better than one
 * that is gone. Never throws.
 */
export function readSaved(saved: unknown, me: string, partnerName: string): SavedConversation {
  const given: Partial<Record<keyof SavedConversation, unknown>> = isObject(saved) ? saved : {};
  const isKnown = given.version === 1;
  const fresh = freshMemory(me, partnerName);
  return {
    version: 1,
    memory: isKnown ? readMemory(given.memory, fresh) : fresh,
    // Greeted it has in any case: 0 would make it say nothing at the end.
    saidCount: isCount(given.saidCount) ? given.saidCount : 1,
    silentMs: isCount(given.silentMs) ? given.silentMs : 0,
    isOver: given.isOver === true,
    unsaid: isKnown && isTexts(given.unsaid) ? given.unsaid : [],
    leaves: typeof given.leaves === "string" ? given.leaves : null,
  };
}

function readMemory(given: unknown, fresh: Memory): Memory {
  if (!isObject(given)) return fresh;
  const memory = { ...fresh, ...given } as Memory;
  return isMemory(memory) ? memory : fresh;
}

function isMemory({ facts, said, recalled, insults, questionsInRow, ...rest }: Memory): boolean {
  return (
    Array.isArray(facts) &&
    facts.every(
      (fact) => isObject(fact) && isText(fact.said) && isTextOrNull(fact.object) && isTextOrNull(fact.topic),
    ) &&
    isTexts(said) &&
    [recalled, insults, questionsInRow].every(isCount) &&
    isText(rest.me) &&
    [rest.name, rest.topic, rest.heardKey].every(isTextOrNull) &&
    (rest.asked === null || (isObject(rest.asked) && isText(rest.asked.kind) && isTextOrNull(rest.asked.topic)))
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;
