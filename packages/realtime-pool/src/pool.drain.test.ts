import { expect, it } from "vitest";
import { poolsWithoutLeaks } from "../test/make-pool.ts";
import type { PooledChannel } from "./types.ts";

const makePool = poolsWithoutLeaks();

const BOTS = 8;
const STEP_MS = 100;

/** Bots with an entry each in one topic, whose joins and entries have left the window of a server that counts one event a second. */
async function makeLobby({
  drainLimitMs,
  isShown = true,
}: {
  readonly drainLimitMs: number;
  readonly isShown?: boolean;
}) {
  const made = makePool({ presenceEventsPerSecond: 1, joinShare: 1, drainLimitMs });
  const channels: PooledChannel[] = [];
  for (let index = 0; index < BOTS; index += 1) channels.push(await made.pool.acquire("lobby"));
  if (isShown) await Promise.all([...channels.map((channel) => channel.track({})), made.clock.advance(300_000)]);
  await made.clock.advance(600_000);
  const thereCount = () => made.driver.joins.filter(({ isAlive }) => isAlive).length;
  /** What goes each moment until all are gone: when, and how many channels are told of it, a person's among them. */
  const watch = async () => {
    const left: { readonly atMs: number; readonly events: number }[] = [];
    for (let atMs = 0, before = BOTS; before > 0 && atMs <= 70_000; atMs += STEP_MS) {
      for (; before > thereCount(); before -= 1) left.push({ atMs, events: before });
      await made.clock.advance(STEP_MS);
    }
    return left;
  };
  return { ...made, channels, thereCount, watch };
}

it("tells the lobby of bots that leave at a drain no faster than the server allows, and of all within the limit", async () => {
  const { pool, watch } = await makeLobby({ drainLimitMs: 60_000 });
  const closed = pool.close();
  const left = await watch();
  await closed;
  let sum = 0;
  for (const { atMs, events } of left) {
    sum += events;
    // A counter that has just started divides by 10 s at its first look, and by 5 s more at each later one.
    expect(sum).toBeLessThan(10 + 5 * Math.floor(atMs / 5000));
  }
  expect(left.map(({ events }) => events)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  expect(left.at(-1)?.atMs).toBeLessThan(48_000);
});

it("lets whose turn does not come leave while the server can still answer", async () => {
  const { pool, clock, watch } = await makeLobby({ drainLimitMs: 10_000 });
  const startedAtMs = clock.monotonicMs();
  const closed = pool.close().then(() => clock.monotonicMs() - startedAtMs);
  const left = await watch();
  expect(left.filter(({ atMs }) => atMs === 8000).map(({ events }) => events)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(await closed).toBeLessThan(10_000);
});

it("paces the bots that are released one by one as those of a drain", async () => {
  const { channels, thereCount, clock } = await makeLobby({ drainLimitMs: 60_000 });
  const released = Promise.all(channels.map((channel) => channel.release()));
  expect(thereCount()).toBe(BOTS - 1);
  await clock.advance(60_000);
  await released;
  expect(thereCount()).toBe(0);
});

it("lets a channel without an entry leave at once", async () => {
  const { pool, thereCount } = await makeLobby({ drainLimitMs: 60_000, isShown: false });
  await pool.close();
  expect(thereCount()).toBe(0);
});

it("delivers nothing to a channel that waits for its turn to leave", async () => {
  const { pool, channels, driver, clock } = await makeLobby({ drainLimitMs: 60_000 });
  const heard: unknown[] = [];
  for (const name of ["changes:ready", "changes:failed"] as const) pool.events.on(name, () => heard.push(name));
  const last = channels.at(-1);
  last?.onBroadcast("message", (payload) => heard.push(payload));
  last?.onPresence((state) => heard.push(state));
  last?.onChange((change) => heard.push(change));
  const released = Promise.all(channels.map((channel) => channel.release()));
  const { listener, isAlive } = driver.joins.at(-1) ?? {};
  expect(isAlive).toBe(true);
  listener?.onMessage("message", {});
  listener?.onPresenceState({});
  listener?.onRow({} as Parameters<typeof listener.onRow>[0]);
  listener?.onChangesReady();
  listener?.onChangesFailed({ where: "system", text: "Realtime was unable" });
  expect(heard).toEqual([]);
  await clock.advance(60_000);
  await released;
});
