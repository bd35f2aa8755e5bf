import { type Runtime, sleep } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import type { JobContext, JobOutcome } from "../src/types.ts";
import type { ClaimedWork } from "../src/work/attempt.ts";
import { InFlight } from "../src/work/in-flight.ts";
import { WorkEngine } from "../src/work/work-engine.ts";
import type { WorkSource } from "../src/work/work-source.ts";

export type Run = (work: ClaimedWork, context: JobContext) => Promise<unknown>;

/** One source with its tables, as the suite drives it. */
export interface SourceHarness {
  readonly runtime: Runtime;
  /** With one lane, whose handler runs what the test gives. */
  open(run: Run, runtime?: Runtime): WorkSource<ClaimedWork>;
  /** Adds work that may be claimed at once; resolves with the ids. */
  add(count: number): Promise<string[]>;
  /** Lets work be claimed again whose outcome was released. */
  offerAgain(id: string): void;
  /** Makes it another's, as if its lease had run out unnoticed. */
  steal(id: string): Promise<void>;
  /** `open`: still to be done, by whoever holds it now or claims it next. */
  stateOf(id: string): Promise<"open" | "done" | "dead">;
}

const COMPLETED: JobOutcome = { kind: "completed", durationMs: 1, value: null };
const FAILED: JobOutcome = { kind: "failed", durationMs: 1, code: "TEST", message: "no", retryInMs: 60_000 };
const DEAD: JobOutcome = { ...FAILED, retryInMs: null };
const RELEASED: JobOutcome = { kind: "aborted", durationMs: 1 };

const LEASE_MS = 30_000;
const noop: Run = async () => {};

/** What the engine relies on, of each source. */
export function describeWorkSource(name: string, harness: () => SourceHarness): void {
  describe(`the source of ${name}`, () => {
    const leaks = leakCheck();
    let source: WorkSource<ClaimedWork>;

    beforeEach(() => {
      source = harness().open(noop);
      leaks.clock(harness().runtime.clock);
    });

    const lane = () => source.lanes[0] ?? "";
    const claim = async (quantity: number) => {
      const { claimed } = await source.completeAndClaim([], [{ lane: lane(), quantity }], true);
      const expiresAtMs = harness().runtime.clock.monotonicMs() + LEASE_MS;
      return claimed.map((work) => new InFlight(work, lane(), expiresAtMs));
    };
    const write = async (...done: readonly (readonly [InFlight<ClaimedWork> | undefined, JobOutcome])[]) => {
      const items = done.map(([item, outcome]) => {
        if (!item) throw new Error("nothing was claimed");
        item.outcome = outcome;
        return item;
      });
      const { lostIds, unwritten = [] } = await source.completeAndClaim(items, [], false);
      expect(unwritten).toEqual([]);
      return [...lostIds];
    };

    it("claims no more than is asked for, and nothing twice", async () => {
      const ids = await harness().add(5);
      const claims = [...(await claim(2)), ...(await claim(9))];
      expect(claims.map(({ work }) => work.id).toSorted()).toEqual(ids.toSorted());
      expect(claims.every(({ work }) => work.attempt === 1 && source.laneOf(work) === lane())).toBe(true);
      expect(await claim(9)).toEqual([]);
    });

    it("writes every kind of outcome", async () => {
      await harness().add(4);
      const [completed, failed, dead, released] = await claim(4);
      const lost = await write([completed, COMPLETED], [failed, FAILED], [dead, DEAD], [released, RELEASED]);
      expect(lost).toEqual([]);
      const states = [completed, failed, dead, released].map((item) => harness().stateOf(item?.work.id ?? ""));
      expect(await Promise.all(states)).toEqual(["done", "open", "dead", "open"]);
      harness().offerAgain(released?.work.id ?? "");
      expect((await claim(4)).map(({ work }) => work.id)).toEqual([released?.work.id]);
    });

    it("may be given the same outcomes again when no answer came", async () => {
      await harness().add(3);
      const [completed, failed, dead] = await claim(3);
      for (let times = 0; times < 2; times += 1) {
        expect(await write([completed, COMPLETED], [failed, FAILED], [dead, DEAD])).toEqual([]);
        for (const item of [completed, failed, dead]) if (item) item.mayBeWritten = true;
      }
      const states = [completed, failed, dead].map((item) => harness().stateOf(item?.work.id ?? ""));
      expect(await Promise.all(states)).toEqual(["done", "open", "dead"]);
    });

    it("writes nothing of what is another's by then, and names it", async () => {
      await harness().add(5);
      const items = await claim(5);
      const [completed, failed, dead, released, kept] = items;
      for (const { work } of items.slice(0, 4)) await harness().steal(work.id);
      const outcomes = [
        [completed, COMPLETED],
        [failed, FAILED],
        [dead, DEAD],
        [released, RELEASED],
        [kept, COMPLETED],
      ] as const;
      const lost = await write(...outcomes);
      expect(lost.toSorted()).toEqual(
        items
          .slice(0, 4)
          .map(({ work }) => work.id)
          .toSorted(),
      );
      const states = items.map(({ work }) => harness().stateOf(work.id));
      expect(await Promise.all(states)).toEqual(["open", "open", "open", "open", "done"]);
    });

    it("extends what is still ours, and names it", async () => {
      await harness().add(2);
      const items = await claim(2);
      const [ours, theirs] = items;
      await harness().steal(theirs?.work.id ?? "");
      expect([...(await source.extend(lane(), items))]).toEqual([ours?.work.id]);
    });

    it("runs each work once under an engine, with claims and writes that overlap", async () => {
      const ran: string[] = [];
      const { runtime, add } = harness();
      const overlapping = harness().open(async ({ id }) => void ran.push(id));
      const engine = new WorkEngine({ source: overlapping, runtime, concurrency: 8, batchSize: 4 });
      const ids = await add(60);
      engine.start();
      while ((await Promise.all(ids.map((id) => harness().stateOf(id)))).some((state) => state === "open")) {
        await sleep(runtime.clock, 5);
        engine.nudge();
      }
      expect(await engine.drain(60_000)).toEqual([]);
      expect(ran.toSorted()).toEqual(ids.toSorted());
    });

    it("gives back under an engine what does not end in a drain, and is not claimed by it again", async () => {
      const runtime = testRuntime();
      const begun = Promise.withResolvers<void>();
      const stuck = harness().open((_work, { signal }) => {
        begun.resolve();
        return sleep(runtime.clock, 3_600_000, signal);
      }, runtime);
      const engine = new WorkEngine({ source: stuck, runtime, concurrency: 1, batchSize: 1 });
      const [id = ""] = await harness().add(1);
      engine.start();
      await begun.promise;
      const draining = engine.drain(4_000);
      await runtime.clock.advance(2_999);
      expect(engine.running).toBe(1);
      await runtime.clock.advance(1);
      expect((await draining).map((work) => work.id)).toEqual([id]);
      expect([engine.running, runtime.clock.pendingTimers]).toEqual([0, 0]);
      harness().offerAgain(id);
      expect((await claim(1)).map(({ work }) => work.id)).toEqual([id]);
    });
  });
}
