import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PresenceDiff, type PresenceMeta, TopicPresence } from "./presence.ts";

/** What a client makes of the diffs it hears. */
function apply(state: Map<string, PresenceMeta>, diff: PresenceDiff | undefined): void {
  for (const { metas } of Object.values(diff?.leaves ?? {})) for (const { phx_ref } of metas) state.delete(phx_ref);
  for (const { metas } of Object.values(diff?.joins ?? {})) for (const meta of metas) state.set(meta.phx_ref, meta);
}

describe("the presence of a topic", () => {
  it("is the same for who follows the diffs and for who joins late", () => {
    const step = fc.record({ owner: fc.integer({ min: 1, max: 4 }), value: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const presence = new TopicPresence<number>();
        const followed = new Map<string, PresenceMeta>();
        for (const [index, { owner, value }] of steps.entries()) {
          const key = owner % 2 ? "odd" : "even";
          const isLeaving = value === 0;
          apply(followed, isLeaving ? presence.untrack(owner) : presence.track(owner, key, { value }, `ref ${index}`));
        }
        const late = Object.values(presence.state()).flatMap(({ metas }) => metas);
        expect(new Set(late)).toEqual(new Set(followed.values()));
        expect(late).toHaveLength(presence.size);
      }),
    );
  });

  it("keeps keys that are names of an object's own machinery", () => {
    const presence = new TopicPresence<number>();
    presence.track(1, "__proto__", { a: 1 }, "ref 1");
    presence.track(2, "constructor", { a: 2 }, "ref 2");
    expect(JSON.parse(JSON.stringify(Object.entries(presence.state())))).toEqual([
      ["__proto__", { metas: [{ a: 1, phx_ref: "ref 1" }] }],
      ["constructor", { metas: [{ a: 2, phx_ref: "ref 2" }] }],
    ]);
  });
});
