import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, NewJob } from "../types.ts";
import { handlerOf, jobAsJson, MAX_PAYLOAD_BYTES } from "./check-job.ts";

const circular: Record<string, unknown> = {};
circular["self"] = circular;
const nested = (levels: number): Json => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
const ofBytes = (bytes: number) => "x".repeat(bytes - 2);

describe("a job to be added", () => {
  it.each<[string, Partial<Record<keyof NewJob, unknown>>]>([
    ["type", { type: "" }],
    ["type", { type: "UPPER" }],
    ["type", { type: "a b" }],
    ["type", { type: "x".repeat(129) }],
    ["delayMs", { delayMs: -1 }],
    ["delayMs", { delayMs: Number.NaN }],
    ["delayMs", { delayMs: Number.POSITIVE_INFINITY }],
    ["runAt", { runAt: new Date(Number.NaN) }],
    ["runAt", { runAt: new Date(-1) }],
    ["runAt", { runAt: new Date(0), delayMs: 0 }],
    ["priority", { priority: 101 }],
    ["priority", { priority: 0.5 }],
    ["maxAttempts", { maxAttempts: 0 }],
    ["maxAttempts", { maxAttempts: 101 }],
    ["uniqueKey", { uniqueKey: "" }],
    ["uniqueKey", { uniqueKey: "k".repeat(257) }],
    ["uniqueKey", { uniqueKey: "\0" }],
    ["uniqueKey", { uniqueKey: "\ud800" }],
    ["payload", { payload: circular }],
    ["payload", { payload: nested(65) }],
    ["payload", { payload: nested(80_000) }],
    ["payload", { payload: { a: [{ b: nested(62) }] } }],
    ["payload", { payload: 1n }],
    ["payload", { payload: () => 1 }],
    ["payload", { payload: ["\0"] }],
    ["payload", { payload: { "\udfff": 1 } }],
    ["payload", { payload: "\\\ud800" }],
  ])("is refused for its %s (case %#)", (field, wrong) => {
    const job = { type: "t", ...wrong } as NewJob;
    expect(() => jobAsJson(job)).toThrow(expect.objectContaining({ code: "JOB_INVALID", details: { field } }));
  });

  it("may be nested 64 levels deep", () => {
    expect(() => jobAsJson({ type: "t", payload: nested(64) })).not.toThrow();
  });

  it("is refused where its payload has a byte too many", () => {
    expect(() => jobAsJson({ type: "t", payload: ofBytes(MAX_PAYLOAD_BYTES) })).not.toThrow();
    const larger = [ofBytes(MAX_PAYLOAD_BYTES + 1), "ä".repeat(MAX_PAYLOAD_BYTES / 2)];
    for (const payload of larger) {
      expect(() => jobAsJson({ type: "t", payload })).toThrow(
        expect.objectContaining({ code: "JOB_PAYLOAD_TOO_LARGE" }),
      );
    }
  });

  it("says what is wrong and nothing of what it holds", () => {
    const message = (job: NewJob) => {
      try {
        jobAsJson(job);
        return "";
      } catch (thrown) {
        return String(thrown);
      }
    };
    expect(message({ type: "secret type" })).toMatch(/type must be/);
    expect(message({ type: "t", payload: "secret\0" })).not.toContain("secret");
  });

  it("keeps any payload that is JSON and storable as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (payload) => {
        const text = JSON.stringify(payload);
        const isStorable = !/\0/.test(leaves(payload)) && leaves(payload).isWellFormed();
        if (isStorable)
          expect(JSON.parse(jobAsJson({ type: "t", payload: payload as Json })).payload).toEqual(JSON.parse(text));
        else expect(() => jobAsJson({ type: "t", payload: payload as Json })).toThrow();
      }),
    );
  });

  it("takes checks and attempts of its handler, unless it has its own", () => {
    const handlers = {
      t: { run: async () => {}, maxAttempts: 7, check: (payload: Json) => (payload === null ? "no" : null) },
    };
    expect(JSON.parse(jobAsJson({ type: "t" }, handlers))).toEqual({ type: "t", max_attempts: 7, payload: {} });
    expect(JSON.parse(jobAsJson({ type: "t", maxAttempts: 2 }, handlers))).toMatchObject({ max_attempts: 2 });
    expect(() => jobAsJson({ type: "t", payload: null }, handlers)).toThrow(
      expect.objectContaining({ code: "JOB_INVALID" }),
    );
    expect(JSON.parse(jobAsJson({ type: "other", payload: null }, handlers))).toEqual({ type: "other", payload: null });
    expect(handlerOf(handlers, "constructor")).toBeUndefined();
  });
});

/** All the text that is in it. */
function leaves(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .map(([key, each]) => `${key} ${leaves(each)}`)
    .join(" ");
}
