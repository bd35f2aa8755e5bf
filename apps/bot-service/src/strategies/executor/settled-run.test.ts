import { zstdDecompressSync } from "node:zlib";
import type { RunOutcome } from "@shoal/strategy-runner";
import { describe, expect, it } from "vitest";
import { abandoned, isChange, nextTick, outcomeOf, pauseAfter, runRows, skipped, unable } from "./settled-run.ts";
import type { StrategyClaim } from "./statements.ts";

const NOW = Date.UTC(2026, 10, 30, 12);

const claim = (more: Partial<StrategyClaim> = {}): StrategyClaim => ({
  ...{ id: "s", epoch: 7, ownerId: "o", plannedAtMs: NOW, isManual: false, revision: 3, lostClaims: 0, version: 2 },
  ...{ codeId: "c", dueForMs: 1, consecutiveFailures: 0, consecutiveKills: 0, lastExecutionAtMs: null },
  ...{ skippedSinceMs: null, fuelLeft: null, nowMs: NOW },
  ...more,
});
const HOURLY = { intervalMs: null, cron: "0 * * * *", zone: "UTC" };
const MINUTELY = { intervalMs: 60_000, cron: null, zone: "UTC" };

const outcome = (more: Partial<RunOutcome> = {}): RunOutcome => ({
  ...{ result: "ok", intents: [], statePatch: {}, logs: [], notifications: [], fuel: 9, imageHash: "h" },
  ...{ cpuMs: 1, wallMs: 2 },
  ...more,
});

describe("the outcome of a run", () => {
  it.each([
    ["ok", undefined, "ok"],
    ["failed", "STRATEGY_THREW", "failed"],
    ["failed", "STRATEGY_OUT_OF_FUEL", "failed"],
    ["failed", "STRATEGY_OUT_OF_MEMORY", "failed"],
    ["failed", "STRATEGY_TIME_LIMIT", "killed"],
    ["failed", "STRATEGY_CPU_LIMIT", "killed"],
    ["failed", "STRATEGY_MEMORY_LIMIT", "killed"],
  ] as const)("%s by %s is %s", (result, code, expected) => {
    expect(outcomeOf(outcome({ result, ...(code && { error: { code, message: "m" } }) }))).toBe(expected);
  });
});

describe("a pause", () => {
  const limits = { maxFailures: 10, maxKills: 3 };
  const error = { code: "STRATEGY_THREW", message: "no" };
  it.each([
    ["comes after no success", 9, 2, "ok", null],
    ["comes not one failure too early", 8, 0, "failed", null],
    ["comes after too many failures", 9, 0, "failed", "paused"],
    ["comes not one kill too early", 0, 1, "killed", null],
    ["is a quarantine after too many kills", 2, 2, "killed", "quarantined"],
    ["counts kills among failures", 9, 0, "killed", "paused"],
    ["counts kills in a row only", 2, 2, "failed", null],
    ["comes where more than that went before", 99, 0, "failed", "paused"],
  ] as const)("%s", (_, consecutiveFailures, consecutiveKills, ended, status) => {
    const pause = pauseAfter({ consecutiveFailures, consecutiveKills }, ended, error, limits);
    expect(pause?.status ?? null).toBe(status);
    if (pause)
      expect(pause.reason).toMatch(/^STRATEGY_TOO_MANY_(FAILURES|KILLS): \d+ runs in a row .*STRATEGY_THREW: no$/);
  });
});

describe("the next tick", () => {
  it("is for the database to find on the grid of an interval, and missed ones are told", () => {
    const late = { claim: claim(), databaseNowMs: NOW + 150_000, timing: MINUTELY };
    expect(nextTick(late, null)).toEqual({ nextAtMs: null, missedCount: 2 });
    expect(nextTick({ ...late, databaseNowMs: NOW - 5 }, null).missedCount).toBe(0);
  });

  it("of cron is after a backoff", () => {
    const times = { claim: claim(), databaseNowMs: NOW + 1, timing: HOURLY };
    expect(nextTick(times, NOW + 3_600_001)).toEqual({ nextAtMs: NOW + 7_200_000, missedCount: 0 });
  });

  it("is not made up for by a run by hand", () => {
    const times = { claim: claim({ isManual: true }), databaseNowMs: NOW + 4 * 3_600_000, timing: HOURLY };
    expect(nextTick(times, null).missedCount).toBe(0);
    expect(nextTick({ ...times, timing: MINUTELY }, null).missedCount).toBe(0);
  });

  it("is left alone where the schedule could not be read", () => {
    expect(nextTick({ claim: claim(), databaseNowMs: NOW, timing: undefined }, null).nextAtMs).toBeNull();
  });
});

describe("what is written of a claim", () => {
  it("that is skipped, with cron after what it waits for", () => {
    const times = { claim: claim(), databaseNowMs: NOW + 1, timing: HOURLY };
    const { settled } = skipped(times, { reason: "cooldown", untilMs: NOW + 3_600_001 });
    expect(settled).toMatchObject({ kind: "skip", id: "s", epoch: 7, reason: "cooldown", nextAtMs: NOW + 7_200_000 });
  });

  it("that could not be run is bounded, and can be stored", () => {
    const settled = unable(claim(), { code: "C", message: `${"x".repeat(998)}\0\ud83d\ude00`, retryInMs: 5 });
    expect(settled.message).toBe(`${"x".repeat(998)}\ufffd\ufffd`);
  });

  it("that nobody ever came back from is a quarantine", () => {
    expect(abandoned(claim({ lostClaims: 5 }), "r", NOW).settled).toMatchObject({
      ...{ kind: "run", outcome: "killed", error: { code: "STRATEGY_CLAIMS_LOST" }, book: null, journal: null },
      pause: { status: "quarantined", reason: expect.stringMatching(/^STRATEGY_CLAIMS_LOST: .* 5 times/) },
    });
  });

  it("that ran has its journal, which unpacks to its text", () => {
    const journal = { version: 1, digest: "d", seed: "😀" } as unknown as NonNullable<RunOutcome["journal"]>;
    const portfolio = { currency: "USDT", cash: "1", equity: "2.5", positions: [] };
    const rows = runRows({ outcome: outcome({ journal }), portfolio });
    expect(rows).toMatchObject({ outcome: "ok", error: null, durationMs: 2, equity: "2.5" });
    expect(zstdDecompressSync(Buffer.from(rows.journal ?? "", "base64")).toString()).toBe(JSON.stringify(journal));
    expect(runRows({ outcome: outcome(), portfolio }).journal).toBeNull();
  });

  it.each([
    [{}, null, false],
    [{ a: null }, null, true],
    [{}, {}, true],
  ] as const)("is a change for the database, or not: patch %j, book %j", (statePatch, book, expected) => {
    expect(isChange({ statePatch, book })).toBe(expected);
  });
});
