import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCrowd, type Member } from "./crowd.ts";

describe("a crowd", () => {
  it("has who came and did not go, in the order in which they came, as a Set has", () => {
    const step = fc.record({ comes: fc.boolean(), which: fc.nat({ max: 200 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const crowd = createCrowd<Member>();
        const everybody: Member[] = [];
        const set = new Set<Member>();
        for (const { comes, which } of steps) {
          const member = everybody[which % Math.max(1, everybody.length)];
          if (comes || !member) {
            const newcomer = { isPresent: false };
            everybody.push(newcomer);
            crowd.add(newcomer);
            set.add(newcomer);
          } else expect(crowd.remove(member)).toBe(set.delete(member));
          expect(crowd.size).toBe(set.size);
        }
        expect(crowd.all()).toEqual([...set]);
        expect(everybody.filter(({ isPresent }) => isPresent)).toEqual([...set]);
      }),
    );
  });

  it("is looked through as it was when somebody goes meanwhile", () => {
    const crowd = createCrowd<Member>();
    for (let count = 0; count < 100; count += 1) crowd.add({ isPresent: false });
    let seen = 0;
    for (const member of crowd.all()) {
      crowd.remove(member);
      seen += 1;
    }
    expect([seen, crowd.size, crowd.all()]).toEqual([100, 0, []]);
  });
});
