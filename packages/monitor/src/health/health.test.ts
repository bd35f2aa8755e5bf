import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createHealth } from "./health.ts";

function makeHealth() {
  const clock = createSimulatedClock();
  const lags: number[] = [];
  const health = createHealth({ clock, onEventLoopLag: (lagMs) => lags.push(lagMs) });
  return { clock, health, lags };
}

describe("liveness", () => {
  it("is alive at once, and stays so while every loop beats in time", async () => {
    const { clock, health } = makeHealth();
    const loop = health.loop("matchmaker", 3000);
    expect(health.liveness()).toMatchObject({ ok: true, status: "alive" });
    for (let beats = 0; beats < 10; beats += 1) {
      await clock.advance(3000);
      loop.beat();
    }
    expect(health.liveness().ok).toBe(true);
  });

  it("is stuck while a loop has been silent for longer than it may, and names the loop", async () => {
    const { clock, health } = makeHealth();
    const loop = health.loop("matchmaker", 3000);
    await clock.advance(3001);
    expect(health.liveness()).toMatchObject({ ok: false, status: "stuck" });
    expect(health.liveness().loops).toContainEqual({
      name: "matchmaker",
      ok: false,
      silentMs: 3001,
      maxSilenceMs: 3000,
    });
    loop.beat();
    expect(health.liveness().ok).toBe(true);
  });

  it("forgets a loop that ended on purpose, and its name may be used again", async () => {
    const { clock, health } = makeHealth();
    const first = health.loop("matchmaker", 3000);
    first.end();
    const second = health.loop("matchmaker", 3000);
    first.end();
    await clock.advance(3001);
    expect(health.liveness().ok).toBe(false);
    second.end();
    expect(health.liveness().ok).toBe(true);
  });

  it("refuses two loops of one name", () => {
    const { health } = makeHealth();
    health.loop("matchmaker", 3000);
    expect(() => health.loop("matchmaker", 3000)).toThrow(expect.objectContaining({ code: "MONITOR_DUPLICATE_NAME" }));
  });

  it("never looks at a dependency", () => {
    const { health } = makeHealth();
    health.dependency("database", { required: true }).set({ state: "down" });
    expect(health.liveness().ok).toBe(true);
  });

  it("is not fooled by a wall clock that jumps", async () => {
    const { clock, health } = makeHealth();
    health.loop("matchmaker", 3000);
    clock.jumpWallClock(3_600_000);
    await clock.advance(10);
    expect(health.liveness().ok).toBe(true);
  });

  it("leaves no timer behind when closed", async () => {
    const { clock, health } = makeHealth();
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(2000);
    health.close();
    health.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("hears the event loop's lag every half second", async () => {
    const { clock, lags } = makeHealth();
    await clock.advance(2000);
    expect(lags).toEqual([0, 0, 0, 0]);
  });
});

describe("readiness", () => {
  it("is not ready until every required dependency was found up", () => {
    const { health } = makeHealth();
    const database = health.dependency("database", { required: true });
    expect(health.readiness()).toMatchObject({
      ok: false,
      status: "not-ready",
      dependencies: [{ name: "database", state: "down", detail: "not checked yet", since: "2026-01-01T00:00:00.000Z" }],
    });
    database.set({ state: "ok" });
    expect(health.readiness()).toEqual({
      ok: true,
      status: "ready",
      dependencies: [{ name: "database", required: true, state: "ok", since: "2026-01-01T00:00:00.000Z" }],
      loops: [],
    });
  });

  it.each([
    [true, "ok", true],
    [true, "degraded", true],
    [true, "down", false],
    [false, "ok", true],
    [false, "degraded", true],
    [false, "down", true],
  ] as const)("with a dependency required: %s and %s is ready: %s", (required, state, ok) => {
    const { health } = makeHealth();
    health.dependency("database", { required }).set({ state });
    expect(health.readiness().ok).toBe(ok);
  });

  it("tells since when a state lasts, not when it was last confirmed", async () => {
    const { clock, health } = makeHealth();
    const realtime = health.dependency("realtime", { required: true });
    await clock.advance(1000);
    realtime.set({ state: "ok" });
    await clock.advance(1000);
    realtime.set({ state: "ok", detail: "2 sockets" });
    expect(health.readiness().dependencies[0]).toMatchObject({
      detail: "2 sockets",
      since: "2026-01-01T00:00:01.000Z",
    });
    realtime.set({ state: "down", errorCode: "POOL_OFFLINE" });
    expect(health.readiness().dependencies[0]).toEqual({
      name: "realtime",
      required: true,
      state: "down",
      errorCode: "POOL_OFFLINE",
      since: "2026-01-01T00:00:02.000Z",
    });
  });

  it("shows no secret of a detail", () => {
    const { health } = makeHealth();
    const database = health.dependency("database", { required: true });
    database.set({ state: "down", detail: "no answer from postgres://bob:hunter22@db/app" });
    expect(JSON.stringify(health.readiness())).not.toContain("hunter22");
  });

  it("fails for good once draining, whatever the dependencies say", () => {
    const { health } = makeHealth();
    const database = health.dependency("database", { required: true });
    database.set({ state: "ok" });
    health.startDraining();
    database.set({ state: "ok" });
    expect(health.readiness()).toMatchObject({ ok: false, status: "draining" });
    expect(health.liveness().ok).toBe(true);
  });

  it("refuses two dependencies of one name", () => {
    const { health } = makeHealth();
    health.dependency("database", { required: true });
    expect(() => health.dependency("database", { required: false })).toThrow(
      expect.objectContaining({ code: "MONITOR_DUPLICATE_NAME" }),
    );
  });
});
