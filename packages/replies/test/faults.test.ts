import { leakCheck, until } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAiModel } from "../src/adapters/ai-sdk.ts";
import { DEFAULT_LIMITS } from "../src/reply-run.ts";
import { type ModelFault, type ModelServer, startModelServer } from "../src/stand-in/adapters/model-server.ts";
import { requestOf } from "./support/request.ts";
import { hear, inTime, says, sourceOf } from "./support/source.ts";
import { openTalk } from "./support/talk.ts";

const SENTENCES = ["The model has a first sentence.", "Then it has a second one."];
const HALF = "And this one is cut off in the";
const leaks = leakCheck();

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer({ answer: () => SENTENCES.join(" ") });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A source over the endpoint, whose time limits go by a simulated clock. */
function overEndpoint(baseUrl = server.url) {
  const model = openAiModel({ baseUrl, model: "stand-in", apiKey: server.apiKey });
  const made = sourceOf(says(), { model });
  leaks.clock(made.clock);
  leaks.count("reservations", () => made.budget.openCount);
  const faults = () => Object.values(made.source.state().faults).reduce((sum, count) => sum + count, 0);
  return { ...made, faults };
}

interface Case {
  readonly fault: ModelFault;
  readonly codes: readonly string[];
  /** Nothing comes that ends it: time does. */
  readonly byTime?: true;
}

const CASES: Readonly<Record<string, Case>> = {
  "no headers": { fault: "silence", codes: ["REPLY_TIMEOUT"], byTime: true },
  "headers and nothing more": { fault: { says: [], ends: "stall" }, codes: ["REPLY_TIMEOUT"], byTime: true },
  "a stall in mid-sentence": {
    fault: { says: [HALF], ends: "stall" },
    codes: ["REPLY_STALLED", "REPLY_TIMEOUT"],
    byTime: true,
  },
  "a page of HTML with status 200": { fault: "page", codes: ["REPLY_MALFORMED"] },
  "an endless page": { fault: "endless page", codes: ["REPLY_MALFORMED"] },
  "a page that calls itself a stream": { fault: "page as stream", codes: ["REPLY_EMPTY", "REPLY_MALFORMED"] },
  nothing: { fault: "empty", codes: ["REPLY_EMPTY"] },
  "only marks": { fault: { says: ["...", " \n"] }, codes: ["REPLY_EMPTY"] },
  "a thought and no word": { fault: { says: [], thinks: ["Hm. Let me see."] }, codes: ["REPLY_EMPTY"] },
  "a chunk that is no JSON": { fault: { says: [HALF], ends: "garbage" }, codes: ["REPLY_MALFORMED"] },
  "an error in the stream": { fault: { says: [HALF], ends: "error" }, codes: ["REPLY_UNAVAILABLE"] },
  "half a sentence, by its length": { fault: { says: [HALF], ends: "length" }, codes: ["REPLY_EMPTY"] },
  "endless headers": { fault: "endless headers", codes: ["REPLY_UNAVAILABLE"] },
  "a flood of keep-alives": { fault: "keep-alives", codes: ["REPLY_FLOOD"] },
  "a line without end": { fault: "endless line", codes: ["REPLY_FLOOD"] },
  "words without end": { fault: "babble", codes: ["REPLY_FLOOD"] },
  "50 MB in a few bytes": { fault: "packed", codes: ["REPLY_MALFORMED"] },
  "a cut in mid-sentence": { fault: { says: [HALF], ends: "cut" }, codes: ["REPLY_UNAVAILABLE"] },
  "a closed connection": { fault: "hang up", codes: ["REPLY_UNAVAILABLE"] },
  429: { fault: { status: 429, retryAfter: "1" }, codes: ["REPLY_LIMITED"] },
  ...Object.fromEntries(
    [500, 502, 503, 529, 408].map((status) => [status, { fault: { status }, codes: ["REPLY_UNAVAILABLE"] }]),
  ),
  ...Object.fromEntries(
    [400, 401, 402, 403, 404, 422].map((status) => [status, { fault: { status }, codes: ["REPLY_REFUSED"] }]),
  ),
  "a long page with 500": { fault: { status: 500, body: "<p>".repeat(100_000) }, codes: ["REPLY_UNAVAILABLE"] },
  "a way to another host": { fault: { redirectTo: "http://127.0.0.1:1/v1" }, codes: ["REPLY_REFUSED"] },
};

describe.each(Object.entries(CASES))("where the endpoint answers with %s", (_, { fault, codes, byTime }) => {
  test("the rule engine has answered within 4 s, in whole sentences", async () => {
    const { source, clock, faults } = overEndpoint();
    const talk = await openTalk(source, clock);
    const greeted = talk.lines.length;
    const requests = server.requests.length;
    server.misbehave(fault);
    const heardAtMs = clock.monotonicMs();
    const answered = talk.receive("I like jazz");
    await server.received(requests + 1);
    // Until the fault has come in, time stands still; where nothing comes, it goes on.
    if (!byTime) await until(() => faults() === 1);
    await inTime(clock, answered);
    const [first] = talk.lines.slice(greeted);
    expect((first?.atMs ?? Number.NaN) - heardAtMs).toBeLessThanOrEqual(4000);
    expect(talk.turns).toMatchObject([{ engine: "rules" }]);
    // The talk itself gives up after 2.5 s.
    expect([...codes, ...(byTime ? ["REPLY_TIMEOUT"] : [])]).toContain(talk.turns[0]?.code);
    expect(talk.lines.map(({ text }) => text).join(" ")).not.toMatch(/cut off|doctype|and so on|as ordered/);
    await source.close();
    expect(server.requests).toHaveLength(requests + 1);
  });

  test("the fault has its code, within the time that a first sentence has", async () => {
    const { source, clock, faults } = overEndpoint();
    server.misbehave(fault);
    const requests = server.requests.length;
    const heard = hear(source, requestOf(["I like jazz"]), clock);
    await server.received(requests + 1);
    if (!byTime) await until(() => faults() === 1);
    const { said, fault: code, endedAtMs } = await inTime(clock, heard);
    expect(said).toEqual([]);
    expect(codes).toContain(code);
    expect(endedAtMs).toBeLessThanOrEqual(DEFAULT_LIMITS.firstSentenceMs);
    await source.close();
  });
});

test("nothing listens there: the fault has its code, and costs nothing", async () => {
  const gone = await startModelServer();
  await gone[Symbol.asyncDispose]();
  const { source, clock, budget, faults } = overEndpoint(gone.url);
  const heard = hear(source, requestOf(["hi"]), clock);
  await until(() => faults() === 1);
  expect(await inTime(clock, heard)).toMatchObject({ said: [], fault: "REPLY_UNAVAILABLE" });
  await source.close();
  expect(budget.takenMicros).toBe(0);
});

test("an honest answer is said whole, and costs what the endpoint tells", async () => {
  const { source, clock, budget } = overEndpoint();
  const heard = hear(source, requestOf(["I like jazz"]), clock);
  await until(() => source.state().replyCount === 1);
  expect(await inTime(clock, heard)).toMatchObject({ said: SENTENCES, fault: null });
  await source.close();
  const { inputTokenCount, outputTokenCount, spentMicros } = source.state();
  expect(outputTokenCount).toBe(SENTENCES.join(" ").split(" ").length);
  expect(spentMicros).toBe(inputTokenCount + 2 * outputTokenCount);
  expect(budget.takenMicros).toBe(spentMicros);
});

test("what a model thinks is not said", async () => {
  const { source, clock } = overEndpoint();
  server.misbehave({ says: ["<think>The stranger is a fool.</think>", "Hello ", "there."], thinks: ["Secret plan."] });
  const heard = hear(source, requestOf(["hi"]), clock);
  await until(() => source.state().replyCount === 1);
  expect((await inTime(clock, heard)).said).toEqual(["Hello there."]);
  await source.close();
});

test("the connection is closed once nobody waits for the answer any more", async () => {
  await using own = await startModelServer();
  const { source, clock } = overEndpoint(own.url);
  const stop = new AbortController();
  own.misbehave({ says: [HALF], ends: "stall" });
  const heard = hear(source, requestOf(["hi"]), clock, stop.signal);
  await own.received(1);
  stop.abort(new Error("a newer message"));
  await own.hungUp(1);
  expect((await heard).fault).toMatchObject({ message: "a newer message" });
  await source.close();
  expect(source.state().abortedCount).toBe(1);
});

test("the request holds no id, the key only where it belongs, no tools, and the bound on the answer", async () => {
  const { source, clock } = overEndpoint();
  const heard = hear(source, requestOf(["I like jazz"]), clock);
  await until(() => source.state().replyCount === 1);
  await inTime(clock, heard);
  const { body, headers } = server.requests.at(-1) as (typeof server.requests)[number];
  expect(body).not.toMatch(/match-1|person-1|tools|stand-in-key/);
  expect(JSON.parse(body)).toMatchObject({ max_tokens: DEFAULT_LIMITS.maxOutputTokens, stream: true });
  expect(headers.authorization).toBe(`Bearer ${server.apiKey}`);
  await source.close();
});

test("a newer message ends the request at once, and is answered together with the one before it, once", async () => {
  const { source, clock } = overEndpoint();
  const talk = await openTalk(source, clock);
  const greeted = talk.lines.length;
  const requests = server.requests.length;
  server.misbehave({ says: [HALF], ends: "stall" });
  const first = talk.receive("I like jazz");
  await server.received(requests + 1);
  const second = talk.receive("and old trains");
  await until(() => source.state().replyCount === 1);
  await inTime(clock, Promise.all([first, second]));
  expect(talk.lines.slice(greeted).map(({ text }) => text)).toEqual(SENTENCES);
  expect(talk.turns).toMatchObject([{ engine: "model" }]);
  expect(server.requests.slice(requests).map(({ messages }) => messages.at(-1)?.content)).toEqual([
    expect.not.stringContaining("trains"),
    expect.stringMatching(/jazz[\s\S]*trains/),
  ]);
  // One at a time: the first was over before the second began.
  expect(source.state()).toMatchObject({ abortedCount: 1, runningCount: 0 });
  await source.close();
});
