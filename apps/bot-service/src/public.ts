/** Exports for fleet files: `import { defineFleet } from "@shoal/bot-service/config"`. */

export { type ConversationOptions, conversationBot, definePersona } from "@shoal/conversation-bot";
export {
  type ClaimedJob,
  giveUp,
  type JobContext,
  type JobHandler,
  type Json,
  type QueueHandler,
  type QueueMessage,
} from "@shoal/job-queue";
export { DEFAULT_SAFETY, freshSafety, inspect, type SafetyState } from "@shoal/safety";
export type { FleetAnalytics, OwnTrades, OwnUsers } from "./analytics/own-tables.ts";
export type { BotContext, BotKind, BotSettings, Partner, RoomMessage } from "./fleet/bot-kind.ts";
export { defineFleet, type FleetDefinition } from "./fleet-config.ts";
export type { FleetJobs, FleetSchedule } from "./jobs/fleet-jobs.ts";
export type { ChatMessage, LobbyMember, MatchNotice, PayloadCodec } from "./payload-codec.ts";
