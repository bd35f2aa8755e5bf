import { z } from "zod";
import { uuid } from "../uuid.ts";
import type { Deployment } from "./types.ts";

const time = z.iso.datetime();

/** A row of `bot_control`, as the HTTP API shows it. */
export const command = z.object({
  id: uuid,
  bot_id: z.string(),
  command: z.string(),
  payload: z.unknown(),
  /** A user's id; null: the operator. */
  issued_by: z.string().nullable(),
  created_at: time,
  /** Null until it is applied or rejected. */
  applied_at: time.nullable(),
  outcome: z.enum(["applied", "rejected"]).nullable(),
  /** Of a rejected one: `CODE: words for people`. */
  error: z.string().nullable(),
});

/** A row of `bot_deployments`, as the HTTP API shows it. */
export const deployment = z.object({
  bot_id: z.string(),
  owner_id: z.string().nullable(),
  kind: z.string(),
  name: z.string(),
  config: z.record(z.string(), z.unknown()),
  desired: z.enum(["running", "paused", "stopped", "removed"]),
  generation: z.int(),
  status: z.enum(["starting", "running", "paused", "stopping", "stopped", "crashed", "quarantined"]),
  /** Who runs it. */
  replica: z.string().nullable(),
  /** The code of its latest failure. */
  last_error: z.string().nullable(),
  created_at: time,
  /** When a command last changed it. */
  updated_at: time,
  /** When its status last changed. */
  status_at: time,
});

/** A deployed bot alone, with who may run it. */
export const deploymentDetail = deployment.extend({
  /** The right to run it and to apply its commands; null: nobody has it, or it is a strategy. */
  lease: z
    .object({ holder: z.string(), expires_in_ms: z.number().describe("Below 0: it is over, and others may take it") })
    .nullable(),
  /** Commands that are neither applied nor rejected; 1,000 at most are counted. */
  waiting_commands: z.int(),
});

/** A command in a list: its payload, which may have 64 KB, is shown by its id alone. */
export const commandSummary = command.omit({ payload: true });

/** A body as the driver reads it: its times are dates, which become ISO text in JSON. */
type RowOf<Body> = {
  readonly [Name in keyof Body]: Name extends `${string}_at` ? Date | Extract<Body[Name], null> : Body[Name];
};

export type CommandRow = RowOf<z.infer<typeof command>>;
export type CommandSummaryRow = RowOf<z.infer<typeof commandSummary>>;
export type DeploymentRow = RowOf<z.infer<typeof deployment>>;
export type DeploymentDetail = RowOf<z.infer<typeof deploymentDetail>>;

/** The payload as text: the driver would round long numbers in it. */
export const COMMAND_COLUMNS = Object.keys(command.shape).join(", ").replace("payload", "payload::text as payload");
export const COMMAND_SUMMARY_COLUMNS = Object.keys(commandSummary.shape).join(", ");
export const DEPLOYMENT_COLUMNS = Object.keys(deployment.shape).join(", ");

/** What a round reads of a deployment: whether it stops gracefully is not shown. */
export type HeldRow = Omit<DeploymentRow, "last_error" | `${string}_at`> & { readonly stops_gracefully: boolean };

export const HELD_COLUMNS =
  "bot_id, owner_id, kind, name, config, desired, stops_gracefully, generation, status, replica";

export function deploymentOf(row: HeldRow): Deployment {
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
