import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LegName, Overlap, wordsOf } from "./overlap.ts";

type Heard = readonly [leg: LegName, message: string];

/** What reaches the holder of what the legs bring, in that order; `null` in between is the end of the old leg. */
function delivered(heard: readonly (Heard | null)[]): Heard[] {
  const overlap = new Overlap();
  return heard.filter((item): item is Heard => {
    if (item) return overlap.hears(...item);
    overlap.ends("old");
    return false;
  });
}

const messagesOf = (leg: LegName, heard: readonly Heard[]) => heard.filter(([name]) => name === leg).map(([, m]) => m);

/** Both legs' words in any mixture that keeps each leg's own order; the old leg ends after its last word. */
function mixture(old: readonly string[], fresh: readonly string[], picks: readonly boolean[]): (Heard | null)[] {
  const [left, right] = [[...old], [...fresh]];
  const mixed: (Heard | null)[] = [];
  for (let turn = 0; left.length + right.length > 0; turn += 1) {
    const fromOld = right.length === 0 || (left.length > 0 && (picks[turn] ?? false));
    const message = fromOld ? left.shift() : right.shift();
    if (message !== undefined) mixed.push([fromOld ? "old" : "new", message]);
    if (fromOld && left.length === 0) mixed.push(null);
  }
  return mixed;
}

/** What was said in the topic, and which part of it each leg was there for: the old one leaves after the new one came. */
const history = (message: fc.Arbitrary<string>, unique: boolean) =>
  fc
    .record({
      said: unique ? fc.uniqueArray(message, { maxLength: 40 }) : fc.array(message, { maxLength: 40 }),
      cuts: fc.tuple(fc.nat(40), fc.nat(40)),
      picks: fc.array(fc.boolean(), { maxLength: 80 }),
    })
    .map(({ said, cuts, picks }) => {
      const [joinedAt, leftAt] = [Math.min(...cuts), Math.max(...cuts)];
      return { said, old: said.slice(0, leftAt), fresh: said.slice(joinedAt), picks };
    });

const count = (messages: readonly string[], message: string) => messages.filter((other) => other === message).length;

describe("what two legs of one channel bring", () => {
  it("is delivered once each, whenever either leg hears it", () => {
    fc.assert(
      fc.property(history(fc.string({ maxLength: 4 }), true), ({ said, old, fresh, picks }) => {
        const heard = delivered(mixture(old, fresh, picks)).map(([, message]) => message);
        expect([...heard].sort()).toEqual([...said].sort());
      }),
    );
  });

  it("is delivered in the order of the leg that brought it", () => {
    fc.assert(
      fc.property(history(fc.string({ maxLength: 4 }), true), ({ said, old, fresh, picks }) => {
        const heard = delivered(mixture(old, fresh, picks));
        for (const leg of ["old", "new"] as const) {
          const places = messagesOf(leg, heard).map((message) => said.indexOf(message));
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
      }),
    );
  });

  it("is, of equal messages, as many as the leg that heard more of them has heard", () => {
    const few = fc.constantFrom("typing", "hello", "");
    fc.assert(
      fc.property(history(few, false), ({ old, fresh, picks }) => {
        const heard = delivered(mixture(old, fresh, picks)).map(([, message]) => message);
        for (const message of ["typing", "hello", ""]) {
          expect(count(heard, message)).toBe(Math.max(count(old, message), count(fresh, message)));
        }
      }),
    );
  });

  it("does not include our own words, which the other leg hears as if they were somebody's", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b")), fc.constantFrom<LegName>("old", "new"), (own, leg) => {
        const overlap = new Overlap();
        const other = leg === "old" ? "new" : "old";
        for (const message of own) overlap.sent(leg, message);
        expect(own.map((message) => overlap.hears(other, message))).not.toContain(true);
        expect([overlap.hears(other, "a"), overlap.hears(leg, "a")]).toEqual([true, false]);
      }),
    );
  });
});

describe("an overlap", () => {
  it("is over when one leg is gone and no copy is outstanding", () => {
    const overlap = new Overlap();
    overlap.hears("old", "a");
    overlap.hears("new", "b");
    expect(overlap.isOver).toBe(false);
    overlap.ends("old");
    expect(overlap.isOver).toBe(false);
    expect(overlap.hears("new", "a")).toBe(false);
    expect(overlap.isOver).toBe(true);
    expect(overlap.hears("new", "a")).toBe(true);
    expect(overlap.isOver).toBe(true);
  });

  it("waits for no echo on a leg that is gone", () => {
    const overlap = new Overlap();
    overlap.sent("new", "a");
    overlap.ends("old");
    overlap.sent("new", "a");
    expect(overlap.isOver).toBe(true);
  });

  it("still holds back the echo on the leg that stays", () => {
    const overlap = new Overlap();
    overlap.sent("old", "a");
    overlap.ends("old");
    expect(overlap.isOver).toBe(false);
    expect([overlap.hears("new", "a"), overlap.hears("new", "a")]).toEqual([false, true]);
  });
});

describe("the words of a message", () => {
  it("differ by event and by payload", () => {
    const words = [wordsOf("a", { n: 1 }), wordsOf("a", { n: 2 }), wordsOf("b", { n: 1 }), wordsOf("a", { n: 1 })];
    expect(new Set(words).size).toBe(3);
  });

  it("are unknown when it is nested beyond what can be written down", () => {
    const payload = JSON.parse(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    expect(wordsOf("a", payload)).toBe(null);
  });
});
