import { silentLog, sleep, unreported } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { AttemptContext, type ClaimedWork } from "./attempt.ts";
import { WorkEngine } from "./work-engine.ts";
import type { WorkSource } from "./work-source.ts";

const leaks = leakCheck();
const RUN_MS = 1;
const STATEMENT_MS = 3;
const LINGER_MS = 10;

class Context extends AttemptContext {
  readonly idempotencyKey = "run";
  protected readonly logFields = { part: "runs" };
}

/** A source that writes with its claims and gathers what is done. `dueCount`: how many works a claim may still bring. */
function makeEngine(dueCount: number, runMs: (id: string) => number = () => RUN_MS) {
  const runtime = { ...testRuntime(), log: silentLog };
  const { clock } = runtime;
  leaks.clock(clock);
  const state = { dueCount, claimedCount: 0 };
  const statements: { readonly atMs: number; readonly writtenCount: number; readonly askedCount: number }[] = [];
  const tookMs: number[] = [];
  const claimedAtMs = new Map<string, number>();
  const report = unreported("runs");
  const enqueue = () => Promise.reject(new Error("no job is added here"));
  const ended = new Error("the run ends");
  const source: WorkSource<ClaimedWork> = {
    traits: {
      ...{ leaseMs: 30_000, writesWithClaims: true, takesLateOutcomes: false, extendsWhileWriting: false },
      ...{ maxWriteCount: 32, lingerMs: LINGER_MS, paceMs: LINGER_MS, readAheadMs: 40 },
      ...{ idleMinMs: 1000, idleMaxMs: 1000 },
    },
    reports: { claims: report, writesOf: () => report, leases: report },
    lanes: ["runs"],
    laneOf: () => "runs",
    async completeAndClaim(done, asks) {
      const askedCount = asks[0]?.quantity ?? 0;
      statements.push({ atMs: clock.monotonicMs(), writtenCount: done.length, askedCount });
      const claimedCount = Math.min(askedCount, state.dueCount);
      state.dueCount -= claimedCount;
      await sleep(clock, STATEMENT_MS);
      const claimed = Array.from({ length: claimedCount }, () => {
        state.claimedCount += 1;
        return { id: String(state.claimedCount), payload: null, attempt: 1, maxAttempts: 1 };
      });
      for (const { id } of claimed) claimedAtMs.set(id, clock.monotonicMs());
      return { claimed, lostIds: new Set() };
    },
    extend: async (_lane, held) => new Set(held.map(({ work }) => work.id)),
    isRefused: () => false,
    handlerOf: () => ({ run: ({ id }) => sleep(clock, runMs(id)) }),
    contextOf: () => new Context({ runtime, executor: "supabase", enqueue }),
    leaseLost: () => ended,
    drained: () => ended,
    emitClaimed() {},
    emitOutcome: ({ work }) => tookMs.push(clock.monotonicMs() - (claimedAtMs.get(work.id) ?? 0)),
    emitFailed() {},
  };
  const engine = new WorkEngine({ source, runtime, concurrency: 2, batchSize: 32 });
  const drain = async () => {
    const drained = engine.drain(1000);
    await clock.advance(1000);
    return drained;
  };
  return { clock, engine, state, statements, tookMs, drain };
}

describe("a source that writes with its claims and gathers what is done", () => {
  it("does both at once, for many works, while more is due than can be run", async () => {
    const { clock, engine, state, statements, tookMs, drain } = makeEngine(Infinity);
    engine.start();
    await clock.advance(1000);
    // Two handlers of 1 ms, which never wait.
    expect(tookMs.length).toBeGreaterThan(1850);
    const steady = statements.filter(({ atMs }) => atMs > 200);
    expect(tookMs.length / statements.length).toBeGreaterThan(15);
    expect(steady.every(({ writtenCount, askedCount }) => writtenCount > 0 && askedCount > 0)).toBe(true);
    expect(Math.max(...tookMs)).toBeLessThan(80);
    await drain();
    expect(tookMs.length).toBe(state.claimedCount);
  });

  it("looks when it is told that work is due, not later and not earlier", async () => {
    const { clock, engine, statements, drain } = makeEngine(0);
    engine.start();
    await clock.advance(10);
    engine.dueIn(5_000);
    engine.dueIn(300);
    const before = statements.length;
    await clock.advance(299);
    expect(statements.length).toBe(before);
    await clock.advance(1);
    expect(statements.length).toBe(before + 1);
    await clock.advance(10);
    engine.dueIn(0);
    await clock.advance(10);
    expect(statements.length).toBe(before + 2);
    await drain();
  });

  it("writes at once what ends while nothing else runs", async () => {
    const { clock, engine, state, tookMs, drain } = makeEngine(0);
    engine.start();
    await clock.advance(10);
    for (let count = 1; count <= 20; count += 1) {
      state.dueCount = 1;
      engine.nudge();
      await clock.advance(50);
      expect(tookMs.length).toBe(count);
    }
    expect(new Set(tookMs)).toEqual(new Set([RUN_MS + STATEMENT_MS]));
    await drain();
  });

  it("writes together what ends before the last of it begins, and the last when they end", async () => {
    const { clock, engine, state, statements, tookMs, drain } = makeEngine(1);
    engine.start();
    await clock.advance(50);
    state.dueCount = 6;
    engine.nudge();
    await clock.advance(50);
    expect(statements.map(({ writtenCount }) => writtenCount).filter((count) => count > 0)).toEqual([1, 4, 2]);
    expect(tookMs.slice(1)).toEqual([
      ...Array(4).fill(2 * RUN_MS + STATEMENT_MS),
      ...Array(2).fill(3 * RUN_MS + STATEMENT_MS),
    ]);
    await drain();
  });

  it("lets nothing wait for the last that runs", async () => {
    const longMs = LINGER_MS - 1;
    const { clock, engine, tookMs, drain } = makeEngine(2, (id) => (id === "1" ? longMs : RUN_MS));
    engine.start();
    await clock.advance(50);
    expect(tookMs).toEqual([RUN_MS + STATEMENT_MS, longMs + STATEMENT_MS]);
    await drain();
  });

  it("keeps nothing back for longer than the wait while another work goes on", async () => {
    const longMs = 500;
    const { clock, engine, state, tookMs, drain } = makeEngine(3, (id) => (id === "1" ? longMs : RUN_MS));
    engine.start();
    await clock.advance(longMs / 2);
    expect(state.claimedCount).toBe(3);
    expect(tookMs.length).toBe(2);
    expect(Math.max(...tookMs)).toBeLessThanOrEqual(LINGER_MS + 2 * RUN_MS + STATEMENT_MS);
    await clock.advance(longMs);
    expect(tookMs.length).toBe(3);
    await drain();
  });
});
