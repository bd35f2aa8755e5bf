import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createGiving } from "./giving.ts";

/** A replica with all bots of a fleet of three, of which some are idle. */
function makeGiving(idleCount: number, heldCount = 120) {
  const { clock } = testRuntime();
  const held = new Map([
    ["a", heldCount],
    ["b", 0],
    ["c", 0],
  ]);
  const state = { idleCount, asked: [] as number[], given: [] as number[], nextId: 0 };
  const runner = {
    giveAway(maxCount: number) {
      state.asked.push(maxCount);
      const count = Math.min(maxCount, state.idleCount);
      state.idleCount -= count;
      state.nextId += count;
      return Array.from({ length: count }, (_, n) => `bot ${state.nextId - n}`);
    },
  };
  const giving = createGiving({ clock, replicaId: "a", runner, onGiven: (count) => state.given.push(count) });
  const look = (freeCount = 0) => giving.look({ held, freeCount });
  /** The bots given so far have ended; those who lack some take them. */
  const moved = (count: number, to?: string) => {
    for (let id = 1; id <= state.nextId; id += 1) giving.left(`bot ${id}`);
    held.set("a", (held.get("a") ?? 0) - count);
    if (to) held.set(to, (held.get(to) ?? 0) + count);
  };
  return { clock, giving, held, state, look, moved };
}

it("gives a twentieth of the fleet's bots every 2 s, until its share is left", async () => {
  const { clock, held, state, look, moved } = makeGiving(1000);
  const turns: number[] = [];
  for (let waitMs = look(); waitMs !== null; waitMs = look()) {
    turns.push(waitMs);
    const count = state.asked.at(-1) ?? 0;
    moved(count, (held.get("b") ?? 0) <= (held.get("c") ?? 0) ? "b" : "c");
    expect(look()).toBe(held.get("a") === 40 ? null : 2_000);
    await clock.advance(2_000);
  }
  expect(Object.fromEntries(held)).toEqual({ a: 40, b: 42, c: 38 });
  expect(new Set(turns)).toEqual(new Set([2_000]));
  expect(new Set(state.asked.slice(0, -1))).toEqual(new Set([6]));
  expect(state.given).toEqual(state.asked);
});

it("gives one of a few, and none twice while it is ending", async () => {
  const { clock, giving, state, look } = makeGiving(1000, 4);
  expect(look()).toBe(2_000);
  expect(state.asked).toEqual([1]);
  await clock.advance(2_000);
  look();
  expect(state.asked).toEqual([1, 1]);
  // Two are on their way out: its share.
  expect(look()).toBeNull();
  expect([giving.left("bot 1"), giving.left("bot 1"), giving.left("another")]).toEqual([true, false, false]);
  giving.stays("bot 2");
  expect(giving.left("bot 2")).toBe(false);
});

it("waits while none is idle, and looks again", async () => {
  const { clock, state, look } = makeGiving(0);
  for (let turn = 0; turn < 5; turn += 1) {
    expect(look()).toBe(2_000);
    await clock.advance(2_000);
  }
  expect([state.asked.length, state.given]).toEqual([5, []]);
});

it("gives up for minutes where the bots come back, and not because more replicas lack some", async () => {
  const { clock, giving, held, state, look, moved } = makeGiving(1000);
  look();
  moved(6, "b");
  for (const id of ["d", "e", "f"]) {
    held.set(id, 0);
    await clock.advance(2_000);
    look();
    moved(6, "b");
  }
  expect(state.asked).toEqual([6, 6, 6, 6]);
  for (let turn = 0; turn < 2; turn += 1) {
    await clock.advance(2_000);
    giving.takes([`bot ${state.nextId}`, "another"]);
    look();
  }
  expect(state.asked).toHaveLength(5);
  expect(look()).toBe(302_000);
  await clock.advance(302_000);
  look();
  expect(state.asked).toHaveLength(6);
});

it("takes no bot back for 5 s", async () => {
  const { clock, giving, look } = makeGiving(1);
  look();
  expect([giving.isAwaited("bot 1"), giving.isAwaited("another")]).toEqual([true, false]);
  await clock.advance(5_000);
  expect(giving.isAwaited("bot 1")).toBe(false);
});
