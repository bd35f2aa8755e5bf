import { describe, expect, it } from "vitest";
import type { FakeChannel } from "../test/fake-driver.ts";
import { poolsWithoutLeaks } from "../test/make-pool.ts";
import type { PoolOptions } from "./options.ts";

const makePool = poolsWithoutLeaks();
const EVERY_MS = 10_000;

/** A pool with one room and a canary that has joined, and everything that is said about it. */
async function makeWatched(isHeard: () => boolean = () => true, options: Partial<PoolOptions> = {}) {
  const made = makePool({ canaryMs: EVERY_MS, ...options });
  const { pool, driver, clock } = made;
  const heard: number[] = [];
  const lost: number[] = [];
  const stale: number[] = [];
  pool.events.on("canary:answered", ({ roundTripMs }) => heard.push(roundTripMs));
  pool.events.on("canary:lost", ({ silentMs }) => lost.push(silentMs));
  pool.events.on("socket:stale", ({ silentMs }) => stale.push(silentMs));
  const canaries = () => driver.joins.filter((channel) => channel.request.topic.startsWith("shoal:canary:"));
  /** The server delivers what was sent to itself; `roundTripMs` later. */
  const deliver = async (roundTripMs: number) => {
    await clock.advance(roundTripMs);
    for (const channel of canaries()) {
      for (const { event, payload } of channel.sent.splice(0)) {
        if (isHeard()) channel.say(event, payload);
      }
    }
  };
  const beat = async (roundTripMs = 5) => {
    await clock.advance(EVERY_MS - roundTripMs);
    await deliver(roundTripMs);
  };
  const first = await pool.acquire("room:1");
  await clock.advance(EVERY_MS + 5);
  // The canary has joined alone, as an untried topic does; the next ones sit beside it.
  const rooms = [first, await pool.acquire("room:2"), await pool.acquire("room:3")];
  return { ...made, rooms, beat, deliver, canaries, heard, lost, stale };
}

describe("the canary", () => {
  it("is not there unless it is asked for", async () => {
    const { pool, driver, clock } = makePool();
    await pool.acquire("room:1");
    await clock.advance(600_000);
    expect(driver.joinedTopics).toEqual(["room:1"]);
  });

  it("joins once, hears itself, and costs one slot", async () => {
    const { beat, canaries, heard, lost, pool } = await makeWatched();
    for (let count = 0; count < 5; count += 1) await beat();
    expect(canaries().length).toBe(1);
    expect(canaries()[0]?.request.config).toEqual({ self: true });
    expect(heard).toEqual([5, 5, 5, 5, 5]);
    expect(lost).toEqual([]);
    expect(pool.getStats().slots.held).toBe(4);
  });

  it("lost once and heard again changes nothing", async () => {
    let isHeard = true;
    const { beat, pool, rooms, heard, lost, stale } = await makeWatched(() => isHeard);
    await beat();
    for (let round = 0; round < 3; round += 1) {
      isHeard = false;
      await beat();
      isHeard = true;
      await beat();
      await beat();
    }
    expect(lost.length).toBe(3);
    expect(heard.length).toBeGreaterThan(3);
    expect(stale).toEqual([]);
    expect(rooms.map((room) => room.status)).toEqual(["joined", "joined", "joined"]);
    expect(pool.getStats().errorsByClass.timeout).toBe(0);
  });

  it("is not lost while it waits for the budget", async () => {
    const scarce = { eventsPerSecond: 0.25, sendWaitMs: 5 * EVERY_MS };
    const { deliver, heard, lost } = await makeWatched(() => true, scarce);
    for (let second = 0; second < 300; second += 1) await deliver(1000);
    // 0.2 events a second, two of them for each call and one for its return: less than one call per beat.
    expect(heard.length).toBeLessThan(30);
    expect(heard.length).toBeGreaterThan(5);
    expect(lost).toEqual([]);
  });

  it("lost twice in a row closes its socket, and the channels move", async () => {
    const { beat, driver, rooms, lost, stale, clock } = await makeWatched(() => false);
    const nest = driver.sockets.find((socket) => socket.topics.some((topic) => topic.startsWith("shoal:canary:")));
    const beside = rooms.filter((room) => nest?.topics.includes(room.topic));
    const recovered = Promise.all(beside.map((room) => room.events.next("recovered")));
    for (let count = 0; count < 3; count += 1) await beat();
    expect(lost.length).toBe(2);
    expect(stale.length).toBe(1);
    expect(stale[0]).toBeGreaterThanOrEqual(2 * EVERY_MS - 5);
    expect(beside.length).toBeGreaterThan(0);
    await clock.advance(5000);
    await recovered;
    expect(nest?.isOver).toBe(true);
  });

  it("is not lost when its message could not even be sent", async () => {
    const { beat, canaries, lost, pool } = await makeWatched();
    await beat();
    const [own] = canaries() as [FakeChannel];
    own.reply = { kind: "refused", text: "payload_size_exceeded" };
    for (let count = 0; count < 3; count += 1) await beat();
    expect(lost).toEqual([]);
    expect(pool.getStats().channels.joined).toBe(4);
  });

  it("that the server refuses for good is not tried again", async () => {
    const { pool, driver, clock } = makePool(
      { canaryMs: EVERY_MS },
      {
        join: ({ topic }) =>
          topic.startsWith("shoal:")
            ? { where: "join", text: "PrivateOnly: This project only allows private channels" }
            : "ok",
      },
    );
    await pool.acquire("room:1");
    await clock.advance(100 * EVERY_MS);
    expect(driver.joins.length).toBe(2);
  });

  it("joins a private topic where all topics are private", async () => {
    const { beat, driver, canaries } = await makeWatched(() => true, { private: true });
    await beat();
    expect(canaries().map(({ request }) => request.config)).toEqual([{ private: true, self: true }]);
    expect(driver.joins.map(({ request }) => request.config.private)).toEqual([true, true, true, true]);
  });

  it("leaves with the last channel, and comes back with the next", async () => {
    const { beat, rooms, canaries, pool, driver, clock } = await makeWatched();
    await beat();
    for (const room of rooms) await room.release();
    await clock.advance(EVERY_MS);
    expect(pool.getStats().slots.held).toBe(0);
    expect(driver.openSockets).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    await pool.acquire("room:2");
    await clock.advance(EVERY_MS);
    expect(canaries().length).toBe(2);
  });

  it("is released by close, and leaves no timer", async () => {
    const { beat, canaries, pool, clock } = await makeWatched();
    await beat();
    await pool.close();
    expect(canaries()[0]?.isLeft).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
