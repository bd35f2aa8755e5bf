import {
  type BotContext,
  type BotKind,
  type ConversationOptions,
  DEFAULT_SAFETY,
  freshSafety,
  inspect,
  type SafetyState,
} from "@shoal/bot-service/config";

interface Story {
  readonly turns: readonly { readonly by: "person" | "bot"; readonly text: string }[];
  readonly safety: SafetyState;
}

const MANNER =
  "Tells a story together with the stranger: takes up what they wrote, adds one or two short sentences, and leaves them room. " +
  "Gentle, playful, never cruel.";
/** Said where the model has nothing to say in time, costs too much, or may not say what it wrote. */
const OWN_LINES = ["And then?", "Nobody had seen that coming. What next?", "Meanwhile, the rain had stopped. Go on!"];
const LINES_OF_A_STORY = 10;
/** People expect a line within 4 s, and typing it takes a while. */
const FIRST_SENTENCE_LIMIT_MS = 2_500;

/** A bot that makes up a story with somebody, by the daemon's language model: within its budgets, and behind its guard. */
export function storyBot({ replies, safety, onConcern }: ConversationOptions): BotKind<Story> {
  return {
    kind: "story",
    names: ["Fable", "Yarn"],

    async onMatched(ctx) {
      const opening = `Hi ${ctx.partner.name}, I'm a bot that makes up stories. Once upon a time there was a lighthouse… who lived there?`;
      await ctx.say(opening);
      return { turns: [{ by: "bot", text: opening }], safety: freshSafety() };
    },

    async onMessage(ctx, { text }) {
      ctx.state = heard(ctx.state, "person", text);
      const { state, concern } = inspect(ctx.state.safety, text, { ...DEFAULT_SAFETY, ...safety });
      ctx.state = { ...ctx.state, safety: state };
      if (concern !== null) {
        // Somebody may be in danger, or is a child: fixed words, and a mark for the operator.
        for (const line of concern.lines) await ctx.say(line);
        const { conversationId, partner, botId } = ctx;
        const { kind, isNew } = concern;
        if (isNew) onConcern?.({ conversationId, personId: partner.id, botId, kind, language: state.language });
        return concern.ends ? ctx.leave("safety") : undefined;
      }
      const told = await sayByModel(ctx, state.isMinor ? undefined : replies);
      // A newer message has a call of its own, which answers both.
      if (!told && !ctx.overtaken.aborted) await tell(ctx, ownLine(ctx.state));
      if (ctx.state.turns.length < 2 * LINES_OF_A_STORY) return;
      await ctx.say("And that is the end of our story. Thank you for it, bye!");
      ctx.leave("story_told");
    },
  };
}

/** Says what the model adds. Returns whether it said anything. */
async function sayByModel(ctx: BotContext<Story>, replies: ConversationOptions["replies"]): Promise<boolean> {
  if (!replies) return false;
  const late = new AbortController();
  const timer = ctx.clock.after(FIRST_SENTENCE_LIMIT_MS, () => late.abort());
  const request = {
    ...{ conversationId: ctx.conversationId, personId: ctx.partner.id, turns: ctx.state.turns, memories: [] },
    ...{ bot: { name: ctx.name, manner: MANNER }, isMinor: false, disclosure: true },
  };
  let hasSaid = false;
  try {
    const signal = AbortSignal.any([ctx.signal, ctx.overtaken, late.signal]);
    for await (const sentence of replies.reply(request, signal)) {
      timer.cancel();
      await tell(ctx, sentence);
      hasSaid = true;
    }
  } catch {
    // Its code is counted and logged by the daemon; the story goes on without it.
  } finally {
    timer.cancel();
  }
  return hasSaid;
}

async function tell(ctx: BotContext<Story>, text: string): Promise<void> {
  await ctx.say(text);
  ctx.state = heard(ctx.state, "bot", text);
}

function heard(story: Story, by: "person" | "bot", text: string): Story {
  return { ...story, turns: [...story.turns, { by, text: text.slice(0, 600) }] };
}

function ownLine({ turns }: Story): string {
  return OWN_LINES[turns.length % OWN_LINES.length] ?? "And then?";
}
