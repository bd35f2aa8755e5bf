import { FleetError, sleep } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { Part } from "./part.ts";
import { Parts } from "./parts.ts";
import type { ReplicaRole } from "./replicas/members.ts";

const never = () => new Promise<never>(() => {});
const LIMIT_MS = 20_000;

/** Makes parts in the daemon's order that record calls; `over` replaces some of their functions. */
async function makeParts(over: Record<string, Partial<Part>> = {}, role: ReplicaRole = "all") {
  const runtime = testRuntime();
  const draining = new AbortController();
  const done: string[] = [];
  const metrics = createMetrics({ version: "1" });
  const parts = new Parts({ runtime, metrics, signal: draining.signal, role });
  const add = (name: string, own: Partial<Part> = {}) =>
    parts.add({
      name,
      start: () => void done.push(`start ${name}`),
      drain: async () => void done.push(`drain ${name}`),
      close: async () => void done.push(`close ${name}`),
      ...own,
      ...over[name],
    });
  add("database");
  add("pool");
  add("bots");
  add("jobs", { needsSchema: true });
  const report = async () => {
    draining.abort();
    const drained = parts.drain(LIMIT_MS);
    await runtime.clock.advance(LIMIT_MS + 2000);
    return drained;
  };
  return { parts, done, clock: runtime.clock, draining, report };
}

async function startedParts(over: Record<string, Partial<Part>> = {}) {
  const made = await makeParts(over);
  await made.parts.start();
  await made.parts.startWithSchema();
  made.done.length = 0;
  return made;
}

describe("the parts of a daemon", () => {
  it("start in the order of the list, those that need the schema once it is there", async () => {
    const { parts, done } = await makeParts();
    await parts.start();
    expect(done).toEqual(["start database", "start pool", "start bots"]);
    await parts.startWithSchema();
    expect(done.at(-1)).toBe("start jobs");
  });

  it.each([
    ["all", ["database", "bots", "jobs"]],
    ["fleet", ["database", "bots"]],
    ["worker", ["database", "jobs"]],
  ] as const)("of the role %s start and are checked, and all end", async (role, names) => {
    const named = (dependency: string): Partial<Part> => ({
      health: { dependency, isRequired: true, read: () => ({ state: "ok" }) },
    });
    const over: Record<string, Partial<Part>> = {
      database: named("database"),
      pool: { start: () => {} },
      bots: { ...named("bots"), role: "fleet" },
      jobs: { ...named("jobs"), role: "worker" },
    };
    const { parts, done, report } = await makeParts(over, role);
    await parts.start();
    await parts.startWithSchema();
    expect(done).toEqual(names.map((name) => `start ${name}`));
    expect(parts.checks().map(({ dependency }) => dependency)).toEqual(names);
    await report();
    expect(done.filter((line) => line.startsWith("drain"))).toHaveLength(4);
  });

  it("do not start any more once the daemon drains", async () => {
    const { parts, done, draining } = await makeParts();
    draining.abort();
    await parts.startWithSchema();
    expect(done).toEqual([]);
  });

  it("close again where one of them cannot start", async () => {
    const taken = new FleetError("HTTP_PORT_TAKEN", "something else listens there");
    const { parts, done } = await makeParts({ pool: { start: () => Promise.reject(taken) } });
    await expect(parts.start()).rejects.toBe(taken);
    await parts.close(LIMIT_MS);
    expect(done).toEqual(["start database", "close jobs", "close bots", "close pool", "close database"]);
  });

  it("drain side by side, then close in the reverse order of the list", async () => {
    const { done, report } = await startedParts();
    expect(await report()).toEqual({
      clean: true,
      durationMs: 0,
      left: { sockets: 0, slots: 0, leases: 0, timers: 0 },
      handedBack: { jobIds: [], messages: [], strategyIds: [] },
    });
    expect(done).toEqual([
      ...["drain database", "drain pool", "drain bots", "drain jobs"],
      ...["close jobs", "close bots", "close pool", "close database"],
    ]);
  });

  it("tell what they hold after their close", async () => {
    const { report } = await startedParts({ pool: { left: () => ({ sockets: 1 }) } });
    expect(await report()).toMatchObject({ clean: false, left: { sockets: 1, slots: 0 } });
  });
});

describe("the drain", () => {
  it("begins in all parts at once, however long some of them take", async () => {
    const { parts, done, clock } = await startedParts({ database: { drain: never }, pool: { drain: never } });
    const report = parts.drain(LIMIT_MS);
    await clock.advance(0);
    expect(done).toEqual(["drain bots", "drain jobs"]);
    await clock.advance(LIMIT_MS);
    expect(await report).toMatchObject({ clean: false, left: { timers: 0 } });
  });

  it("leaves parts whose work is cut off the time to hand it back, and tells of it", async () => {
    const made: { clock?: { advance: unknown } & Parameters<typeof sleep>[0] } = {};
    const handBack = async (limitMs: number, ids: { jobIds: string[]; messages: string[] }) => {
      if (made.clock) await sleep(made.clock, limitMs + 1900);
      return ids;
    };
    const parts = await startedParts({
      bots: { drain: (limitMs) => handBack(limitMs, { jobIds: [], messages: ["alert_jobs:3"] }) },
      jobs: { drain: (limitMs) => handBack(limitMs, { jobIds: ["9"], messages: [] }) },
      pool: { drain: async () => ({ strategyIds: ["s"] }) },
    });
    made.clock = parts.clock;
    expect(await parts.report()).toMatchObject({
      clean: true,
      handedBack: { jobIds: ["9"], messages: ["alert_jobs:3"], strategyIds: ["s"] },
    });
  });

  it("closes the first part although those after it do not close, and keeps its time", async () => {
    const { done, report } = await startedParts({ jobs: { close: never }, pool: { close: never } });
    const { clean, durationMs } = await report();
    expect(done.at(-1)).toBe("close database");
    expect(clean).toBe(false);
    expect(durationMs).toBeLessThanOrEqual(LIMIT_MS);
  });

  it("ends in time although nothing of any part does, as with a database that hangs", async () => {
    const stuck = { drain: never, close: never, left: never };
    const { parts, clock } = await startedParts({ database: stuck, pool: stuck, bots: stuck, jobs: stuck });
    for (let more = 0; more < 6; more += 1) parts.add({ name: `more ${more}`, ...stuck });
    const drained = parts.drain(8000);
    await clock.advance(8000 + 1000);
    expect((await drained).durationMs).toBeLessThanOrEqual(8000);
  });

  it("keeps the time that a part needs to close, however long those after it take", async () => {
    const limits: number[] = [];
    const { report } = await startedParts({
      database: { leastCloseMs: 500, close: async (limitMs) => void limits.push(limitMs) },
      pool: { close: never, left: never },
      bots: { drain: never, close: never, left: never },
      jobs: { close: never, left: never },
    });
    expect((await report()).durationMs).toBeLessThanOrEqual(LIMIT_MS);
    expect(limits[0]).toBeGreaterThanOrEqual(500);
  });

  it("goes on after a part that fails", async () => {
    const away = new FleetError("STORE_UNAVAILABLE", "the database is away", { retryable: true });
    const fails = () => Promise.reject(away);
    const { done, report } = await startedParts({ bots: { drain: fails, close: fails, left: fails } });
    expect((await report()).clean).toBe(false);
    expect(done.at(-1)).toBe("close database");
  });

  it("reaches the parts that have not started", async () => {
    const { parts, done, report } = await makeParts();
    await parts.start();
    expect((await report()).clean).toBe(true);
    expect(done).toContain("drain jobs");
  });
});
