import { describe, expect, it } from "vitest";
import { checkSchedules } from "./check-schedules.ts";
import type { ScheduleDefinition } from "./types.ts";

const good: ScheduleDefinition = { name: "daily", cron: "0 3 * * *", missed: "once", job: { type: "x" } };

describe("checkSchedules", () => {
  it("fills in defaults", () => {
    expect(checkSchedules([good], "Europe/Berlin")).toMatchObject([{ timeZone: "Europe/Berlin", jitterMs: 0 }]);
    expect(checkSchedules([{ ...good, timeZone: "UTC" }], "Europe/Berlin")).toMatchObject([{ timeZone: "UTC" }]);
  });

  it.each([
    ["no cron text", { cron: "soon" }, "cron"],
    ["a minute that no hour has", { cron: "61 * * * *" }, "cron"],
    ["a date instead of a cron text", { cron: "2026-01-01T00:00:00" }, "cron"],
    ["a day that no year has", { cron: "0 0 30 2 *" }, "cron"],
    ["an unknown zone", { timeZone: "Europe/Atlantis" }, "timeZone"],
    ["no zone", { timeZone: "" }, "timeZone"],
    ["an unknown policy", { missed: "sometimes" as "skip" }, "missed"],
    ["a name with spaces", { name: "every day" }, "name"],
    ["a jitter below 0", { jitterMs: -1 }, "jitterMs"],
    ["a jitter above an hour", { jitterMs: 3_600_001 }, "jitterMs"],
    ["a jitter that is no number", { jitterMs: Number.NaN }, "jitterMs"],
    ["a job of no type", { job: { type: "" } }, "job"],
    ["a job of too high a priority", { job: { type: "x", priority: 101 } }, "job"],
  ])("refuses %s", (_what, part, field) => {
    const refused = expect.objectContaining({ code: "SCHEDULE_INVALID", details: expect.objectContaining({ field }) });
    expect(() => checkSchedules([good, { ...good, name: "other", ...part }], "UTC")).toThrow(refused);
  });

  it("refuses two of one name", () => {
    expect(() => checkSchedules([good, good], "UTC")).toThrow(/daily: name/);
  });
});
