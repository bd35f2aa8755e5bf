import { testRuntime } from "@shoal/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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
  return { sender, calls, clock: runtime.clock };
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
  it("goes to the batch endpoint with the key in both headers", async () => {
    const { sender, calls } = makeSender(accepted);
    expect(await sender.send("user:1", "stranger_matched", { match_id: "m" })).toEqual({ kind: "sent" });
    expect(calls[0]).toMatchObject({
      url: "https://project.supabase.co/realtime/v1/api/broadcast",
      headers: { apikey: "service-key", authorization: "Bearer service-key", "content-type": "application/json" },
      body: { messages: [{ topic: "user:1", event: "stranger_matched", payload: { match_id: "m" }, private: false }] },
    });
  });

  it("shows a secret key as a key only, never as a token", async () => {
    const { sender, calls } = makeSender(accepted, { apiKey: "sb_secret_x" });
    await sender.send("user:1", "e", {});
    expect(calls[0]?.headers).toMatchObject({ apikey: "sb_secret_x" });
    expect(calls[0]?.headers).not.toHaveProperty("authorization");
  });

  it("uses the access token where there is one", async () => {
    const { sender, calls } = makeSender(accepted, { apiKey: "sb_secret_x", accessToken: async () => "token" });
    await sender.send("user:1", "e", {});
    expect(calls[0]?.headers["authorization"]).toBe("Bearer token");
  });

  it("is repeated when the server was busy, and after the floor of its class when it was overrun", async () => {
    const { sender, calls, clock } = makeSender(
      (call) => [refused(503), refused(429), accepted()][call - 1] ?? accepted(),
    );
    const startedAtMs = clock.monotonicMs();
    expect(await whileTimePasses(sender.send("user:1", "e", {}), clock)).toEqual({ kind: "sent" });
    expect(calls.length).toBe(3);
    expect(clock.monotonicMs() - startedAtMs).toBeGreaterThanOrEqual(5000);
  });

  it.each([
    [422, "Payload size exceeds tenant limit", "bad-request"],
    [401, "", "auth"],
    [403, "", "configuration"],
  ])("is not repeated after %i %s", async (status, message, errorClass) => {
    const { sender, calls } = makeSender(() => refused(status, message));
    expect(await sender.send("user:1", "e", {})).toMatchObject({
      kind: "failed",
      failure: { errorClass, retry: "never" },
    });
    expect(calls.length).toBe(1);
  });

  it("fails with its class when every try failed", async () => {
    const { sender, calls, clock } = makeSender(() => new Error("connection refused"));
    const outcome = await whileTimePasses(sender.send("user:1", "e", {}), clock);
    expect(outcome).toMatchObject({ kind: "failed", failure: { errorClass: "network", reason: "connection refused" } });
    expect(calls.length).toBe(4);
  });

  it("is given up when no answer comes in time", async () => {
    const { sender, clock } = makeSender(() => "hang", { retries: 0 });
    const outcome = await whileTimePasses(sender.send("user:1", "e", {}), clock);
    expect(outcome).toMatchObject({ kind: "failed", failure: { errorClass: "timeout" } });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("many notices", () => {
  it("are in flight a few at a time", async () => {
    const { sender, calls, clock } = makeSender(() => "hang", { retries: 0 });
    const work = Promise.all([1, 2, 3].map((n) => sender.send(`user:${n}`, "e", {})));
    await clock.advance(0);
    expect(calls.length).toBe(2);
    await whileTimePasses(work, clock);
    expect(calls.length).toBe(3);
  });

  it("are waited for when closing, but not longer than allowed", async () => {
    const { sender, clock } = makeSender(() => "hang", { timeoutMs: 3_600_000 });
    const work = sender.send("user:1", "e", {});
    await clock.advance(0);
    await whileTimePasses(sender.close(1000), clock);
    expect(await work).toMatchObject({ kind: "failed" });
    await sender.close(1000);
    expect(clock.pendingTimers).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
