import { describe, expect, it } from "vitest";
import { memberOf, membersOf } from "../replicas/members.test-support.ts";
import type { Member } from "../replicas/members.ts";
import { makeLobby, waiting } from "./lobby.test-support.ts";
import { lobbyDuty } from "./lobby-duty.ts";
import type { TicketStore } from "./lobby-writer.ts";

const ANN = waiting("ann");
const BOB = waiting("bob");

/** Members in the order in which they came. */
const membersBySeniority = (...ids: string[]) => ids.map((id, at) => memberOf(id, { startedAtMs: at }));
const changed = (members: readonly Member[], id: string, change: Partial<Member>) =>
  members.map((member) => (member.replicaId === id ? { ...member, ...change } : member));
const late = (members: readonly Member[], id: string) => changed(members, id, { isLate: true });

const THREE = membersBySeniority("a", "b", "c");

/** Open tickets as a database has them, and who wrote what. */
function makeTickets() {
  const open = new Map<string, string>();
  const lines: string[] = [];
  let gate: Promise<void> | undefined;
  const of = (id: string): TicketStore => {
    const close = async (userId: string, _reason: string, since?: string) => {
      lines.push(`${id} closes ${userId}`);
      if (!since || open.get(userId) === since) open.delete(userId);
    };
    return {
      async openTicket({ userId, since = "" }) {
        lines.push(`${id} opens ${userId}`);
        open.set(userId, since);
        await gate;
        return { outcome: "opened" };
      },
      closeUser: close,
      closeUnlessInRoom: close,
      confirm: async () => true,
      async reconcileLobby(present) {
        lines.push(`${id} reconciles`);
        const there = new Set(present.map(({ userId }) => userId));
        for (const userId of open.keys()) if (!there.has(userId)) open.delete(userId);
      },
    };
  };
  /** Holds the answers to openings back until the returned function is called. */
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return () => {
      gate = undefined;
      resolve();
    };
  };
  return { of, hold, lines, waits: () => [...open.keys()].sort() };
}

/** Replicas with one lobby and one database, each with a clock of its own. */
function makeFleet(...ids: string[]) {
  const tickets = makeTickets();
  const replicas = new Map(
    ids.map((id) => {
      const members = membersOf(id, []);
      const made = makeLobby({ members, tickets: tickets.of(id), showsFleet: true });
      made.lobby.start();
      return [id, { ...made, members }] as const;
    }),
  );
  const frozen = new Set<string>();
  const awake = () => [...replicas].flatMap(([id, replica]) => (frozen.has(id) ? [] : [replica]));
  const replica = (id: string) => {
    const found = replicas.get(id);
    if (!found) throw new Error(`there is no replica ${id}`);
    return found;
  };
  let shown: Record<string, unknown>[] = [];
  const advance = async (ms: number) => {
    for (const { clock } of awake()) await clock.advance(ms);
  };
  /** Delivers the lobby's presence to the channels that are joined. */
  const deliver = async () => {
    for (const { channels, show } of awake()) if (channels.at(-1)?.status === "joined") await show(...shown);
  };
  return {
    ...tickets,
    ...{ replica, frozen, advance, deliver },
    /** Which replicas are in the lobby now, and which of those show the fleet's entry. */
    inLobby: () => ids.filter((id) => replica(id).channels.at(-1)?.status === "joined"),
    async show(...people: Record<string, unknown>[]) {
      shown = people;
      await deliver();
    },
    /** The answer of a pulse, for each replica that is not frozen. A channel that is joined by it is told who is there. */
    async tell(members: readonly Member[]) {
      for (const each of awake()) each.members.set(members);
      await advance(0);
      await deliver();
    },
  };
}

describe("the duty of a replica", () => {
  const dutyOf = (id: string, members: readonly Member[]) => lobbyDuty(membersOf(id, members));

  it.each([
    ["the oldest writes, the next listens, others do neither", THREE, "write listen none"],
    ["who has missed a renewal waits, and the next writes", late(THREE, "a"), "wait write listen"],
    ["who drains leaves", changed(THREE, "a", { isDraining: true }), "none write listen"],
    ["who runs no bots does neither", changed(THREE, "b", { role: "worker" }), "write none listen"],
    ["nothing is known at first", [], "none none none"],
    ["who decides and sees nobody is helped", changed(THREE, "a", { target: 3 }), "write write none"],
    ["who decides and counts is not", changed(THREE, "a", { target: 3, people: 0 }), "write listen none"],
    ["a newcomer takes nothing over", [...THREE, memberOf("0", { startedAtMs: 9 })], "write listen none"],
  ])("%s", (_what, members, duties) => {
    expect(["a", "b", "c"].map((id) => dutyOf(id, members)).join(" ")).toBe(duties);
  });

  it("is to go on where nobody else is there, whoever is late: the database may be away", () => {
    expect(dutyOf("a", [memberOf("a", { isLate: true })])).toBe("write");
  });
});

describe("a lobby of several replicas", () => {
  it("is watched by two, written by one, and counted for all", async () => {
    const fleet = makeFleet("a", "b", "c");
    expect([fleet.inLobby(), fleet.replica("a").lobby.isWatched]).toEqual([[], false]);
    await fleet.tell(changed(THREE, "a", { people: 7 }));
    expect([fleet.inLobby(), fleet.replica("c").lobby.isWatched]).toEqual([["a", "b"], true]);
    await fleet.show(ANN, BOB);
    expect(fleet.lines).toEqual(["a reconciles", "a opens ann", "a opens bob"]);
    expect(["a", "b", "c"].map((id) => fleet.replica(id).lobby.peopleCount)).toEqual([2, 2, 7]);
    const entries = (id: string) => fleet.replica(id).channels.flatMap(({ tracked }) => tracked).length;
    expect([entries("a"), entries("b")]).toEqual([1, 0]);
  });

  it("tells those that do not watch of each new count", async () => {
    const fleet = makeFleet("c");
    const counts: number[] = [];
    fleet.replica("c").lobby.events.on("lobby:changed", ({ people }) => counts.push(people));
    for (const people of [null, 7, 7, 8]) await fleet.tell(changed(THREE, "a", { people }));
    expect(counts).toEqual([7, 8]);
    await fleet.show(ANN);
    await fleet.tell(late(THREE, "a"));
    await fleet.tell(changed(THREE, "a", { people: 5 }));
    expect(counts).toEqual([7, 8, 1, 5]);
  });

  it("is written by the second at the first missed renewal, without a join, and watched by the third", async () => {
    const fleet = makeFleet("a", "b", "c");
    await fleet.tell(THREE);
    await fleet.show(ANN);
    fleet.frozen.add("a");
    await fleet.show(ANN, BOB);
    await fleet.tell(late(THREE, "a"));
    expect(fleet.lines.slice(2)).toEqual(["b reconciles", "b opens ann", "b opens bob"]);
    expect([fleet.inLobby(), fleet.replica("b").channels.length]).toEqual([["a", "b", "c"], 1]);
    expect(fleet.replica("b").channels[0]?.tracked).toHaveLength(1);
    await fleet.tell(THREE.slice(1));
    await fleet.show(BOB);
    await fleet.advance(4_000);
    expect(fleet.waits()).toEqual(["bob"]);
    expect(fleet.lines.filter((line) => line.startsWith("c"))).toEqual([]);
  });

  it("is written by the second while the first does not see it, and the first says so", async () => {
    const fleet = makeFleet("a", "b");
    const two = changed(THREE.slice(0, 2), "a", { people: 1, target: 3 });
    const { lobby, channel } = fleet.replica("a");
    const sights: boolean[] = [];
    lobby.events.on("lobby:sight", ({ isBlind }) => sights.push(isBlind));
    await fleet.tell(two);
    await fleet.show(ANN);
    const own = channel("global:lobby");
    own.status = "waiting";
    own.report("lost", { errorClass: "network", reason: "socket closed", silentMs: 0 });
    expect([lobby.isBlind, lobby.isWatched, sights]).toEqual([true, false, [false, true]]);
    await fleet.tell(changed(two, "a", { people: null }));
    await fleet.show(ANN, BOB);
    expect(fleet.lines.slice(2)).toEqual(["b reconciles", "b opens ann", "b opens bob"]);
    own.status = "joined";
    own.report("recovered", { gapMs: 20_000 });
    expect([lobby.isBlind, sights]).toEqual([false, [false, true, false]]);
    await fleet.tell(changed(two, "a", { people: 2 }));
    expect(fleet.lines.slice(5)).toEqual(["a opens ann", "a opens bob"]);
    await fleet.show(BOB);
    await fleet.advance(30_000);
    expect(fleet.waits()).toEqual(["bob"]);
    expect(fleet.lines.slice(7).filter((line) => line.startsWith("b"))).toEqual([]);
  });

  it("is seen again by who joins it anew after its channel has failed", async () => {
    const fleet = makeFleet("a", "b");
    const { lobby, channel } = fleet.replica("a");
    const sights: boolean[] = [];
    lobby.events.on("lobby:sight", ({ isBlind }) => sights.push(isBlind));
    await fleet.tell(THREE.slice(0, 2));
    await fleet.show(ANN);
    const first = channel("global:lobby");
    first.status = "failed";
    first.report("failed", { errorClass: "auth", reason: "token expired" });
    expect(sights).toEqual([false, true]);
    await fleet.advance(10_000);
    expect([sights, channel("global:lobby") === first]).toEqual([[false, true, false], false]);
    const before = fleet.lines.length;
    await fleet.show(ANN);
    expect(fleet.lines.slice(before)).toEqual(["a opens ann"]);
  });

  it("loses nobody while two write: each is told of the other's silence alone", async () => {
    const fleet = makeFleet("a", "b");
    const [a, b] = [fleet.replica("a"), fleet.replica("b")];
    await fleet.tell(THREE.slice(0, 2));
    await fleet.show(ANN);
    b.members.set(late(THREE.slice(0, 2), "a"));
    await fleet.show(ANN, BOB);
    await fleet.show(BOB);
    await fleet.advance(10_000);
    expect(fleet.waits()).toEqual(["bob"]);
    expect(["a closes ann", "b closes ann"].every((line) => fleet.lines.includes(line))).toBe(true);
    await fleet.tell(THREE.slice(0, 2));
    await fleet.show(ANN, BOB);
    await fleet.advance(10_000);
    expect(fleet.waits()).toEqual(["ann", "bob"]);
    expect([a.lobby.isWatched, b.lobby.isWatched]).toEqual([true, true]);
  });

  it("is not written by one that was frozen before it has joined anew, whatever its timers do", async () => {
    const fleet = makeFleet("a", "b", "c");
    const a = fleet.replica("a");
    const asKnownToA = [...THREE];
    await fleet.tell(asKnownToA);
    await fleet.show(ANN, BOB);
    await fleet.show(BOB);
    // Its timer for somebody who left a moment ago is running.
    fleet.frozen.add("a");
    await fleet.tell(late(THREE, "a"));
    await fleet.advance(4_000);
    await fleet.show(ANN, BOB, waiting("cid"));
    await fleet.advance(16_000);
    expect(fleet.waits()).toEqual(["ann", "bob", "cid"]);
    const before = fleet.lines.length;
    const old = a.channels.at(-1);
    fleet.frozen.delete("a");
    // That it is late it reads from its clock; the timer that tells so may be the last to fire.
    asKnownToA.splice(0, 3, ...late(THREE, "a"));
    await a.clock.advance(20_000);
    a.members.set(asKnownToA);
    old?.show({ 1: [BOB] });
    await a.clock.advance(0);
    expect(fleet.lines.slice(before)).toEqual([]);
    for (const each of ["a", "b", "c"]) fleet.replica(each).members.set(THREE);
    await fleet.advance(10_000);
    old?.show({ 1: [BOB] });
    await fleet.advance(0);
    expect([fleet.lines.slice(before), old?.status, fleet.waits()]).toEqual([[], "released", ["ann", "bob", "cid"]]);
    await fleet.deliver();
    expect(fleet.lines.slice(before)).toEqual(["a reconciles", "a opens ann", "a opens bob", "a opens cid"]);
    expect([fleet.inLobby(), fleet.waits()]).toEqual([
      ["a", "b"],
      ["ann", "bob", "cid"],
    ]);
    expect(["a", "b"].map((id) => fleet.replica(id).channels.at(-1)?.isTracked)).toEqual([true, false]);
  });

  it.each([
    ["is answered before", false],
    ["is still to be answered", true],
  ])(
    "is written by the second anew each time it is its turn, also where what it wrote the last time %s",
    async (_what, isHeld) => {
      const fleet = makeFleet("a", "b");
      const two = THREE.slice(0, 2);
      await fleet.tell(two);
      await fleet.show();
      await fleet.tell(late(two, "a"));
      const answer = isHeld ? fleet.hold() : () => {};
      fleet.frozen.add("a");
      await fleet.show(ANN);
      await fleet.tell(two);
      answer();
      await fleet.advance(0);
      const before = fleet.lines.length;
      await fleet.tell(two.slice(1));
      expect(fleet.lines.slice(before)).toEqual(["b reconciles", "b opens ann"]);
    },
  );

  it("is forgotten by who only listens, as people leave", async () => {
    const fleet = makeFleet("b");
    const two = THREE.slice(0, 2);
    const { askedInRoom } = fleet.replica("b");
    await fleet.tell(two);
    await fleet.show(ANN);
    await fleet.show();
    await fleet.advance(4_000);
    await fleet.show(BOB);
    await fleet.tell(late(two, "a"));
    expect([fleet.waits(), askedInRoom]).toEqual([["bob"], []]);
  });

  it("gives people the same moment to come back when it is taken over", async () => {
    const fleet = makeFleet("a", "b");
    const two = THREE.slice(0, 2);
    await fleet.tell(two);
    await fleet.show(ANN, BOB);
    await fleet.advance(20_000);
    await fleet.show();
    await fleet.advance(1_000);
    await fleet.tell(late(two, "a"));
    expect(fleet.waits()).toEqual(["ann", "bob"]);
    fleet.frozen.add("a");
    await fleet.show(ANN);
    await fleet.advance(10_000);
    expect(fleet.waits()).toEqual(["ann"]);
  });

  it("is not taken for left by those whom the second cannot see yet after a gap of its own", async () => {
    const fleet = makeFleet("a", "b");
    const two = THREE.slice(0, 2);
    await fleet.tell(two);
    await fleet.show(ANN, BOB);
    await fleet.advance(20_000);
    const b = fleet.replica("b");
    b.channel("global:lobby").report("recovered", { gapMs: 1_000 });
    fleet.frozen.add("a");
    await fleet.show(BOB);
    await fleet.advance(4_000);
    await fleet.tell(late(two, "a"));
    await fleet.advance(4_000);
    expect(fleet.waits()).toEqual(["ann", "bob"]);
    await fleet.show(ANN);
    await fleet.advance(20_000);
    expect(fleet.waits()).toEqual(["ann"]);
  });

  it("is written again by who has lost and got it back, from what is in the database then", async () => {
    const fleet = makeFleet("a", "b");
    const two = THREE.slice(0, 2);
    await fleet.tell(two);
    await fleet.show();
    const answer = fleet.hold();
    await fleet.show(ANN);
    // The answer to this opening comes when another has closed the ticket.
    const [a, b] = [fleet.replica("a"), fleet.replica("b")];
    await fleet.tell(changed(two, "a", { isDraining: true }));
    await b.show();
    await b.clock.advance(10_000);
    answer();
    await fleet.tell(two);
    await fleet.deliver();
    await a.clock.advance(0);
    expect(fleet.lines.filter((line) => line === "a opens ann")).toHaveLength(2);
    expect(fleet.waits()).toEqual(["ann"]);
  });

  it("leaves no timer and hears of no change once it is stopped", async () => {
    const fleet = makeFleet("a", "b");
    await fleet.tell(THREE);
    await fleet.show(ANN);
    const a = fleet.replica("a");
    await a.lobby.stop();
    await fleet.tell([]);
    await fleet.tell(THREE);
    expect([fleet.inLobby(), a.clock.pendingTimers]).toEqual([["b"], 0]);
  });
});
