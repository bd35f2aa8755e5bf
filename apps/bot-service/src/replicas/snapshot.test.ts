import { createHealth } from "@shoal/monitor";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSnapshot, replicaSnapshot } from "./snapshot.ts";

const figures = { cpuSeconds: 1, residentBytes: 5_000_000, heapUsedBytes: 1, openFds: null, startedAtSeconds: 0 };
const service = {
  bots: { target: 3, starting: 0, idle: 2, talking: 1, stopping: 0, quarantined: 0 },
  joins: { total: 4, refused: 1, windowUsed: 4, windowBudget: 4800 },
  ...{ sockets: 2, slots: 4 },
};

function healthOf() {
  const health = createHealth({ clock: createSimulatedClock() });
  onTestFinished(() => health.close());
  return health;
}

describe("what a replica says of itself", () => {
  it("is read by the others as it was written", () => {
    const health = healthOf();
    health.dependency("database", { required: true });
    health.dependency("market", { required: false });
    const written = replicaSnapshot({ health, figures, service });
    expect(readSnapshot(JSON.parse(JSON.stringify(written)))).toEqual(written);
    expect(written).toMatchObject({
      ...{ is_ready: false, not_ready: ["database"], sockets: 2, slots: 4, joins_used: 4, joins_refused: 1 },
      bots: { starting: 0, idle: 2, talking: 1, stopping: 0, quarantined: 0 },
      resident_bytes: 5_000_000,
    });
  });

  it("leaves out what a replica without bots does not have", () => {
    const written = replicaSnapshot({ health: healthOf(), figures, service: null });
    expect(written).toMatchObject({ is_ready: true, bots: null, sockets: null, slots: null, joins_used: null });
  });

  it("stays below a kilobyte, and repeats no text from outside, whatever is not well", () => {
    const health = healthOf();
    const secret = "postgres://u:hunter2@db";
    for (let at = 0; at < 50; at += 1) {
      health.dependency(`${"long-".repeat(40)}${at}`, { required: true }).set({ state: "down", detail: secret });
      const loop = health.reportLoop(`loop-${at}`);
      for (let run = 0; run < 9; run += 1) loop.failed(new Error(secret));
    }
    const text = JSON.stringify(replicaSnapshot({ health, figures, service }));
    expect(text.length).toBeLessThan(1000);
    expect(text).not.toContain("hunter2");
  });
});
