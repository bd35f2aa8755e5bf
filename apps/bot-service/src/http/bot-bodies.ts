import { z } from "zod";
import type { CommandView, DeploymentView } from "../control/types.ts";

const time = z.iso.datetime();

export const command = z.object({
  id: z.uuid(),
  bot_id: z.string(),
  command: z.string(),
  payload: z.unknown(),
  issued_by: z.string().nullable(),
  created_at: time,
  /** Null while it waits for its turn. */
  applied_at: time.nullable(),
  outcome: z.enum(["applied", "rejected"]).nullable(),
  error: z.string().nullable(),
});

export function commandBody(view: CommandView): z.infer<typeof command> {
  return {
    id: view.id,
    bot_id: view.botId,
    command: view.command,
    payload: view.payload,
    issued_by: view.issuedBy,
    created_at: view.createdAt,
    applied_at: view.appliedAt,
    outcome: view.outcome,
    error: view.error,
  };
}

export const deployment = z.object({
  bot_id: z.string(),
  owner_id: z.string().nullable(),
  kind: z.string(),
  name: z.string(),
  config: z.record(z.string(), z.unknown()),
  desired: z.enum(["running", "paused", "stopped", "removed"]),
  generation: z.int(),
  status: z.enum(["starting", "running", "paused", "stopping", "stopped", "crashed", "quarantined"]),
  replica: z.string().nullable(),
  last_error: z.string().nullable(),
  created_at: time,
  updated_at: time,
  status_at: time,
});

export function deploymentBody(view: DeploymentView): z.infer<typeof deployment> {
  return {
    bot_id: view.botId,
    owner_id: view.ownerId,
    kind: view.kind,
    name: view.name,
    config: view.config,
    desired: view.desired,
    generation: view.generation,
    status: view.status,
    replica: view.replica,
    last_error: view.lastError,
    created_at: view.createdAt,
    updated_at: view.updatedAt,
    status_at: view.statusAt,
  };
}
