import { expect, test } from "vitest";
import { PeopleStats } from "./stats.ts";

test("a match of two people counts once, one with a bot once per person, a person once however often matched", () => {
  const stats = new PeopleStats();
  stats.met("anna", "m1", false);
  stats.met("ben", "m1", false);
  stats.met("anna", "m2", true);
  stats.noticed(120);
  stats.failed("rate", true);
  stats.failed("rate");
  const report = stats.report([
    { kind: "waiting", seen: [] },
    { kind: "gone", seen: [] },
  ]);
  expect(report).toMatchObject({
    people: 2,
    waiting: 1,
    talking: 0,
    everMatched: 2,
    matchesPersonPerson: 1,
    matchesPersonBot: 1,
    joinsRefused: 1,
    errorsByClass: { rate: 2 },
    timeToMatchMs: [120],
  });
});
