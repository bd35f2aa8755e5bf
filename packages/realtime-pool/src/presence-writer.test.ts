import { createSimulatedClock } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PushReply } from "./driver.ts";
import { type PresenceCalls, PresenceWriter, presenceCall } from "./presence-writer.ts";
import type { Payload } from "./types.ts";

type Ask = (grant: () => void) => () => void;

/** There is room at once. */
const roomAtOnce: Ask = (grant) => {
  grant();
  return () => {};
};

function makeWriter(reply: () => PushReply | Promise<PushReply> = () => ({ kind: "ok" }), ask: Ask = roomAtOnce) {
  const clock = createSimulatedClock();
  const pushed: (Payload | null)[] = [];
  const writer = new PresenceWriter({
    clock,
    limit: { calls: 5, windowMs: 30_000 },
    ask,
    push: async (entry) => {
      pushed.push(entry);
      return reply();
    },
    error: (why, text) => new Error(`${why}: ${text}`),
  });
  return { writer, clock, pushed };
}

/** A budget whose room is given by hand. */
function makeLine() {
  const grants = new Set<() => void>();
  const ask: Ask = (grant) => {
    grants.add(grant);
    return () => void grants.delete(grant);
  };
  return {
    ask,
    grants,
    grantAll() {
      for (const grant of [...grants]) {
        grants.delete(grant);
        grant();
      }
    },
  };
}

describe("the presence writer", () => {
  it("keeps one promise for all calls that wait, however long the server is away", async () => {
    const { writer, pushed } = makeWriter();
    const waiting = new Set(Array.from({ length: 1000 }, (_, n) => writer.set({ n })));
    expect(waiting.size).toBe(1);
    writer.joined();
    await Promise.all(waiting);
    expect(pushed).toEqual([{ n: 999 }]);
  });

  it("asks for nothing when its channel was let go on hearing of the join", () => {
    const { ask, grants } = makeLine();
    const { writer } = makeWriter(undefined, ask);
    void writer.set({ n: 1 }).catch(() => {});
    writer.end();
    writer.joined();
    expect(grants.size).toBe(0);
  });

  it("waits for the join, then tracks what was asked for last", async () => {
    const { writer, pushed } = makeWriter();
    const first = writer.set({ n: 1 });
    const second = writer.set({ n: 2 });
    writer.joined();
    await Promise.all([first, second]);
    expect(pushed).toEqual([{ n: 2 }]);
  });

  it("makes five calls in a window; the sixth waits and the last one wins", async () => {
    const { writer, pushed, clock } = makeWriter();
    writer.joined();
    for (let n = 1; n <= 5; n += 1) await writer.set({ n });
    const waiting = [6, 7, 8].map((n) => writer.set({ n }));
    await clock.advance(30_000);
    expect(pushed.length).toBe(5);
    await clock.advance(1_000);
    await Promise.all(waiting);
    expect(pushed.slice(5)).toEqual([{ n: 8 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("tracks again after a rejoin, but not what was taken back", async () => {
    const { writer, pushed } = makeWriter();
    writer.joined();
    await writer.set({ n: 1 });
    writer.down();
    writer.joined();
    await writer.set(null);
    writer.down();
    writer.joined();
    expect(pushed).toEqual([{ n: 1 }, { n: 1 }, null]);
  });

  it("says again after a rejoin what the server left unanswered", async () => {
    const replies: PushReply[] = [{ kind: "ok" }, { kind: "timeout" }];
    const { writer, pushed, clock } = makeWriter(() => replies.shift() ?? { kind: "ok" });
    writer.joined();
    await writer.set({ n: 1 });
    writer.down();
    writer.joined();
    await clock.advance(0);
    expect(pushed).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    expect(replies).toEqual([]);
  });

  it("has a whole window of calls again after a rejoin: the server counts per join", async () => {
    const { writer, pushed, clock } = makeWriter();
    writer.joined();
    for (let n = 1; n <= 5; n += 1) await writer.set({ n });
    writer.down();
    writer.joined();
    await clock.advance(0);
    for (let n = 6; n <= 9; n += 1) await writer.set({ n });
    expect(pushed.length).toBe(10);
    void writer.set({ n: 10 });
    await clock.advance(30_000);
    expect(pushed.length).toBe(10);
    await clock.advance(1_000);
    expect(pushed.at(-1)).toEqual({ n: 10 });
  });

  it("stands in line once, and says what is wanted when its turn comes", async () => {
    const line = makeLine();
    const { writer, pushed } = makeWriter(undefined, line.ask);
    writer.joined();
    const work = [writer.set({ n: 1 }), writer.set({ n: 2 })];
    expect(line.grants.size).toBe(1);
    expect(pushed).toEqual([]);
    line.grantAll();
    await Promise.all(work);
    expect(pushed).toEqual([{ n: 2 }]);
  });

  it("leaves the line when there is nothing to say any more, or nobody to say it to", async () => {
    const line = makeLine();
    const { writer, pushed } = makeWriter(undefined, line.ask);
    writer.joined();
    const work = writer.set({ n: 1 });
    await writer.set(null);
    await work;
    expect(line.grants.size).toBe(0);
    const lost = writer.set({ n: 2 });
    writer.down();
    expect(line.grants.size).toBe(0);
    writer.joined();
    line.grantAll();
    await lost;
    expect(pushed).toEqual([{ n: 2 }]);
  });

  it("has nothing to untrack when nothing was tracked", async () => {
    const { writer, pushed } = makeWriter();
    writer.joined();
    await writer.set(null);
    expect(pushed).toEqual([]);
  });

  it("answers a call lost with its socket by the track of the next join", async () => {
    let isGone = true;
    const { writer, pushed } = makeWriter(() => ({ kind: isGone ? "gone" : "ok" }));
    writer.joined();
    const work = writer.set({ n: 1 });
    writer.down();
    isGone = false;
    await Promise.resolve();
    writer.joined();
    await work;
    expect(pushed).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it("says when the server refused or did not answer", async () => {
    const refused = makeWriter(() => ({ kind: "refused", text: "Track message size exceeded" }));
    refused.writer.joined();
    await expect(refused.writer.set({})).rejects.toThrow("refused: Track message size exceeded");
    const silent = makeWriter(() => ({ kind: "timeout" }));
    silent.writer.joined();
    await expect(silent.writer.set({})).rejects.toThrow("timeout");
  });

  it("rejects whoever waits when the channel is over, and everybody after", async () => {
    const { writer, clock } = makeWriter();
    const waiting = writer.set({ n: 1 });
    writer.end();
    await expect(waiting).rejects.toThrow("ended");
    await expect(writer.set({ n: 2 })).rejects.toThrow("ended");
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("the presence limit", () => {
  it("never lets more than five calls into any 30 s", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12_000 }), { maxLength: 100 }), (waits) => {
        const limit = { calls: 5, windowMs: 30_000 };
        const made: number[] = [];
        let calls: PresenceCalls = [];
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          const call = presenceCall(calls, limit, nowMs);
          if (!call.allowed) {
            expect(call.retryAtMs).toBeGreaterThan(nowMs);
            continue;
          }
          calls = call.calls;
          made.push(nowMs);
        }
        for (const atMs of made) {
          expect(made.filter((other) => other > atMs - 30_000 && other <= atMs).length).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});
