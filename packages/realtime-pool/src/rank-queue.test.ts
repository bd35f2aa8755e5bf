import fc from "fast-check";
import { expect, it } from "vitest";
import { RankQueue } from "./rank-queue.ts";

it("gives the lowest rank first, and among equals whoever came first, whatever came and went", () => {
  const command = fc.record({ item: fc.nat({ max: 8 }), rank: fc.nat({ max: 3 }), isAdded: fc.boolean() });
  fc.assert(
    fc.property(fc.array(command), (commands) => {
      const queue = new RankQueue<number>();
      let model: { item: number; rank: number }[] = [];
      for (const { item, rank, isAdded } of commands) {
        const wasThere = model.some((entry) => entry.item === item);
        model = model.filter((entry) => entry.item !== item);
        if (isAdded) {
          queue.add(item, rank);
          model.push({ item, rank });
        } else expect(queue.delete(item)).toBe(wasThere);
        const sorted = model.toSorted((a, b) => a.rank - b.rank);
        expect([...queue]).toEqual(sorted.map((entry) => entry.item));
        expect(queue.size).toBe(sorted.length);
        expect(queue.countUpTo(1)).toBe(sorted.filter((entry) => entry.rank <= 1).length);
        expect(queue.first).toBe(sorted[0]?.item ?? null);
        expect(queue.firstRank).toBe(sorted[0]?.rank ?? Number.POSITIVE_INFINITY);
      }
    }),
  );
});
