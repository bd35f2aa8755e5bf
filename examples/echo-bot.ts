import type { BotKind } from "@shoal/bot-service/config";

/** The smallest useful bot kind: says who it is, then repeats each message, ten times. */
export const echoBot: BotKind<{ readonly echoed: number }> = {
  kind: "echo",
  names: ["Echo"],
  async onMatched(ctx) {
    await ctx.say(`Hi ${ctx.partner.name}, I am a bot and say back what you say.`);
    return { echoed: 0 };
  },
  async onMessage(ctx, message) {
    await ctx.say(message.text.slice(0, 280));
    ctx.state = { echoed: ctx.state.echoed + 1 };
    if (ctx.state.echoed === 10) ctx.leave("echoed_enough");
  },
};
