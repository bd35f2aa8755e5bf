import { describe, expect, it } from "vitest";
import { LIMITS, makeRun, startSupervisor as start } from "./fake-children.test-support.ts";

/** How late a limit may be noticed. */
const NOTICE_MS = 100;

describe("limits", () => {
  it.each([
    ["STRATEGY_TIME_LIMIT", LIMITS.wallMs, () => ({})],
    ["STRATEGY_CPU_LIMIT", 1000, (ms: number) => ({ cpuMs: 3 * ms })],
    ["STRATEGY_MEMORY_LIMIT", 500, (ms: number) => ({ residentBytes: 50_000_000 + 200_000 * ms })],
  ])("end a run with %s within a moment, and its neighbour goes on", async (code, crossedAtMs, reading) => {
    const { clock, children, supervisor } = start(2);
    for (const child of children.all) child.ready();
    const greedy = supervisor.submit(makeRun("greedy"));
    const startedAtMs = clock.monotonicMs();
    const calm = supervisor.submit(makeRun("calm"));
    const waiting = supervisor.submit(makeRun("waiting"));
    await clock.advance(10);
    children.at(1).done("fine");
    while (children.at(0).killCount === 0) {
      const elapsedMs = clock.monotonicMs() - startedAtMs;
      children.at(0).reading = { ...{ cpuMs: 0, residentBytes: 50_000_000 }, ...reading(elapsedMs) };
      if (children.at(1).hasRun) children.at(1).done("fine");
      await clock.advance(10);
    }
    expect(await greedy).toEqual({ code });
    const noticedAtMs = clock.monotonicMs() - startedAtMs;
    expect(noticedAtMs).toBeGreaterThanOrEqual(Math.min(crossedAtMs, 500));
    expect(noticedAtMs).toBeLessThanOrEqual(crossedAtMs + NOTICE_MS);
    expect(await calm).toMatchObject({ outcome: "fine" });
    expect(await waiting).toMatchObject({ outcome: "fine" });
    expect(children.at(1).killCount).toBe(0);
  });

  it("count what a child used and held before only against those who did", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).reading = { cpuMs: 60_000, residentBytes: 300_000_000 };
    children.at(0).ready();
    const result = supervisor.submit(makeRun("a"));
    await clock.advance(1000);
    children.at(0).done(1);
    expect(await result).toMatchObject({ outcome: 1 });
  });

  it("tell a run that waits that its time is over, and keep its child", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    const result = supervisor.submit(makeRun("a", { answer() {} }));
    children.at(0).say({ kind: "calls", calls: [1] });
    await clock.advance(LIMITS.wallMs);
    expect(children.at(0).sent.at(-1)).toEqual({ kind: "stop" });
    children.at(0).done("over");
    expect(await result).toMatchObject({ outcome: "over" });
    await clock.advance(1000);
    expect(children.at(0).killCount).toBe(0);
  });

  it("kill one that was told and does not end", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    const result = supervisor.submit(makeRun("a", { answer() {} }));
    children.at(0).say({ kind: "calls", calls: [1] });
    await clock.advance(LIMITS.wallMs + NOTICE_MS);
    expect(await result).toEqual({ code: "STRATEGY_TIME_LIMIT" });
    expect(children.at(0).killCount).toBe(1);
  });

  it("do not hear an answer that comes after the kill", async () => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    children.at(0).isSlowToDie = true;
    const result = supervisor.submit(makeRun("a"));
    await clock.advance(LIMITS.wallMs);
    children.at(0).done("too late");
    expect(await result).toEqual({ code: "STRATEGY_TIME_LIMIT" });
    expect(children.all).toHaveLength(1);
    children.at(0).exit("SIGKILL");
    expect(children.all).toHaveLength(2);
  });
});

describe("a child that holds much after a run", () => {
  it.each([
    ["is replaced, so that the next run is not blamed", LIMITS.memoryBytes / 2, 1],
    ["goes on where it is less", LIMITS.memoryBytes / 2 - 1, 0],
  ])("%s", async (_, takenBytes, killCount) => {
    const { clock, children, supervisor } = start();
    children.at(0).ready();
    const result = supervisor.submit(makeRun("a"));
    children.at(0).reading = { cpuMs: 0, residentBytes: 50_000_000 + takenBytes };
    await clock.advance(100);
    children.at(0).done(1);
    expect(await result).toMatchObject({ outcome: 1 });
    expect(children.at(0).killCount).toBe(killCount);
  });
});
