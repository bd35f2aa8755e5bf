import type { CommandView, Deployment, DeploymentView, JsonObject, Outcome } from "./types.ts";

export const COMMAND_COLUMNS = "id, bot_id, command, payload, issued_by, created_at, applied_at, outcome, error";

export interface CommandRow {
  readonly id: string;
  readonly bot_id: string;
  readonly command: string;
  readonly payload: unknown;
  readonly issued_by: string | null;
  readonly created_at: Date;
  readonly applied_at: Date | null;
  readonly outcome: Outcome | null;
  readonly error: string | null;
}

export function commandOf(row: CommandRow): CommandView {
  return {
    id: row.id,
    botId: row.bot_id,
    command: row.command,
    payload: row.payload,
    issuedBy: row.issued_by,
    createdAt: row.created_at.toISOString(),
    appliedAt: row.applied_at?.toISOString() ?? null,
    outcome: row.outcome,
    error: row.error,
  };
}

export const DEPLOYMENT_COLUMNS = `bot_id, owner_id, kind, name, config, desired, stops_gracefully, generation, status,
  replica, last_error, created_at, updated_at, status_at`;

export interface DeploymentRow {
  readonly bot_id: string;
  readonly owner_id: string | null;
  readonly kind: string;
  readonly name: string;
  readonly config: JsonObject;
  readonly desired: Deployment["desired"];
  readonly stops_gracefully: boolean;
  readonly generation: number;
  readonly status: Deployment["status"];
  readonly replica: string | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly status_at: Date;
}

export function deploymentOf(row: Omit<DeploymentRow, "replica" | "last_error" | `${string}_at`>): Deployment {
  return {
    botId: row.bot_id,
    ownerId: row.owner_id,
    kind: row.kind,
    name: row.name,
    config: row.config,
    desired: row.desired,
    stopsGracefully: row.stops_gracefully,
    generation: row.generation,
    status: row.status,
  };
}

export function viewOf(row: DeploymentRow): DeploymentView {
  return {
    ...deploymentOf(row),
    replica: row.replica,
    lastError: row.last_error,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    statusAt: row.status_at.toISOString(),
  };
}
