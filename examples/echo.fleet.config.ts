/** A fleet with one bot kind of your own. */
import { defineFleet } from "@shoal/bot-service/config";
import { echoBot } from "./echo-bot.ts";

export default defineFleet({ botKinds: () => [echoBot] });
