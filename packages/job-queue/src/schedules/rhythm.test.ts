import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRhythm } from "./rhythm.ts";

const at = (iso: string) => Date.parse(iso);

/** The ticks after an instant, in UTC to the minute. */
function ticks(cron: string, timeZone: string, afterIso: string, count: number): string[] {
  const rhythm = readRhythm(cron, timeZone);
  const found: string[] = [];
  for (
    let next = rhythm.nextAfter(at(afterIso));
    next !== null && found.length < count;
    next = rhythm.nextAfter(next)
  ) {
    found.push(new Date(next).toISOString().slice(0, 16));
  }
  return found;
}

describe("a rhythm on the day whose clock goes back", () => {
  it("ticks once at a fixed time that comes twice, the first time", () => {
    expect(ticks("30 2 * * *", "Europe/Berlin", "2026-10-24T00:00Z", 3)).toEqual([
      "2026-10-24T00:30",
      "2026-10-25T00:30",
      "2026-10-26T01:30",
    ]);
    expect(ticks("0,30 1 * * *", "America/New_York", "2026-11-01T00:00Z", 3)).toEqual([
      "2026-11-01T05:00",
      "2026-11-01T05:30",
      "2026-11-02T06:00",
    ]);
  });

  it("does not come back to a fixed time when it starts within the second hour", () => {
    expect(ticks("30 1 * * *", "America/New_York", "2026-11-01T06:10Z", 1)).toEqual(["2026-11-02T06:30"]);
  });

  it("keeps a real interval through both hours", () => {
    expect(ticks("*/30 * * * *", "Europe/Berlin", "2026-10-24T23:30Z", 5)).toEqual([
      "2026-10-25T00:00",
      "2026-10-25T00:30",
      "2026-10-25T01:00",
      "2026-10-25T01:30",
      "2026-10-25T02:00",
    ]);
  });
});

describe("a rhythm on the day whose clock skips an hour", () => {
  it("ticks at the end of the gap for a fixed time in it, and no day later", () => {
    expect(ticks("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00Z", 3)).toEqual([
      "2026-03-28T01:30",
      "2026-03-29T01:00",
      "2026-03-30T00:30",
    ]);
  });

  it("keeps a real interval over the gap", () => {
    expect(ticks("*/30 * * * *", "America/New_York", "2026-03-08T06:00Z", 3)).toEqual([
      "2026-03-08T06:30",
      "2026-03-08T07:00",
      "2026-03-08T07:30",
    ]);
  });
});

describe("a rhythm with a step of hours goes by the clock on the wall, as cron does", () => {
  it("leaves out the hour that is skipped, so that three real hours go by", () => {
    expect(ticks("0 */2 * * *", "Europe/Berlin", "2026-03-28T22:30Z", 3)).toEqual([
      "2026-03-28T23:00",
      "2026-03-29T02:00",
      "2026-03-29T04:00",
    ]);
  });

  it("ticks in both hours where its hour comes twice, a real hour apart", () => {
    expect(ticks("0 */2 * * *", "Europe/Berlin", "2026-10-24T21:30Z", 5)).toEqual([
      "2026-10-24T22:00",
      "2026-10-25T00:00",
      "2026-10-25T01:00",
      "2026-10-25T03:00",
      "2026-10-25T05:00",
    ]);
  });

  it("keeps its real interval in UTC", () => {
    expect(ticks("0 */2 * * *", "UTC", "2026-10-24T23:30Z", 3)).toEqual([
      "2026-10-25T00:00",
      "2026-10-25T02:00",
      "2026-10-25T04:00",
    ]);
  });
});

describe("any rhythm", () => {
  const crons = ["*/5 * * * *", "0 3 * * *", "15,45 1-3 * * *", "*/20 * * * * *", "0 0 1 * *"];
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
  // Around the changes of all these zones, and anywhere.
  const instants = fc.oneof(
    ...["2026-03-08T07:00Z", "2026-03-29T01:00Z", "2026-04-04T15:00Z", "2026-10-25T01:00Z", "2026-11-01T06:00Z"].map(
      (iso) => fc.integer({ min: at(iso) - 7_200_000, max: at(iso) + 7_200_000 }),
    ),
    fc.integer({ min: at("2026-01-01T00:00Z"), max: at("2027-01-01T00:00Z") }),
  );

  it("goes forward, and looking back finds the same ticks", () => {
    fc.assert(
      fc.property(fc.constantFrom(...crons), fc.constantFrom(...zones), instants, (cron, zone, afterMs) => {
        const rhythm = readRhythm(cron, zone);
        const forward: number[] = [];
        for (let tick = rhythm.nextAfter(afterMs); tick !== null && forward.length < 4; tick = rhythm.nextAfter(tick)) {
          expect(tick).toBeGreaterThan(forward.at(-1) ?? afterMs);
          forward.push(tick);
        }
        const [first = 0, last = 0] = [forward[0], forward.at(-1)];
        expect(rhythm.between(first, last, 100)).toEqual(forward);
        expect(rhythm.between(first, last, 2)).toEqual(forward.slice(-2));
      }),
    );
  });
});
