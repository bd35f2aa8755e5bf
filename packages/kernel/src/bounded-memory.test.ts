import { expect, it } from "vitest";
import { createBoundedMemory } from "./bounded-memory.ts";

it("forgets what was read longest ago once there is too much", () => {
  const memory = createBoundedMemory<number>(10);
  memory.set("a", 1, 4);
  memory.set("b", 2, 4);
  expect(memory.get("a")).toBe(1);
  memory.set("c", 3, 4);
  expect([memory.get("a"), memory.get("b"), memory.get("c"), memory.bytes, memory.count]).toEqual([
    1,
    undefined,
    3,
    8,
    2,
  ]);
});

it("counts a value that takes the place of another once, and keeps none that is too large", () => {
  const memory = createBoundedMemory<number>(10);
  memory.set("a", 1, 4);
  memory.set("a", 2, 6);
  expect([memory.get("a"), memory.bytes]).toEqual([2, 6]);
  memory.set("b", 3, 11);
  expect([memory.get("b"), memory.get("a")]).toEqual([undefined, 2]);
  memory.set("a", 4, 11);
  memory.delete("gone");
  expect([memory.get("a"), memory.bytes, memory.count]).toEqual([undefined, 0, 0]);
});

it("lists its values, those that were read longest ago first", () => {
  const memory = createBoundedMemory<number>(10);
  memory.set("a", 1, 1);
  memory.set("b", 2, 1);
  memory.get("a");
  expect([...memory.values()]).toEqual([2, 1]);
});
