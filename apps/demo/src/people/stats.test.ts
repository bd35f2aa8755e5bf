import { expect, test } from "vitest";
import { PeopleStats } from "./stats.ts";

test("a match of two people counts once, one with a bot once per person, a person once however often matched", () => {
  const stats = new PeopleStats();
  stats.met("anna", "m1", { id: "x", isBot: false });
  stats.met("ben", "m1", { id: "x", isBot: false });
  stats.met("anna", "m2", { id: "x", isBot: true });
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

test("a match across topics is one of two people who wait for different ones, and counts once", () => {
  const stats = new PeopleStats();
  for (const [id, topic] of [
    ["anna", "music"],
    ["ben", "games"],
    ["chloe", "music"],
  ] as const)
    stats.wants(id, topic);
  const meet = (one: string, other: string, matchId: string) => {
    stats.met(one, matchId, { id: other, isBot: false });
    stats.met(other, matchId, { id: one, isBot: false });
  };
  meet("anna", "chloe", "m1");
  stats.met("anna", "m2", { id: "bot-1", isBot: true });
  meet("anna", "stranger", "m3");
  expect(stats.report([]).matchesAcrossTopics).toBe(0);
  meet("anna", "ben", "m4");
  expect(stats.report([]).matchesAcrossTopics).toBe(1);
});
