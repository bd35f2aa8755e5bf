import type { Database, SqlValue } from "@shoal/store";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brokenPromises, emptyMatchTables, makeReplica, makeWorld, type World } from "./support.ts";

/** More than one page of people whom a rule keeps apart. */
const APART = 2_300;

describe("a long line of people whom rules keep apart", () => {
  let test: TestDatabase;
  let world: World;

  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(test.database);
    world = makeWorld(test.database);
    await test.database.query(
      `insert into shoal.match_tickets (user_id, attributes, queued_at)
       select 'user ' || n, jsonb_build_object('group', n), now() - ($1::int - n) * interval '1 millisecond'
       from generate_series(1, $1::int) n`,
      [APART],
    );
  });

  /** A replica whose statements that read the line are counted, with the tickets in their answers. */
  const counting = (bots: readonly string[] = []) => {
    const reads: number[] = [];
    const database: Database<string> = {
      ...test.database,
      async query<Row extends object>(text: string, params?: readonly SqlValue[]): Promise<Row[]> {
        const rows = await test.database.query<Row>(text, params);
        if (text.includes("match_line")) reads.push((rows[0] as unknown as { tickets: unknown[] }).tickets.length);
        return rows;
      },
    };
    const rules = { equal: ["group"] };
    return { replica: makeReplica(world, { database, rules, bots, policy: { botAfterMs: 3_600_000 } }), reads };
  };
  type Counting = ReturnType<typeof counting>;
  /** Runs a cycle of each at the same time. Then lets all rest: a long line is paired a part of the time only. */
  const cycle = async (...all: Counting[]) => {
    await Promise.all(all.map(({ replica }) => replica.cycle()));
    world.passPauses(60_000);
  };
  const wait = (replica: ReturnType<typeof makeReplica>, userId: string, group: number) =>
    replica.matchmaker.openTicket({ userId, source: "api", attributes: { group } });
  const pairsOf = (replica: ReturnType<typeof makeReplica>) =>
    replica.seen("match:made").map(({ match }) => match.seats.map(({ id }) => id));

  it("keeps nobody behind it from a partner, and is read once", async () => {
    const one = counting();
    const { replica, reads } = one;
    await wait(replica, "ann", 0);
    await wait(replica, "bob", 0);
    await cycle(one);
    expect(pairsOf(replica)).toEqual([["ann", "bob"]]);
    expect(reads).toEqual([2_000, APART + 2 - 2_000]);
    expect(replica.matchmaker.waitingCount).toBe(APART);
    await wait(replica, "cid", 2_250);
    await cycle(one);
    await cycle(one);
    expect(pairsOf(replica).at(-1)).toEqual(["user 2250", "cid"]);
    expect(reads.slice(2)).toEqual([1, 0]);
    expect(await brokenPromises(test.database)).toEqual([]);
  });

  it("is paired by two replicas that have both read it, each pair once", async () => {
    const [one, two] = [counting(), counting()];
    await cycle(one, two);
    for (let group = 1; group <= 40; group += 1) await wait(one.replica, `late ${group}`, group);
    await cycle(one, two);
    await cycle(one, two);
    const made = [...pairsOf(one.replica), ...pairsOf(two.replica)];
    expect(new Set(made.map(([first]) => first)).size).toBe(40);
    expect(made).toHaveLength(40);
    expect([one, two].map(({ replica }) => replica.matchmaker.waitingCount)).toEqual([APART - 40, APART - 40]);
    expect(await brokenPromises(test.database)).toEqual([]);
  });

  it("gives a bot that becomes idle to the one who has waited longest, though nothing of it has changed", async () => {
    const one = counting(["x"]);
    const { replica, reads } = one;
    await cycle(one);
    await world.passTime(3_600_000);
    await cycle(one);
    expect(pairsOf(replica)).toEqual([["user 1", "x"]]);
    replica.fleet.add("y");
    reads.length = 0;
    await cycle(one);
    expect(pairsOf(replica).at(-1)).toEqual(["user 2", "y"]);
    expect(reads).toEqual([0]);
  });

  it("is looked at again, unread, as long as windows widen", async () => {
    const rules = { near: { group: { within: 0, widenPerSecond: 0.1, max: 1 } } };
    const replica = makeReplica(world, { rules, policy: { botAfterMs: 3_600_000 } });
    await replica.cycle();
    expect(replica.seen("match:made")).toEqual([]);
    await world.passTime(10_000);
    await replica.cycle();
    expect(replica.seen("match:made").length).toBe(APART / 2);
  });
});
