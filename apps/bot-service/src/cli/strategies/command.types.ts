import type { JsonObject } from "@shoal/strategy-runner";
import type { OwnerLimits } from "../../strategies/desk/strategy-desk.types.ts";
import type { RunFile } from "./run-file.ts";

/** Commands that take nothing but a strategy, by id or name. */
export type ByName = "status" | "start" | "stop" | "pause" | "resume" | "execute" | "positions" | "delete";

/** A file to deploy, and how it is to run. What is absent stays as it was, or is the daemon's default. */
export interface DeployCommand {
  readonly path: string;
  readonly name: string;
  readonly intervalMs?: number;
  readonly cron?: string;
  readonly zone?: string;
  readonly venue?: string;
  readonly market?: string;
  readonly secret?: string;
  readonly cash?: string;
  readonly config?: JsonObject;
  readonly ownerId?: string;
  readonly idempotencyKey?: string;
  /** Deployed, and stopped. */
  readonly isStopped: boolean;
  /** First shows what it would have done in the runs of that time. */
  readonly shadowMs?: number;
  /** Goes on after that without asking. */
  readonly isYes: boolean;
}

/** A command about secrets of the asker, or of a user. */
export type SecretCommand = { readonly ownerId?: string } & (
  | { readonly kind: "secrets set" | "secrets delete"; readonly name: string }
  | { readonly kind: "secrets list" }
);

/** Commands that only ask the daemon. */
export type DeskCommand =
  | {
      readonly kind: "list";
      readonly status?: string;
      readonly ownerId?: string;
      readonly limit: number;
      readonly before?: string;
    }
  | { readonly kind: ByName; readonly strategy: string }
  | {
      readonly kind: "versions" | "runs" | "orders";
      readonly strategy: string;
      readonly limit: number;
      readonly before?: string;
    }
  | { readonly kind: "rollback"; readonly strategy: string; readonly version?: number }
  | { readonly kind: "owners"; readonly limit: number; readonly before?: string }
  /** `ownerId` null: the operator. */
  | ({ readonly kind: "owner"; readonly ownerId: string | null } & OwnerLimits)
  | { readonly kind: "show"; readonly runId: string };

/** The command that a command line asks for. */
export type StrategiesCommand =
  | { readonly kind: "check"; readonly path: string }
  | { readonly kind: "run"; readonly file: RunFile }
  | DeskCommand
  | SecretCommand
  | { readonly kind: "replay"; readonly runId: string; readonly stopAt?: number }
  | { readonly kind: "deploy"; readonly deploy: DeployCommand }
  | { readonly kind: "logs"; readonly strategy: string; readonly limit: number; readonly isFollowed: boolean };

/** Receives the command that was asked for. */
export type RunCommand = (command: StrategiesCommand, isJson: boolean) => void | Promise<void>;
