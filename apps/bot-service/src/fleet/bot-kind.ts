import type { Clock, Log, Rng } from "@shoal/kernel";

/** A message that arrived in the room, already read by the payload codec. */
export interface RoomMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** When it arrived, by `monotonicMs` of the context's clock; after a hand-over, when the conversation was taken over. */
  readonly receivedAtMs: number;
}

/** The other side of a bot's conversation. */
export interface Partner {
  readonly id: string;
  readonly name: string;
}

/** Settings of one bot for its kind, given when it is deployed: a JSON object. */
export type BotSettings = Readonly<Record<string, unknown>>;

/** Actions of a bot in a room. All are safe to call after the conversation has ended: they then do nothing. */
export interface BotContext<State = unknown> {
  readonly botId: string;
  /** Id of the match: stays the same when the conversation goes on at another daemon. */
  readonly conversationId: string;
  /** The bot's display name. */
  readonly name: string;
  /** Accepted by `checkSettings`; `{}` for the fleet's own bots. */
  readonly settings: BotSettings;
  readonly partner: Partner;
  /** Belongs to the kind: what `onMatched` returned, dropped when the conversation ends. */
  state: State;
  readonly clock: Clock;
  /**
   * How long the bot could hear its partner, in ms: a clock that stands while the room's channel is lost, and is put back by
   * what its socket had been silent before. Measure a partner's silence by it.
   */
  listenedMs(): number;
  readonly rng: Rng;
  readonly log: Log;
  /** Aborts when the conversation ends, or when a call takes longer than 2 s while it is to be handed over. */
  readonly signal: AbortSignal;
  /**
   * Of the call under way: aborts when the partner writes again during it, and is aborted from the start where a newer message waits already. A call of its
   * own follows for that message, so a long answer that is overtaken may end early.
   */
  readonly overtaken: AbortSignal;
  /** Broadcasts one message. */
  say(text: string): Promise<void>;
  /** Shows or hides the typing indicator. */
  typing(isTyping: boolean): Promise<void>;
  /** Ends the conversation from the bot's side. Idempotent. */
  leave(reason: string): void;
}

/**
 * Defines what a bot says and does. One kind object serves many bots: everything per conversation lives in `ctx.state`.
 * Calls for one conversation never overlap. A call that throws ends that conversation and counts as a crash of the bot.
 */
export interface BotKind<State = unknown> {
  readonly kind: string;
  /** Display names, one picked per bot. */
  readonly names: readonly string[];
  /**
   * Returns what is wrong with the settings of a bot that is to be deployed, in words for people; null if they are valid. A
   * throw refuses them, too. A kind without this function takes no settings.
   */
  checkSettings?(settings: BotSettings): string | null;
  /** Called when the partner is in the room: greets, and returns the conversation's state. */
  onMatched(ctx: BotContext<State | undefined>): Promise<State>;
  onMessage(ctx: BotContext<State>, message: RoomMessage): Promise<void>;
  /** Called about once a second while in a room, never during another call. */
  onTick?(ctx: BotContext<State>): Promise<void>;
  /** Called when the conversation ends for a reason other than the bot's own `leave` (drain, partner gone); may speak if `canSpeak`. */
  onStop?(ctx: BotContext<State>, reason: string, canSpeak: boolean): Promise<void>;
  /**
   * Returns what `resume` needs to go on with the conversation, or a promise of it: a value that JSON can hold, of 256 KB at most. With it and `resume` a conversation is handed to
   * another daemon when this one drains; without them it ends. No other call is under way. A call that was cut short by the signal should have left in
   * `ctx.state` what it did not say; one that throws before it has said anything is made again where the conversation goes on.
   */
  save?(ctx: BotContext<State>): unknown;
  /**
   * Returns the state of a conversation that another daemon has saved, maybe of another version, and says nothing of what was said before. Called
   * instead of `onMatched`; then come the messages that have no answer, and a tick.
   */
  resume?(ctx: BotContext<State | undefined>, saved: unknown): State | Promise<State>;
}
