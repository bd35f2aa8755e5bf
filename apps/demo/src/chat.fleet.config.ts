/** The fleet of `--open` and `--chat`: bots that type quickly, as somebody watches who wants to see a line. */
import { conversationBot, defineFleet } from "@shoal/bot-service/config";

const TYPING = { msPerCharacter: 6, minMs: 300, maxMs: 800, variation: 0.25 };

export default defineFleet({ botKinds: (settings) => [conversationBot({ ...settings, typing: TYPING })] });
