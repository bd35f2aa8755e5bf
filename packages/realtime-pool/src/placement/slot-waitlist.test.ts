import { describe, expect, it } from "vitest";
import type { SlotHolder } from "../socket.ts";
import { SlotWaitlist } from "./slot-waitlist.ts";

const holder = (topic: string, rank = 0): SlotHolder => ({
  topic,
  isPrivate: false,
  rank,
  startJoin() {},
  socketLost() {},
  serverUnreachable() {},
  allSocketsLost() {},
});

/** Gives slots to the holders that are offered, as long as there are slots, and returns their topics. */
function place(list: SlotWaitlist, slots = Number.POSITIVE_INFINITY, canProbe = () => true): string[] {
  const placed: string[] = [];
  for (const candidate of list.candidates(canProbe)) {
    if (placed.length >= slots) break;
    list.delete(candidate);
    placed.push(candidate.topic);
  }
  return placed;
}

/** How many are looked at when none gets a slot. */
const looks = (list: SlotWaitlist, canProbe: boolean) => [...list.candidates(() => canProbe)].length;

describe("the waitlist", () => {
  it("offers the most urgent first, of equals whoever came first, and all of a topic that fits more than once", () => {
    const list = new SlotWaitlist();
    for (const [topic, rank] of [
      ["a", 2],
      ["b", 0],
      ["b", 1],
      ["b", 2],
      ["c", 1],
    ] as const) {
      list.add(holder(topic, rank), null);
    }
    expect(place(list)).toEqual(["b", "c", "b", "a", "b"]);
    expect(list.size).toBe(0);
  });

  it("offers one of each group when none fits, and no group that needs a probe while none may start", () => {
    const list = new SlotWaitlist();
    for (let index = 0; index < 100; index += 1) list.add(holder("lobby"), null);
    for (let index = 0; index < 100; index += 1) list.add(holder(`room:${index}`), "private room:");
    for (let index = 0; index < 100; index += 1) list.add(holder(`room:${index}:talk`), `private room:${index}:`);
    expect(looks(list, true)).toBe(102);
    expect(looks(list, false)).toBe(1);
  });

  it("stops with those that need a probe when no more may start, and goes on with the others", () => {
    const list = new SlotWaitlist();
    for (const topic of ["x", "y", "z"]) list.add(holder(topic, 0), `family of ${topic}`);
    list.add(holder("a", 0), null);
    list.add(holder("b", 4), null);
    let tries = 2;
    const placed: string[] = [];
    for (const candidate of list.candidates(() => tries > 0)) {
      list.delete(candidate);
      placed.push(candidate.topic);
      if (candidate.topic > "w") tries -= 1;
    }
    expect(placed).toEqual(["a", "x", "y", "b"]);
    expect(list.size).toBe(1);
  });

  it("lets go at once of all that waited for what is proven now", () => {
    const list = new SlotWaitlist();
    for (const topic of ["room:1", "room:2"]) list.add(holder(topic), "private room:");
    list.add(holder("vip:1"), "private vip:");
    list.proven("private room:");
    list.proven("private unheard-of:");
    expect(place(list, 9, () => false)).toEqual(["room:1", "room:2"]);
    expect(list.size).toBe(1);
  });

  it("forgets a holder that went, and is idempotent about it", () => {
    const list = new SlotWaitlist();
    const [first, second] = [holder("a"), holder("a")];
    list.add(first, null);
    list.add(second, null);
    list.delete(first);
    list.delete(first);
    expect([...list.candidates(() => true)]).toEqual([second]);
    list.delete(second);
    expect([list.size, looks(list, true)]).toEqual([0, 0]);
  });
});
