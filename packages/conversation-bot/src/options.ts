import { BUILT_IN_PERSONAS, type Persona } from "@shoal/conversation";
import { type ConcernKind, DEFAULT_SAFETY, type SafetyLanguage, type SafetyPolicy } from "@shoal/safety";
import { ConversationError } from "./errors.ts";
import { personaProblems } from "./persona-check.ts";
import type { Memories, ReplySource } from "./reply-source.ts";
import { DEFAULT_TYPING, type Typing } from "./typing.ts";

/** Delay of a line, counted in ms from the start of its turn. */
export interface ReplyTiming {
  /** When it could be said: once it is known, and it and those before it could have been typed. */
  readonly plannedMs: number;
  readonly actualMs: number;
}

/** Something in a message that an operator should look at. Without its text. */
export interface ConcernMark {
  readonly conversationId: string;
  readonly personId: string;
  readonly botId: string;
  readonly kind: ConcernKind;
  readonly language: SafetyLanguage;
}

/** A turn of the bot in answer to one message, or to several that came quickly. */
export interface TurnReport {
  /** Who decided the words: `safety` are the fixed ones. */
  readonly engine: "model" | "rules" | "safety";
  /** Why the rules spoke although there is a model: the code of a `ReplyError`, or REPLY_OVERTAKEN: newer messages left no time to ask it. */
  readonly code?: string;
  /** From the arrival of the message to the first line, in ms. */
  readonly ms: number;
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
  /** A language model, asked before the rules. Default: none. */
  readonly replies?: ReplySource;
  /** Laid over `DEFAULT_SAFETY` of @shoal/safety. */
  readonly safety?: Partial<SafetyPolicy>;
  /** Called when a concern of a kind comes up for the first time in a conversation. */
  readonly onConcern?: (mark: ConcernMark) => void;
  /** Default: nothing is remembered from one conversation to the next. */
  readonly memories?: Memories;
  /** Called after each turn of which something was said. */
  readonly onTurn?: (report: TurnReport) => void;
}

export interface Settings {
  readonly disclosure: boolean;
  readonly maxMessages: number;
  readonly idleMs: number;
  readonly typing: Typing;
  readonly personas: readonly Persona[];
  readonly onReply: (timing: ReplyTiming) => void;
  readonly replies: ReplySource | null;
  readonly safety: SafetyPolicy;
  readonly onConcern: (mark: ConcernMark) => void;
  readonly memories: Memories | null;
  readonly onTurn: (report: TurnReport) => void;
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
    replies: options.replies ?? null,
    safety: { ...DEFAULT_SAFETY, ...options.safety },
    onConcern: options.onConcern ?? (() => {}),
    memories: options.memories ?? null,
    onTurn: options.onTurn ?? (() => {}),
  };
  const problems = [...limitProblems(settings), ...personaProblems(settings.personas)];
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
