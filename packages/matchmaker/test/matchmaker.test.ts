import { FleetError } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Match } from "../src/types.ts";
import { brokenPromises, emptyMatchTables, makeReplica, makeWorld, type Replica, type World } from "./support.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
const NOBODY = "00000000-0000-4000-8000-00000000dead";

describe.each(backends())("matchmaker on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let world: World;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(test.database);
    world = makeWorld(test.database);
  });
  afterEach(async () => {
    expect(await brokenPromises(test.database)).toEqual([]);
    expect(world.runtime.clock.pendingTimers).toBe(0);
  });

  const open = (replica: Replica, userId: string, seconds = 0) =>
    replica.matchmaker.openTicket({ userId, name: userId.toUpperCase(), source: "lobby", since: at(seconds) });

  /** By an authenticated way. */
  const openByApi = (replica: Replica, userId: string) =>
    replica.matchmaker.openTicket({ userId, name: userId.toUpperCase(), source: "api" });

  const lastMatch = (replica: Replica): Match => {
    const made = replica.seen("match:made").at(-1);
    if (!made) throw new Error("no match was made");
    return made.match;
  };

  const confirmAll = async (replica: Replica, { matchId, seats }: Match) => {
    for (const seat of seats) expect(await replica.matchmaker.confirm(matchId, seat.id)).toBe(true);
  };

  /** A live match of ann with bob, or with a bot when `botId` is given. */
  const makeLive = async (replica: Replica, botId?: string, person = "ann") => {
    const ann = await open(replica, person);
    if (!botId) await open(replica, "bob");
    if (botId) await world.passTime(4_000);
    await replica.cycle();
    const match = lastMatch(replica);
    await confirmAll(replica, match);
    return { match, ann };
  };

  const statusOf = async (replica: Replica, ticketId: string) => {
    const view = await replica.matchmaker.ticket(ticketId);
    return view && [view.status, view.closedReason];
  };

  describe("opening", () => {
    it("opens a ticket once per user and mark", async () => {
      const replica = makeReplica(world);
      const first = await open(replica, "ann");
      const again = await open(replica, "ann");
      expect(again.id).toBe(first.id);
      expect(replica.seen("ticket:opened")).toEqual([{ name: "ticket:opened", ticketId: first.id, userId: "ann" }]);
    });

    it.each([
      ["larger", 1],
      ["smaller", -60],
    ])("takes a new mark that is %s as a new wait: the clocks of a person's devices differ", async (_size, seconds) => {
      const replica = makeReplica(world);
      const first = await open(replica, "ann", 0);
      const second = await open(replica, "ann", seconds);
      expect(second).toMatchObject({ status: "waiting", outcome: "opened" });
      expect(await statusOf(replica, first.id)).toEqual(["closed", "superseded"]);
      await replica.matchmaker.closeUser("ann", "vanished", at(0));
      expect(await statusOf(replica, second.id)).toEqual(["waiting", null]);
    });

    it("opens no wait of before again, whatever its mark, and shows the one that is open", async () => {
      const replica = makeReplica(world);
      await open(replica, "ann", 5);
      await replica.matchmaker.closeUser("ann", "vanished");
      const next = await open(replica, "ann", 1);
      expect(await open(replica, "ann", 5)).toMatchObject({ id: next.id, status: "waiting", outcome: "known" });
      await replica.matchmaker.closeTicket(next.id, "cancelled");
      expect(await open(replica, "ann", 5)).toMatchObject({ status: "closed", outcome: "known" });
    });

    it("refuses a mark more than a minute in the future, by the clock of the database", async () => {
      const replica = makeReplica(world);
      const mark = (aheadMs: number) => ({
        userId: "ann",
        source: "lobby" as const,
        since: new Date(Date.now() + aheadMs).toISOString(),
      });
      for (const far of [mark(120_000), { ...mark(0), since: "2999-01-01T00:00:00Z" }]) {
        await expect(replica.matchmaker.openTicket(far)).rejects.toMatchObject({
          code: "MATCH_INVALID_TICKET",
          details: { field: "since" },
        });
      }
      expect((await replica.matchmaker.openTicket(mark(30_000))).status).toBe("waiting");
    });

    it("does not let a second entry of the lobby replace the ticket whose own entry is still shown", async () => {
      const replica = makeReplica(world);
      const { ann, match } = await makeLive(replica);
      const thief = { userId: "ann", source: "lobby" as const, since: at(99) };
      for (const shown of [
        [{ since: at(0), matchId: null }],
        [
          { since: "no time", matchId: "\0" },
          { since: at(7), matchId: match.matchId },
        ],
      ]) {
        expect(await replica.matchmaker.openTicket({ ...thief, shown })).toMatchObject({
          id: ann.id,
          status: "matched",
          outcome: "held",
        });
      }
      expect(await replica.matchmaker.openTicket({ ...thief, shown: [{ since: at(7), matchId: null }] })).toMatchObject(
        {
          status: "waiting",
          outcome: "opened",
        },
      );
      expect(replica.seen("match:ended")).toHaveLength(1);
    });

    it("does not let a second entry of the lobby keep a person from a match", async () => {
      const replica = makeReplica(world);
      const shown = [{ since: at(0), matchId: null }];
      const thief = (seconds: number) =>
        replica.matchmaker.openTicket({ userId: "ann", source: "lobby", since: at(seconds), shown });
      await open(replica, "ann");
      await open(replica, "bob");
      await replica.matchmaker.closeUser("bob", "left");
      await open(replica, "cid");
      await open(replica, "dan");
      expect(await thief(99)).toMatchObject({ status: "waiting", outcome: "opened", position: 1 });
      await replica.cycle();
      expect(await thief(100)).toMatchObject({ status: "reserved", outcome: "held" });
    });

    it("does not let the lobby replace a ticket that came by an authenticated way", async () => {
      const replica = makeReplica(world);
      const own = await replica.matchmaker.openTicket({ userId: "ann", source: "api" });
      expect(await open(replica, "ann", 99)).toMatchObject({ id: own.id, outcome: "held" });
      await replica.matchmaker.closeTicket(own.id, "cancelled");
      expect(await open(replica, "ann", 99)).toMatchObject({ status: "waiting", outcome: "opened" });
    });

    it("refuses the id of a deployed bot as that of a person in the lobby", async () => {
      const replica = makeReplica(world);
      await test.database.query(
        `insert into public.bot_deployments (bot_id, kind, name, desired, status) values ('x', 'echo', 'Echo', 'running', 'running')`,
      );
      const refused = { code: "MATCH_INVALID_TICKET", details: { field: "userId" } };
      await expect(open(replica, "x")).rejects.toMatchObject(refused);
      await test.database.query("delete from public.bot_deployments");
      expect((await open(replica, "x")).status).toBe("waiting");
    });

    it("ends the live match of a person who waits anew, and closes the partner's ticket", async () => {
      const replica = makeReplica(world);
      const { match } = await makeLive(replica);
      const next = await open(replica, "ann", 1);
      expect(next.status).toBe("waiting");
      expect(replica.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "superseded" }]);
      expect(await statusOf(replica, match.seats[1].ticketId ?? "")).toEqual(["closed", "partner_left"]);
    });

    it("ends the pending match of a person who waits anew, and sends the partner back to the front", async () => {
      const replica = makeReplica(world);
      await open(replica, "ann");
      const bob = await open(replica, "bob");
      await replica.cycle();
      await open(replica, "ann", 1);
      expect(await statusOf(replica, bob.id)).toEqual(["waiting", null]);
      expect(replica.seen("ticket:requeued")).toMatchObject([{ ticketId: bob.id, reason: "partner_left" }]);
    });

    it("takes a call without a mark as the same wait until a live match, and as a new one from then on", async () => {
      const replica = makeReplica(world);
      const { ann } = await makeLive(replica);
      const first = await replica.matchmaker.openTicket({ userId: "ann", source: "api" });
      const second = await replica.matchmaker.openTicket({ userId: "ann", source: "api" });
      expect(first.id).not.toBe(ann.id);
      expect(second.id).toBe(first.id);
    });

    it("gives a person whose presence comes back the old ticket and place again", async () => {
      const replica = makeReplica(world);
      const first = await open(replica, "ann");
      const bob = await open(replica, "bob");
      await replica.matchmaker.closeUser("ann", "vanished");
      expect(await statusOf(replica, first.id)).toEqual(["closed", "vanished"]);
      const back = await open(replica, "ann");
      expect(back).toMatchObject({ id: first.id, status: "waiting", position: 1 });
      expect((await replica.matchmaker.ticket(bob.id))?.position).toBe(2);
    });

    it("does not open a cancelled ticket again, nor one that was in a live match", async () => {
      const replica = makeReplica(world);
      const { ann, match } = await makeLive(replica);
      await replica.matchmaker.closeUser("ann", "vanished");
      expect((await open(replica, "ann")).status).toBe("closed");
      expect(match.seats[0].ticketId).toBe(ann.id);
      const next = await open(replica, "ann", 5);
      await replica.matchmaker.closeTicket(next.id, "cancelled");
      expect((await open(replica, "ann", 5)).closedReason).toBe("cancelled");
    });

    it("picks up a row that the app inserted itself", async () => {
      const replica = makeReplica(world);
      await test.database.query("insert into shoal.match_tickets (user_id) values ('ann')");
      await open(replica, "bob");
      await replica.cycle();
      expect(lastMatch(replica).seats.map((seat) => seat.name)).toEqual(["ann", "BOB"]);
    });

    it.each([
      ["userId", { userId: "", source: "api" }],
      ["userId", { userId: "a\0b", source: "api" }],
      ["userId", { userId: "a".repeat(201), source: "api" }],
      ["userId", { userId: "\u{1F41F}".repeat(201), source: "api" }],
      ["userId", { userId: "\ud800", source: "api" }],
      ["name", { userId: "a", name: "", source: "api" }],
      ["since", { userId: "a", source: "lobby", since: "yesterday" }],
      ["since", { userId: "a", source: "lobby", since: "2026-13-01T00:00:00Z" }],
      ["since", { userId: "a", source: "lobby", since: "2026-02-30T00:00:00Z" }],
      ["since", { userId: "a", source: "lobby", since: "2026-01-01T00:00:00" }],
    ] as const)("refuses a wrong %s and changes nothing", async (field, ticket) => {
      const replica = makeReplica(world);
      await expect(replica.matchmaker.openTicket(ticket)).rejects.toMatchObject({
        code: "MATCH_INVALID_TICKET",
        details: { field },
      });
      expect(await test.database.query("select 1 from shoal.match_tickets")).toEqual([]);
    });
  });

  describe("pairing", () => {
    it("pairs people at once, tells both names and how long each waited", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      const ann = await open(replica, "ann");
      await world.passTime(9_000);
      const bob = await open(replica, "bob");
      await replica.cycle();
      const [made] = replica.seen("match:made");
      expect(made?.match.seats).toEqual([
        { id: "ann", name: "ANN", bot: false, ticketId: ann.id },
        { id: "bob", name: "BOB", bot: false, ticketId: bob.id },
      ]);
      expect(made?.waitMs[0]).toBeGreaterThanOrEqual(9_000);
      expect(made?.waitMs[1]).toBeLessThan(9_000);
      expect(await statusOf(replica, ann.id)).toEqual(["reserved", null]);
    });

    it("gives a bot only after its time, and holds that bot", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      await open(replica, "ann");
      await replica.cycle();
      expect(replica.seen("match:made")).toEqual([]);
      await world.passTime(4_000);
      await replica.cycle();
      expect(lastMatch(replica).seats[1]).toEqual({ id: "x", name: "Bot x", bot: true, ticketId: null });
      expect(replica.fleet.busy).toEqual(new Set(["x"]));
    });

    it("never lets the database seat two bots", async () => {
      const replica = makeReplica(world);
      const { match } = await makeLive(replica);
      await expect(
        test.database.query(
          "update shoal.match_seats set bot = true, ticket_id = null, replica_id = 'r' where seat = 1",
        ),
      ).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
      expect(match.seats[0].bot).toBe(false);
    });

    it("leaves out a bot whose id is that of a person who waits or talks, and says so once", async () => {
      const replica = makeReplica(world, { bots: ["ann", "x", "y"], hasOperatorChosenIds: true });
      const ann = await openByApi(replica, "ann");
      await world.passTime(4_000);
      await replica.cycle();
      const { seats, matchId } = lastMatch(replica);
      expect(seats.map(({ id, bot }) => [id, bot])).toEqual([
        ["ann", false],
        ["x", true],
      ]);
      await open(replica, "bob");
      await world.passTime(4_000);
      await replica.cycle();
      expect(lastMatch(replica).seats.map(({ id }) => id)).toEqual(["bob", "y"]);
      expect(replica.warnings).toEqual([{ bot_id: "ann", error_code: "MATCH_BOT_ID_TAKEN" }]);

      await replica.matchmaker.endMatch(matchId, "ended");
      await replica.matchmaker.closeTicket(ann.id, "cancelled");
      replica.fleet.remove("x");
      await open(replica, "cid");
      await world.passTime(4_000);
      await replica.cycle();
      expect(lastMatch(replica).seats.map(({ id }) => id)).toEqual(["cid", "ann"]);
      expect(replica.warnings).toHaveLength(1);
    });

    it("lets a bot finish with its partner when a person of its id comes, and serves that person by another", async () => {
      const replica = makeReplica(world, { bots: ["ann", "x"], hasOperatorChosenIds: true });
      await open(replica, "bob");
      await world.passTime(4_000);
      await replica.cycle();
      const met = lastMatch(replica);
      expect(met.seats.map(({ id }) => id)).toEqual(["bob", "ann"]);
      await confirmAll(replica, met);

      await openByApi(replica, "ann");
      await world.passTime(4_000);
      await replica.cycle();
      expect(lastMatch(replica).seats.map(({ id }) => id)).toEqual(["ann", "x"]);
      await confirmAll(replica, lastMatch(replica));
      expect(replica.seen("match:live")).toHaveLength(2);
      expect(replica.seen("match:ended")).toEqual([]);
    });

    it("lets a person wait whose id is that of the only bot, and says that none is idle", async () => {
      const replica = makeReplica(world, { bots: ["ann"], hasOperatorChosenIds: true });
      const ann = await openByApi(replica, "ann");
      await world.passTime(4_000);
      await replica.cycle();
      expect(replica.seen("match:made")).toEqual([]);
      expect((await replica.matchmaker.ticket(ann.id))?.rule).toBe("no-idle-bot");
      replica.fleet.add("x");
      await replica.cycle();
      expect(lastMatch(replica).seats.map(({ id }) => id)).toEqual(["ann", "x"]);
    });

    it("leaves no bot out because the lobby claims its id", async () => {
      const replica = makeReplica(world, { bots: ["ann"], hasOperatorChosenIds: true });
      await open(replica, "ann");
      await open(replica, "cid");
      await replica.cycle();
      await open(replica, "bob");
      await world.passTime(4_000);
      await replica.cycle();
      expect(lastMatch(replica).seats.map(({ id, bot }) => [id, bot])).toEqual([
        ["bob", false],
        ["ann", true],
      ]);
      expect(replica.warnings).toEqual([]);
    });

    it("avoids the last partner while another waits, across tickets", async () => {
      const replica = makeReplica(world);
      await makeLive(replica);
      await open(replica, "ann", 1);
      await open(replica, "bob", 1);
      await open(replica, "cid", 1);
      await replica.cycle();
      expect(lastMatch(replica).seats.map((seat) => seat.id)).toEqual(["ann", "cid"]);
    });

    it("says why a ticket is not matched yet", async () => {
      const replica = makeReplica(world);
      const ann = await open(replica, "ann");
      expect(ann).toMatchObject({ position: 1, rule: "alone", matchId: null, roomId: null });
      replica.fleet.add("x");
      expect((await replica.matchmaker.ticket(ann.id))?.rule).toBe("waiting-for-bot-time");
      await world.passTime(4_000);
      const late = await replica.matchmaker.ticket(ann.id);
      expect(late?.rule).toBe("next-cycle");
      expect(late?.waitedMs).toBeGreaterThanOrEqual(4_000);
      expect(Date.parse(late?.botAllowedAt ?? "")).toBeLessThanOrEqual(Date.now());
      replica.fleet.remove("x");
      expect((await replica.matchmaker.ticket(ann.id))?.rule).toBe("no-idle-bot");
      expect(await open(replica, "bob")).toMatchObject({ position: 2, rule: "next-cycle" });
    });

    it("drops the decision of a ticket that was closed meanwhile, and frees its bot", async () => {
      const slow = onceBefore(test.database, "match_commit", () => replica.matchmaker.closeUser("ann", "vanished"));
      const replica: Replica = makeReplica(world, { bots: ["x"], database: slow });
      await open(replica, "ann");
      await world.passTime(4_000);
      await replica.cycle();
      expect(replica.seen("match:made")).toEqual([]);
      expect(replica.fleet.busy.size).toBe(0);
    });

    it("lets two replicas that decide the same make one match", async () => {
      const [one, two] = [
        makeReplica(world, { id: "r1" }),
        makeReplica({ ...world, database: test.connect() }, { id: "r2" }),
      ];
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(["ann", "bob", "cid", "dan"].map((userId) => open(one, userId, round)));
        await Promise.all([one.cycle(), two.cycle(), one.matchmaker.closeUser("cid", "vanished")]);
        const open_matches = await test.database.query("select 1 from shoal.matches where status <> 'ended'");
        expect(open_matches.length).toBeGreaterThanOrEqual(1);
        expect(await brokenPromises(test.database)).toEqual([]);
      }
    });
  });

  describe("confirming", () => {
    it("is live when both are there, and says so once", async () => {
      const replica = makeReplica(world);
      const { match, ann } = await makeLive(replica);
      expect(await replica.matchmaker.confirm(match.matchId, "ann")).toBe(true);
      expect(replica.seen("match:live")).toHaveLength(1);
      expect(await replica.matchmaker.ticket(ann.id)).toMatchObject({
        status: "matched",
        matchId: match.matchId,
        roomId: match.roomId,
      });
    });

    it("refuses who has no seat, and matches that are unknown, over or no id at all", async () => {
      const replica = makeReplica(world);
      const { match } = await makeLive(replica);
      expect(await replica.matchmaker.confirm(match.matchId, "eve")).toBe(false);
      expect(await replica.matchmaker.confirm(NOBODY, "ann")).toBe(false);
      expect(await replica.matchmaker.confirm("no id", "ann")).toBe(false);
      await replica.matchmaker.endMatch(match.matchId, "ended");
      expect(await replica.matchmaker.confirm(match.matchId, "ann")).toBe(false);
    });

    it("confirms by ticket", async () => {
      const replica = makeReplica(world);
      const ann = await open(replica, "ann");
      expect((await replica.matchmaker.confirmTicket(ann.id))?.status).toBe("waiting");
      const bob = await open(replica, "bob");
      await replica.cycle();
      await replica.matchmaker.confirmTicket(ann.id);
      expect((await replica.matchmaker.confirmTicket(bob.id))?.status).toBe("matched");
      expect(await replica.matchmaker.confirmTicket(NOBODY)).toBeUndefined();
      expect(await replica.matchmaker.confirmTicket("no id")).toBeUndefined();
    });

    it("sends both back to the front when one is missing after 8 s", async () => {
      const replica = makeReplica(world);
      const ann = await open(replica, "ann");
      const bob = await open(replica, "bob");
      await replica.cycle();
      await replica.matchmaker.confirm(lastMatch(replica).matchId, "ann");
      await world.passTime(7_000);
      await replica.cycle();
      expect(replica.seen("match:expired")).toEqual([]);
      await open(replica, "cid");
      await world.passTime(1_000);
      const { matchId } = lastMatch(replica);
      await replica.cycle();
      expect(replica.seen("match:expired")).toMatchObject([{ matchId, missing: ["bob"] }]);
      expect(
        replica
          .seen("ticket:requeued")
          .map((event) => event.ticketId)
          .sort(),
      ).toEqual([ann.id, bob.id].sort());
      // At the front: before cid, who came later. And not with each other again while cid is there.
      expect(lastMatch(replica).seats.map((seat) => seat.id)).toEqual(["ann", "cid"]);
    });

    it("keeps the ticket of a person who could not be told of the matches", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      const ann = await open(replica, "ann");
      await world.passTime(4_000);
      for (let round = 1; round <= 3; round += 1) {
        await replica.cycle();
        const { matchId } = lastMatch(replica);
        await replica.matchmaker.noteUnreached(matchId, "ann");
        await replica.matchmaker.noteUnreached(matchId, "nobody");
        await world.passTime(8_000);
      }
      await replica.cycle();
      expect(replica.seen("match:expired")).toHaveLength(3);
      expect(await statusOf(replica, ann.id)).toEqual(["reserved", null]);
      const { matchId } = lastMatch(replica);
      await replica.matchmaker.confirm(matchId, "ann");
      await replica.matchmaker.noteUnreached(matchId, "ann");
      await replica.matchmaker.noteUnreached("no uuid", "ann");
      expect(await test.database.query("select unconfirmed from shoal.match_tickets where user_id = 'ann'")).toEqual([
        { unconfirmed: 0 },
      ]);
    });

    it("closes a ticket that was not confirmed three times, and keeps the one of who was there", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      const ann = await open(replica, "ann");
      await world.passTime(4_000);
      for (let round = 1; round <= 3; round += 1) {
        await replica.cycle();
        await replica.matchmaker.confirm(lastMatch(replica).matchId, "x");
        expect(await statusOf(replica, ann.id)).toEqual(["reserved", null]);
        await world.passTime(8_000);
      }
      await replica.cycle();
      expect(await statusOf(replica, ann.id)).toEqual(["closed", "unconfirmed"]);
      expect(replica.fleet.busy.size).toBe(0);
      const bob = await open(replica, "bob");
      await world.passTime(4_000);
      for (let round = 1; round <= 4; round += 1) {
        await replica.cycle();
        await replica.matchmaker.confirm(lastMatch(replica).matchId, "bob");
        await world.passTime(8_000);
      }
      await replica.cycle();
      expect(await statusOf(replica, bob.id)).toEqual(["reserved", null]);
    });
  });

  describe("ending", () => {
    it("frees the bot and closes the person's ticket when the match ends", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      const { match, ann } = await makeLive(replica, "x");
      await replica.matchmaker.endMatch(match.matchId, "ended");
      await replica.matchmaker.endMatch(match.matchId, "ended");
      expect(replica.seen("match:ended")).toHaveLength(1);
      expect(replica.fleet.busy.size).toBe(0);
      expect(await statusOf(replica, ann.id)).toEqual(["closed", "ended"]);
    });

    it("sends the person back to the front when the bot fails before the match is live", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      const ann = await open(replica, "ann");
      await world.passTime(4_000);
      await replica.cycle();
      await replica.matchmaker.endMatch(lastMatch(replica).matchId, "bot_failed");
      expect(await statusOf(replica, ann.id)).toEqual(["waiting", null]);
    });

    it("closes the ticket of who left a pending match, and only that", async () => {
      const replica = makeReplica(world);
      const ann = await open(replica, "ann");
      const bob = await open(replica, "bob");
      await replica.cycle();
      await replica.matchmaker.endMatch(lastMatch(replica).matchId, "left", "bob");
      expect(await statusOf(replica, ann.id)).toEqual(["waiting", null]);
      expect(await statusOf(replica, bob.id)).toEqual(["closed", "left"]);
    });

    it("ends the match of a closed ticket, and answers an unknown one with nothing", async () => {
      const replica = makeReplica(world);
      const { match, ann } = await makeLive(replica);
      expect(await replica.matchmaker.closeTicket(ann.id, "cancelled")).toMatchObject({ closedReason: "cancelled" });
      expect(await replica.matchmaker.closeTicket(ann.id, "other")).toMatchObject({ closedReason: "cancelled" });
      expect(replica.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "cancelled" }]);
      expect(await replica.matchmaker.closeTicket(NOBODY, "cancelled")).toBeUndefined();
      expect(await replica.matchmaker.closeTicket("no id", "cancelled")).toBeUndefined();
    });

    it("does not let a late goodbye close the next wait", async () => {
      const replica = makeReplica(world);
      const next = await open(replica, "ann", 5);
      await replica.matchmaker.closeUser("ann", "vanished", at(4));
      expect(await statusOf(replica, next.id)).toEqual(["waiting", null]);
      await replica.matchmaker.closeUser("ann", "vanished", at(5));
      expect(await statusOf(replica, next.id)).toEqual(["closed", "vanished"]);
    });

    it("ends a match of people that has been live for a day", async () => {
      const replica = makeReplica(world);
      const { match } = await makeLive(replica);
      await world.passTime(24 * 3_600_000 + 1);
      await replica.cycle();
      expect(replica.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "too_long" }]);
    });

    it("forgets tickets and matches a week after their end, and nothing open", async () => {
      const replica = makeReplica(world);
      const { match } = await makeLive(replica);
      await replica.matchmaker.endMatch(match.matchId, "ended");
      await open(replica, "cid");
      await world.passTime(7 * 24 * 3_600_000 + 1);
      await replica.cycle();
      expect(await test.database.query("select user_id from shoal.match_tickets")).toEqual([{ user_id: "cid" }]);
      expect(await test.database.query("select 1 from shoal.matches, shoal.match_seats")).toEqual([]);
    });
  });

  describe("reconciling the lobby", () => {
    it("closes lobby tickets of people who are gone or have moved on, and no others", async () => {
      const replica = makeReplica(world);
      const tickets = await Promise.all(["ann", "bob", "cid", "dan"].map((userId) => open(replica, userId, 5)));
      const api = await replica.matchmaker.openTicket({ userId: "eve", source: "api", since: at(5) });
      await world.passTime(6_000);
      const young = await open(replica, "fay", 5);
      await replica.matchmaker.reconcileLobby([
        { userId: "ann", since: at(5) },
        { userId: "bob", since: at(6) },
        { userId: "cid", since: "no time" },
      ]);
      const statuses = await Promise.all([...tickets, api, young].map((ticket) => statusOf(replica, ticket.id)));
      expect(statuses).toEqual([
        ["waiting", null],
        ["closed", "gone"],
        ["waiting", null],
        ["closed", "gone"],
        ["waiting", null],
        ["waiting", null],
      ]);
    });

    it.each([
      { userId: "eve", since: "2026-02-30T00:00:00Z" },
      { userId: "eve", since: "0000-01-01T00:00:00Z" },
      { userId: "eve", since: "2026-01-01T00:00:00+23:59" },
      { userId: "e\0", since: at(5) },
      { userId: "\ud800" },
    ])("is not kept from anybody by an entry that no row could hold: %j", async (entry) => {
      const replica = makeReplica(world);
      const [ann, bob] = [await open(replica, "ann", 5), await open(replica, "bob", 5)];
      await world.passTime(6_000);
      await replica.matchmaker.reconcileLobby([entry, { userId: "ann", since: at(5) }]);
      expect(await statusOf(replica, ann.id)).toEqual(["waiting", null]);
      expect(await statusOf(replica, bob.id)).toEqual(["closed", "gone"]);
    });

    it("ends the matches of the gone after a restart", async () => {
      const before = makeReplica(world);
      const { match } = await makeLive(before);
      await world.passTime(6_000);
      const after = makeReplica(world, { id: "r2" });
      await after.matchmaker.reconcileLobby([{ userId: "bob", since: at(0) }]);
      expect(after.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "gone" }]);
    });
  });

  describe("an odd row", () => {
    it("with the largest count of what was not confirmed closes, and the deadlines of others pass", async () => {
      const replica = makeReplica(world);
      const tickets = await Promise.all(["ann", "bob", "cid", "dan"].map((userId) => open(replica, userId)));
      await replica.cycle();
      await test.database.query("update shoal.match_tickets set unconfirmed = 2147483647 where user_id = 'ann'");
      await world.passTime(8_000);
      await replica.cycle();
      expect(replica.seen("match:expired")).toHaveLength(2);
      expect(await statusOf(replica, tickets[0]?.id ?? "")).toEqual(["closed", "unconfirmed"]);
    });

    it("that can never be due leaves the deadlines of others alone", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      await open(replica, "ann");
      await open(replica, "bob");
      await replica.cycle();
      await test.database.query("update shoal.matches set confirm_by = 'infinity'");
      await world.passTime(1_000);
      await replica.cycle();
      await open(replica, "cid");
      await world.passTime(4_000);
      await replica.cycle();
      await world.passTime(8_000);
      await replica.cycle();
      expect(replica.seen("match:expired")).toMatchObject([{ missing: ["cid", "x"] }]);
    });

    it("that names a match which is gone closes like the others, and its person waits anew", async () => {
      const replica = makeReplica(world);
      const { match } = await makeLive(replica);
      const cid = await open(replica, "cid");
      await test.database.query("delete from shoal.matches where match_id = ($1::text)::uuid", [match.matchId]);
      expect((await open(replica, "ann", 1)).status).toBe("waiting");
      await world.passTime(6_000);
      await replica.matchmaker.reconcileLobby([]);
      const left = await test.database.query("select user_id from shoal.match_tickets where status <> 'closed'");
      expect([left, await statusOf(replica, cid.id)]).toEqual([[], ["closed", "gone"]]);
    });
  });

  describe("several replicas", () => {
    it("tells the replica of the bot what another one confirmed and ended", async () => {
      const [one, two] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2" })];
      await open(two, "ann");
      await world.passTime(4_000);
      await one.cycle();
      const match = lastMatch(one);
      await one.matchmaker.confirm(match.matchId, "x");
      await two.matchmaker.confirm(match.matchId, "ann");
      await world.passTime(1_000);
      await one.cycle();
      expect(one.seen("match:live")).toMatchObject([{ matchId: match.matchId }]);
      await two.matchmaker.closeUser("ann", "vanished");
      await world.passTime(1_000);
      await one.cycle();
      expect(one.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "vanished" }]);
      expect([two.seen("match:live"), two.seen("match:ended")]).toEqual([[], []]);
      expect(one.fleet.busy.size).toBe(0);
    });

    it.each([
      ["was not seen in it", false, ["closed", "vanished"]],
      ["was seen in it", true, ["matched", null]],
    ] as const)(
      "closes who left the lobby for the room of another replica's bot only if that person %s",
      async (_what, isSeen, expected) => {
        const [one, two] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2" })];
        const { match, ann } = await makeLive(one, "x");
        if (isSeen) expect(await one.matchmaker.confirmInRoom(match.matchId, "ann")).toBe(true);
        await two.matchmaker.closeUnlessInRoom("ann", "vanished", at(0));
        expect(await statusOf(two, ann.id)).toEqual(expected);
      },
    );

    it("keeps the match of a person in the room of another replica's bot, whatever the lobby shows, until the bot ends it", async () => {
      const [one, two] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2" })];
      const ann = await open(two, "ann");
      await world.passTime(4_000);
      await one.cycle();
      const { matchId } = lastMatch(one);
      await one.matchmaker.confirmInRoom(matchId, "ann");
      await one.matchmaker.confirmInRoom(matchId, "x");
      expect(await statusOf(two, ann.id)).toEqual(["matched", null]);
      await world.passTime(6_000);
      await two.matchmaker.reconcileLobby([]);
      const other = { userId: "ann", source: "lobby", since: at(9), isDoubted: true } as const;
      expect(await two.matchmaker.openTicket(other)).toMatchObject({ id: ann.id, status: "matched", outcome: "held" });
      await one.matchmaker.endMatch(matchId, "left", "ann");
      expect(await statusOf(two, ann.id)).toEqual(["closed", "left"]);
      expect(await two.matchmaker.openTicket(other)).toMatchObject({ status: "waiting", outcome: "opened" });
      // The seat of a match that is over keeps nobody.
      await two.matchmaker.closeUnlessInRoom("ann", "vanished");
      expect(await one.matchmaker.confirmInRoom(matchId, "ann")).toBe(false);
      expect(await test.database.query("select 1 from shoal.match_tickets where status <> 'closed'")).toEqual([]);
    });

    it("lets a person who is seen in the room begin anew by the own entry", async () => {
      const [one, two] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2" })];
      const { match, ann } = await makeLive(one, "x");
      await one.matchmaker.confirmInRoom(match.matchId, "ann");
      expect(await open(two, "ann", 1)).toMatchObject({ status: "waiting", outcome: "opened" });
      expect(await statusOf(two, ann.id)).toEqual(["closed", "superseded"]);
    });

    it("takes over from a dead replica within its term: live matches end, people in pending ones wait at the front", async () => {
      const dead = makeReplica(world, { id: "r1", bots: ["x", "y"] });
      const { match, ann } = await makeLive(dead, "x");
      const bob = await open(dead, "bob");
      await world.passTime(4_000);
      await dead.cycle();
      const heir = makeReplica(world, { id: "r2" });
      await heir.cycle();
      expect(heir.seen("match:ended")).toEqual([]);
      await open(heir, "cid");
      await world.passTime(5_000);
      await heir.cycle();
      await world.passTime(5_000);
      await heir.cycle();
      expect(heir.seen("match:ended").map((event) => event.reason)).toContain("replica_lost");
      expect(await statusOf(heir, ann.id)).toEqual(["closed", "replica_lost"]);
      expect(heir.seen("match:ended").map((event) => event.matchId)).toContain(match.matchId);
      expect(lastMatch(heir).seats.map((seat) => seat.ticketId)[0]).toBe(bob.id);
    });

    it("takes nobody for dead after an outage of the database, in which no term could be renewed, but who does not come back", async () => {
      const [one, two] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2", bots: ["y"] })];
      const gone = makeReplica(world, { id: "r3", bots: ["z"] });
      await makeLive(one, "x", "ann");
      await makeLive(two, "y", "bob");
      await one.cycle();
      const { match } = await makeLive(gone, "z", "cid");
      for (const replica of [one, two, gone]) await replica.cycle();
      await world.passTime(15_000);
      await one.cycle();
      await world.passTime(2_000);
      await one.cycle();
      await two.cycle();
      expect([...one.seen("match:ended"), ...two.seen("match:ended")]).toEqual([]);
      await world.passTime(4_000);
      await one.cycle();
      await two.cycle();
      expect(one.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "replica_lost" }]);
      expect([one.fleet.busy.size, two.fleet.busy.size]).toEqual([1, 1]);
    });

    it("takes nobody for dead as a newcomer that comes first after an outage of the database", async () => {
      const [one, gone] = [
        makeReplica(world, { id: "r1", bots: ["x"] }),
        makeReplica(world, { id: "r2", bots: ["y"] }),
      ];
      await makeLive(one, "x", "ann");
      const { match } = await makeLive(gone, "y", "bob");
      for (const replica of [one, gone]) await replica.cycle();
      await world.passTime(15_000);
      const newcomer = makeReplica(world, { id: "r3" });
      await newcomer.cycle();
      await world.passTime(2_000);
      await one.cycle();
      await newcomer.cycle();
      expect(newcomer.seen("match:ended")).toEqual([]);
      await world.passTime(4_000);
      await newcomer.cycle();
      expect(newcomer.seen("match:ended")).toMatchObject([{ matchId: match.matchId, reason: "replica_lost" }]);
    });

    it("takes nobody for dead after an outage that the own term has just outlasted", async () => {
      const [one, two] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2", bots: ["y"] })];
      await makeLive(one, "x", "ann");
      await two.cycle();
      await one.cycle();
      await world.passTime(2_900);
      await two.cycle();
      await world.passTime(7_200);
      await two.cycle();
      expect(two.seen("match:ended")).toEqual([]);
      await world.passTime(1_000);
      for (const replica of [one, two]) await replica.cycle();
      await world.passTime(6_000);
      for (const replica of [one, two]) await replica.cycle();
      expect([...one.seen("match:ended"), ...two.seen("match:ended")]).toEqual([]);
    });

    it("takes who is dead for dead also when the clock was set back to before its own start", async () => {
      const [gone, heir] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2" })];
      await makeLive(gone, "x");
      await heir.cycle();
      await test.database.query("update shoal.leases set resumed_at = resumed_at + interval '1 hour'");
      await world.passTime(6_000);
      await heir.cycle();
      await world.passTime(6_000);
      await heir.cycle();
      expect(heir.seen("match:ended")).toMatchObject([{ reason: "replica_lost" }]);
    });

    it("clears what a process of its own name left behind", async () => {
      await makeLive(makeReplica(world, { id: "r1", bots: ["x"] }), "x");
      const restarted = makeReplica(world, { id: "r1", bots: ["x"] });
      await open(restarted, "bob");
      await world.passTime(4_000);
      await restarted.cycle();
      expect(lastMatch(restarted).seats.map((seat) => seat.id)).toEqual(["bob", "x"]);
    });

    it("frees its bots when it was taken for dead and comes back", async () => {
      const [frozen, other] = [makeReplica(world, { id: "r1", bots: ["x"] }), makeReplica(world, { id: "r2" })];
      await makeLive(frozen, "x");
      await other.cycle();
      await world.passTime(5_500);
      await other.cycle();
      await world.passTime(5_500);
      await other.cycle();
      expect(frozen.fleet.busy.size).toBe(1);
      await frozen.cycle();
      expect(other.seen("match:ended")).toMatchObject([{ reason: "replica_lost" }]);
      expect([frozen.seen("match:ended"), frozen.seen("match:lost")]).toMatchObject([[], [{}]]);
      expect(frozen.fleet.busy.size).toBe(0);
    });
  });

  describe("a match", () => {
    it("can be looked up while it lasts and when it is over, and an unknown one cannot", async () => {
      const replica = makeReplica(world, { bots: ["x"] });
      const { match } = await makeLive(replica, "x");
      expect(await replica.matchmaker.match(match.matchId)).toEqual(match);
      await replica.matchmaker.endMatch(match.matchId, "done");
      expect(await replica.matchmaker.match(match.matchId)).toEqual(match);
      expect(await replica.matchmaker.match("7b0f3c1e-8e0a-4f5c-9d6a-000000000000")).toBeUndefined();
      expect(await replica.matchmaker.match("no id")).toBeUndefined();
    });
  });

  describe("drain", () => {
    it("makes no match once it has stopped pairing, and keeps its term and its matches until it is drained", async () => {
      const replica = makeReplica(world, { bots: ["x", "y"] });
      const { match } = await makeLive(replica);
      const cid = await open(replica, "cid");
      replica.matchmaker.stopPairing();
      await world.passTime(4_000);
      await replica.cycle();
      await world.passTime(8_000);
      await replica.cycle();
      expect(await statusOf(replica, cid.id)).toEqual(["waiting", null]);
      expect(replica.seen("match:made")).toHaveLength(1);
      const other = makeReplica(world, { bots: ["z"] });
      await other.cycle();
      expect(other.seen("match:ended")).toEqual([]);
      expect(await statusOf(replica, match.seats[0].ticketId ?? "")).toEqual(["matched", null]);
    });

    it("ends its matches with bots, keeps people's matches and everybody who waits", async () => {
      const replica = makeReplica(world, { bots: ["x", "y"] });
      const { match } = await makeLive(replica);
      const cid = await open(replica, "cid");
      await world.passTime(4_000);
      await replica.cycle();
      await Promise.all([replica.matchmaker.drain(), replica.matchmaker.drain()]);
      expect(await statusOf(replica, cid.id)).toEqual(["waiting", null]);
      expect(await statusOf(replica, match.seats[0].ticketId ?? "")).toEqual(["matched", null]);
      expect(replica.fleet.busy.size).toBe(0);
      expect(await test.database.query("select 1 from shoal.leases")).toEqual([]);
    });
  });

  describe("a database that goes away", () => {
    it("keeps a decision whose commit got no answer, and makes that match once", async () => {
      const flaky = onceAfter(test.database, "match_commit", () => {
        throw new FleetError("STORE_UNAVAILABLE", "gone", { retryable: true });
      });
      const replica = makeReplica(world, { bots: ["x"], database: flaky });
      await open(replica, "ann");
      await world.passTime(4_000);
      await expect(replica.cycle()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      expect(replica.fleet.busy.size).toBe(1);
      await replica.cycle();
      expect(replica.seen("match:made")).toHaveLength(1);
      await confirmAll(replica, lastMatch(replica));
    });

    it("frees the bot when the commit is refused for good", async () => {
      const broken = onceBefore(test.database, "match_commit", () => {
        throw new FleetError("STORE_QUERY", "refused");
      });
      const replica = makeReplica(world, { bots: ["x"], database: broken });
      await open(replica, "ann");
      await world.passTime(4_000);
      await expect(replica.cycle()).rejects.toMatchObject({ code: "STORE_QUERY" });
      expect(replica.fleet.busy.size).toBe(0);
      await replica.cycle();
      expect(replica.seen("match:made")).toHaveLength(1);
    });

    it("does not seat a bot twice when a match it gave up had been made after all", async () => {
      const lying = onceAfter(test.database, "match_commit", () => {
        throw new FleetError("STORE_QUERY", "refused");
      });
      const replica = makeReplica(world, { bots: ["x"], database: lying });
      const ann = await open(replica, "ann");
      await world.passTime(4_000);
      await expect(replica.cycle()).rejects.toMatchObject({ code: "STORE_QUERY" });
      const bob = await open(replica, "bob");
      await world.passTime(4_000);
      await replica.cycle();
      expect(replica.seen("match:made")).toEqual([]);
      expect(replica.fleet.busy.size).toBe(0);
      await world.passTime(4_000);
      await replica.cycle();
      expect(lastMatch(replica).seats.map((seat) => seat.ticketId)).toEqual([ann.id, bob.id]);
    });

    it("runs a statement again after a deadlock", async () => {
      const clashing = onceBefore(test.database, "ticket_open", () => {
        throw new FleetError("STORE_CONFLICT", "deadlock", { retryable: true });
      });
      const replica = makeReplica(world, { database: clashing });
      expect((await open(replica, "ann")).status).toBe("waiting");
    });
  });
});

/** Runs `act` once, right before the first statement that names `fragment`. */
function onceBefore(database: Database, fragment: string, act: () => unknown): Database {
  let isDone = false;
  return {
    ...database,
    async query(text, params) {
      if (!isDone && text.includes(fragment)) {
        isDone = true;
        await act();
      }
      return database.query(text, params);
    },
  };
}

/** Runs `act` once, right after the first such statement: if it throws, the statement has run and its answer is lost. */
function onceAfter(database: Database, fragment: string, act: () => unknown): Database {
  let isDone = false;
  return {
    ...database,
    async query(text, params) {
      const rows = await database.query(text, params);
      if (!isDone && text.includes(fragment)) {
        isDone = true;
        await act();
      }
      return rows as never;
    },
  };
}
