import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify } from "./classify.ts";
import { createStanding, familyOf, type Standing, type Subject } from "./standing.ts";

const LIMITS = { maxSuspects: 3, maxFamilies: 2 };
const FORBIDDEN = classify({ where: "join", text: "Unauthorized: You do not have permissions to read" });
const BROKEN = classify({ where: "join", text: "UnknownErrorOnChannel: Unknown Error on Channel" });
const NO_DATABASE = classify({ where: "join", text: "UnableToConnectToProject" });
const SILENT = classify({ where: "join", text: "TIMED_OUT" });

const open = (topic: string): Subject => ({ topic, isPrivate: false });
const closed = (topic: string): Subject => ({ topic, isPrivate: true });
const isUnknown = (standing: Standing, subject: Subject) => standing.unknownOf(subject) !== null;

describe("the family of a topic", () => {
  it.each([
    ["room:1", "room:2", true],
    ["room:1:chat", "room:1:moves", true],
    ["room:1:chat", "room:2:chat", false],
    ["room:1", "user:1", false],
    ["lobby", "lobby2", true],
    ["room:", "room:1", true],
    ["a", "a:", false],
  ])("of private %s and %s is the same: %s", (one, other, isSame) => {
    expect(familyOf(closed(one)) === familyOf(closed(other))).toBe(isSame);
    expect(familyOf(open(one))).toBe(familyOf(open(other)));
    expect(familyOf(open(one))).not.toBe(familyOf(closed(other)));
  });
});

describe("standing", () => {
  it("is unknown until one of the family has joined, and private topics prove nothing for public ones", () => {
    const standing = createStanding(LIMITS);
    expect(standing.unknownOf(closed("room:1"))).toBe(standing.unknownOf(closed("room:2")));
    standing.joined(closed("room:1"));
    expect(isUnknown(standing, closed("room:2"))).toBe(false);
    expect(isUnknown(standing, closed("user:1"))).toBe(true);
    expect(isUnknown(standing, open("room:2"))).toBe(true);
    standing.joined(open("room:2"));
    expect(isUnknown(standing, open("user:1"))).toBe(false);
    expect(isUnknown(standing, closed("user:1"))).toBe(true);
  });

  it.each([FORBIDDEN, BROKEN])("of a topic refused for what it is is suspect until it joins: $reason", (failure) => {
    const standing = createStanding(LIMITS);
    standing.joined(closed("room:1"));
    expect(standing.refused(closed("room:2"), failure)).toBe(false);
    expect(isUnknown(standing, closed("room:2"))).toBe(true);
    expect(isUnknown(standing, closed("room:3"))).toBe(false);
    expect(standing.unknownOf(closed("room:2"))).not.toBe(standing.unknownOf(closed("user:1")));
    standing.joined(closed("room:1"));
    expect(isUnknown(standing, closed("room:2"))).toBe(true);
    standing.joined(closed("room:2"));
    expect(isUnknown(standing, closed("room:2"))).toBe(false);
  });

  it.each([NO_DATABASE, SILENT])("of a whole family is in doubt when the server was in trouble: $reason", (failure) => {
    const standing = createStanding(LIMITS);
    standing.joined(closed("room:1"));
    expect(standing.refused(closed("room:2"), failure)).toBe(true);
    expect(isUnknown(standing, closed("room:1"))).toBe(true);
    standing.joined(closed("room:3"));
    expect(isUnknown(standing, closed("room:2"))).toBe(false);
    // The same topic again: it is not the server.
    expect(standing.refused(closed("room:2"), failure)).toBe(false);
    expect([closed("room:1"), closed("room:2")].map((subject) => isUnknown(standing, subject))).toEqual([false, true]);
  });

  it("forgets what was longest ago", () => {
    const standing = createStanding(LIMITS);
    for (const family of ["a", "b", "a", "c"]) standing.joined(closed(`${family}:1`));
    expect(["a", "b", "c"].map((family) => isUnknown(standing, closed(`${family}:1`)))).toEqual([false, true, false]);
    for (const topic of ["c:1", "c:2", "c:1", "c:3", "c:4"]) standing.refused(closed(topic), FORBIDDEN);
    expect(["c:1", "c:2", "c:3", "c:4"].map((topic) => isUnknown(standing, closed(topic)))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it("of any topic is, whatever happened: a family is unknown until it is proven, a topic refused last is never trusted", () => {
    const subject = fc.record({
      topic: fc.constantFrom("room:1", "room:2", "user:1", "lobby"),
      isPrivate: fc.boolean(),
    });
    const event = fc.record({ subject, failure: fc.constantFrom(null, FORBIDDEN, NO_DATABASE) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const standing = createStanding({ maxSuspects: 100, maxFamilies: 100 });
        for (const [index, { subject: next, failure }] of events.entries()) {
          if (failure) standing.refused(next, failure);
          else standing.joined(next);
          const before = events.slice(0, index + 1);
          const hasJoined = before.some((past) => !past.failure && familyOf(past.subject) === familyOf(next));
          if (!hasJoined) expect(isUnknown(standing, next)).toBe(true);
          // Either the topic itself or its whole family has to be tried again; after a join neither.
          expect(isUnknown(standing, next)).toBe(failure !== null);
        }
      }),
    );
  });
});
