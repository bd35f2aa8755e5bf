import { FleetError, sleep } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { type DrainPlan, drainService } from "./drain.ts";

const never = () => new Promise<never>(() => {});
const LIMIT_MS = 20_000;

function makePlan(over: Partial<DrainPlan> = {}) {
  const runtime = testRuntime();
  const done: string[] = [];
  const does = (name: string) => async () => void done.push(name);
  const stats = { sockets: { open: 0, connecting: 0 }, slots: { held: 0 } };
  const plan: DrainPlan = {
    limitMs: LIMIT_MS,
    runtime,
    replicaId: "r1",
    health: { startDraining: () => void done.push("not ready") },
    lobby: { stop: does("lobby") },
    matchmaker: { drain: does("matchmaker") },
    manager: {
      async drain() {
        done.push("bots");
        return true;
      },
    },
    desk: { drain: does("desk") },
    control: { drain: does("control") },
    jobs: {
      async drain() {
        done.push("jobs");
        return { jobIds: ["7"], messages: ["alert_jobs:3"] };
      },
    },
    pool: {
      close: does("pool"),
      destroy: () => void done.push("pool destroyed"),
      getStats: () => stats as ReturnType<DrainPlan["pool"]["getStats"]>,
    },
    database: { query: async () => [{ count: "0" }] as never },
    hasSchema: true,
    closing: [
      { name: "database", close: does("database") },
      { name: "backend", close: does("backend") },
    ],
    ...over,
  };
  return { plan, done, clock: runtime.clock };
}

async function drained(made: ReturnType<typeof makePlan>) {
  const report = drainService(made.plan);
  await made.clock.advance(LIMIT_MS + 2000);
  return report;
}

describe("the end of a daemon", () => {
  it("goes from no new work to goodbyes to closing, and is clean when nothing is left", async () => {
    const made = makePlan();
    expect(await drained(made)).toEqual({
      clean: true,
      durationMs: 0,
      left: { sockets: 0, slots: 0, leases: 0, timers: 0 },
      handedBack: { jobIds: ["7"], messages: ["alert_jobs:3"] },
    });
    const before = ["not ready", "lobby", "matchmaker", "bots", "control", "jobs"];
    expect(made.done).toEqual([...before, "desk", "pool", "database", "backend"]);
  });

  it("says goodbye at once, however long the lobby and the database take", async () => {
    const made = makePlan({ lobby: { stop: never }, matchmaker: { drain: never }, database: { query: never } });
    const report = drainService(made.plan);
    await made.clock.advance(0);
    expect(made.done).toEqual(["not ready", "bots", "control", "jobs"]);
    await made.clock.advance(LIMIT_MS);
    expect(await report).toMatchObject({ clean: false, left: { timers: 0 } });
  });

  it("leaves those whose work is cut off the time to give it back, and tells of it", async () => {
    const made = makePlan({
      jobs: {
        async drain(limitMs) {
          await sleep(made.clock, limitMs + 1900);
          return { jobIds: ["9"], messages: [] };
        },
      },
      control: { drain: (limitMs) => sleep(made.clock, limitMs + 1900) },
    });
    expect(await drained(made)).toMatchObject({ clean: true, handedBack: { jobIds: ["9"] } });
  });

  it("stops the backend of ours although the database cannot be closed, and keeps its time", async () => {
    const done: string[] = [];
    const made = makePlan({
      desk: { drain: never },
      closing: [
        { name: "database", close: never },
        { name: "backend", close: async () => void done.push("backend") },
      ],
    });
    const report = await drained(made);
    expect(done).toEqual(["backend"]);
    expect(report.clean).toBe(false);
    expect(report.durationMs).toBeLessThanOrEqual(LIMIT_MS);
    expect(made.done).toContain("pool destroyed");
  });

  it("goes on after a step that fails", async () => {
    const away = new FleetError("STORE_UNAVAILABLE", "the database is away", { retryable: true });
    const made = makePlan({ matchmaker: { drain: () => Promise.reject(away) } });
    expect((await drained(made)).clean).toBe(false);
    expect(made.done.at(-1)).toBe("backend");
  });

  it("asks a database without a schema for nothing", async () => {
    const refuse = () => Promise.reject(new Error("no such table"));
    const made = makePlan({ hasSchema: false, matchmaker: { drain: refuse }, database: { query: refuse } });
    expect((await drained(made)).clean).toBe(true);
  });
});
