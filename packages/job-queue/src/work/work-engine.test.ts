import { createEmitter, sleep, unreported } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { QueueSource } from "../pgmq/queue-source.ts";
import type { MessageRead, MessageRow, QueueStatements } from "../pgmq/statements.ts";
import type { QueueEvents } from "../types.ts";
import { WorkEngine } from "./work-engine.ts";

const leaks = leakCheck();

/** Runs handlers that are done at once from a queue that never runs dry. Each read takes 1 ms, `archive` as the test says. */
const makeEngine = (archive: QueueStatements["archive"]) => {
  const runtime = testRuntime();
  const { clock } = runtime;
  leaks.clock(clock);
  const counts = { read: 0, released: 0, over: 0 };
  const row = (queue: string): MessageRow => {
    counts.read += 1;
    return { queue, id: `${counts.read}`, reads: 1, enqueued_at: new Date(0), message: {}, key: null };
  };
  const statements: QueueStatements = {
    async read(asks) {
      await sleep(clock, 1);
      return asks.flatMap(({ lane, quantity }) => Array.from({ length: quantity }, () => row(lane)));
    },
    archive,
    async setVisibility(_queue, held) {
      counts.released += held.length;
      return idsOf(held);
    },
    bury: async (_queue, held) => idsOf(held),
  };
  const events = createEmitter<QueueEvents>();
  events.onAny((_name, event) => {
    if ("messageId" in event) counts.over += 1;
  });
  const source = new QueueSource({
    ...{ sql: { query: () => Promise.reject(new Error("nothing else is asked")) }, statements, runtime, events },
    ...{ handlers: { jobs: { run: async () => {} } }, visibilitySeconds: 30, maxReads: 5 },
    enqueue: () => Promise.reject(new Error("no job is added here")),
    reportLoop: unreported,
  });
  return { clock, counts, engine: new WorkEngine({ source, runtime, batchSize: 10, concurrency: 5 }) };
};

const idsOf = (held: readonly MessageRead[]) => new Set(held.map(({ id }) => id));

describe("feeding handlers", () => {
  it("claims no further than the database keeps up with writing what is done", async () => {
    const stuck = Promise.withResolvers<void>();
    const { clock, counts, engine } = makeEngine(async (_queue, held) => {
      await stuck.promise;
      return idsOf(held);
    });
    engine.start();
    await clock.advance(1000);
    expect(counts.read).toBeGreaterThan(0);
    expect(counts.read).toBeLessThanOrEqual(150);
    const before = counts.read;
    stuck.resolve();
    await clock.advance(100);
    expect(counts.read).toBeGreaterThan(before + 500);
    const drained = engine.drain(1000);
    await clock.advance(100);
    await drained;
    expect(counts.over).toBe(counts.read);
  });

  it("gives back at once what a claim brings after the end, and leaves no timer", async () => {
    const { clock, counts, engine } = makeEngine(async (_queue, held) => idsOf(held));
    const pass = engine.runPass(10);
    const drained = engine.drain(1000);
    await clock.advance(1);
    await pass;
    expect((await drained).length).toBe(10);
    expect(counts).toEqual({ read: 10, released: 10, over: 10 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("writes at once what is done when nothing more is claimed", async () => {
    const archived: string[] = [];
    const { clock, engine } = makeEngine(async (_queue, held) => {
      archived.push(...idsOf(held));
      return idsOf(held);
    });
    engine.start();
    await clock.advance(1);
    expect(archived).toEqual([]);
    const drained = engine.drain(1000);
    await clock.advance(1);
    expect(archived.length).toBeGreaterThanOrEqual(5);
    await drained;
  });
});
