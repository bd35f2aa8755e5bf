import { describe, expect, it } from "vitest";
import { broken, late, type Settled, type Story } from "./findings.ts";
import type { Meeting } from "./person.ts";
import type { Scenario } from "./scenario.ts";

const scenario: Scenario = {
  name: "kill -9",
  ...{ replicas: ["a", "b"], talking: 2, bots: 4, deployed: 2 },
  steps: [{ do: "kill", replica: "a" }, { do: "settle" }],
  mayLose: ["a"],
};

const times = { wholeMs: 9000, evenMs: 9000, talkingMs: 7000 };
const settled: Settled = { after: "kill a", isTakeover: true, ...times, spread: "b 4+2" };

const meeting: Meeting = {
  ...{ matchId: "m1", partnerId: "bot-1", beganAtMs: 0, hasMet: true, heardAtMs: 1, endedAtMs: null, endedBy: "own" },
  ...{ saidCount: 1, heardCount: 1, silenceMs: 4000, askedAtMs: null },
};

/** A story in which every promise was kept: a conversation of the dead replica ended, as it must. */
const good: Story = {
  settled: [settled],
  history: {
    ...{ doubleMatches: 0, jobsOpen: 0, samples: 9, commandsOpen: 0 },
    ended: [
      { matchId: "m0", replicaId: "id-of-a", reason: "replica_lost" },
      { matchId: "m2", replicaId: null, reason: "left" },
    ],
  },
  ...{ workCount: 9, unmet: [], slowestMeetingMs: 900, meetings: [meeting], seatsTwice: 0, dirtyDrains: [] },
  lobby: { idTwiceMs: 1500, idTwice: "bot-1", nameTwiceMs: 1500, nameTwice: "Mika", mostBots: 4 },
  joins: { mostInWindow: 4800, share: 4800, refused: 0 },
  canary: { tried: 10, refused: 0 },
  nameOf: (replicaId) => (replicaId === "id-of-a" ? "a" : replicaId === "id-of-b" ? "b" : undefined),
};

const { history, lobby, joins } = good;
const lostBy = (replicaId: string) => ({ ...history, ended: [{ matchId: "m1", replicaId, reason: "drain" }] });

describe("what is found in a story", () => {
  it("is nothing where every promise was kept", () => {
    expect([...broken(scenario, good), ...late(scenario, good)]).toEqual([]);
  });

  it.each<[what: string, change: Partial<Story>, found: RegExp]>([
    ["bots that never come back", { settled: [{ ...settled, wholeMs: null }] }, /never as many bots .*b 4\+2/],
    ["a spread that stays uneven", { settled: [{ ...settled, evenMs: null }] }, /never spread evenly: b 4\+2/],
    ["people who stay alone", { settled: [{ ...settled, talkingMs: null }] }, /not everybody came into a conversation/],
    ["people in two matches", { history: { ...history, doubleMatches: 1 } }, /1 people were in two live matches/],
    ["two seats of one person", { seatsTwice: 2 }, /2 looks/],
    ["jobs that nobody does", { history: { ...history, jobsOpen: 3 } }, /3 of 9 jobs/],
    ["messages that are lost", { history: { ...history, samples: 8 } }, /8 of 9 messages/],
    ["messages that are kept twice", { history: { ...history, samples: 10 } }, /10 of 9 messages/],
    ["commands without an outcome", { history: { ...history, commandsOpen: 1 } }, /1 commands/],
    ["people who met nobody", { unmet: ["ada"] }, /1 people met nobody when they came: ada/],
    [
      "a conversation of a replica that did not die",
      { history: lostBy("id-of-b") },
      /1 conversations ended \(b: drain 1\)/,
    ],
    ["a conversation of a replica that nobody knows", { history: lostBy("x") }, /1 conversations ended \(x: drain 1\)/],
    ["more bots than are to run", { lobby: { ...lobby, mostBots: 5 } }, /5 bots of the fleet .*\(4\)/],
    ["joins above the share", { joins: { ...joins, mostInWindow: 4801 } }, /4801 joins within a minute \(4800\)/],
    ["joins that were refused", { joins: { ...joins, refused: 2 } }, /2 joins were refused/],
    ["people who were refused", { canary: { tried: 10, refused: 1 } }, /1 of 10 people who only looked in/],
    ["a drain that fails", { dirtyDrains: ["the drain of a ended with exit code 1"] }, /exit code 1/],
  ])("is %s", (_what, change, found) => {
    expect(broken(scenario, { ...good, ...change })).toEqual([expect.stringMatching(found)]);
    expect(late(scenario, { ...good, ...change })).toEqual([]);
  });

  it.each<[what: string, change: Partial<Story>, found: RegExp]>([
    [
      "bots that come back late",
      { settled: [{ ...settled, wholeMs: 12_001 }] },
      /all bots were there only after 12001 ms/,
    ],
    ["a spread that takes long", { settled: [{ ...settled, evenMs: 60_001 }] }, /spread evenly only after 60001 ms/],
    ["people who wait long", { settled: [{ ...settled, talkingMs: 60_001 }] }, /everybody talked only after 60001 ms/],
    ["a message without an answer", { meetings: [{ ...meeting, silenceMs: 20_001 }] }, /no answer for up to 20001 ms/],
    ["an id that is shown twice", { lobby: { ...lobby, idTwiceMs: 2001 } }, /id bot-1 was shown twice for 2001 ms/],
    ["a name that two bots have", { lobby: { ...lobby, nameTwiceMs: 2001 } }, /the name Mika for 2001 ms/],
  ])("is %s, where time counts", (_what, change, found) => {
    expect(late(scenario, { ...good, ...change })).toEqual([expect.stringMatching(found)]);
    expect(broken(scenario, { ...good, ...change })).toEqual([]);
  });

  it("is no start that takes longer than a takeover", () => {
    const started = { ...settled, after: "start a", isTakeover: false, wholeMs: 12_001 };
    expect(late(scenario, { ...good, settled: [started] })).toEqual([]);
  });

  it("are no bots and names that a replica out of reach still shows, nor names where they do not suffice", () => {
    const shown = { ...good, lobby: { ...lobby, mostBots: 8, nameTwiceMs: 30_000 } };
    const frozen: Scenario = { ...scenario, steps: [{ do: "freeze", replica: "a" }] };
    expect([...broken(frozen, shown), ...late(frozen, shown)]).toEqual([]);
    const many = { ...scenario, bots: 16 };
    expect(late(many, shown)).toEqual([]);
  });

  it("is no silence in a conversation that ended, nor of a bot that is away from Realtime", () => {
    const ended: Meeting = { ...meeting, silenceMs: 30_000, endedBy: "absent" };
    expect(late(scenario, { ...good, meetings: [ended] })).toEqual([]);
    const away: Scenario = { ...scenario, steps: [{ do: "cut", replica: "a", from: "realtime" }] };
    expect(late(away, { ...good, meetings: [{ ...ended, endedBy: "own" }] })).toEqual([]);
  });
});
