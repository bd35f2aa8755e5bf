import { describe, expect, it } from "vitest";
import { PoolError } from "./errors.ts";
import { DEFAULT_OPTIONS, type PoolOptions, resolveOptions } from "./options.ts";

const fine = { url: "https://project.supabase.co", apiKey: "key" };

function problemsOf(config: Parameters<typeof resolveOptions>[0]): string {
  try {
    resolveOptions(config);
  } catch (thrown) {
    if (thrown instanceof PoolError && thrown.code === "POOL_BAD_OPTIONS") return thrown.message;
    throw thrown;
  }
  return "";
}

describe("options", () => {
  it("fill in the defaults", () => {
    expect(resolveOptions(fine)).toEqual(DEFAULT_OPTIONS);
    expect(resolveOptions({ ...fine, options: { channelsPerSocket: 90 } }).channelsPerSocket).toBe(90);
  });

  it("name every problem at once", () => {
    const options: Partial<PoolOptions> = {
      channelsPerSocket: 101,
      joinShare: 0,
      heartbeatMs: 60_000,
      maxHandshakes: 1.5,
      start: { mode: "stagger", minMs: 8000, maxMs: 5000 },
    };
    const message = problemsOf({ url: "wss://project", apiKey: " ", options });
    for (const name of ["url", "apiKey", "channelsPerSocket", "joinShare", "heartbeatMs", "maxHandshakes", "start"]) {
      expect(message).toContain(name);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("refuse %d where a time is meant", (value) => {
    expect(problemsOf({ ...fine, options: { joinTimeoutMs: value } })).toContain("joinTimeoutMs");
  });

  it.each([
    ["eventsPerSecond", 0],
    ["presenceEventsPerSecond", 1_000_001],
    ["sendWaitMs", -1],
  ] as const)("refuse a %s of %d", (name, value) => {
    expect(problemsOf({ ...fine, options: { [name]: value } })).toContain(name);
  });

  it("never repeat the key", () => {
    expect(problemsOf({ url: "nonsense", apiKey: "secret-key" })).not.toContain("secret-key");
  });
});
