import { z } from "zod";
import { commandSummary, deployment, type deploymentDetail } from "../control/rows.ts";

const at = z.iso.datetime();

export const deploymentPage = z.object({
  deployments: z.array(deployment),
  next: z.string().nullable().describe("The `before` of the page after this one; null: this is the last"),
});
export const commandList = z.object({ commands: z.array(commandSummary) });

export const botKinds = z.object({
  kinds: z.array(
    z.object({
      kind: z.string(),
      names: z.array(z.string()).describe("Of these a bot has one that is deployed without a name"),
      takes_settings: z.boolean(),
    }),
  ),
});
export const settingsCheck = z.object({
  problem: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe("What START_BOT or UPDATE_CONFIG would be rejected with here"),
});

export const botHistory = z.object({
  changes: z.array(
    z.object({
      at: at,
      state: z.string(),
      match_id: z.string().nullable(),
      error_code: z.string().nullable().describe("Of a crash"),
    }),
  ),
});

export const timelineEntry = z.object({
  at: at,
  what: z.enum(["breaker", "budget", "token", "socket"]),
  state: z.string().describe("Of the breaker its state; of a budget its name; of a token and a socket what happened"),
  subject: z.string().nullable().describe("The socket"),
  error_class: z.string().nullable(),
  cause: z.string().nullable().describe("By its name in docs/classification.md; of a socket the code of its close"),
  why: z.string().nullable().describe("What the cause means, and what to do about it"),
  lasts_ms: z
    .number()
    .nullable()
    .describe("Until it looks or spends again; of a stale socket how long it had been silent"),
  ratio: z.number().nullable().describe("What a rate signal left of the share of a budget, 0 to 1"),
});
export const poolTimeline = z.object({ entries: z.array(timelineEntry) });

export type Deployment = z.infer<typeof deployment>;
export type DeploymentDetail = z.infer<typeof deploymentDetail>;
export type DeploymentPage = z.infer<typeof deploymentPage>;
export type CommandSummary = z.infer<typeof commandSummary>;
export type CommandList = z.infer<typeof commandList>;
export type BotKinds = z.infer<typeof botKinds>;
export type SettingsCheck = z.infer<typeof settingsCheck>;
export type BotHistory = z.infer<typeof botHistory>;
export type TimelineEntry = z.infer<typeof timelineEntry>;
export type PoolTimeline = z.infer<typeof poolTimeline>;
