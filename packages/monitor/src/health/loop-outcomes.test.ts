import { FleetError } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createHealth } from "./health.ts";
import type { LoopOutcome } from "./loop-outcomes.ts";

const READ_ONLY = new FleetError("STORE_UNAVAILABLE", "cannot execute INSERT in a read-only transaction");

function makeLoop() {
  const clock = createSimulatedClock();
  const changes: { now: LoopOutcome; before: LoopOutcome }[] = [];
  const health = createHealth({ clock, onLoopChanged: (now, before) => changes.push({ now, before }) });
  const report = health.reportLoop("matchmaker");
  const fail = async (times: number) => {
    for (let count = 0; count < times; count += 1) {
      report.failed(READ_ONLY);
      await clock.advance(500);
    }
  };
  return { clock, health, report, fail, changes, shown: () => health.readiness().loops };
}

describe("the outcomes of a loop", () => {
  it("make the process not ready while it fails, with the loop, the reason and since when", async () => {
    const { health, report, fail, shown } = makeLoop();
    report.succeeded();
    expect(health.readiness().ok).toBe(true);
    await fail(3);
    expect(health.readiness()).toMatchObject({ ok: false, status: "not-ready" });
    expect(shown()).toEqual([
      {
        name: "matchmaker",
        state: "failing",
        since: "2026-01-01T00:00:00.000Z",
        lastSuccessAt: "2026-01-01T00:00:00.000Z",
        failureCount: 3,
        errorCode: "STORE_UNAVAILABLE",
        detail: "cannot execute INSERT in a read-only transaction",
      },
    ]);
    report.succeeded();
    expect(health.readiness()).toMatchObject({ ok: true, status: "ready" });
    expect(shown()).toEqual([
      {
        name: "matchmaker",
        state: "ok",
        since: "2026-01-01T00:00:01.500Z",
        lastSuccessAt: "2026-01-01T00:00:01.500Z",
        failureCount: 0,
      },
    ]);
  });

  it.each([
    ["one failure, however long ago", [1], 60_000],
    ["two failures within a second", [2], 0],
    ["failures with a success between them", [2, 2, 2], 0],
  ])("forgive %s", async (_, runs, waitMs) => {
    const { clock, health, report, fail, changes } = makeLoop();
    for (const times of runs) {
      await fail(times);
      await clock.advance(waitMs);
      expect(health.readiness().ok).toBe(true);
      report.succeeded();
    }
    expect(changes).toEqual([]);
  });

  it("are told at each change only, the end with how long it lasted", async () => {
    const { report, fail, changes } = makeLoop();
    await fail(8);
    report.succeeded();
    report.succeeded();
    expect(changes.map(({ now, before }) => [now.state, before.failureCount, before.since])).toEqual([
      ["failing", 2, "2026-01-01T00:00:00.000Z"],
      ["ok", 8, "2026-01-01T00:00:00.000Z"],
    ]);
    expect(changes[1]?.now.since).toBe("2026-01-01T00:00:04.000Z");
  });

  it("show no secret of an error", async () => {
    const { clock, report, shown } = makeLoop();
    for (let count = 0; count < 3; count += 1) {
      report.failed(new Error("no answer from postgres://bob:hunter22@db/app"));
      await clock.advance(1000);
    }
    expect(JSON.stringify(shown())).not.toContain("hunter22");
  });

  it("are one for one name", async () => {
    const { health, fail, shown } = makeLoop();
    await fail(3);
    health.reportLoop("matchmaker").succeeded();
    expect(shown()).toHaveLength(1);
    expect(health.readiness().ok).toBe(true);
  });

  it("never make the process look stuck", async () => {
    const { health, fail } = makeLoop();
    await fail(10);
    expect(health.liveness().ok).toBe(true);
  });
});
