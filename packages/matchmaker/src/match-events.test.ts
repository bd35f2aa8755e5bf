import { silentLog } from "@shoal/kernel";
import { describe, expect, it } from "vitest";
import { createMatchEvents } from "./match-events.ts";
import type { Change, Match } from "./types.ts";

const person = { id: "ann", name: "Ann", bot: false, ticketId: "t1" };
const bot = { id: "x", name: "Bot X", bot: true, ticketId: null };
const botMatch: Match = { matchId: "m1", roomId: "r1", seats: [person, bot] };

const makeChange = (overrides: Partial<Change>): Change => ({
  event: "match:ended",
  ticket_id: null,
  user_id: null,
  match_id: "m1",
  replica_id: "me",
  reason: "ended",
  missing: null,
  ...overrides,
});

const makeEvents = () => {
  const emitted: string[] = [];
  let nudges = 0;
  const events = createMatchEvents("me", silentLog, () => {
    nudges += 1;
  });
  events.source.onAny((name) => emitted.push(name));
  return { events, emitted, nudges: () => nudges };
};

describe("match events", () => {
  it("tells the life of our bot's match once, however often the database is asked", () => {
    const { events, emitted } = makeEvents();
    events.made(botMatch, [1], "all");
    for (let look = 0; look < 2; look += 1) events.changed([makeChange({ event: "match:live" })]);
    expect(events.ownOpen()).toEqual({ pending: [], live: ["m1"] });
    for (let look = 0; look < 2; look += 1) events.changed([makeChange({})]);
    events.changed([makeChange({ event: "match:live" })]);
    expect(emitted).toEqual(["match:made", "match:live", "match:ended"]);
    expect(events.ownOpen()).toEqual({ pending: [], live: [] });
  });

  it("tells the end of what an earlier process of our name left behind, and no more of it", () => {
    const { events, emitted } = makeEvents();
    events.changed([makeChange({ event: "match:live" }), makeChange({})]);
    expect(emitted).toEqual([]);
    events.changed([makeChange({ reason: "replica_lost" })]);
    expect(emitted).toEqual(["match:ended"]);
  });

  it("frees our bot without telling the end that another replica has told, having taken us for dead", () => {
    const { events, emitted } = makeEvents();
    events.made(botMatch, [1], "all");
    events.changed([makeChange({ reason: "replica_lost" })]);
    expect(emitted).toEqual(["match:made", "match:lost"]);
    expect(events.ownOpen()).toEqual({ pending: [], live: [] });
  });

  it("tells what it did to matches of people, and leaves those with bots of others to their replicas while these live", () => {
    const { events, emitted } = makeEvents();
    events.changed([makeChange({ replica_id: null }), makeChange({ event: "match:live", replica_id: null })]);
    expect(emitted).toEqual(["match:ended", "match:live"]);
    events.changed([makeChange({ replica_id: "other" }), makeChange({ event: "match:live", replica_id: "other" })]);
    expect(emitted).toHaveLength(2);
    events.changed([makeChange({ replica_id: "other", reason: "replica_lost" })]);
    expect(emitted).toEqual(["match:ended", "match:live", "match:ended"]);
  });

  it("tells the end of a match that was handed over once, where it was handed to", () => {
    const [giver, taker] = [makeEvents(), makeEvents()];
    giver.events.made({ ...botMatch, matchId: "m2" }, [1], "all");
    giver.events.made(botMatch, [1], "all");
    giver.events.changed([makeChange({ event: "match:live" })]);
    taker.events.adopt("m1");
    expect(taker.events.ownOpen()).toEqual({ pending: [], live: ["m1"] });
    // Its own sweep may show the giver the end before it has forgotten the match.
    giver.events.changed([makeChange({ replica_id: "taker" })]);
    giver.events.forget("m1");
    expect(giver.events.ownOpen()).toEqual({ pending: ["m2"], live: [] });
    for (let look = 0; look < 2; look += 1) {
      giver.events.changed([makeChange({ replica_id: "taker" })]);
      taker.events.changed([makeChange({})]);
    }
    expect(giver.emitted).toEqual(["match:made", "match:made", "match:live"]);
    expect(taker.emitted).toEqual(["match:ended"]);
  });

  it("asks for a cycle when somebody waits, and only then", () => {
    const { events, nudges } = makeEvents();
    const ticket = { ticket_id: "t1", user_id: "ann", match_id: null, replica_id: null } as const;
    events.changed([makeChange({ ...ticket, event: "ticket:known", reason: null })]);
    events.changed([makeChange({ ...ticket, event: "ticket:closed" })]);
    expect(nudges()).toBe(0);
    events.changed([makeChange({ ...ticket, event: "ticket:opened", reason: null })]);
    events.changed([makeChange({ ...ticket, event: "ticket:requeued" })]);
    expect(nudges()).toBe(2);
  });

  it("goes on when a listener throws", () => {
    const { events, emitted } = makeEvents();
    events.source.on("match:made", () => {
      throw new Error("listener");
    });
    events.made(botMatch, [1], "all");
    expect(emitted).toEqual(["match:made"]);
  });
});
