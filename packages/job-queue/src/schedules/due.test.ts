import { MINUTE_MS } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { judge, MADE_UP_FOR_AT_MOST } from "./due.ts";
import { readRhythm } from "./rhythm.ts";
import type { MissedPolicy } from "./types.ts";

const at = (time: string) => Date.parse(`2026-05-01T${time}Z`);
const policies: MissedPolicy[] = ["skip", "once", "all"];
const eachFive = readRhythm("*/5 * * * *", "UTC");

function judged(missed: MissedPolicy, tick: string, now: string, jitterMs = 0) {
  const verdict = judge(eachFive, { missed, jitterMs, nextTickMs: at(tick) }, at(now));
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  const { nextTickMs } = verdict;
  return {
    fire: verdict.fire.map(time),
    missed: verdict.missedCount,
    last: time(verdict.lastTickMs),
    next: nextTickMs && time(nextTickMs),
  };
}

describe("a schedule that is due", () => {
  it.each(policies)("fires the one tick that has come, by the policy %s", (policy) => {
    const once = { fire: ["10:00"], missed: 0, last: "10:00", next: "10:05" };
    expect(judged(policy, "10:00", "10:00:00")).toEqual(once);
    expect(judged(policy, "10:00", "10:01:59")).toEqual(once);
  });

  it("makes up for what was missed as its policy says", () => {
    const gone = { last: "10:10", next: "10:15" };
    expect(judged("skip", "10:00", "10:14")).toEqual({ ...gone, fire: [], missed: 3 });
    expect(judged("once", "10:00", "10:14")).toEqual({ ...gone, fire: ["10:10"], missed: 2 });
    expect(judged("all", "10:00", "10:14")).toEqual({ ...gone, fire: ["10:00", "10:05", "10:10"], missed: 0 });
  });

  it("fires a tick in time after ones that were missed, also by the policy skip", () => {
    expect(judged("skip", "10:00", "10:10:30")).toEqual({ fire: ["10:10"], missed: 2, last: "10:10", next: "10:15" });
  });

  it("does not take its own jitter for lateness", () => {
    expect(judged("skip", "10:00", "10:04:30", 3 * MINUTE_MS)).toMatchObject({ fire: ["10:00"], missed: 0 });
    expect(judged("skip", "10:00", "10:04:30", 2 * MINUTE_MS)).toMatchObject({ fire: [], missed: 1 });
  });

  it("makes up for no more than the last hundred, after however long a silence", () => {
    const eachSecond = readRhythm("* * * * * *", "UTC");
    const verdict = judge(
      eachSecond,
      { missed: "all", jitterMs: 0, nextTickMs: Date.parse("2020-01-01T00:00:00Z") },
      at("10:00"),
    );
    expect(verdict.fire).toHaveLength(MADE_UP_FOR_AT_MOST);
    expect(verdict.fire.at(-1)).toBe(at("10:00"));
    expect(verdict.nextTickMs).toBe(at("10:00:01"));
  });

  it("has no tick to come when its last year is over", () => {
    const last = readRhythm("0 0 12 1 5 * 2026", "UTC");
    expect(judge(last, { missed: "once", jitterMs: 0, nextTickMs: at("12:00") }, at("12:00")).nextTickMs).toBeNull();
  });
});
