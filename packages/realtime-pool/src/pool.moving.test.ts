import { describe, expect, it } from "vitest";
import { makePool } from "../test/make-pool.ts";

/** Six channels on two sockets, all but two let go: one socket would do, and the mover's join is on its way. */
async function movingPool() {
  const test = makePool({ channelsPerSocket: 5 });
  const { pool, driver, clock } = test;
  const channels = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => pool.acquire(`room:${index}`)));
  for (const socket of driver.openSockets) {
    const here = channels.filter(({ topic }) => socket.topics.includes(topic));
    for (const channel of here.slice(1)) await channel.release();
  }
  driver.options = { join: () => "hold" };
  for (const join of driver.joins) join.holdsLeave = true;
  const before = driver.joins.length;
  for (let second = 0; second < 300 && driver.joins.length === before; second += 1) await clock.advance(1000);
  const moverJoin = driver.joins[before];
  if (!moverJoin) throw new Error("nobody moved");
  return { ...test, moverJoin, held: channels.filter(({ status }) => status === "joined") };
}

describe("a pool that ends while a channel moves", () => {
  it("leaves both of its joins when it is closed, and waits for their answers", async () => {
    const { pool, driver, clock, moverJoin, settle } = await movingPool();
    let isClosed = false;
    const closed = pool.close().then(() => {
      isClosed = true;
    });
    await settle();
    const alive = driver.joins.filter((join) => join.isAlive);
    expect(alive.map((join) => join.isLeft)).toEqual([true, true]);
    expect(moverJoin.isLeft).toBe(true);
    expect(isClosed).toBe(false);
    for (const join of driver.joins) join.answerLeave();
    await closed;
    expect(clock.pendingTimers).toBe(0);
    expect(pool.getStats()).toMatchObject({ slots: { held: 0 }, sockets: { open: 0 }, channels: { joined: 0 } });
  });

  it.each(["its join is on its way", "the old one is being left"])("drops everything when %s", async (stage) => {
    const { pool, driver, clock, moverJoin, settle } = await movingPool();
    if (stage === "the old one is being left") moverJoin.accept();
    await settle();
    pool.destroy(new Error("the process ends"));
    await settle();
    expect(clock.pendingTimers).toBe(0);
    expect(driver.sockets.every((socket) => socket.isOver)).toBe(true);
    expect(pool.getStats()).toMatchObject({ slots: { held: 0 }, sockets: { open: 0 }, channels: { joined: 0 } });
  });
});
