/** One bot kind of your own, and nothing else: everybody who meets a bot meets this one. */
import { defineFleet } from "@shoal/bot-service/config";
import { echoBot } from "./echo-bot.ts";

export default defineFleet({ botKinds: () => [echoBot] });
