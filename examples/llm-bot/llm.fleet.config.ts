/** A fleet with one bot kind of your own, which speaks by the daemon's language model. */
import { defineFleet } from "@shoal/bot-service/config";
import { storyBot } from "./llm-bot.ts";

export default defineFleet({ botKinds: (settings) => [storyBot(settings)] });
