import type { BotKind } from "../apps/bot-service/src/bots/bot-kind.ts";

/** The smallest useful bot kind: says back what it hears, ten times. */
export const echoBot: BotKind<{ heard: number }> = {
  kind: "echo",
  names: ["Echo"],
  async onMatched(ctx) {
    await ctx.say(`Hi ${ctx.partner.name}, I am a bot and say back what you say.`);
    return { heard: 0 };
  },
  async onMessage(ctx, message) {
    await ctx.say(message.text.slice(0, 280));
    ctx.state = { heard: ctx.state.heard + 1 };
    if (ctx.state.heard === 10) ctx.leave("echoed_enough");
  },
};
