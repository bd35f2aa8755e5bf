import { testRuntime } from "@shoal/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventsAnswer } from "../../notices.ts";
import type { Payload } from "../../types.ts";
import { createNoticeSender, type NoticeSenderParts } from "./notices.ts";

// p-retry keeps its own time.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

interface Call {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

function makeSender(answers: (call: number) => Response | Error | "hang", overrides: Partial<NoticeSenderParts> = {}) {
  const runtime = testRuntime();
  const calls: Call[] = [];
  const sender = createNoticeSender({
    url: "https://project.supabase.co/realtime/v1/api/broadcast",
    apiKey: "service-key",
    accessToken: undefined,
    isPrivate: false,
    runtime,
    maxParallel: 2,
    retries: 3,
    timeoutMs: 10_000,
    fetch: async (url, init) => {
      const headers = Object.fromEntries(new Headers(init.headers).entries());
      calls.push({ url, headers, body: JSON.parse(String(init.body)) });
      const answer = answers(calls.length);
      if (answer === "hang") {
        const { signal } = init;
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      }
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ...overrides,
  });
  const answered: EventsAnswer[] = [];
  const send = (topic: string, event: string, payload: Payload) =>
    sender.send(topic, event, payload, (answer) => void answered.push(answer));
  return { sender, send, answered, calls, clock: runtime.clock };
}

const accepted = () => new Response(null, { status: 202 });
const refused = (status: number, message = "no") => new Response(JSON.stringify({ message }), { status });

/** Both kinds of time pass until the work is done. */
async function whileTimePasses<T>(work: Promise<T>, clock: { advance(ms: number): Promise<void> }): Promise<T> {
  let isSettled = false;
  const done = work.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    await clock.advance(100);
    await vi.advanceTimersByTimeAsync(100);
  }
  return done;
}

describe("a notice", () => {
  it("fails at once when a thousand wait for a server that does not answer, instead of being sent an hour late", async () => {
    const { sender, send, calls, clock } = makeSender(() => "hang");
    const works = Array.from({ length: 1003 }, () => send("user:1", "notice", {}));
    expect(await works.at(-1)).toMatchObject({ kind: "failed", failure: { errorClass: "network", retry: "backoff" } });
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.length).toBe(2);
    await whileTimePasses(sender.close(0), clock);
    expect((await Promise.all(works)).every(({ kind }) => kind === "failed")).toBe(true);
  });

  it("goes to the batch endpoint with the key in both headers", async () => {
    const { send, calls } = makeSender(accepted);
    expect(await send("user:1", "stranger_matched", { match_id: "m" })).toEqual({ kind: "sent" });
    expect(calls[0]).toMatchObject({
      url: "https://project.supabase.co/realtime/v1/api/broadcast",
      headers: { apikey: "service-key", authorization: "Bearer service-key", "content-type": "application/json" },
      body: { messages: [{ topic: "user:1", event: "stranger_matched", payload: { match_id: "m" }, private: false }] },
    });
  });

  it("is private where all topics are, and so is the probe", async () => {
    const { sender, send, calls } = makeSender(accepted, { isPrivate: true });
    await send("user:1", "e", {});
    await sender.probe();
    expect(calls[0]?.body).toMatchObject({ messages: [{ private: true }] });
    expect(calls[1]?.url).toMatch(/\/events\/probe\?private=true$/);
  });

  it("shows a secret key as a key only, never as a token", async () => {
    const { send, calls } = makeSender(accepted, { apiKey: "sb_secret_x" });
    await send("user:1", "e", {});
    expect(calls[0]?.headers).toMatchObject({ apikey: "sb_secret_x" });
    expect(calls[0]?.headers).not.toHaveProperty("authorization");
  });

  it("uses the access token where there is one", async () => {
    const { send, calls } = makeSender(accepted, { apiKey: "sb_secret_x", accessToken: async () => "token" });
    await send("user:1", "e", {});
    expect(calls[0]?.headers["authorization"]).toBe("Bearer token");
  });

  it("is repeated when the server was busy, and after the floor of its class when it was overrun", async () => {
    const { send, calls, clock } = makeSender(
      (call) => [refused(503), refused(429), accepted()][call - 1] ?? accepted(),
    );
    const startedAtMs = clock.monotonicMs();
    expect(await whileTimePasses(send("user:1", "e", {}), clock)).toEqual({ kind: "sent" });
    expect(calls.length).toBe(3);
    expect(clock.monotonicMs() - startedAtMs).toBeGreaterThanOrEqual(5000);
  });

  it.each([
    [422, "Payload size exceeds tenant limit", "bad-request"],
    [401, "", "auth"],
    [403, "", "configuration"],
  ])("is not repeated after %i %s", async (status, message, errorClass) => {
    const { send, calls } = makeSender(() => refused(status, message));
    expect(await send("user:1", "e", {})).toMatchObject({
      kind: "failed",
      failure: { errorClass, retry: "never" },
    });
    expect(calls.length).toBe(1);
  });

  it("fails with its class when every try failed", async () => {
    const { send, calls, clock } = makeSender(() => new Error("connection refused"));
    const outcome = await whileTimePasses(send("user:1", "e", {}), clock);
    expect(outcome).toMatchObject({ kind: "failed", failure: { errorClass: "network", reason: "connection refused" } });
    expect(calls.length).toBe(4);
  });

  it("is given up when no answer comes in time", async () => {
    const { send, clock } = makeSender(() => "hang", { retries: 0 });
    const outcome = await whileTimePasses(send("user:1", "e", {}), clock);
    expect(outcome).toMatchObject({ kind: "failed", failure: { errorClass: "timeout" } });
    expect(clock.pendingTimers).toBe(0);
  });
});

const limited = (status: number, message?: string) =>
  new Response(message === undefined ? null : JSON.stringify({ message }), {
    status,
    headers: { "x-rate-rolling": "120", "x-rate-limit": "100", "x-rate-limit-remaining": "-20" },
  });
const EXCEEDED = "You have exceeded your rate limit";

describe("what an answer says of the project's events", () => {
  it.each<[string, Response, EventsAnswer]>([
    ["accepted: below the limit", limited(202), { isOver: false, limitPerSecond: 100 }],
    ["over the limit", limited(429, EXCEEDED), { isOver: true, limitPerSecond: 100 }],
    [
      "no capacity for a batch of one: as good as over",
      limited(429, "Too many messages to broadcast, please reduce the batch size"),
      { isOver: true, limitPerSecond: 100 },
    ],
    ["too many requests: nothing of events", limited(429, "Too many requests"), { isOver: null, limitPerSecond: 100 }],
    ["a payload too large: nothing", refused(422), { isOver: null, limitPerSecond: null }],
    [
      "a limit nobody can read: none",
      new Response(null, { status: 202, headers: { "x-rate-limit": "many" } }),
      { isOver: false, limitPerSecond: null },
    ],
  ])("%s", async (_, answer, expected) => {
    const { send, answered } = makeSender(() => answer, { retries: 0 });
    await send("user:1", "e", {});
    expect(answered).toEqual([expected]);
  });

  it("is told for every try", async () => {
    const { send, answered, clock } = makeSender((call) => (call === 1 ? limited(429, EXCEEDED) : limited(202)));
    expect(await whileTimePasses(send("user:1", "e", {}), clock)).toEqual({ kind: "sent" });
    expect(answered.map(({ isOver }) => isOver)).toEqual([true, false]);
  });

  it("makes a notice that finds no room a rate failure: it is a batch of one and cannot be split", async () => {
    const words = "Too many messages to broadcast, please reduce the batch size";
    const { send } = makeSender(() => limited(429, words), { retries: 0 });
    expect(await send("user:1", "e", {})).toMatchObject({
      kind: "failed",
      failure: { errorClass: "rate", retry: "backoff" },
    });
  });
});

describe("a probe", () => {
  it("is an empty message to a topic nobody joins, in a request of its own, and is not repeated", async () => {
    const { sender, calls } = makeSender(() => limited(429, EXCEEDED));
    expect(await sender.probe()).toEqual({ isOver: true, limitPerSecond: 100 });
    expect(calls).toMatchObject([
      {
        url: "https://project.supabase.co/realtime/v1/api/broadcast/shoal%3Aprobe/events/probe",
        headers: { apikey: "service-key", "content-type": "application/json" },
        body: {},
      },
    ]);
  });

  it.each<[string, Response | Error, boolean | null]>([
    ["accepted: below the limit", accepted(), false],
    ["429 of a gateway: no way to tell", refused(429), null],
    ["404 of an older server: no way to tell", refused(404), null],
    ["503: no way to tell", refused(503), null],
    ["no answer: no way to tell", new Error("connection refused"), null],
  ])("%s", async (_, answer, isOver) => {
    expect((await makeSender(() => answer).sender.probe()).isOver).toBe(isOver);
  });

  it("is given up after half a tick of the server", async () => {
    const { sender, clock } = makeSender(() => "hang");
    const work = sender.probe();
    await clock.advance(2500);
    expect((await work).isOver).toBeNull();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("many notices", () => {
  it("are in flight a few at a time", async () => {
    const { send, calls, clock } = makeSender(() => "hang", { retries: 0 });
    const work = Promise.all([1, 2, 3].map((n) => send(`user:${n}`, "e", {})));
    await clock.advance(0);
    expect(calls.length).toBe(2);
    await whileTimePasses(work, clock);
    expect(calls.length).toBe(3);
  });

  it("are waited for when closing, but not longer than allowed", async () => {
    const { sender, send, clock } = makeSender(() => "hang", { timeoutMs: 3_600_000 });
    const work = send("user:1", "e", {});
    await clock.advance(0);
    await whileTimePasses(sender.close(1000), clock);
    expect(await work).toMatchObject({ kind: "failed" });
    await sender.close(1000);
    expect(clock.pendingTimers).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
