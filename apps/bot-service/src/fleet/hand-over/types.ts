import type { Emitter, Runtime } from "@shoal/kernel";
import type { Bot } from "../bot.ts";
import type { HandOverStore, Offer } from "./store.ts";

/**
 * How a hand-over ended. `given`, `taken`: the conversation goes on elsewhere, or here. `refused`: the other side could not take it, or this one
 * not; `failed`: nobody knows, because the database did not answer, or a taken bot did not come.
 */
export type HandOverOutcome = "given" | "taken" | "refused" | "failed";

export interface HandOverEvents {
  "hand-over:ended": { readonly outcome: HandOverOutcome };
  /** A bot that was handed over is seen to go on elsewhere, that long after it paused here. */
  "hand-over:seen": { readonly durationMs: number };
}

/** The bots of this process, as hand-overs need them. */
export interface HandedBots {
  /** Returns what another replica needs to go on with the bot's conversation; null: it cannot. */
  offerOf(bot: Bot): Offer | null;
  /** The bot's match is another replica's now, and so are its place and its lease. */
  given(bot: Bot): void;
  /** Makes a bot that listens in the room of an offer, not started yet; `onEnd` is called when it is gone. Null: it cannot run here. */
  host(matchId: string, offer: Offer, onEnd: () => void): Bot | null;
  /** The conversation is this bot's now, with its place or its lease. */
  taken(bot: Bot, offer: Offer): void;
}

/** The matches of this replica. */
export interface HandedMatches {
  adopt(matchId: string): void;
  forget(matchId: string): void;
  end(matchId: string, reason: string): void;
}

/** What the giving and the taking side of a replica need, each. */
export interface SideOptions {
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly store: HandOverStore;
  readonly bots: HandedBots;
  readonly matches: HandedMatches;
  readonly emitter: Emitter<HandOverEvents>;
  /** Reads the hand-overs soon. */
  readonly look: () => void;
}
