import fc from "fast-check";
import { expect, it } from "vitest";
import { createStateHistories } from "./state-histories.ts";

const change = (state: string) => ({ at: "2026-01-01T00:00:00.000Z", state });

it("remembers the last changes of a connection, oldest first", () => {
  const histories = createStateHistories({ connections: 2, changesEach: 3 });
  for (const state of ["a", "b", "c", "d"]) histories.add("one", change(state), false);
  expect(histories.all()).toEqual([{ connection: "one", changes: ["b", "c", "d"].map(change) }]);
});

it("forgets ended connections first, then the one that changed longest ago", () => {
  const histories = createStateHistories({ connections: 3, changesEach: 2 });
  histories.add("old", change("joined"), false);
  histories.add("gone", change("released"), true);
  histories.add("new", change("joined"), false);
  histories.add("newer", change("joined"), false);
  expect(histories.all().map(({ connection }) => connection)).toEqual(["old", "new", "newer"]);
  histories.add("newest", change("joined"), false);
  expect(histories.live().map(({ connection }) => connection)).toEqual(["new", "newer", "newest"]);
});

it("takes an ended connection up again when it comes back", () => {
  const histories = createStateHistories({ connections: 3, changesEach: 4 });
  histories.add("one", change("released"), true);
  histories.add("one", change("joining"), false);
  expect(histories.live()).toEqual([{ connection: "one", changes: [change("released"), change("joining")] }]);
});

it("stays within its limits, whatever happens", () => {
  const step = fc.record({ connection: fc.integer({ min: 0, max: 30 }), isEnd: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const histories = createStateHistories({ connections: 10, changesEach: 4 });
      for (const { connection, isEnd } of steps) histories.add(`c${connection}`, change("x"), isEnd);
      expect(histories.all().length).toBeLessThanOrEqual(10);
      expect(histories.all().every(({ changes }) => changes.length >= 1 && changes.length <= 4)).toBe(true);
      const last = steps.at(-1);
      if (last) expect(histories.all().map(({ connection }) => connection)).toContain(`c${last.connection}`);
    }),
  );
});
