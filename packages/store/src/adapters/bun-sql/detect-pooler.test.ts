import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { isPooled, type Session } from "./detect-pooler.ts";

/** A server behind `sessions` shared ones; `next` picks among the idle. Nobody is answered while none is idle. */
function pooler(sessions: number, next: (idle: number[]) => number | undefined): () => Session {
  const idle = Array.from({ length: sessions }, (_, index) => 100 + index);
  const take = () => {
    const pid = next(idle);
    if (pid !== undefined) idle.splice(idle.indexOf(pid), 1);
    return pid;
  };
  return () => ({
    async serverPid() {
      const pid = take();
      if (pid === undefined) return new Promise(() => {});
      idle.push(pid);
      return pid;
    },
    async whileInTransaction(work) {
      const pid = take();
      const result = await work();
      if (pid !== undefined) idle.push(pid);
      return result;
    },
  });
}

const direct = (pid: number): Session => ({ serverPid: async () => pid, whileInTransaction: (work) => work() });
const mostRecent = (idle: number[]) => idle.at(-1);
const longestIdle = (idle: number[]) => idle[0];

describe("looking for a transaction pooler", () => {
  it("finds none on direct connections", async () => {
    expect(await isPooled(direct(1), direct(2), createSimulatedClock())).toBe(false);
  });

  it.each([
    ["the session used last", 5, mostRecent],
    ["the session unused for longest", 5, longestIdle],
    ["the other one of two", 2, longestIdle],
  ])("finds one that hands out %s", async (_what, sessions, next) => {
    const connect = pooler(sessions, next);
    expect(await isPooled(connect(), connect(), createSimulatedClock())).toBe(true);
  });

  it("finds one whose session of the first connection others have, just when the second one would take it", async () => {
    const picks = [100, 100, 101, 100, 100];
    const connect = pooler(2, (idle) => picks.shift() ?? idle.at(-1));
    expect(await isPooled(connect(), connect(), createSimulatedClock())).toBe(true);
  });

  it("finds one that has a single session, because it leaves us without an answer", async () => {
    const clock = createSimulatedClock();
    const connect = pooler(1, mostRecent);
    const found = isPooled(connect(), connect(), clock);
    await clock.advanceToNext();
    expect(await found).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
