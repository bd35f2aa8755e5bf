import type { EventSource } from "@shoal/kernel";
import type { DeployableKinds } from "./apply-command.ts";
import type { DeploymentStatus, JsonObject } from "./types.ts";

/** What is to be run of a deployment. */
export interface DeployedBot {
  readonly botId: string;
  readonly kind: string;
  readonly name: string;
  readonly config: JsonObject;
  /** A larger one than what runs: begin anew, after the conversation. */
  readonly generation: number;
  /** It takes no new conversation. */
  readonly isPaused: boolean;
}

export interface DeployedRunnerEvents {
  /** How far it is. A bot given to `run` is `starting` until the first of these. */
  "deployed:changed": {
    readonly botId: string;
    readonly generation: number;
    readonly status: DeploymentStatus;
    /** Of a crash. */
    readonly errorCode: string | null;
  };
}

/** Runs deployed bots in this process: what the control tells it to, never on its own account. */
export interface DeployedRunner {
  readonly events: EventSource<DeployedRunnerEvents>;
  readonly kinds: DeployableKinds;
  /** How many more it would take. */
  readonly freeCount: number;
  /** Brings the bot in line; idempotent. False: it cannot be run here, for want of a place or of its kind. */
  run(bot: DeployedBot): boolean;
  /** Ends it, by and by where `isGraceful`; `stopped` is told when it has, at once where nothing runs. */
  stop(botId: string, isGraceful: boolean): void;
  /** It is not ours any more: ends at once and without a word. */
  drop(botId: string): void;
  /** Ends all of them with a goodbye, in at most `limitMs`; what is left then is dropped. Takes no more. Idempotent. */
  drain(limitMs: number): Promise<void>;
}
