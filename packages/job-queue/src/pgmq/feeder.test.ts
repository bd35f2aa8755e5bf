import { createEmitter, sleep, unreported } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { QueueEvents } from "../types.ts";
import { createFeeder } from "./feeder.ts";
import { createLine } from "./line.ts";
import { createReader } from "./reader.ts";
import type { MessageRow, QueueStatements, ReadOf } from "./statements.ts";

const leaks = leakCheck();
const LIMITS = { batchSize: 10, concurrency: 5 };

/** Feeds handlers that are done at once from a queue that never runs dry. Each read takes 1 ms, `archive` as the test says. */
const makeFeeder = (archive: QueueStatements["archive"]) => {
  const runtime = testRuntime();
  const { clock } = runtime;
  leaks.clock(clock);
  const counts = { read: 0, released: 0 };
  const row = (queue: string): MessageRow => {
    counts.read += 1;
    return { queue, id: `${counts.read}`, reads: 1, enqueued_at: new Date(0), message: {}, key: null };
  };
  const statements: QueueStatements = {
    async read(asks) {
      await sleep(clock, 1);
      return asks.flatMap(({ queue, quantity }) => Array.from({ length: quantity }, () => row(queue)));
    },
    archive,
    async setVisibility(_queue, held) {
      counts.released += held.length;
      return idsOf(held);
    },
    bury: async (_queue, held) => idsOf(held),
  };
  const line = createLine({
    ...{ queue: "jobs", statements, runtime, visibilitySeconds: 30, maxReads: 5, batchSize: LIMITS.batchSize },
    handler: { run: async () => {} },
    events: createEmitter<QueueEvents>(),
    enqueue: () => Promise.reject(new Error("nobody enqueues here")),
    report: unreported("queue:jobs"),
    onRoom: () => feeder.onRoom(),
  });
  const sql = { query: () => Promise.reject(new Error("nothing else is asked")) };
  const reader = createReader({ sql, statements, lines: [line], clock, visibilitySeconds: 30 });
  const feeder = createFeeder({ lines: [line], reader, limits: LIMITS, clock, onRead() {} });
  return { clock, counts, line, feeder };
};

const idsOf = (held: readonly ReadOf[]) => new Set(held.map(({ id }) => id));

describe("feeding handlers", () => {
  it("reads no further than the database keeps up with writing what is done", async () => {
    const stuck = Promise.withResolvers<void>();
    const { clock, counts, line, feeder } = makeFeeder(async (_queue, held) => {
      await stuck.promise;
      return idsOf(held);
    });
    const working = feeder.work();
    await clock.advance(1000);
    expect(counts.read).toBeGreaterThan(0);
    expect(counts.read).toBeLessThanOrEqual(150);
    const before = counts.read;
    stuck.resolve();
    await clock.advance(100);
    expect(counts.read).toBeGreaterThan(before + 500);
    feeder.stop();
    await clock.advance(100);
    await working;
    expect(line.isEmpty).toBe(true);
  });

  it("gives back at once what a read brings after the end, and leaves no timer", async () => {
    const { clock, counts, line, feeder } = makeFeeder(async (_queue, held) => idsOf(held));
    const read = feeder.read([{ queue: "jobs", quantity: 10 }]);
    feeder.stop();
    await line.abandon();
    await clock.advance(1);
    await read;
    expect(counts).toEqual({ read: 10, released: 10 });
    expect(line.isEmpty).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("writes at once what is done when nothing more is read", async () => {
    const archived: string[] = [];
    const { clock, line, feeder } = makeFeeder(async (_queue, held) => {
      archived.push(...idsOf(held));
      return idsOf(held);
    });
    await clock.advance(0);
    const read = feeder.read([{ queue: "jobs", quantity: 5 }]);
    await clock.advance(1);
    await read;
    expect(archived).toEqual([]);
    feeder.stop();
    await clock.advance(0);
    expect(archived).toHaveLength(5);
    expect(line.isEmpty).toBe(true);
  });
});
