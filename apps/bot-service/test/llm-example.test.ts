import type { BotContext, ConversationOptions } from "@shoal/bot-service/config";
import { FleetError } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { storyBot } from "../../../examples/llm-bot/llm-bot.ts";

type Replies = NonNullable<ConversationOptions["replies"]>;
const never = () => new Promise<never>(() => {});

/** A story with somebody, told by a model of the test. */
async function openStory(reply?: Replies["reply"]) {
  const runtime = testRuntime();
  const said: string[] = [];
  const left: string[] = [];
  const concerns: unknown[] = [];
  const bot = storyBot({ ...(reply && { replies: { reply } }), onConcern: (mark) => void concerns.push(mark) });
  const over = { overtaking: new AbortController() };
  const ctx: BotContext<Awaited<ReturnType<typeof bot.onMatched>>> = {
    ...{ botId: "b", conversationId: "m", name: "Fable", settings: {}, partner: { id: "ann", name: "Ann" } },
    ...{ clock: runtime.clock, rng: runtime.rng, log: runtime.log, signal: new AbortController().signal },
    state: undefined as never,
    listenedMs: () => 0,
    get overtaken() {
      return over.overtaking.signal;
    },
    say: async (text) => void said.push(text),
    typing: async () => {},
    leave: (reason) => void left.push(reason),
  };
  ctx.state = await bot.onMatched(ctx as never);
  const hear = (text: string) => bot.onMessage(ctx, { id: "1", from: "ann", text, receivedAtMs: 0 });
  return { said, left, concerns, hear, over, clock: runtime.clock };
}

it("says first that it is a bot, and then what the model adds", async () => {
  const asked: unknown[] = [];
  const { said, hear } = await openStory(async function* (request) {
    asked.push(request.turns.at(-1));
    yield "A keeper with three cats.";
    yield "Each had a name.";
  });
  await hear("an old keeper");
  expect(said[0]).toMatch(/\bbot\b/);
  expect(said.slice(1)).toEqual(["A keeper with three cats.", "Each had a name."]);
  expect(asked).toEqual([{ by: "person", text: "an old keeper" }]);
});

it.each<readonly [string, Replies["reply"] | undefined]>([
  ["there is none", undefined],
  [
    "it fails",
    () => {
      throw new FleetError("REPLY_HELD", "held");
    },
  ],
  ["it says nothing", async function* () {}],
  ["it is late", (_, signal) => ({ [Symbol.asyncIterator]: () => ({ next: () => aborted(signal) }) })],
])("goes on by a line of its own where the model cannot: %s", async (_, reply) => {
  const { said, hear, clock } = await openStory(reply);
  const heard = hear("an old keeper");
  await clock.advance(2_500);
  await heard;
  expect(said).toHaveLength(2);
  expect(clock.pendingTimers).toBe(0);
});

it("leaves a message that a newer one overtakes to the next call", async () => {
  const { said, hear, over } = await openStory((_, signal) => ({
    [Symbol.asyncIterator]: () => ({ next: () => aborted(signal) }),
  }));
  const heard = hear("an old keeper");
  over.overtaking.abort(new Error("a newer message"));
  await heard;
  expect(said).toHaveLength(1);
});

it("meets somebody in danger with fixed words and a mark, without asking the model", async () => {
  const { said, hear, concerns } = await openStory(() => {
    throw new Error("asked");
  });
  await hear("I want to end my life");
  expect(said.join(" ")).toContain("findahelpline.com");
  expect(concerns).toMatchObject([{ kind: "self_harm", personId: "ann" }]);
});

it("ends the story", async () => {
  const { left, hear } = await openStory();
  for (let nth = 0; nth < 12 && left.length === 0; nth += 1) await hear("and then it rained");
  expect(left).toEqual(["story_told"]);
});

function aborted(signal: AbortSignal): Promise<never> {
  return Promise.race([
    never(),
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  ]);
}
