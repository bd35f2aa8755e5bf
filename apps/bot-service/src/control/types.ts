/** What may be asked of a bot. @source SPEC B */
export const COMMANDS = ["START_BOT", "STOP_BOT", "RESTART_BOT", "PAUSE_BOT", "RESUME_BOT", "UPDATE_CONFIG"] as const;

export type CommandName = (typeof COMMANDS)[number];

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What its commands want of a deployed bot. `removed`: stopped, and then forgotten. */
export type Desired = "running" | "paused" | "stopped" | "removed";

/** How far the replica that runs it has come. `starting` with no replica: waits for one to take it. */
export type DeploymentStatus = "starting" | "running" | "paused" | "stopping" | "stopped" | "crashed" | "quarantined";

/** A deployed bot: the durable truth, of which commands are the transitions. */
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
  /** From 1; a larger one means: start anew, after the conversation. */
  readonly generation: number;
  readonly status: DeploymentStatus;
}

/** A deployment as its row shows it. Times are ISO. */
export interface DeploymentView extends Deployment {
  /** Who runs it. */
  readonly replica: string | null;
  /** The code of what went wrong last. */
  readonly lastError: string | null;
  readonly createdAt: string;
  /** When a command last changed it. */
  readonly updatedAt: string;
  /** When its status last changed. */
  readonly statusAt: string;
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

/** A command as its row shows it. Times are ISO. */
export interface CommandView {
  readonly id: string;
  readonly botId: string;
  readonly command: string;
  readonly payload: unknown;
  /** A user's id; null: the operator. */
  readonly issuedBy: string | null;
  readonly createdAt: string;
  /** Null while it waits for its turn. */
  readonly appliedAt: string | null;
  readonly outcome: Outcome | null;
  /** Of a rejected one: `CODE: words for people`. */
  readonly error: string | null;
}

/** How commands are heard of. */
export interface FeedState {
  /** `postgres_changes` of the pool; `refused`: by its own word, until somebody changes something. It is asked now and then. */
  readonly changes: "off" | "joining" | "ready" | "lost" | "refused";
  /** LISTEN; `unsupported`: the connection goes through a transaction pooler. */
  readonly listen: "off" | "connecting" | "ready" | "unsupported";
}

/** What the control reports. Ids, codes and counts; never payloads. */
export interface ControlEvents {
  "command:applied": {
    readonly commandId: string;
    readonly botId: string;
    /** `UNKNOWN` for what is none of ours. */
    readonly command: CommandName | "UNKNOWN";
    readonly outcome: Outcome;
    /** Of a rejected one. */
    readonly code: RejectionCode | null;
    /** Since the command was written, by the clock of the database. */
    readonly latencyMs: number;
  };
  /** A round is over. `count`: commands it decided. */
  "control:round": { readonly durationMs: number; readonly count: number };
  /** A round failed: the database is away, say. The next one comes by backoff. */
  "control:failed": { readonly code: string };
  "control:feed": { readonly state: FeedState };
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
  /** Nobody has deployed a bot of that id. */
  | "CONTROL_BOT_UNKNOWN"
  /** The id is one that the fleet gives to its own bots. */
  | "CONTROL_BOT_ID_RESERVED"
  /** The id of a new bot is that of a person. */
  | "CONTROL_BOT_ID_TAKEN"
  | "CONTROL_KIND_UNKNOWN"
  /** The bot's kind does not take these settings. */
  | "CONTROL_SETTINGS_INVALID"
  | "CONTROL_NOT_OWNER"
  /** The bot is stopped: there is nothing to pause or to resume. */
  | "CONTROL_WRONG_STATE";
