/** The commands to a bot. @source SPEC B */
export const COMMANDS = ["START_BOT", "STOP_BOT", "RESTART_BOT", "PAUSE_BOT", "RESUME_BOT", "UPDATE_CONFIG"] as const;

export type CommandName = (typeof COMMANDS)[number];

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What its commands want of a deployed bot. `removed`: stopped, and then its row is deleted. */
export type Desired = "running" | "paused" | "stopped" | "removed";

/** The state of a bot on its replica. `starting` with no replica: waits for a replica to take it. */
export type DeploymentStatus = "starting" | "running" | "paused" | "stopping" | "stopped" | "crashed" | "quarantined";

/** A deployed bot: the durable state that commands change. */
export interface Deployment {
  /** 1 to 128 characters. */
  readonly botId: string;
  /** A user's id; null: the operator's. */
  readonly ownerId: string | null;
  readonly kind: string;
  readonly name: string;
  /** The kind's settings. */
  readonly config: JsonObject;
  readonly desired: Desired;
  /** Whether a conversation under way may end by itself before the bot stops. */
  readonly stopsGracefully: boolean;
  /** From 1. A larger one than that of the running bot makes it start anew after its conversation. */
  readonly generation: number;
  readonly status: DeploymentStatus;
}

/** A command to be issued by the operator. */
export interface NewCommand {
  /** 1 to 128 characters. */
  readonly botId: string;
  readonly command: CommandName;
  /** At most 64 KB as JSON. Default `{}`. */
  readonly payload?: JsonObject;
}

export type Outcome = "applied" | "rejected";

/** How the control learns of commands. */
export interface FeedState {
  /** `postgres_changes` of the pool; `refused`: Realtime refuses until its configuration is changed, and is asked again now and then. */
  readonly changes: "off" | "joining" | "ready" | "lost" | "refused";
  /** LISTEN; `unsupported`: the connection goes through a transaction pooler. */
  readonly listen: "off" | "connecting" | "ready" | "unsupported";
}

/** Events of the control: ids, codes and counts, never payloads. */
export interface ControlEvents {
  "command:applied": {
    readonly commandId: string;
    readonly botId: string;
    /** `UNKNOWN`: none of the known commands. */
    readonly command: CommandName | "UNKNOWN";
    readonly outcome: Outcome;
    /** Why it was rejected; null for an applied command. */
    readonly code: RejectionCode | null;
    /** Time since the command was written, by the clock of the database. */
    readonly latencyMs: number;
  };
  /** A round ended. `count`: commands that it applied or rejected. */
  "control:round": { readonly durationMs: number; readonly count: number };
  /** A round failed, for example because the database is away. The next one follows after a backoff. */
  "control:failed": { readonly code: string };
  "control:feed": { readonly state: FeedState };
  /**
   * Bots came here that their replica has not released, because it died or was cut off (`taken_over`); or idle ones go because other
   * replicas run fewer (`given_away`).
   */
  "control:moved": { readonly how: "taken_over" | "given_away"; readonly count: number };
  /** A deployed bot changed its status here. */
  "deployment:changed": {
    readonly botId: string;
    readonly generation: number;
    readonly status: DeploymentStatus;
  };
}

/** Why a command was rejected. Stable. */
export type RejectionCode =
  | "CONTROL_COMMAND_UNKNOWN"
  | "CONTROL_PAYLOAD_INVALID"
  /** No bot of that id is deployed. */
  | "CONTROL_BOT_UNKNOWN"
  /** The id has a form that daemons use in the lobby. */
  | "CONTROL_BOT_ID_RESERVED"
  /** The id of a new bot is that of a person. */
  | "CONTROL_BOT_ID_TAKEN"
  | "CONTROL_KIND_UNKNOWN"
  /** The bot's kind does not take these settings. */
  | "CONTROL_SETTINGS_INVALID"
  | "CONTROL_NOT_OWNER"
  /** As many bots of the owner are to run as may. */
  | "CONTROL_OWNER_QUOTA"
  /** The bot is stopped: there is nothing to pause or to resume. */
  | "CONTROL_WRONG_STATE"
  /** The owner of the strategy was deleted. */
  | "CONTROL_OWNER_GONE"
  /** The strategy cannot be removed while an exchange may fill one of its orders. */
  | "CONTROL_ORDERS_OPEN"
  /** Anything else that a strategy, or its rows, refuse a command by; the message says what. */
  | "CONTROL_STRATEGY_REFUSED";
