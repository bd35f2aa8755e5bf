import { createSystemRuntime } from "@shoal/kernel";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStatements } from "../src/statements.ts";
import { brokenPromises, emptyMatchTables, makeReplica, makeWorld, type Replica, type World } from "./support.ts";

const NOBODY = "00000000-0000-4000-8000-00000000dead";

describe("people who are kept apart", () => {
  let test: TestDatabase;
  let world: World;

  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(test.database);
    world = makeWorld(test.database);
  });
  afterEach(async () => {
    expect(await brokenPromises(test.database)).toEqual([]);
  });

  const wait = (replica: Replica, userId: string, attributes?: Record<string, unknown>) =>
    replica.matchmaker.openTicket({ userId, source: "api", ...(attributes && { attributes }) });
  /** Has the two meet. Returns their match, which is live. */
  const meet = async (replica: Replica, ...people: string[]) => {
    for (const userId of people) await wait(replica, userId);
    if (people.length === 1) await world.passTime(4_000);
    await replica.cycle();
    const { match } = replica.seen("match:made").at(-1) ?? {};
    for (const { id } of match?.seats ?? []) await replica.matchmaker.confirm(match?.matchId ?? "", id);
    return match?.matchId ?? "";
  };
  const stateOf = async (userId: string) => {
    const [row] = await test.database.query<{ state: string }>(
      `select status || coalesce(' ' || closed_reason, '') as state from shoal.match_tickets where user_id = $1
       order by opened_at desc limit 1`,
      [userId],
    );
    return row?.state;
  };

  it("part at once, and the one who was blocked is told what anybody is who is left", async () => {
    const replica = makeReplica(world);
    const matchId = await meet(replica, "ann", "bob");
    expect(await replica.matchmaker.block("ann", matchId)).toBe("bob");
    expect([await stateOf("ann"), await stateOf("bob")]).toEqual(["closed blocked", "closed partner_left"]);
    expect(replica.seen("match:ended")).toMatchObject([{ matchId, reason: "blocked" }]);
    expect(await replica.matchmaker.block("ann", matchId)).toBe("bob");
    expect(replica.seen("match:ended")).toHaveLength(1);
    expect(await replica.matchmaker.blocks("ann")).toEqual([
      { blockedId: "bob", isBot: false, createdAt: expect.any(String) },
    ]);
    expect(await replica.matchmaker.blocks("bob")).toEqual([]);
  });

  it.each(["pending", "live"])(
    "part also where the match that goes on, %s, is another than the one named",
    async (status) => {
      const replica = makeReplica(world);
      const first = await meet(replica, "ann", "bob");
      await replica.matchmaker.endMatch(first, "ended");
      if (status === "live") await meet(replica, "ann", "bob");
      else {
        await wait(replica, "ann");
        await wait(replica, "bob");
        await replica.cycle();
      }
      expect(await replica.matchmaker.block("bob", first)).toBe("ann");
      expect(await stateOf("bob")).toBe("closed blocked");
      expect(await stateOf("ann")).toBe(status === "live" ? "closed partner_left" : "waiting");
    },
  );

  it("are not paired by a replica that has read them before", async () => {
    const replica = makeReplica(world);
    const matchId = await meet(replica, "ann", "bob");
    await replica.matchmaker.endMatch(matchId, "ended");
    for (const userId of ["ann", "bob"]) await wait(replica, userId);
    const statements = createStatements(test.database, createSystemRuntime());
    const page = { limit: 10, after: null, since: null, again: [], chosenIds: [], avoidsBlocks: true };
    const { tickets } = await statements.line(page);
    await replica.matchmaker.block("bob", matchId);
    const [one, two] = tickets;
    const commit = (avoidsBlocks: boolean, versions: readonly (string | null | undefined)[]) =>
      statements.commit(
        "r1",
        8_000,
        [
          {
            ...{ match_id: crypto.randomUUID(), room_id: crypto.randomUUID(), bot_id: null, bot_name: null },
            ...{ first: one?.id ?? "", first_version: versions[0] ?? null },
            ...{ second: two?.id ?? "", second_version: versions[1] ?? null },
          },
        ],
        avoidsBlocks,
      );
    // By the versions that were read, and by those of now.
    expect((await commit(true, [one?.version, two?.version])).size).toBe(0);
    const now = (await statements.line(page)).tickets.map(({ version }) => version);
    expect((await commit(true, now)).size).toBe(0);
    await replica.matchmaker.unblock("bob", "ann");
    const free = (await statements.line(page)).tickets.map(({ version }) => version);
    expect((await commit(true, free)).size).toBe(1);
  });

  it("are only those who have met within a week, and of whom one asks", async () => {
    const replica = makeReplica(world);
    const matchId = await meet(replica, "ann", "bob");
    expect(await replica.matchmaker.block("cid", matchId)).toBeUndefined();
    expect(await replica.matchmaker.block("ann", NOBODY)).toBeUndefined();
    await replica.matchmaker.endMatch(matchId, "ended");
    await world.passTime(7 * 86_400_000 + 1_000);
    expect(await replica.matchmaker.block("ann", matchId)).toBeUndefined();
    expect(await replica.matchmaker.unblock("ann", "bob")).toBe(false);
  });

  it("may be a bot, which then is no bot for that person", async () => {
    const replica = makeReplica(world, { bots: ["x"] });
    const matchId = await meet(replica, "ann");
    expect(await replica.matchmaker.block("ann", matchId)).toBe("x");
    expect(await replica.matchmaker.blocks("ann")).toMatchObject([{ blockedId: "x", isBot: true }]);
    await replica.cycle();
    await wait(replica, "ann");
    await world.passTime(5_000);
    await replica.cycle();
    expect(await stateOf("ann")).toBe("waiting");
    await wait(replica, "bob");
    await world.passTime(5_000);
    await replica.matchmaker.closeUser("ann", "left");
    await replica.cycle();
    expect(await stateOf("bob")).toBe("reserved");
  });

  it("are at most 1,000 of one person", async () => {
    const replica = makeReplica(world);
    const matchId = await meet(replica, "ann", "bob");
    await test.database.query(
      "insert into public.match_blocks select 'ann', 'user ' || n, false from generate_series(1, 1000) n",
    );
    await expect(replica.matchmaker.block("ann", matchId)).rejects.toMatchObject({ code: "MATCH_TOO_MANY_BLOCKS" });
    expect(await stateOf("ann")).toBe("matched");
    await replica.matchmaker.unblock("ann", "user 7");
    expect(await replica.matchmaker.block("ann", matchId)).toBe("bob");
  });

  it("are no decision of yesterday's attributes", async () => {
    const replica = makeReplica(world);
    await wait(replica, "ann", { language: "de" });
    const statements = createStatements(test.database, createSystemRuntime());
    const page = { limit: 10, after: null, since: null, again: [], chosenIds: [], avoidsBlocks: true };
    const [read] = (await statements.line(page)).tickets;
    expect(read?.attributes).toEqual({ language: "de" });
    expect(await wait(replica, "ann", { language: "fr" })).toMatchObject({ outcome: "known", position: 1 });
    expect(await wait(replica, "ann", {})).toMatchObject({ outcome: "known" });
    expect((await statements.line(page)).tickets[0]?.attributes).toEqual({ language: "fr" });
    const decision = {
      ...{ match_id: crypto.randomUUID(), room_id: crypto.randomUUID(), bot_id: "x", bot_name: "X" },
      ...{ first: read?.id ?? "", first_version: read?.version ?? null, second: null, second_version: null },
    };
    expect((await statements.commit("r1", 8_000, [decision], true)).size).toBe(0);
  });
});
