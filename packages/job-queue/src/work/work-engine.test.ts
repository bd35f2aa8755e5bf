import { createEmitter, sleep, unreported } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { JobSource } from "../jobs/job-source.ts";
import { QueueSource } from "../pgmq/queue-source.ts";
import type { MessageRead, MessageRow, QueueStatements } from "../pgmq/statements.ts";
import type { JobEvents, QueueEvents, QueueHandler } from "../types.ts";
import { messageRow } from "./message-row.test-support.ts";
import { WorkEngine } from "./work-engine.ts";

const leaks = leakCheck();

interface Given {
  readonly archive?: QueueStatements["archive"];
  readonly setVisibility?: QueueStatements["setVisibility"];
  readonly readMs?: number;
  readonly run?: QueueHandler["run"];
  readonly payloadBytes?: number;
  readonly collectGarbage?: () => void;
}

/** Runs handlers that are done at once from a queue that never runs dry, with statements as the test says. */
const makeEngine = (given: Given) => {
  const { archive = acceptAll, setVisibility = acceptAll, readMs = 1, run = async () => {}, payloadBytes = 2 } = given;
  const { collectGarbage = () => {} } = given;
  const runtime = { ...testRuntime(), collectGarbage };
  const { clock } = runtime;
  leaks.clock(clock);
  const counts = { read: 0, released: 0, over: 0 };
  const row = (queue: string): MessageRow => {
    counts.read += 1;
    return { ...messageRow(queue, `${counts.read}`), bytes: payloadBytes };
  };
  const statements: QueueStatements = {
    async read(asks) {
      await sleep(clock, readMs);
      const rows = asks.flatMap(({ lane, quantity }) => Array.from({ length: quantity }, () => row(lane)));
      return { rows, nextDueMs: undefined };
    },
    archive,
    setVisibility(queue, held) {
      counts.released += held.filter(({ seconds }) => seconds === 0).length;
      return setVisibility(queue, held);
    },
    bury: acceptAll,
  };
  const events = createEmitter<QueueEvents>();
  events.onAny((_name, event) => {
    if ("messageId" in event) counts.over += 1;
  });
  const source = new QueueSource({
    ...{ sql: { query: () => Promise.reject(new Error("nothing else is asked")) }, statements, runtime, events },
    ...{ handlers: { jobs: { run } }, visibilitySeconds: 30, maxReads: 5 },
    enqueue: () => Promise.reject(new Error("no job is added here")),
    reportLoop: unreported,
  });
  return { clock, counts, engine: new WorkEngine({ source, runtime, batchSize: 10, concurrency: 5 }) };
};

const idsOf = (held: readonly MessageRead[]) => new Set(held.map(({ id }) => id));
const acceptAll = async (_queue: string, held: readonly MessageRead[]) => idsOf(held);

describe("memory", () => {
  it.each([
    ["of large payloads is collected each megabyte", 250_000, 4],
    ["of small ones is left to the platform", 50_000, Infinity],
  ])("%s", async (_what, payloadBytes, messagesEach) => {
    let collectedCount = 0;
    const collectGarbage = () => {
      collectedCount += 1;
    };
    const { clock, counts, engine } = makeEngine({ payloadBytes, collectGarbage });
    engine.start();
    await clock.advance(50);
    const drained = engine.drain(1000);
    await clock.advance(1000);
    await drained;
    expect(counts.over).toBeGreaterThan(20);
    expect(collectedCount).toBe(Math.floor(counts.over / messagesEach));
  });
});

describe("feeding handlers", () => {
  it("claims no further than the database keeps up with writing what is done", async () => {
    const stuck = Promise.withResolvers<void>();
    const { clock, counts, engine } = makeEngine({
      async archive(_queue, held) {
        await stuck.promise;
        return idsOf(held);
      },
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
    const { clock, counts, engine } = makeEngine({});
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
    const { clock, engine } = makeEngine({
      async archive(_queue, held) {
        archived.push(...idsOf(held));
        return idsOf(held);
      },
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

describe("giving back", () => {
  it("hands back what a drain gave back, not what was claimed too late to begin before it", async () => {
    const { clock, counts, engine } = makeEngine({ readMs: 31_000 });
    const pass = engine.runPass(3);
    await clock.advance(31_000);
    await pass;
    expect(counts.released).toBe(3);
    expect(await engine.drain(0)).toEqual([]);
  });

  it("leaves time for releases when an extension hangs", async () => {
    const extended = Promise.withResolvers<Set<string>>();
    const { clock, counts, engine } = makeEngine({
      async setVisibility(queue, held) {
        if (held[0]?.seconds !== 0) return extended.promise;
        await sleep(clock, 10);
        return acceptAll(queue, held);
      },
      run: () => new Promise(() => {}),
    });
    void engine.runPass(1);
    await clock.advance(11_000);
    const drained = engine.drain(4_000);
    await clock.advance(4_000);
    extended.resolve(new Set());
    expect((await drained).map(({ id }) => id)).toEqual(["1"]);
    expect(counts.released).toBe(1);
  });
});

describe("a pass that waits for room", () => {
  type Engine = ReturnType<typeof makeIdle>["engine"];

  /** One handler, and no job: each claim is answered after 1 ms. */
  const makeIdle = () => {
    const runtime = testRuntime();
    leaks.clock(runtime.clock);
    const report = unreported("test");
    const answer = async () => {
      await sleep(runtime.clock, 1);
      return [];
    };
    const source = new JobSource({
      ...{ database: { query: answer }, runtime, handlers: {}, workerId: "me", leaseMs: 30_000, executor: "supabase" },
      ...{ events: createEmitter<JobEvents>(), reports: { claims: report, writesOf: () => report, leases: report } },
    });
    return { clock: runtime.clock, engine: new WorkEngine({ source, runtime, concurrency: 1, batchSize: 1 }) };
  };

  it.each([
    ["another pass", (engine: Engine) => engine.runPass(1)],
    ["a poll", (engine: Engine) => engine.start()],
  ])("goes on when the claim of %s brought nothing", async (_what, first) => {
    const { clock, engine } = makeIdle();
    const other = first(engine);
    await clock.advance(0);
    let hasEnded = false;
    const pass = engine.runPass(1).then(() => (hasEnded = true));
    await clock.advance(10);
    const hasEndedByItself = hasEnded;
    const drained = engine.drain(10);
    await clock.advance(10);
    await Promise.all([other, pass, drained]);
    expect(hasEndedByItself).toBe(true);
  });
});
