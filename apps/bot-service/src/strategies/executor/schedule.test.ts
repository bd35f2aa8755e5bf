import { backoffDelayMs, MINUTE_MS } from "@shoal/kernel";
import { seededRng } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronTimes, FAILURE_BACKOFF } from "./schedule.ts";

const at = (iso: string) => Date.parse(iso);
const HOURLY = { cron: "0 * * * *", zone: "UTC" };
const DAILY = { cron: "30 2 * * *", zone: "Europe/Berlin" };

describe("the next tick of cron", () => {
  it.each([
    ["follows the planned one", HOURLY, "12:00", "12:00:02", null, "13:00", 0],
    ["follows the planned one that is still to come", HOURLY, "13:00", "12:59:59", null, "14:00", 0],
    ["is after now, and those between are missed", HOURLY, "12:00", "15:30", null, "16:00", 3],
    ["counts a tick of this very moment as missed", HOURLY, "12:00", "15:00", null, "16:00", 3],
    ["waits as it must, and misses nothing by that", HOURLY, "12:00", "12:00:02", "14:10", "15:00", 0],
    ["may be the moment itself until which it waits", HOURLY, "12:00", "12:00:02", "14:00", "14:00", 0],
  ])("%s", (_, cron, planned, now, notBefore, next, missedCount) => {
    const day = (time: string) => at(`2026-11-30T${time.length === 5 ? `${time}:00` : time}Z`);
    const times = { plannedAtMs: day(planned), nowMs: day(now), notBeforeMs: notBefore && day(notBefore) } as const;
    expect(cronTimes(cron, { ...times, notBeforeMs: times.notBeforeMs || null })).toEqual({
      nextAtMs: day(next),
      missedCount,
    });
  });

  it.each([
    ["comes once on the day whose clock goes back", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    ["comes at the end of the gap on the day whose clock skips it", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"],
  ])("%s", (_, planned, next) => {
    const times = cronTimes(DAILY, { plannedAtMs: at(planned), nowMs: at(planned) + 1, notBeforeMs: null });
    expect(times).toEqual({ nextAtMs: at(next), missedCount: 0 });
  });

  it("is none where the last one has passed", () => {
    const last = { cron: "0 0 0 1 1 * 2026", zone: "UTC" };
    const planned = at("2026-01-01T00:00:00Z");
    expect(cronTimes(last, { plannedAtMs: planned, nowMs: planned, notBeforeMs: null }).nextAtMs).toBeNull();
  });

  it("does not count for ever after a long time", () => {
    const everySecond = { cron: "* * * * * *", zone: "UTC" };
    const planned = at("2026-01-01T00:00:00Z");
    const times = { plannedAtMs: planned, nowMs: at("2026-11-30T00:00:00.500Z"), notBeforeMs: null };
    expect(cronTimes(everySecond, times)).toEqual({ nextAtMs: at("2026-11-30T00:00:01Z"), missedCount: 100 });
  });

  it("is never before what it must wait for, and the first such tick", () => {
    const crons = ["*/5 * * * *", "0 3 * * *", "15,45 1-3 * * *"];
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
    const instants = fc.integer({ min: at("2026-03-01T00:00:00Z"), max: at("2026-11-30T00:00:00Z") });
    const passed = fc.integer({ min: 0, max: 3_600_000 });
    fc.assert(
      fc.property(
        fc.constantFrom(...crons),
        fc.constantFrom(...zones),
        instants,
        passed,
        passed,
        (cron, zone, from, late, wait) => {
          const [nowMs, notBeforeMs] = [from + late, from + wait];
          const next = cronTimes({ cron, zone }, { plannedAtMs: from, nowMs, notBeforeMs }).nextAtMs ?? 0;
          expect(next).toBeGreaterThan(nowMs);
          expect(next).toBeGreaterThanOrEqual(notBeforeMs);
          const before = { plannedAtMs: from, nowMs: Math.max(nowMs, notBeforeMs - 1), notBeforeMs: null };
          expect(cronTimes({ cron, zone }, before).nextAtMs).toBe(next);
        },
      ),
    );
  });
});

it("failures in a row wait longer and longer, up to a quarter of an hour", () => {
  const rng = seededRng(1);
  const waits = Array.from({ length: 12 }, (_, index) => backoffDelayMs(FAILURE_BACKOFF, index + 1, rng));
  expect(waits[0]).toBeGreaterThan(3_000);
  expect(waits[0]).toBeLessThan(7_000);
  for (const wait of waits) expect(wait).toBeLessThanOrEqual(15 * MINUTE_MS);
  expect(waits.at(-1)).toBeGreaterThan(10 * MINUTE_MS);
});
