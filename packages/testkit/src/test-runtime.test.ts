import { seededRng } from "@shoal/kernel";
import { expect, test } from "vitest";
import { countedIds } from "./counted-ids.ts";

const draw = (seed: number, count: number) => {
  const rng = seededRng(seed);
  return Array.from({ length: count }, () => rng.next());
};

test("a seed always gives the same numbers, and another seed gives others", () => {
  expect(draw(1, 50)).toEqual(draw(1, 50));
  expect(draw(1, 50)).not.toEqual(draw(2, 50));
});

test("seeded numbers stay in [0, 1) and fill it evenly", () => {
  const values = draw(5, 10_000);
  for (const value of values) expect(value >= 0 && value < 1).toBe(true);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean).toBeCloseTo(0.5, 1);
});

test("counted ids look like UUIDs, never repeat and start anew with each counter", () => {
  const ids = countedIds();
  const made = [ids.uuid(), ids.uuid(), ids.uuid()];
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(made).size).toBe(3);
  expect(countedIds().uuid()).toBe(made[0]);
});
