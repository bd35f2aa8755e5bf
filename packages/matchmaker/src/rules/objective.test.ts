import { describe, expect, it } from "vitest";
import { botDueMs, objectiveOf } from "./objective.ts";
import { NOW, ticketOf } from "./rules.test-support.ts";
import { checkRules } from "./rules.ts";

const rules = checkRules({ equal: ["language"], slaMs: 10_000 });
const waiting = (...given: (readonly [language: unknown, waitedMs: number])[]) =>
  given.map(([language, waitedMs], at) => ticketOf(`u${at}`, NOW - waitedMs, { attributes: { language } }));
const of = (tickets: ReturnType<typeof waiting>, limit = 3, known: readonly string[] = []) =>
  objectiveOf(tickets, rules, NOW, { limit, known });
const names = (...given: Parameters<typeof of>) => of(...given).map(({ bucket }) => bucket);

describe("the wait objective", () => {
  it("counts those of a bucket, the longest wait, and who has waited too long", () => {
    expect(of(waiting(["de", 10_001], ["de", 10_000], ["en", 5_000], ["de", -3_000]))).toEqual([
      { bucket: "language=de", waiting: 3, longestWaitMs: 10_001, missed: 1 },
      { bucket: "language=en", waiting: 1, longestWaitMs: 5_000, missed: 0 },
    ]);
  });

  it("misses nothing where there is no objective, and has one bucket without rules", () => {
    expect(objectiveOf(waiting(["de", 99_000], ["en", 1]), checkRules({}), NOW, { limit: 3, known: [] })).toEqual([
      { bucket: "all", waiting: 2, longestWaitMs: 99_000, missed: 0 },
    ]);
  });

  it("names the largest buckets and sums up the others", () => {
    const crowd = waiting(["c", 1], ["b", 1], ["b", 1], ["a", 1], ["d", 20_000], ["a", 1]);
    expect(of(crowd, 2)).toEqual([
      { bucket: "language=a", waiting: 2, longestWaitMs: 1, missed: 0 },
      { bucket: "language=b", waiting: 2, longestWaitMs: 1, missed: 0 },
      { bucket: "other", waiting: 2, longestWaitMs: 20_000, missed: 1 },
    ]);
    expect(of(crowd.toReversed(), 2)).toEqual(of(crowd, 2));
  });

  it("keeps the names it gave, so that there are never more than the limit and one", () => {
    const first = names(waiting(["a", 1], ["b", 1], ["c", 1]), 2);
    expect(first).toEqual(["language=a", "language=b", "other"]);
    const second = names(waiting(["d", 1], ["d", 1], ["e", 1]), 2, first);
    expect(second).toEqual(first);
    expect(of([], 2, second).map(({ waiting: count }) => count)).toEqual([0, 0, 0]);
  });

  it("joins buckets that look the same", () => {
    expect(of(waiting([1, 1], ["1", 2]))).toMatchObject([{ bucket: "language=1", waiting: 2, longestWaitMs: 2 }]);
  });

  it.each([
    [4_000, null, 500, 4_000],
    [4_000, 10_000, 500, 4_000],
    [30_000, 10_000, 500, 9_500],
    [30_000, 1_000, 2_000, 0],
  ])("gives a bot after %d ms, with an objective of %d less %d: %d", (botAfterMs, slaMs, marginMs, dueMs) => {
    expect(botDueMs(botAfterMs, slaMs, marginMs)).toBe(dueMs);
  });
});
