import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePool, type TestPool } from "../test/make-pool.ts";
import type { Evidence } from "./classify.ts";
import type { PooledChannel } from "./types.ts";

type Command =
  | { readonly kind: "acquire"; readonly topic: string; readonly willAbort: boolean; readonly letsGo: boolean }
  | { readonly kind: "release" | "drop-socket" | "close-channel"; readonly pick: number }
  | { readonly kind: "outage" | "return" }
  | { readonly kind: "wait"; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("acquire" as const),
      topic: fc.integer({ min: 0, max: 5 }).map((index) => `room:${index}`),
      willAbort: fc.boolean(),
      letsGo: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("release" as const, "drop-socket" as const, "close-channel" as const),
      pick: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("outage" as const, "return" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 8000 }) }) },
);

const DOWN: Evidence = { where: "handshake", text: "Failed to connect", closeCode: 1006 };
const DROPPED: Evidence = { where: "close", text: "", closeCode: 1006 };
const CRASHED: Evidence = { where: "join", text: "channel_crash" };
const LIMITS = { joinsPerSecond: 1, joinShare: 0.5, channelsPerSocket: 3, maxSockets: 6, maxWaiting: 1000 };
const BUDGET_PER_WINDOW = 30;

/** A join as the server counted it: a server that was down has forgotten what came before. */
interface CountedJoin {
  readonly atMs: number;
  readonly serverLife: number;
}

/** What must hold after every step, whatever happened. */
function checkInvariants({ driver, pool }: TestPool, joins: readonly CountedJoin[]): void {
  for (const socket of driver.openSockets) {
    expect(new Set(socket.topics).size).toBe(socket.topics.length);
    expect(socket.topics.length).toBeLessThanOrEqual(LIMITS.channelsPerSocket);
  }
  const stats = pool.getStats();
  expect(stats.sockets.open + stats.sockets.connecting).toBeLessThanOrEqual(LIMITS.maxSockets);
  expect(stats.slots.held).toBeGreaterThanOrEqual(stats.channels.joined + stats.channels.joining);
  const last = joins.at(-1);
  if (!last) return;
  const inWindow = joins.filter((join) => join.serverLife === last.serverLife && join.atMs > last.atMs - 60_000);
  expect(inWindow.length).toBeLessThanOrEqual(BUDGET_PER_WINDOW);
}

async function perform(test: TestPool, held: PooledChannel[], aborts: AbortController[], next: Command): Promise<void> {
  const { pool, driver, clock } = test;
  switch (next.kind) {
    case "acquire": {
      const controller = new AbortController();
      if (next.willAbort) aborts.push(controller);
      pool.acquire(next.topic, { signal: controller.signal }).then(
        (channel) => {
          held.push(channel);
          // On hearing of a loss, in the middle of the pool's own work.
          if (next.letsGo) channel.events.on("lost", () => void channel.release());
        },
        () => {},
      );
      break;
    }
    case "release":
      await held.splice(next.pick % Math.max(1, held.length), 1)[0]?.release();
      aborts.shift()?.abort(new Error("given up"));
      break;
    case "drop-socket":
      driver.openSockets[next.pick % Math.max(1, driver.openSockets.length)]?.drop(DROPPED);
      break;
    case "close-channel": {
      const alive = driver.joins.filter((join) => join.isAlive);
      alive[next.pick % Math.max(1, alive.length)]?.end(CRASHED);
      break;
    }
    case "outage":
      driver.options = { handshake: () => DOWN };
      for (const socket of driver.openSockets) socket.drop(DROPPED);
      break;
    case "return":
      driver.options = {};
      break;
    case "wait":
      await clock.advance(next.ms);
  }
  await clock.advance(0);
}

describe("any history of holders and faults", () => {
  it("keeps slots and budget, loses no channel, and drains to nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 100 }), fc.integer(), async (commands, seed) => {
        const test = makePool(LIMITS, { seed });
        const held: PooledChannel[] = [];
        const aborts: AbortController[] = [];
        const joins: CountedJoin[] = [];
        let serverLife = 0;
        test.pool.events.on("channel:joining", () => joins.push({ atMs: test.clock.monotonicMs(), serverLife }));
        for (const next of commands) {
          if (next.kind === "outage") serverLife += 1;
          await perform(test, held, aborts, next);
          checkInvariants(test, joins);
        }

        test.driver.options = {};
        for (let minute = 0; minute < 30 && test.pool.getStats().channels.waiting > 0; minute += 1) {
          await test.clock.advance(60_000);
        }
        checkInvariants(test, joins);
        const channels = test.pool.getStats().channels;
        // Six sockets hold one topic six times; whoever wants it a seventh time waits.
        if (test.pool.getStats().slots.free > 0 && channels.waiting > 0) {
          expect(test.driver.openSockets.length).toBe(LIMITS.maxSockets);
        }
        expect(channels.failed).toBe(0);

        await test.pool.close();
        expect(test.clock.pendingTimers).toBe(0);
        expect(test.pool.getStats()).toMatchObject({
          sockets: { open: 0, connecting: 0 },
          slots: { held: 0 },
          channels: { waiting: 0, joining: 0, joined: 0 },
        });
        expect(test.driver.sockets.every((socket) => socket.isOver)).toBe(true);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});
