/** What a fleet file imports: `import { defineFleet } from "@shoal/bot-service/config"`. */
export type { BotContext, BotKind, Partner, RoomMessage } from "./bots/bot-kind.ts";
export { type ConversationOptions, conversationBot } from "./bots/conversation/index.ts";
export {
  type ChatMessage,
  defineFleet,
  type FleetDefinition,
  type LobbyMember,
  type MatchNotice,
  type PayloadCodec,
} from "./fleet-config.ts";
