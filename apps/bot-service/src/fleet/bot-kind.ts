import type { Clock, Log, Rng } from "@shoal/kernel";

/** A message that arrived in the room, already read by the payload codec. */
export interface RoomMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

/** The other side of a bot's conversation. */
export interface Partner {
  readonly id: string;
  readonly name: string;
}

/** What whoever deployed a bot wants of its kind: a JSON object. */
export type BotSettings = Readonly<Record<string, unknown>>;

/** What a bot can do while it is in a room. All of it is safe to call after the conversation has ended: it then does nothing. */
export interface BotContext<State = unknown> {
  readonly botId: string;
  /** The bot's display name. */
  readonly name: string;
  /** Passed `checkSettings`; `{}` for bots of the fleet's own. */
  readonly settings: BotSettings;
  readonly partner: Partner;
  /** Free for the kind's own use; starts as what `onMatched` returned, gone when the conversation ends. */
  state: State;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** Aborts when the conversation ends or the daemon drains. */
  readonly signal: AbortSignal;
  /** Broadcasts one message. */
  say(text: string): Promise<void>;
  /** Shows or hides the typing indicator. */
  typing(isTyping: boolean): Promise<void>;
  /** Ends the conversation from our side. Idempotent. */
  leave(reason: string): void;
}

/**
 * What a bot says and does. One kind object serves many bots: everything per conversation lives in `ctx.state`.
 * Calls for one conversation never overlap. A call that throws ends that conversation and counts as a crash of the bot.
 */
export interface BotKind<State = unknown> {
  readonly kind: string;
  /** Display names, one picked per bot. */
  readonly names: readonly string[];
  /**
   * What is wrong with the settings of a bot that is to be deployed, in words for people; null: nothing. They are refused
   * where this throws, too. Without it the kind takes none.
   */
  checkSettings?(settings: BotSettings): string | null;
  /** The partner is in the room. Greet, and return the conversation's state. */
  onMatched(ctx: BotContext<State | undefined>): Promise<State>;
  onMessage(ctx: BotContext<State>, message: RoomMessage): Promise<void>;
  /** About once a second while in a room, never during another call. */
  onTick?(ctx: BotContext<State>): Promise<void>;
  /** The conversation ends for a reason other than the bot's own `leave` (drain, partner gone): a last word if `canSpeak`. */
  onStop?(ctx: BotContext<State>, reason: string, canSpeak: boolean): Promise<void>;
}
