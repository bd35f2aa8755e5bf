import { FleetError, integer, sleep } from "@shoal/kernel";
import { seededRng, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConversationContext, ConversationState } from "./context.ts";
import type { ConcernMark, ConversationOptions, TurnReport } from "./options.ts";
import type { Memories, ReplyRequest, ReplySource } from "./reply-source.ts";
import { Stage } from "./stage.test-support.ts";
import { DEFAULT_TYPING } from "./typing.ts";

/** What the source does with a request. `pause` waits by the stage's clock, and no longer than the request's signal allows. */
type Behaviour = (pause: (ms: number) => Promise<void>, signal: AbortSignal) => AsyncIterable<string>;

const SENTENCES = ["The model has a first sentence.", "Then it has a second one.", "And this is the third."];
const never = () => new Promise<never>(() => {});

function says(sentences: readonly string[], everyMs = 300): Behaviour {
  return async function* (pause) {
    for (const sentence of sentences) {
      await pause(everyMs);
      yield sentence;
    }
  };
}

/** A stage whose bot asks a model of that behaviour. */
function withModel(behaviour: Behaviour, options: ConversationOptions = {}) {
  const asked: ReplyRequest[] = [];
  const turns: TurnReport[] = [];
  const marks: ConcernMark[] = [];
  const given: { behaviour: Behaviour } = { behaviour };
  const replies: ReplySource = {
    reply(request, signal) {
      asked.push(request);
      return given.behaviour((ms) => sleep(stage.clock, ms, signal), signal);
    },
  };
  const onTurn = (turn: TurnReport) => void turns.push(turn);
  const onConcern = (mark: ConcernMark) => void marks.push(mark);
  const stage: Stage = new Stage({ replies, onTurn, onConcern, ...options });
  return { stage, asked, turns, marks, given };
}

const lines = (stage: Stage) => stage.happened.filter((happening) => happening.kind === "say");
const isTypingShown = (stage: Stage) => stage.happened.findLast(({ kind }) => kind === "typing");

describe("a bot with a model", () => {
  test("greets by its rules, then says the model's sentences one by one, typed", async () => {
    const { stage, asked, turns } = withModel(says(SENTENCES));
    await stage.match();
    expect(asked).toEqual([]);
    await stage.hear("tell me about jazz");
    expect(stage.said.slice(1)).toEqual(SENTENCES);
    for (const { plannedMs, actualMs } of stage.timings) expect(actualMs).toBe(plannedMs);
    const [, first = { atMs: 0 }, second = { atMs: 0 }] = lines(stage);
    expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(400);
    expect(isTypingShown(stage)).toEqual({ kind: "typing", isTyping: false });
    expect(turns).toEqual([{ engine: "model", ms: expect.any(Number) }]);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  test("gives it what both said, and its own character", async () => {
    const { stage, asked } = withModel(says(SENTENCES.slice(0, 1)));
    await stage.match();
    for (const text of ["I like jazz", "and you?"]) await stage.hear(text);
    expect(asked[1]).toEqual({
      ...{ conversationId: "match-1", personId: "ann", memories: [], isMinor: false, disclosure: true },
      bot: { name: "Otto", manner: expect.any(String) },
      turns: [
        { by: "bot", text: stage.said[0] },
        { by: "person", text: "I like jazz" },
        { by: "bot", text: SENTENCES[0] },
        { by: "person", text: "and you?" },
      ],
    });
  });

  test("remembers by its rules what the person told while the model spoke", async () => {
    const { stage, given } = withModel(says(SENTENCES));
    await stage.match();
    for (const text of ["I'm Anna", "I like jazz"]) await stage.hear(text);
    given.behaviour = says([]);
    await stage.hear("what's my name?");
    expect(stage.said.at(-1)).toContain("Anna");
    expect(stage.ctx.state.memory.said).toEqual(expect.arrayContaining(SENTENCES));
  });

  test("keeps the message limit, with its farewell", async () => {
    for (const maxMessages of [2, 3, 6, 7]) {
      const { stage } = withModel(says(SENTENCES), { maxMessages });
      await stage.match();
      for (let at = 0; at < 6 && stage.left.length === 0; at += 1) await stage.hear(`I like jazz number${at}x`);
      expect([maxMessages, stage.left]).toEqual([maxMessages, ["message_limit"]]);
      expect(stage.said.length).toBeLessThanOrEqual(maxMessages);
    }
  });

  test.each(["are you a bot?", "bye!", "you stupid bot", "I will end it all"])("is not asked for %s", async (text) => {
    const { stage, asked } = withModel(says(SENTENCES));
    await stage.match();
    await stage.hear(text);
    expect(asked).toEqual([]);
    expect(stage.said.length).toBeGreaterThan(1);
  });

  test("keeps no more of a conversation than 24 turns of 600 characters", async () => {
    const { stage, asked } = withModel(says(SENTENCES), { maxMessages: 1000 });
    await stage.match();
    for (let at = 0; at < 12; at += 1) await stage.hear(`${at} ${"long ".repeat(1000)}`);
    const { turns = [] } = asked.at(-1) ?? {};
    expect(turns).toHaveLength(24);
    expect(Math.max(...turns.map(({ text }) => text.length))).toBe(600);
    expect(turns.at(-1)?.text).toMatch(/^11 long/);
  });
});

const CODES = [
  ...["TIMEOUT", "STALLED", "MALFORMED", "EMPTY", "FLOOD", "LIMITED", "UNAVAILABLE", "REFUSED", "HELD", "BUDGET"],
  "UNSAYABLE",
].map((code) => `REPLY_${code}`);

/** A reply of which the first sentence never comes. */
const failing = (next: () => Promise<never>): AsyncIterable<string> => ({
  [Symbol.asyncIterator]: () => ({ next }),
});

/** Faults, each with the code that is reported. */
const FAULTS: readonly (readonly [string, Behaviour, string])[] = [
  ...[0, 2400].flatMap((afterMs) =>
    CODES.map((code): readonly [string, Behaviour, string] => [
      `${code} after ${afterMs} ms`,
      (pause) =>
        failing(async () => {
          await pause(afterMs);
          throw new FleetError(code, "of the model");
        }),
      code,
    ]),
  ),
  [
    "no answer, ever, whatever the signal",
    () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
    "REPLY_TIMEOUT",
  ],
  ["nothing", says([]), "REPLY_EMPTY"],
  ["an empty sentence", says([""]), "REPLY_MALFORMED"],
  ["what is no text", says([7 as unknown as string]), "REPLY_MALFORMED"],
  [
    "a throw where it is asked",
    () => {
      throw new FleetError("REPLY_HELD", "closed");
    },
    "REPLY_HELD",
  ],
  ["what is no iterable", () => null as unknown as AsyncIterable<string>, "TypeError"],
];

describe("whatever a model does instead of answering", () => {
  test.each(FAULTS)("%s: the rules answer within 4 s of the message", async (_, behaviour, code) => {
    const { stage, turns } = withModel(behaviour);
    await stage.match();
    const heardAtMs = stage.clock.monotonicMs();
    await stage.hear("I like jazz");
    const [, first = { atMs: Number.NaN, text: "" }] = lines(stage);
    expect(first.atMs - heardAtMs).toBeLessThanOrEqual(4000);
    expect(first.text).toMatch(/jazz|music/i);
    expect(turns).toEqual([{ engine: "rules", code, ms: first.atMs - heardAtMs }]);
    expect(isTypingShown(stage)).toEqual({ kind: "typing", isTyping: false });
    expect(stage.clock.pendingTimers).toBe(0);
  });

  test.each([
    ["ends", says(SENTENCES.slice(0, 1))],
    [
      "fails",
      async function* () {
        yield SENTENCES[0] ?? "";
        throw new FleetError("REPLY_STALLED", "of the model");
      } satisfies Behaviour,
    ],
    [
      "never goes on",
      async function* () {
        yield SENTENCES[0] ?? "";
        await never();
      } satisfies Behaviour,
    ],
  ])("one whole sentence is a reply, when it then %s", async (_, behaviour) => {
    const { stage, turns } = withModel(behaviour);
    await stage.match();
    await stage.hear("I like jazz");
    expect(stage.said.slice(1)).toEqual(SENTENCES.slice(0, 1));
    expect(turns).toEqual([{ engine: "model", ms: expect.any(Number) }]);
    expect(stage.clock.pendingTimers).toBe(0);
  });
});

describe("a newer message", () => {
  test("that comes before the first sentence is answered together with the one before it, once", async () => {
    const { stage, asked, turns } = withModel(says(SENTENCES.slice(0, 1), 1000));
    await stage.match();
    stage.receive("I like jazz");
    await stage.clock.advance(500);
    stage.receive("and old trains");
    await stage.settle();
    expect(stage.said.slice(1)).toEqual(SENTENCES.slice(0, 1));
    expect(asked.map((request) => request.turns.slice(1).map(({ text }) => text))).toEqual([
      ["I like jazz"],
      ["I like jazz", "and old trains"],
    ]);
    expect(turns).toHaveLength(1);
    expect(stage.ctx.state.memory.facts.map(({ said }) => said).join()).toContain("jazz");
  });

  test("that comes while a sentence is typed lets it be said, and drops the rest", async () => {
    const { stage, asked } = withModel(says(SENTENCES, 100));
    await stage.match();
    stage.receive("I like jazz");
    await stage.clock.advance(200);
    stage.receive("and old trains");
    await stage.settle();
    expect(stage.said.slice(1)).toEqual([SENTENCES[0], ...SENTENCES]);
    expect(asked[1]?.turns.slice(1).map(({ text }) => text)).toEqual(["I like jazz", SENTENCES[0], "and old trains"]);
  });

  test("ends the request of the model at once", async () => {
    const signals: AbortSignal[] = [];
    const { stage, given } = withModel((_, signal) => {
      signals.push(signal);
      return { [Symbol.asyncIterator]: () => ({ next: never }) };
    });
    await stage.match();
    stage.receive("I like jazz");
    await stage.clock.advance(500);
    given.behaviour = says(SENTENCES);
    stage.receive("and old trains");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await stage.settle();
  });

  test("is never followed by 4 s of silence, however the person writes and the model dawdles", async () => {
    const waits = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(waits, fc.integer(), async (waitsMs, seed) => {
        const rng = seededRng(seed);
        const { stage } = withModel(
          async function* (pause) {
            for (let at = integer(rng, 0, 3); at > 0; at -= 1) {
              await pause(integer(rng, 0, 3000));
              yield `Sentence ${at} of the model.`;
            }
            if (integer(rng, 0, 1) === 0) await never();
          },
          { maxMessages: 1000, typing: DEFAULT_TYPING },
        );
        await stage.match();
        const writtenAtMs: number[] = [];
        for (const waitMs of waitsMs) {
          writtenAtMs.push(stage.clock.monotonicMs());
          stage.receive("I like jazz");
          await stage.clock.advance(waitMs);
        }
        await stage.settle();
        const saidAtMs = lines(stage).map(({ atMs }) => atMs);
        for (const atMs of writtenAtMs) expect(saidAtMs.some((said) => said >= atMs && said <= atMs + 4000)).toBe(true);
        expect(stage.ctx.state.unanswered).toEqual([]);
      }),
      // The second message waits through two requests that newer ones cut short; the third answers just in time.
      { numRuns: soakRuns(60, 3000), examples: [[[735, 1804, 1412, 0], 799039981]] },
    );
  });
});

describe("what an operator must know of", () => {
  test("is answered by fixed words, and marked once a kind, without the text", async () => {
    const { stage, marks, turns } = withModel(says(SENTENCES));
    await stage.match();
    for (const text of ["I will end it all", "end it all, I said"]) await stage.hear(text);
    expect(stage.said.filter((line) => line.includes("findahelpline.com"))).toHaveLength(2);
    const by = { conversationId: "match-1", personId: "ann", botId: "bot-1" };
    expect(marks).toEqual([{ ...by, kind: "self_harm", language: "en" }]);
    expect(turns.map(({ engine }) => engine)).toEqual(["safety", "safety"]);
  });

  test("lets the rules alone speak after a stated age, and ends the talk where the words say so", async () => {
    const { stage, asked, turns } = withModel(says(SENTENCES));
    await stage.match();
    for (const text of ["I'm 14", "I like jazz", "add me on snap"]) await stage.hear(text);
    expect(asked).toEqual([]);
    expect(turns.map(({ engine }) => engine)).toEqual(["safety", "rules", "safety"]);
    expect(stage.left).toEqual(["safety"]);
  });

  test("is answered whole also where the message limit is reached, which then ends the talk", async () => {
    const { stage } = withModel(says(SENTENCES), { maxMessages: 2 });
    await stage.match();
    await stage.hear("I will end it all");
    expect(stage.said[2]).toContain("findahelpline.com");
    expect(stage.left).toEqual(["message_limit"]);
  });
});

describe("a conversation with a model that goes on elsewhere", () => {
  /** Cuts the call under way short, as a hand-over does, and returns the conversation at its next place. */
  async function handedOver(from: ReturnType<typeof withModel>): Promise<ReturnType<typeof withModel>> {
    from.stage.ending.abort(new Error("handed over"));
    await from.stage.settle();
    expect(from.stage.clock.pendingTimers).toBe(0);
    const saved: unknown = JSON.parse(JSON.stringify(from.stage.bot.save(from.stage.ctx)));
    const next = withModel(says(SENTENCES));
    const { bot, ctx } = next.stage;
    ctx.state = bot.resume(ctx as ConversationContext<ConversationState | undefined>, saved);
    return next;
  }

  test("does not wait for the model, which is asked there, once", async () => {
    const here = withModel(says(SENTENCES, 2000));
    await here.stage.match();
    here.stage.receive("I like jazz");
    await here.stage.clock.advance(100);
    const there = await handedOver(here);
    for (let at = 0; at < 3; at += 1) await there.stage.tick();
    expect([here.stage.said.length, there.stage.said]).toEqual([1, SENTENCES]);
    expect(there.asked.map(({ turns }) => turns.map(({ by }) => by))).toEqual([["bot", "person"]]);
  });

  test("says no half of a reply twice, and knows what was said", async () => {
    const here = withModel(says(SENTENCES, 100));
    await here.stage.match();
    here.stage.receive("I like jazz");
    while (here.stage.said.length < 2) await here.stage.clock.advance(50);
    const there = await handedOver(here);
    await there.stage.tick();
    expect(there.stage.said).toEqual([]);
    await there.stage.hear("go on");
    expect(there.asked[0]?.turns.slice(1).map(({ text }) => text)).toEqual(["I like jazz", SENTENCES[0], "go on"]);
  });

  test("still knows that the person is a minor", async () => {
    const here = withModel(says(SENTENCES));
    await here.stage.match();
    await here.stage.hear("I'm 14");
    const there = await handedOver(here);
    await there.stage.hear("I like jazz");
    expect(there.asked).toEqual([]);
    await there.stage.hear("I'm 14");
    expect(there.marks).toEqual([]);
  });

  test("takes up what a process without a model has saved, in version 1", () => {
    const here = withModel(says(SENTENCES));
    const saved = { version: 1, saidCount: 3, unsaid: ["one more thing"], leaves: null, isOver: false, silentMs: 5 };
    const state = here.stage.bot.resume(here.stage.ctx as ConversationContext<ConversationState | undefined>, saved);
    expect(state).toMatchObject({ saidCount: 3, unsaid: ["one more thing"], turns: [], unanswered: [] });
    expect(state.safety.isMinor).toBe(false);
  });
});

describe("a bot that may remember", () => {
  const remembering = (over: Partial<Memories> = {}) => {
    const saves: (readonly [string, string, readonly string[]])[] = [];
    const memories: Memories = {
      load: async () => ["you like trains"],
      save: async (...save) => void saves.push(save),
      ...over,
    };
    return { ...withModel(says(SENTENCES), { memories }), saves };
  };

  test("gives the model what was told before, and adds what is told now", async () => {
    const { stage, asked, saves } = remembering();
    await stage.match();
    await stage.hear("I like jazz");
    expect(asked[0]?.memories).toEqual(["you like trains"]);
    await stage.hear("bye!");
    expect(saves).toEqual([["ann", stage.ctx.state.persona.id, ["you like jazz"]]]);
    await stage.stop(false);
    expect(saves).toHaveLength(1);
  });

  test("knows what was told before also where the rules speak", async () => {
    const { stage, given } = remembering();
    given.behaviour = says([]);
    await stage.match();
    await stage.hear("what do I like?");
    expect(stage.said.at(-1)).toContain("you like trains");
  });

  test("keeps it when the partner goes without a word, and nothing of a minor", async () => {
    const { stage, saves } = remembering();
    await stage.match();
    await stage.hear("I like jazz");
    await stage.stop(false);
    expect(saves).toHaveLength(1);

    const other = remembering();
    await other.stage.match();
    for (const text of ["I like jazz", "I'm 14"]) await other.stage.hear(text);
    await other.stage.stop(false);
    expect(other.saves).toEqual([]);
  });

  test.each([
    ["never answers", never],
    ["fails", async () => Promise.reject(new Error("away"))],
  ])("greets and leaves in time when the store %s", async (_, store) => {
    const { stage } = remembering({ load: store, save: store });
    await stage.match();
    expect(lines(stage)[0]?.atMs).toBeLessThanOrEqual(4000);
    for (const text of ["I like jazz", "bye!"]) await stage.hear(text);
    expect(stage.left).toEqual(["goodbye"]);
    expect(stage.logged.join()).not.toContain("jazz");
    expect(stage.clock.pendingTimers).toBe(0);
  });
});

test("nothing that anybody writes comes into the log or a report", async () => {
  const { stage, turns, marks } = withModel(says(SENTENCES));
  await stage.match();
  stage.typingFails = true;
  for (const text of ["I like xyzzy", "I will end it all, xyzzy"]) await stage.hear(text);
  expect(marks).toHaveLength(1);
  expect(JSON.stringify([turns, marks, stage.logged])).not.toMatch(/xyzzy|sentence/);
});
