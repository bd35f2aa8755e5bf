import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatInstant,
  formatPercent,
  formatRelative,
  instantOf,
  inWords,
  NOTHING,
  plural,
} from "./format.ts";

describe("formats", () => {
  it("write a duration in its two largest units that say something", () => {
    const durations = [
      0,
      0.4,
      850,
      4200,
      59_999,
      MINUTE_MS,
      200 * SECOND_MS,
      5 * HOUR_MS + 4 * MINUTE_MS,
      50 * HOUR_MS,
    ];
    expect(durations.map(formatDuration)).toEqual([
      ...["0 ms", "< 1 ms", "850 ms", "4.2 s", "59 s", "1 min", "3 min 20 s", "5 h 4 min", "2 d 2 h"],
    ]);
    expect(formatDuration(-4200)).toBe("−4.2 s");
    expect(formatDuration(999.7)).toBe("1.0 s");
  });

  it("write an age in one unit, before and after now", () => {
    const now = Date.UTC(2026, 10, 30);
    const ages = [500, 12 * SECOND_MS, 3 * MINUTE_MS, 47 * HOUR_MS, 3 * DAY_MS, -3 * MINUTE_MS];
    expect(ages.map((age) => formatRelative(now - age, now))).toEqual([
      ...["now", "12 s ago", "3 min ago", "47 h ago", "3 d ago", "in 3 min"],
    ]);
  });

  it("write an instant with its zone, and nothing for what is none", () => {
    const at = Date.UTC(2026, 10, 30, 21, 5, 9, 123);
    expect(formatInstant(at, "utc")).toBe("2026-11-30 21:05:09.123 UTC");
    expect(formatInstant(at, "local")).toMatch(/^2026-1[12]-\d\d \d\d:\d5:09\.123 [+−]\d\d:\d\d$/);
    expect(formatClock(at, "utc")).toBe("21:05:09");
    for (const none of [Number.NaN, Infinity, 1e18]) expect(formatInstant(none, "utc")).toBe(NOTHING);
    expect([instantOf("2026-11-30T21:05:09.123Z"), instantOf(at), instantOf(null), instantOf("soon")]).toEqual([
      ...[at, at, null, null],
    ]);
  });

  it("write numbers so that they can be read, and a dash where there is none", () => {
    expect([formatCount(12_345), formatCount(null), formatCount(undefined)]).toEqual(["12,345", NOTHING, NOTHING]);
    expect([0, 999, 1500, 999_960, 214_000_000, 5e15].map(formatBytes)).toEqual([
      ...["0 B", "999 B", "1.5 kB", "1.0 MB", "214 MB", "5000 TB"],
    ]);
    expect([formatPercent(0.4256), formatPercent(0)]).toEqual(["42.6 %", "0 %"]);
    expect([plural(1, "person", "people"), plural(1200, "bot")]).toEqual(["1 person", "1,200 bots"]);
    expect([inWords("waits-for-person"), inWords("JOIN_REFUSED")]).toEqual(["Waits for person", "Join refused"]);
  });
});
