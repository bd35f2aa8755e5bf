import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dealJoins, type Party } from "./deal-joins.ts";

const deal = (free: number, ...parties: readonly (readonly [wanted: number, had?: number])[]) => {
  const dealt = dealJoins(
    free,
    parties.map(([wanted, had = 0], index) => ({ id: String.fromCharCode(97 + index), wanted, had })),
  );
  return [...dealt.values()];
};

describe("joins are dealt", () => {
  it.each([
    ["all to one who is alone", deal(100, [70]), [70]],
    ["the same to each who wants more than there is", deal(90, [100], [100], [100]), [30, 30, 30]],
    ["what one does not want to the others", deal(90, [10], [100], [100]), [10, 40, 40]],
    ["to those first who had less", deal(90, [100, 60], [100, 0], [100, 30]), [0, 60, 30]],
    ["to who did without before those who had all of it", deal(50, [100, 400], [100, 0]), [0, 50]],
    ["what cannot be divided to who had less, then by id", deal(5, [9, 1], [9, 0], [9, 0]), [1, 2, 2]],
    ["a single one to somebody who asks, not to who only may", deal(1, [Infinity], [3], [3]), [0, 1, 0]],
    ["a part to who may ask, as if it did", deal(90, [100], [Infinity], [Infinity]), [30, 30, 30]],
    ["nothing where nothing is free, or wanted", deal(0, [5], [Infinity]), [0, 0]],
  ])("%s", (_, dealt, expected) => {
    expect(dealt).toEqual(expected);
  });
});

const parties = fc
  .array(
    fc.record({
      wanted: fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 5000 }), fc.constant(Number.POSITIVE_INFINITY)),
      had: fc.nat({ max: 3000 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((list): Party[] => list.map((party, index) => ({ id: `r${index}`, ...party })));
const free = fc.nat({ max: 5000 });

describe("whoever asks, for whatever", () => {
  it("nobody is dealt more than is wanted, all together get no more than there is, and no less while somebody wants more", () => {
    fc.assert(
      fc.property(free, parties, (free, list) => {
        const dealt = dealJoins(free, list);
        for (const { id, wanted } of list) {
          expect(dealt.get(id)).toBeGreaterThanOrEqual(0);
          expect(dealt.get(id)).toBeLessThanOrEqual(wanted);
          expect(Number.isInteger(dealt.get(id))).toBe(true);
        }
        const wanted = list.reduce((sum, party) => sum + party.wanted, 0);
        expect([...dealt.values()].reduce((sum, count) => sum + count, 0)).toBe(Math.min(free, wanted));
      }),
    );
  });

  it("who does without has had as much as everybody who is dealt some, or one less", () => {
    fc.assert(
      fc.property(free, parties, (free, list) => {
        const dealt = dealJoins(free, list);
        const after = ({ id, had }: Party) => had + (dealt.get(id) ?? 0);
        for (const poor of list.filter(({ id, wanted }) => (dealt.get(id) ?? 0) < wanted))
          for (const rich of list.filter(({ id }) => (dealt.get(id) ?? 0) > 0))
            expect(after(rich)).toBeLessThanOrEqual(after(poor) + 1);
      }),
    );
  });

  it("asking for more never brings less, somebody more to share with never brings more, and the order is nothing", () => {
    fc.assert(
      fc.property(free, parties, fc.nat(), fc.nat({ max: 100 }), (free, list, pick, more) => {
        const dealt = dealJoins(free, list);
        const one = list[pick % list.length] as Party;
        const others = list.filter((party) => party !== one);
        const greedy = dealJoins(free, [...others, { ...one, wanted: one.wanted + more }]);
        expect(greedy.get(one.id)).toBeGreaterThanOrEqual(dealt.get(one.id) ?? 0);
        const without = dealJoins(free, others);
        for (const { id } of others) expect(without.get(id)).toBeGreaterThanOrEqual(dealt.get(id) ?? 0);
        expect(new Map(dealJoins(free, list.toReversed()))).toEqual(new Map(dealt));
      }),
    );
  });
});
