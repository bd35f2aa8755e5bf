import { createSimulatedClock } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify } from "../classify.ts";
import { familyOf, type TopicKey, TopicTrust } from "./topic-trust.ts";

const LIMITS = { maxSuspects: 3, maxFamilies: 2 };
const makeTrust = (limits = LIMITS) =>
  new TopicTrust<TopicKey>({ ...limits, clock: createSimulatedClock(), onLateProbe: () => {} });
const FORBIDDEN = classify({ where: "join", text: "Unauthorized: You do not have permissions to read" });
const BROKEN = classify({ where: "join", text: "UnknownErrorOnChannel: Unknown Error on Channel" });
const NO_DATABASE = classify({ where: "join", text: "UnableToConnectToProject" });
const SILENT = classify({ where: "join", text: "TIMED_OUT" });

const open = (topic: string): TopicKey => ({ topic, isPrivate: false });
const closed = (topic: string): TopicKey => ({ topic, isPrivate: true });
const isUntrusted = (trust: TopicTrust<TopicKey>, key: TopicKey) => trust.needsProbe(key) !== null;

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

describe("trust", () => {
  it("needs a probe until one of the family has joined, and private topics prove nothing for public ones", () => {
    const trust = makeTrust();
    expect(trust.needsProbe(closed("room:1"))).toBe(trust.needsProbe(closed("room:2")));
    trust.joined(closed("room:1"));
    expect(isUntrusted(trust, closed("room:2"))).toBe(false);
    expect(isUntrusted(trust, closed("user:1"))).toBe(true);
    expect(isUntrusted(trust, open("room:2"))).toBe(true);
    trust.joined(open("room:2"));
    expect(isUntrusted(trust, open("user:1"))).toBe(false);
    expect(isUntrusted(trust, closed("user:1"))).toBe(true);
  });

  it.each([FORBIDDEN, BROKEN])("of a topic refused for what it is is suspect until it joins: $reason", (failure) => {
    const trust = makeTrust();
    trust.joined(closed("room:1"));
    expect(trust.refused(closed("room:2"), failure)).toBe(false);
    expect(isUntrusted(trust, closed("room:2"))).toBe(true);
    expect(isUntrusted(trust, closed("room:3"))).toBe(false);
    expect(trust.needsProbe(closed("room:2"))).not.toBe(trust.needsProbe(closed("user:1")));
    trust.joined(closed("room:1"));
    expect(isUntrusted(trust, closed("room:2"))).toBe(true);
    trust.joined(closed("room:2"));
    expect(isUntrusted(trust, closed("room:2"))).toBe(false);
  });

  it.each([NO_DATABASE, SILENT])("of a whole family is in doubt when the server was in trouble: $reason", (failure) => {
    const trust = makeTrust();
    trust.joined(closed("room:1"));
    expect(trust.refused(closed("room:2"), failure)).toBe(true);
    expect(isUntrusted(trust, closed("room:1"))).toBe(true);
    trust.joined(closed("room:3"));
    expect(isUntrusted(trust, closed("room:2"))).toBe(false);
    // The same topic again: it is not the server.
    expect(trust.refused(closed("room:2"), failure)).toBe(false);
    expect([closed("room:1"), closed("room:2")].map((key) => isUntrusted(trust, key))).toEqual([false, true]);
  });

  it("forgets what was longest ago", () => {
    const trust = makeTrust();
    for (const family of ["a", "b", "a", "c"]) trust.joined(closed(`${family}:1`));
    expect(["a", "b", "c"].map((family) => isUntrusted(trust, closed(`${family}:1`)))).toEqual([false, true, false]);
    for (const topic of ["c:1", "c:2", "c:1", "c:3", "c:4"]) trust.refused(closed(topic), FORBIDDEN);
    expect(["c:1", "c:2", "c:3", "c:4"].map((topic) => isUntrusted(trust, closed(topic)))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it("in any history: a family is untrusted until it is proven, and a topic refused last is never trusted", () => {
    const key = fc.record({
      topic: fc.constantFrom("room:1", "room:2", "user:1", "lobby"),
      isPrivate: fc.boolean(),
    });
    const event = fc.record({ key, failure: fc.constantFrom(null, FORBIDDEN, NO_DATABASE) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const trust = makeTrust({ maxSuspects: 100, maxFamilies: 100 });
        for (const [index, { key: next, failure }] of events.entries()) {
          if (failure) trust.refused(next, failure);
          else trust.joined(next);
          const before = events.slice(0, index + 1);
          const hasJoined = before.some((past) => !past.failure && familyOf(past.key) === familyOf(next));
          if (!hasJoined) expect(isUntrusted(trust, next)).toBe(true);
          // Either the topic itself or its whole family has to be tried again; after a join neither.
          expect(isUntrusted(trust, next)).toBe(failure !== null);
        }
      }),
    );
  });
});
