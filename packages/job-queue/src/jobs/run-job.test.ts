import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { runJob } from "./run-job.ts";

const job = { id: "1", type: "t", payload: {}, attempt: 1, maxAttempts: 5, epoch: 1 };
const unreadable = Object.defineProperty(new Error("x"), "message", {
  get() {
    throw new Error("broken");
  },
});

describe("an attempt", () => {
  it.each<[string, unknown, string, string]>([
    [
      "whose message is an object",
      Object.assign(new Error("x"), { message: { reason: 1 } }),
      "Error",
      "[object Object]",
    ],
    ["whose message is gone", Object.assign(new Error("x"), { message: undefined }), "Error", "undefined"],
    ["whose name is a number", Object.assign(new Error("x"), { name: 7 }), "7", "x"],
    ["whose code holds what no database does", Object.assign(new Error("x"), { code: "A\0\ud800" }), "A\ufffd", "x"],
    ["whose code is a novel", Object.assign(new Error("x"), { code: "A".repeat(5000) }), "A".repeat(128), "x"],
    ["that cannot be read", unreadable, "Error", "The error cannot be read."],
    ["that is no error", null, "Error", "thrown: null"],
  ])("fails by an error %s, as by any other", async (_what, thrown, code, message) => {
    const runtime = testRuntime();
    const outcome = await runJob(
      job,
      { run: () => Promise.reject(thrown) },
      {
        runtime,
        leg: "supabase",
        signal: new AbortController().signal,
        enqueue: () => Promise.reject(new Error("no")),
      },
    );
    expect(outcome).toMatchObject({ kind: "failed", code, message, retryInMs: expect.any(Number) });
    expect(runtime.clock.pendingTimers).toBe(0);
  });
});
