import { describe, expect, it } from "vitest";
import { Room } from "./room.ts";
import type { SlotHolder } from "./socket.ts";

const holder = (topic: string, rank = 0): SlotHolder => ({
  topic,
  isPrivate: false,
  rank,
  mover: () => null,
  turn() {},
  down() {},
  unreachable() {},
  outage() {},
});

/** Seats everybody who is offered, as long as there are slots, and tells their topics. */
function seat(room: Room, slots = Number.POSITIVE_INFINITY, mayTry = () => true): string[] {
  const seated: string[] = [];
  for (const candidate of room.candidates(mayTry)) {
    if (seated.length >= slots) break;
    room.delete(candidate);
    seated.push(candidate.topic);
  }
  return seated;
}

/** How many are looked at when nobody can be seated. */
const looks = (room: Room, mayTry: boolean) => [...room.candidates(() => mayTry)].length;

describe("the room", () => {
  it("offers the most urgent first, of equals whoever came first, and all of a topic that fits more than once", () => {
    const room = new Room();
    for (const [topic, rank] of [
      ["a", 2],
      ["b", 0],
      ["b", 1],
      ["b", 2],
      ["c", 1],
    ] as const) {
      room.add(holder(topic, rank), null);
    }
    expect(seat(room)).toEqual(["b", "c", "b", "a", "b"]);
    expect(room.size).toBe(0);
  });

  it("offers one of each group when nobody fits, and none that is untried when nothing may be tried", () => {
    const room = new Room();
    for (let index = 0; index < 100; index += 1) room.add(holder("lobby"), null);
    for (let index = 0; index < 100; index += 1) room.add(holder(`room:${index}`), "private room:");
    for (let index = 0; index < 100; index += 1) room.add(holder(`room:${index}:talk`), `private room:${index}:`);
    expect(looks(room, true)).toBe(102);
    expect(looks(room, false)).toBe(1);
  });

  it("stops with the untried ones when nothing more may be tried, and goes on with the others", () => {
    const room = new Room();
    for (const topic of ["x", "y", "z"]) room.add(holder(topic, 0), `family of ${topic}`);
    room.add(holder("a", 0), null);
    room.add(holder("b", 4), null);
    let tries = 2;
    const seated: string[] = [];
    for (const candidate of room.candidates(() => tries > 0)) {
      room.delete(candidate);
      seated.push(candidate.topic);
      if (candidate.topic > "w") tries -= 1;
    }
    expect(seated).toEqual(["a", "x", "y", "b"]);
    expect(room.size).toBe(1);
  });

  it("lets go at once of all who waited for what is proven now", () => {
    const room = new Room();
    for (const topic of ["room:1", "room:2"]) room.add(holder(topic), "private room:");
    room.add(holder("vip:1"), "private vip:");
    room.proven("private room:");
    room.proven("private unheard-of:");
    expect(seat(room, 9, () => false)).toEqual(["room:1", "room:2"]);
    expect(room.size).toBe(1);
  });

  it("forgets whoever went, and is idempotent about it", () => {
    const room = new Room();
    const [first, second] = [holder("a"), holder("a")];
    room.add(first, null);
    room.add(second, null);
    room.delete(first);
    room.delete(first);
    expect([...room.candidates(() => true)]).toEqual([second]);
    room.delete(second);
    expect([room.size, looks(room, true)]).toEqual([0, 0]);
  });
});
