import { expect, test } from "vitest";
import { Tally } from "./tally.ts";

test("a match of two people counts once, one with a bot once per person, a person once however often matched", () => {
  const tally = new Tally();
  tally.met("anna", "m1", false);
  tally.met("ben", "m1", false);
  tally.met("anna", "m2", true);
  tally.noticed(120);
  tally.failed("rate", true);
  tally.failed("rate");
  const report = tally.report([
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
