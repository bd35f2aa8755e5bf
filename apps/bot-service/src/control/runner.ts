import type { EventSource } from "@shoal/kernel";
import type { DeployableKinds } from "./apply-command.ts";
import type { DeploymentStatus, JsonObject } from "./types.ts";

/** The `last_error` of a bot that waits although it was started: no replica has a place for it, or its kind. */
export const NO_CAPACITY = "CONTROL_NO_ROOM";

/** A deployed bot that is to run. */
export interface DeployedBot {
  readonly botId: string;
  readonly kind: string;
  readonly name: string;
  readonly config: JsonObject;
  /** A larger one than that of the running bot makes it start anew after its conversation. */
  readonly generation: number;
  /** A paused bot takes no new conversation. */
  readonly isPaused: boolean;
  /** Whether no user owns it: it goes before bots of owners where places are few. */
  readonly isOperators: boolean;
  /** Whether the replica that ran it has not released it, so that its lobby entry may still stand: it is shown when that is gone. Default: no. */
  readonly isLeftBehind?: boolean;
}

export interface DeployedRunnerEvents {
  /** A bot changed its status. A bot given to `run` is `starting` until the first of these. */
  "deployed:changed": {
    readonly botId: string;
    readonly generation: number;
    readonly status: DeploymentStatus;
    /** The code of a crash, or why it had to stop; otherwise null. */
    readonly errorCode: string | null;
  };
  /** A bot came here, or went to another replica, with its conversation; the lease has moved with it in the database. */
  "deployed:moved": { readonly botId: string; readonly isHere: boolean };
}

/** Runs deployed bots in this process, only as the control tells it to. */
export interface DeployedRunner {
  readonly events: EventSource<DeployedRunnerEvents>;
  readonly kinds: DeployableKinds;
  /** Most bots that it runs, 0 or more. */
  readonly maxCount: number;
  /** How many more bots it would take. */
  readonly freeCount: number;
  /** How many more of the operator: bots of owners make room for them. At least `freeCount`. */
  readonly freeForOperatorCount: number;
  /** Whether the bot is here, in whatever state. */
  has(botId: string): boolean;
  /** Stops so many bots that are idle, at most, the newest first: others are to run them. Returns their ids. */
  giveAway(maxCount: number): string[];
  /**
   * Starts the bot or changes the running one; idempotent. False: it cannot run here, for want of capacity or of its kind.
   * Where all places are taken, a bot of an owner is stopped for one of the operator: `stopped` with `CONTROL_NO_ROOM`.
   */
  run(bot: DeployedBot): boolean;
  /** Ends the bot; if `isGraceful`, after its conversation. Emits `stopped` when it has ended, at once if it does not run. */
  stop(botId: string, isGraceful: boolean): void;
  /**
   * Has a bot that talks say and do nothing more: its lease is over, and nobody knows whether another process has it now. The next `run`, `stop` or
   * `drop` decides. False: it does not talk.
   */
  silence(botId: string): boolean;
  /** Ends the bot at once, without a goodbye and without an event: its lease is lost. */
  drop(botId: string): void;
  /** Takes no more bots and ends all with a goodbye, in at most `limitMs`; drops the rest. Idempotent. */
  drain(limitMs: number): Promise<void>;
}
