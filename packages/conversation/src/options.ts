import { ConversationError } from "./errors.ts";
import type { Persona } from "./persona.ts";
import { BUILT_IN_PERSONAS } from "./personas/index.ts";
import { DEFAULT_TYPING, type Typing } from "./typing.ts";

/** Delay of a line, counted in ms from the moment its message was given to the bot. */
export interface ReplyTiming {
  /** The part of it for typing: the typing delays up to and including this line's. */
  readonly plannedMs: number;
  readonly actualMs: number;
}

export interface ConversationOptions {
  /** Whether the first message says that a bot is talking. Default true. A bot that is asked says so in any case. */
  readonly disclosure?: boolean;
  /** Messages the bot sends in one conversation, its farewell included: 1 or more, default 40. */
  readonly maxMessages?: number;
  /** Silence of the partner after which the bot leaves, in ms: more than 0, default 60,000. */
  readonly idleMs?: number;
  readonly typing?: Typing;
  /** Personas to use. Default: the five built-in ones. */
  readonly personas?: readonly Persona[];
  /** Called after each line that was said in answer to a message. */
  readonly onReply?: (timing: ReplyTiming) => void;
}

export interface Settings {
  readonly disclosure: boolean;
  readonly maxMessages: number;
  readonly idleMs: number;
  readonly typing: Typing;
  readonly personas: readonly Persona[];
  readonly onReply: (timing: ReplyTiming) => void;
}

/** Checks the options and adds their defaults. */
export function toSettings(options: ConversationOptions): Settings {
  const settings: Settings = {
    disclosure: options.disclosure ?? true,
    maxMessages: options.maxMessages ?? 40,
    idleMs: options.idleMs ?? 60_000,
    typing: options.typing ?? DEFAULT_TYPING,
    personas: options.personas ?? BUILT_IN_PERSONAS,
    onReply: options.onReply ?? (() => {}),
  };
  const problems = [
    ...limitProblems(settings),
    ...settings.personas.flatMap(personaProblems),
    ...nameProblems(settings.personas),
  ];
  if (problems.length > 0) {
    const message = `conversationBot: ${problems.join("; ")}`;
    throw new ConversationError("CONVERSATION_OPTIONS_INVALID", message, { details: { problems } });
  }
  return settings;
}

function limitProblems({ maxMessages, idleMs, typing }: Settings): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(maxMessages) || maxMessages < 1)
    problems.push(`maxMessages ${maxMessages}: must be a whole number from 1`);
  if (!(idleMs > 0)) problems.push(`idleMs ${idleMs}: must be more than 0`);
  const { msPerCharacter, minMs, maxMs, variation } = typing;
  if (!(msPerCharacter >= 0)) problems.push(`typing.msPerCharacter ${msPerCharacter}: must be 0 or more`);
  if (!(minMs >= 0 && maxMs >= minMs))
    problems.push(`typing.minMs ${minMs}, typing.maxMs ${maxMs}: must be 0 <= minMs <= maxMs`);
  if (!(variation >= 0 && variation <= 1)) problems.push(`typing.variation ${variation}: must be from 0 to 1`);
  return problems;
}

// Requires a line for every situation that works without a name, and "bot" wherever a persona says what it is.
function personaProblems({ id, names, lines }: Persona): string[] {
  const problems: string[] = [];
  if (names.length === 0) problems.push(`persona ${id}: needs a name`);
  for (const [situation, templates] of Object.entries(lines)) {
    if (!Array.isArray(templates) || situation === "views") continue;
    if (!templates.some((line) => !/\{(?!me\})/.test(line)))
      problems.push(`persona ${id}: ${situation} needs a line without a name in it`);
  }
  for (const situation of ["disclosedGreetings", "identity"] as const) {
    for (const line of lines[situation]) {
      if (!/\bbot\b/i.test(line))
        problems.push(`persona ${id}: every line of ${situation} must say "bot": ${JSON.stringify(line)}`);
    }
  }
  return problems;
}

function nameProblems(personas: readonly Persona[]): string[] {
  if (personas.length === 0) return ["personas: must not be empty"];
  const names = personas.flatMap((persona) => persona.names);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  return twice.map((name) => `name ${name}: belongs to two personas or stands twice`);
}
