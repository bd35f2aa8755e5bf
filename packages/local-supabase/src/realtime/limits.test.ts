import { describe, expect, it } from "vitest";
import { type LimitsOption, PLANS, resolveLimits } from "./limits.ts";

describe("limits", () => {
  it("are those of a self-hosted server by default", () => {
    expect(resolveLimits()).toEqual({
      concurrentSockets: 200,
      channelsPerSocket: 100,
      joinsPerSecond: 100,
      eventsPerSecond: 100,
      presenceEventsPerSecond: 1000,
      presenceCalls: 5,
      presenceWindowMs: 30_000,
      payloadBytes: 3_000_000,
      frameBytes: 5_000_000,
    });
  });

  it.each([
    ["free", [200, 100, 100, 100, 20, 256_000]],
    ["pro", [500, 100, 500, 500, 50, 3_000_000]],
    ["team", [10_000, 100, 2500, 2500, 1000, 3_000_000]],
  ] as const)("are Supabase's for the plan %s", (plan, [sockets, channels, joins, events, presence, payload]) => {
    expect(resolveLimits(plan)).toEqual({
      ...PLANS["self-hosted"],
      concurrentSockets: sockets,
      channelsPerSocket: channels,
      joinsPerSecond: joins,
      eventsPerSecond: events,
      presenceEventsPerSecond: presence,
      payloadBytes: payload,
    });
  });

  it("keep only the sizes when unlimited", () => {
    const { payloadBytes, frameBytes, presenceWindowMs, ...rest } = resolveLimits("unlimited");
    expect({ payloadBytes, frameBytes, presenceWindowMs }).toEqual({
      payloadBytes: 3_000_000,
      frameBytes: 5_000_000,
      presenceWindowMs: 30_000,
    });
    expect(Object.values(rest).every((value) => value === Number.POSITIVE_INFINITY)).toBe(true);
  });

  it("take single numbers in place of a plan's", () => {
    expect(resolveLimits({ joinsPerSecond: 1 })).toEqual({ ...PLANS["self-hosted"], joinsPerSecond: 1 });
    expect(resolveLimits({ plan: "pro", joinsPerSecond: 0 })).toEqual({ ...PLANS.pro, joinsPerSecond: 0 });
    const undefinedLimit = { joinsPerSecond: undefined } as unknown as LimitsOption;
    expect(resolveLimits(undefinedLimit)).toEqual(PLANS["self-hosted"]);
  });

  it("name everything that is wrong with them at once", () => {
    const wrong = {
      plan: "gold",
      joinsPerSecond: -1,
      eventsPerSecond: 0.5,
      presenceWindowMs: 0,
      presenceCalls: Number.NaN,
      channels: 3,
    } as unknown as LimitsOption;
    const thrown = expect.objectContaining({
      code: "LOCAL_REALTIME_LIMITS",
      retryable: false,
      details: {
        problems: [
          'plan is "gold"; known are free, pro, team, self-hosted, unlimited',
          "joinsPerSecond is -1; it is a whole number from 0, or Infinity",
          "eventsPerSecond is 0.5; it is a whole number from 0, or Infinity",
          "presenceCalls is NaN; it is a whole number from 0, or Infinity",
          "presenceWindowMs is 0; it is a whole number from 1, or Infinity",
          expect.stringMatching(/^channels is no limit; known are concurrentSockets, /),
        ],
      },
    });
    expect(() => resolveLimits(wrong)).toThrow(thrown);
    expect(() => resolveLimits("toString" as unknown as LimitsOption)).toThrow(/plan is "toString"/);
  });
});
