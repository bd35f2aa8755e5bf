import type { Memory, Persona } from "@shoal/conversation";
import type { Clock, Log, Rng } from "@shoal/kernel";
import type { SafetyState } from "@shoal/safety";
import type { DeployedSettings } from "./deployed-settings.ts";
import type { Turn } from "./reply-source.ts";

/** The room of a conversation. It has the shape of the daemon's `BotContext`, which this package does not import. */
export interface ConversationContext<State = ConversationState> {
  readonly botId: string;
  /** Id of the match. */
  readonly conversationId: string;
  /** The bot's display name. */
  readonly name: string;
  readonly settings: DeployedSettings;
  readonly partner: { readonly id: string; readonly name: string };
  state: State;
  readonly clock: Clock;
  /** A clock that stands while the partner cannot be heard, in ms. */
  listenedMs(): number;
  readonly rng: Rng;
  readonly log: Log;
  /** Aborts when the conversation ends. */
  readonly signal: AbortSignal;
  /** Aborts when the partner writes again during this call. */
  readonly overtaken: AbortSignal;
  say(text: string): Promise<void>;
  typing(isTyping: boolean): Promise<void>;
  leave(reason: string): void;
}

/** State of one conversation. A value, replaced after each turn. */
export interface ConversationState {
  readonly persona: Persona;
  readonly memory: Memory;
  /** Number of lines the bot has said. */
  readonly saidCount: number;
  /** When the partner last wrote, or the greeting was sent, by `listenedMs`. */
  readonly heardAtMs: number;
  /** Whether the bot has decided to say its farewell: it then answers nothing more. */
  readonly isOver: boolean;
  /** Lines that are decided and not said yet, because the call was cut short: the next call says them first. */
  readonly unsaid: readonly string[];
  /** Why the bot leaves once they are said; null: it stays. */
  readonly leaves: string | null;
  readonly safety: SafetyState;
  /** What both said lately, oldest first. */
  readonly turns: readonly Turn[];
  /** Messages that wait for an answer, because a newer one came or the call was cut short before anything was said. */
  readonly unanswered: readonly string[];
  /** From when on the first of them waits, by the clock: when it came, or when the bot had almost said what came before. */
  readonly waitingSinceMs: number;
  /** What the partner told this persona in earlier conversations. */
  readonly memories: readonly string[];
}

/** The turns that a model is given. @source ReplySource of @shoal/replies */
const TURNS_KEPT = 24;
/** More than a chat line needs; bounds what a hand-over carries. */
const TURN_CHARACTERS = 600;

/** Adds a turn and drops the oldest beyond those kept. */
export function withTurn(turns: readonly Turn[], by: Turn["by"], text: string): readonly Turn[] {
  return [...turns, { by, text: text.slice(0, TURN_CHARACTERS) }].slice(-TURNS_KEPT);
}
