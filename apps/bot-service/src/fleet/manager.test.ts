import { HOUR_MS, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { buildFleetConfig } from "../fleet-config.ts";
import { type FakeMembers, memberOf, membersOf } from "../replicas/members.test-support.ts";
import type { BotKind } from "./bot-kind.ts";
import { fakePool } from "./fakes.test-support.ts";
import { echoKind, type Fleet, makeFleet, match, message, PERSON, said, started, talk } from "./fleet.test-support.ts";
import { VANISH_GRACE_MS } from "./room.ts";
import { QUARANTINE } from "./roster.ts";

describe("the size of the fleet", () => {
  it("starts the minimum and shows each bot in the lobby as a bot", async () => {
    const fleet = await started(makeFleet());
    expect(fleet.manager.counts()).toMatchObject({ target: 3, idle: 3 });
    const lobby = fleet.channels.filter(({ topic }) => topic === "global:lobby");
    expect(lobby.map(({ tracked }) => tracked.at(-1))).toMatchObject([
      { bot: true, status: "idle" },
      { bot: true },
      { bot: true },
    ]);
    expect(new Set(lobby.map(({ clientId }) => clientId)).size).toBe(3);
  });

  it("meets a crowd at once and shrinks only after the window", async () => {
    const fleet = await started(makeFleet());
    fleet.people.count = 18;
    fleet.manager.nudge();
    await fleet.clock.advance(0);
    expect(fleet.manager.counts()).toMatchObject({ target: 6, idle: 6 });
    fleet.people.count = 0;
    fleet.manager.nudge();
    await fleet.clock.advance(59_000);
    expect(fleet.manager.counts().idle).toBe(6);
    await fleet.clock.advance(61_000);
    expect(fleet.manager.counts()).toMatchObject({ target: 3, idle: 3 });
  });

  it("lets a bot in a conversation finish when the fleet shrinks", async () => {
    const people = { count: 18 };
    const fleet = await started(
      makeFleet({ scaling: { minCount: 0, maxCount: 6, targetPercentage: 30, stabilizationMs: 1000 } }, people),
    );
    const { room } = await talk(fleet);
    people.count = 0;
    await fleet.clock.advance(130_000);
    expect(fleet.manager.counts()).toMatchObject({ target: 0, idle: 0, talking: 1 });
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(0);
    expect(fleet.manager.counts()).toMatchObject({ idle: 0, talking: 0 });
  });

  it("keeps its size when people cannot be counted, and says so when that begins and when it is over", async () => {
    let isDown = false;
    const base = testRuntime();
    const lines: string[] = [];
    const keep = (level: string) => (_fields: object, message: string) => void lines.push(`${level} ${message}`);
    const runtime = { ...base, log: { ...silentLog, warn: keep("warn"), info: keep("info") } };
    const countPeople = async () => {
      if (isDown) throw new Error("the database is away");
      return 18;
    };
    const fleet = await started({ ...makeFleet({ countPeople, runtime }), clock: base.clock });
    isDown = true;
    await fleet.clock.advance(HOUR_MS);
    expect(fleet.manager.counts()).toMatchObject({ target: 6, idle: 6 });
    expect(lines).toEqual([expect.stringMatching(/^warn active people cannot be counted/)]);
    isDown = false;
    await fleet.clock.advance(HOUR_MS);
    expect(lines.slice(1)).toEqual(["info active people are counted again"]);
  });
});

describe("one of several replicas", () => {
  const wanted = ({ reports }: FakeMembers) => reports.findLast(({ wantedPlaces }) => wantedPlaces)?.wantedPlaces;
  const idleNumbers = (fleet: Fleet) => fleet.registry.idleBots().map(({ botId }) => botId);

  it("starts the bots whose numbers are granted to it, and no other", async () => {
    const members = membersOf("replica-1");
    const fleet = await started(makeFleet({ members }));
    expect([wanted(members), idleNumbers(fleet)]).toEqual([[1, 2, 3], []]);
    members.set(members.live, [1, 3]);
    await fleet.clock.advance(0);
    expect(idleNumbers(fleet)).toEqual(["bot-replica--1", "bot-replica--3"]);
  });

  it("does what the lead says, asks for none that somebody still holds, and tells that it drains", async () => {
    const lead = memberOf("a-lead", { target: 6, places: [1, 2, 3] });
    const leaving = memberOf("leaving", { isDraining: true, places: [4, 5] });
    const members = membersOf("replica-1", [lead, leaving, memberOf("replica-1", { startedAtMs: 1 })]);
    const fleet = await started(makeFleet({ members, countPeople: async () => expect.unreachable() }));
    expect([fleet.manager.counts().target, wanted(members)]).toEqual([0, []]);
    members.set(members.live);
    expect([fleet.manager.counts().target, wanted(members)]).toEqual([3, [6]]);
    const drained = fleet.manager.drain(1000);
    expect(members.reports).toContainEqual({ isDraining: true });
    await fleet.clock.advance(1000);
    await drained;
    expect(wanted(members)).toEqual([]);
  });
});

describe("a conversation", () => {
  it("goes from match to room to talk and back to idle", async () => {
    const fleet = await started(makeFleet());
    const { botId, room } = await talk(fleet);
    expect(fleet.written.confirmed).toEqual([`m1 ${botId}`, `m1 ${PERSON.id} in room`]);
    room.receive("message", message("hi"));
    await fleet.clock.advance(0);
    expect(said(room)).toEqual(["hello", "HI"]);
    expect(fleet.registry.isInRoom(PERSON.id)).toBe(true);
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(0);
    expect(fleet.written.ended).toEqual([`m1 partner_left ${PERSON.id}`]);
    expect(room.status).toBe("released");
    expect(fleet.manager.counts()).toMatchObject({ idle: 3, talking: 0 });
    expect(fleet.registry.isInRoom(PERSON.id)).toBe(false);
  });

  it("answers what was said while it was still on its way", async () => {
    const fleet = await started(makeFleet());
    const { room, botId } = await match(fleet);
    room.receive("message", message("early"));
    room.present(PERSON.id, botId);
    fleet.registry.matchLive("m1");
    await fleet.clock.advance(0);
    expect(said(room)).toEqual(["hello", "EARLY"]);
  });

  it("hears its partner only", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    room.receive("message", { ...message("psst"), from: "somebody else" });
    room.receive("leave", { from: "somebody else", reason: "x" });
    await fleet.clock.advance(0);
    expect(said(room)).toEqual(["hello"]);
    expect(fleet.manager.counts().talking).toBe(1);
  });

  it("counts and drops what it cannot read, and goes on", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    let malformed = 0;
    fleet.registry.events.on("message:malformed", () => {
      malformed += 1;
    });
    for (const payload of [{}, message(7), message(""), { from: 1 }]) room.receive("message", payload);
    room.receive("typing", { typing: "yes" });
    room.receive("leave", { reason: 3 });
    room.receive("message", message("still here"));
    await fleet.clock.advance(0);
    expect(malformed).toBe(6);
    expect(said(room)).toEqual(["hello", "STILL HERE"]);
  });

  it("ends when the partner vanishes, but not when the partner is back in time", async () => {
    const fleet = await started(makeFleet());
    const { room, botId } = await talk(fleet);
    room.present(botId);
    await fleet.clock.advance(VANISH_GRACE_MS - 1);
    room.present(botId, PERSON.id);
    await fleet.clock.advance(VANISH_GRACE_MS);
    expect(fleet.manager.counts().talking).toBe(1);
    room.present(botId);
    await fleet.clock.advance(VANISH_GRACE_MS);
    expect(fleet.written.ended).toEqual([`m1 partner_vanished ${PERSON.id}`]);
    expect(fleet.manager.counts().idle).toBe(3);
  });

  it("ends when the bot has had enough", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    room.receive("message", message("leave"));
    await fleet.clock.advance(0);
    expect(fleet.written.ended).toEqual(["m1 had enough"]);
    expect(said(room)).toEqual(["hello"]);
    expect(room.sent.at(-1)).toMatchObject({ event: "leave", payload: { reason: "had enough" } });
  });

  it("gives a match up that is never confirmed, even when nobody says so", async () => {
    const fleet = await started(makeFleet());
    await match(fleet);
    await fleet.clock.advance(12_000);
    expect(fleet.written.ended).toEqual(["m1 unconfirmed"]);
    expect(fleet.manager.counts().idle).toBe(3);
  });

  it("gives a match up whose room cannot be had", async () => {
    const realtime = fakePool(async (topic) => {
      if (topic.startsWith("room:")) throw new Error("refused");
    });
    const fleet = await started({ ...makeFleet({ pool: realtime.pool }), ...realtime });
    const botId = fleet.registry.idleBots()[0]?.botId ?? "";
    fleet.registry.reserve(botId);
    fleet.registry.assign({
      matchId: "m1",
      roomId: "r",
      seats: [PERSON, { id: botId, name: "E", bot: true, ticketId: null }],
    });
    await fleet.clock.advance(0);
    expect(fleet.written.ended).toEqual(["m1 room_failed"]);
    expect(fleet.manager.counts().idle).toBe(3);
  });

  it("needs no lobby: a bot that cannot be shown there is matched all the same", async () => {
    const realtime = fakePool(async (topic) => {
      if (topic === "global:lobby") throw new Error("refused");
    });
    const fleet = await started({ ...makeFleet({ pool: realtime.pool }), ...realtime });
    const { room } = await talk(fleet);
    expect(said(room)).toEqual(["hello"]);
  });
});

describe("crashes", () => {
  it("ends the conversation and replaces the bot after a wait", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    room.receive("message", message("crash"));
    await fleet.clock.advance(0);
    expect(fleet.written.ended).toEqual(["m1 bot_crashed"]);
    expect(room.sent.at(-1)).toMatchObject({ event: "leave", payload: { reason: "error" } });
    expect(fleet.manager.counts().idle).toBe(2);
    await fleet.clock.advance(2000);
    expect(fleet.manager.counts().idle).toBe(3);
  });

  it("quarantines a bot that keeps crashing and puts another in its place", async () => {
    const fleet = await started(
      makeFleet({ scaling: { minCount: 1, maxCount: 1, targetPercentage: 0, stabilizationMs: 1 } }),
    );
    const quarantined: string[] = [];
    fleet.manager.events.on("bot:quarantined", ({ botId }) => quarantined.push(botId));
    let botId = "";
    for (let crash = 1; crash <= QUARANTINE.crashes; crash += 1) {
      const met = await talk(fleet, `m${crash}`);
      botId = met.botId;
      met.room.receive("message", message("crash"));
      await fleet.clock.advance(10_000);
    }
    expect(quarantined).toEqual([botId]);
    expect(fleet.manager.counts()).toMatchObject({ quarantined: 1, idle: 1 });
    expect(fleet.registry.idleBots()[0]?.botId).not.toBe(botId);
  });
});

describe("drain", () => {
  it("says goodbye, releases every channel and leaves no timer", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    const drained = fleet.manager.drain(10_000);
    await fleet.clock.advance(0);
    expect(await drained).toBe(true);
    expect(said(room)).toEqual(["hello", "bye"]);
    expect(fleet.written.ended).toEqual(["m1 drain"]);
    expect(fleet.channels.every(({ status }) => status === "released")).toBe(true);
    expect(fleet.clock.pendingTimers).toBe(0);
  });

  it("does not wait longer than it may for a bot that never stops", async () => {
    const stuck: BotKind<null> = { ...echoKind, onStop: () => new Promise(() => {}) };
    const fleet = await started(
      makeFleet({ fleet: buildFleetConfig({ botKinds: () => [stuck] }, { disclosure: true }) }),
    );
    await talk(fleet);
    const drained = fleet.manager.drain(1000);
    await fleet.clock.advance(1000);
    expect(await drained).toBe(false);
  });
});
