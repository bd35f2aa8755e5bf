import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLazySet, type SetMember } from "./lazy-set.ts";

describe("a lazy set", () => {
  it("has what was added and not removed, in the order of adding, as a Set has", () => {
    const step = fc.record({ adds: fc.boolean(), which: fc.nat({ max: 200 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const lazy = createLazySet<SetMember>();
        const everyMember: SetMember[] = [];
        const plain = new Set<SetMember>();
        for (const { adds, which } of steps) {
          const member = everyMember[which % Math.max(1, everyMember.length)];
          if (adds || !member) {
            const added = { isPresent: false, isHeavy: everyMember.length % 3 === 0 };
            everyMember.push(added);
            lazy.add(added);
            plain.add(added);
          } else expect(lazy.remove(member)).toBe(plain.delete(member));
          expect(lazy.size).toBe(plain.size);
        }
        expect(lazy.all()).toEqual([...plain]);
        expect(everyMember.filter(({ isPresent }) => isPresent)).toEqual([...plain]);
      }),
    );
  });

  it("gives a copy, which stays as it was while members are removed", () => {
    const lazy = createLazySet<SetMember>();
    for (let count = 0; count < 100; count += 1) lazy.add({ isPresent: false });
    let seen = 0;
    for (const member of lazy.all()) {
      lazy.remove(member);
      seen += 1;
    }
    expect([seen, lazy.size, lazy.all()]).toEqual([100, 0, []]);
  });
});
