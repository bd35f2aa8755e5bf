/** The fleet of `--llm-stub`: people of one topic meet, those of a near level first; bots type quickly. */
import { conversationBot, defineFleet } from "@shoal/bot-service/config";

const TYPING = { msPerCharacter: 6, minMs: 300, maxMs: 800, variation: 0.25 };

export default defineFleet({
  match: { equal: ["topic"], near: { level: { within: 20, widenPerSecond: 20, max: 100 } } },
  botKinds: (settings) => [conversationBot({ ...settings, typing: TYPING })],
});
