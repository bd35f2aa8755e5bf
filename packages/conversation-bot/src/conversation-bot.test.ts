import { BUILT_IN_PERSONAS } from "@shoal/conversation";
import { beforeEach, describe, expect, test } from "vitest";
import type { ConversationContext, ConversationState } from "./context.ts";
import type { ConversationOptions } from "./options.ts";
import { heard, Stage, TYPING } from "./stage.test-support.ts";

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe("a conversation", () => {
  test("starts with a typed greeting that says who is talking", async () => {
    await stage.match();
    expect(stage.happened.map(({ kind }) => kind)).toEqual(["typing", "say", "typing"]);
    expect(stage.said[0]).toMatch(/\bbot\b/i);
    expect(stage.clock.monotonicMs()).toBeGreaterThanOrEqual(TYPING.minMs);
  });

  test("answers messages one after the other and uses what was said", async () => {
    await stage.match();
    for (const text of ["I'm Anna", "I like jazz", "what's my name?"]) await stage.hear(text);
    expect(stage.said.at(-1)).toContain("Anna");
    expect(stage.said.some((line) => line.toLowerCase().includes("jazz"))).toBe(true);
    expect(stage.clock.pendingTimers).toBe(0);
  });

  test("shows the typing indicator before each reply and hides it after, also when showing it fails", async () => {
    stage.typingFails = true;
    await stage.match();
    await stage.hear("I like jazz");
    const shown = stage.happened.flatMap((happening) => (happening.kind === "typing" ? [happening.isTyping] : []));
    expect(shown).toEqual([true, false, true, false]);
    expect(stage.happened[0]).toEqual({ kind: "typing", isTyping: true });
    expect(stage.said.length).toBeGreaterThanOrEqual(2);
  });

  test("says each line at its planned time, however slow the lines before it were sent", async () => {
    await stage.match();
    stage.sayDelayMs = 80;
    for (let at = 0; at < 30; at += 1) await stage.hear(`I like jazz${at} and my name is Anna`);
    expect(stage.timings.length).toBeGreaterThan(30);
    for (const { plannedMs, actualMs } of stage.timings) {
      expect(plannedMs).toBeGreaterThanOrEqual(TYPING.minMs);
      expect(actualMs - plannedMs).toBeLessThanOrEqual(100);
      expect(actualMs).toBeGreaterThanOrEqual(plannedMs);
    }
  });

  test("never writes to the log what was said", async () => {
    stage.typingFails = true;
    await stage.match();
    await stage.hear("my secret is xyzzy");
    expect(stage.logged.length).toBeGreaterThan(0);
    for (const line of stage.logged) {
      expect(line).not.toContain("xyzzy");
      for (const said of stage.said) expect(line).not.toContain(said);
    }
  });

  test("does not take a partner it could not hear for one who is silent", async () => {
    stage = new Stage({ idleMs: 10_000, typing: { msPerCharacter: 0, minMs: 0, maxMs: 0, variation: 0 } });
    await stage.match();
    await stage.clock.advance(60_000);
    stage.deafMs = 51_000;
    await stage.tick();
    expect(stage.left).toEqual([]);
    await stage.clock.advance(1000);
    await stage.tick();
    expect(stage.left).toEqual(["idle"]);
  });

  test("leaves politely after the idle time, and only once", async () => {
    stage = new Stage({ idleMs: 10_000, typing: { msPerCharacter: 0, minMs: 0, maxMs: 0, variation: 0 } });
    await stage.match();
    await stage.clock.advance(9999);
    await stage.tick();
    expect(stage.left).toEqual([]);
    await stage.hear("still here");
    const before = stage.said.length;
    await stage.clock.advance(9000);
    await stage.tick();
    expect(stage.left).toEqual([]);
    await stage.clock.advance(1000);
    await stage.tick();
    await stage.tick();
    expect(stage.left).toEqual(["idle"]);
    expect(stage.said.length).toBe(before + 1);
  });

  test("says at most maxMessages lines, the last being its farewell", async () => {
    for (const maxMessages of [1, 2, 3, 8]) {
      stage = new Stage({ maxMessages });
      await stage.match();
      for (let at = 0; at < 12 && stage.left.length === 0; at += 1) await stage.hear(`I like jazz number${at}x`);
      expect(stage.left).toEqual(["message_limit"]);
      expect(stage.said.length).toBeLessThanOrEqual(maxMessages);
      expect(stage.happened.at(-1)).toEqual({ kind: "leave", reason: "message_limit" });
      await stage.hear("hello?");
      expect(stage.said.length).toBeLessThanOrEqual(maxMessages);
    }
  });

  test("follows the settings it was deployed with", async () => {
    const other = BUILT_IN_PERSONAS.find(({ names }) => !names.includes("Otto"));
    stage = new Stage({}, "Otto", { persona: other?.id, max_messages: 2, idle_ms: 5000 });
    await stage.match();
    expect(stage.ctx.state.persona).toBe(other);
    await stage.clock.advance(5000);
    await stage.tick();
    expect(stage.left).toEqual(["idle"]);
    expect(stage.said).toHaveLength(2);
  });

  test("says goodbye and leaves when the partner does", async () => {
    await stage.match();
    await stage.hear("ok, bye!");
    expect(stage.left).toEqual(["goodbye"]);
    expect(stage.said).toHaveLength(2);
  });
});

describe("when the conversation is ended from outside", () => {
  test("a reply that is being typed is dropped at once, and the indicator hidden", async () => {
    await stage.match();
    const before = stage.said.length;
    const answering = stage.bot.onMessage(stage.ctx, heard(stage, "I like jazz"));
    await stage.clock.advance(100);
    stage.ending.abort(new Error("drain"));
    await answering;
    expect(stage.said.length).toBe(before);
    expect(stage.happened.at(-1)).toEqual({ kind: "typing", isTyping: false });
    expect(stage.clock.pendingTimers).toBe(0);
  });

  test("it says a short goodbye without typing when it may speak", async () => {
    await stage.match();
    await stage.hear("I'm Anna");
    stage.ending.abort(new Error("drain"));
    const atMs = stage.clock.monotonicMs();
    const before = stage.said.length;
    await stage.stop(true);
    expect(stage.said.length).toBe(before + 1);
    expect(stage.said.at(-1)?.length).toBeLessThan(80);
    expect(stage.clock.monotonicMs()).toBe(atMs);
    await stage.stop(true);
    expect(stage.said.length).toBe(before + 1);
  });

  test("it is silent when it may not speak, or has taken its leave already", async () => {
    await stage.match();
    const before = stage.said.length;
    await stage.stop(false);
    expect(stage.said.length).toBe(before);
    await stage.hear("bye");
    const after = stage.said.length;
    await stage.stop(true);
    expect(stage.said.length).toBe(after);
  });

  test("it says nothing at all when its first line, which tells what it is, was never said", async () => {
    const greeting = stage.bot.onMatched(stage.ctx as ConversationContext<ConversationState | undefined>);
    stage.ending.abort(new Error("drain"));
    stage.ctx.state = await greeting;
    await stage.stop(true);
    expect(stage.said).toEqual([]);
  });

  test("it copes with being stopped before it was ever matched", async () => {
    await stage.stop(true);
    expect(stage.said).toEqual([]);
  });
});

test("a failing broadcast is reported to the caller, who counts it as a crash", async () => {
  await stage.match();
  stage.ctx.say = async () => {
    throw new Error("channel gone");
  };
  await expect(stage.hear("hi")).rejects.toThrow("channel gone");
});

test("a bot's name tells its persona, and a foreign name always gets the same one", async () => {
  const voices = await Promise.all(
    ["Mika", "Zz Top", "Zz Top"].map(async (name) => {
      const other = new Stage({}, name);
      await other.match();
      return other.ctx.state.persona.id;
    }),
  );
  expect(voices[0]).toBe("melody");
  expect(voices[1]).toBe(voices[2]);
});

describe("a conversation that goes on elsewhere", () => {
  /** Saves what this stage knows, as JSON, and resumes it on another with its own clock. */
  function moved(options: ConversationOptions = {}): Stage {
    const saved: unknown = JSON.parse(JSON.stringify(stage.bot.save(stage.ctx)));
    const next = new Stage(options);
    next.ctx.state = next.bot.resume(next.ctx as ConversationContext<ConversationState | undefined>, saved);
    return next;
  }
  /** Ends the call under way after `cutMs`, as a hand-over that cannot wait does. */
  async function cutShort(call: Promise<void>, cutMs: number): Promise<void> {
    await stage.clock.advance(cutMs);
    stage.ending.abort(new Error("handed over"));
    await call;
  }

  test("knows what was said, does not greet again, and repeats no line", async () => {
    await stage.match();
    for (const text of ["I'm Anna", "I like jazz"]) await stage.hear(text);
    const next = moved();
    expect(next.ctx.state).toEqual({ ...stage.ctx.state, heardAtMs: expect.any(Number), waitingSinceMs: 0 });
    await next.hear("what's my name?");
    await next.tick();
    expect(next.said.at(-1)).toContain("Anna");
    expect(next.said.filter((line) => stage.said.includes(line))).toEqual([]);
  });

  test.each([0, 600, 1500])("says the rest of a reply that was cut short after %i ms, once", async (cutMs) => {
    await stage.match();
    const whole = new Stage();
    await whole.match();
    for (const each of [stage, whole]) await each.hear("I'm Anna");
    await whole.hear("I like jazz, do you?");
    await cutShort(stage.bot.onMessage(stage.ctx, heard(stage, "I like jazz, do you?")), cutMs);
    const next = moved();
    await next.tick();
    await next.tick();
    expect([...stage.said, ...next.said]).toEqual(whole.said);
    expect(next.ctx.state.saidCount).toBe(whole.ctx.state.saidCount);
  });

  test("greets elsewhere if it was cut short before it had greeted", async () => {
    const greeting = stage.bot.onMatched(stage.ctx as ConversationContext<ConversationState | undefined>);
    await cutShort(
      greeting.then((state) => {
        stage.ctx.state = state;
      }),
      10,
    );
    const next = moved();
    await next.hear("hello?");
    expect(stage.said).toEqual([]);
    expect(next.said[0]).toMatch(/\bbot\b/i);
    expect(next.said.length).toBeGreaterThan(1);
  });

  test("leaves elsewhere once it has said the goodbye that was cut short", async () => {
    await stage.match();
    await cutShort(stage.bot.onMessage(stage.ctx, heard(stage, "bye")), 10);
    expect(stage.left).toEqual([]);
    const next = moved();
    await next.tick();
    expect(next.said).toHaveLength(1);
    expect(next.left).toEqual(["goodbye"]);
    await next.tick();
    expect(next.left).toEqual(["goodbye"]);
  });

  test("counts the silence from before", async () => {
    await stage.match();
    await stage.clock.advance(50_000);
    const next = moved();
    await next.clock.advance(9000);
    await next.tick();
    expect(next.left).toEqual([]);
    await next.clock.advance(1000);
    await next.tick();
    expect(next.left).toEqual(["idle"]);
  });

  test.each([
    ["nothing", null],
    ["of another version", { version: 3, memory: { me: 1 }, saidCount: 7 }],
    ["with a memory of another form", { version: 1, memory: { said: "lines" }, saidCount: "7", unsaid: [1] }],
    ["with facts of another form", { version: 1, memory: { facts: [null], asked: 3 }, silentMs: Number.NaN }],
  ])("goes on with an empty memory after one that it cannot read: %s", async (_, saved) => {
    stage.ctx.state = stage.bot.resume(stage.ctx as ConversationContext<ConversationState | undefined>, saved);
    await stage.tick();
    expect(stage.said).toEqual([]);
    await stage.hear("I like jazz");
    expect(stage.said.length).toBeGreaterThan(0);
  });
});
