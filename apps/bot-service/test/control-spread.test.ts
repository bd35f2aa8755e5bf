import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findWork } from "../src/control/find-work.ts";
import { PERSON, said } from "../src/fleet/fleet.test-support.ts";
import { makeReplicas } from "./control-replicas.ts";
import { forgetBots } from "./control-support.ts";

const ROOM = {
  kinds: new Map([["echo", { names: ["Echo"] }]]),
  maxCount: 100,
  freeCount: 100,
  freeForOperatorCount: 100,
};
const SEARCH = { perOwnerCount: 100, afterBotId: "", isThorough: false };

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(() => forgetBots(test.database));
afterAll(() => test[Symbol.asyncDispose]());

async function deploy(count: number, first = 1) {
  await test.database.query(
    `insert into public.bot_control (bot_id, command) select 'bot ' || n, 'START_BOT' from generate_series($1::int, $2::int) n`,
    [first, first + count - 1],
  );
}

/** How many bots each replica runs, by its row. */
async function spread(): Promise<Record<string, number>> {
  const rows = await test.database.query<{ replica: string | null; count: number }>(
    "select replica, count(*)::int as count from public.bot_deployments group by replica order by replica",
  );
  return Object.fromEntries(rows.map(({ replica, count }) => [`${replica}`, count]));
}

describe("deployed bots of several replicas", () => {
  it("are shared at once when they are started together, and each runs once", async () => {
    const fleet = makeReplicas(test);
    const replicas = [await fleet.start("a"), await fleet.start("b"), await fleet.start("c")];
    await deploy(13);
    await fleet.pass(1_000);
    expect(Object.values(await spread()).sort()).toEqual([4, 4, 5]);
    const running = replicas.flatMap(({ registry }) => registry.idleBots().map(({ botId }) => botId));
    expect(running).toHaveLength(13);
    expect(new Set(running).size).toBe(13);
  });

  it("start where the command is read while that makes the spread no less even", async () => {
    const fleet = makeReplicas(test);
    const replicas = [await fleet.start("a"), await fleet.start("b")];
    await deploy(1);
    await fleet.pass(250);
    const given = replicas.flatMap((replica) => replica.seen("deployment:changed"));
    expect(given.map(({ status }) => status)).toEqual(["running"]);
  });

  it("of a replica that died are known to be left behind, and taken up by all others, even within one", async () => {
    const fleet = makeReplicas(test);
    const [a, , c] = [await fleet.start("a"), await fleet.start("b"), await fleet.start("c")];
    await deploy(15);
    await fleet.pass(1_000);
    await fleet.kill("b");
    const { held, freeCount, line, leftBehind } = await findWork(test.database, "a", ROOM, SEARCH);
    expect([freeCount, line.length, leftBehind]).toEqual([5, 5, new Set(line.map(({ botId }) => botId))]);
    expect(Object.fromEntries(held)).toEqual({ a: 5, c: 5 });
    await fleet.pass(250);
    const { a: ofA, c: ofC } = await spread();
    expect([ofA, ofC].toSorted()).toEqual([7, 8]);
    const moved = [a, c].flatMap((replica) => replica.seen("control:moved"));
    expect(moved.map(({ how, count }) => `${how} ${count}`).sort()).toEqual(["taken_over 2", "taken_over 3"]);
    expect((await findWork(test.database, "a", ROOM, SEARCH)).leftBehind).toEqual(new Set());
  });

  it("that others should take and do not are left to them for two seconds", async () => {
    const fleet = makeReplicas(test);
    await fleet.start("a");
    await test.database.query(
      `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, bot_max, deployed_max, renewed_at, expires_at)
       select id, 1, '0', role, is_draining, 9, deployed_max, clock_timestamp() + life, clock_timestamp() + life
       from (values ('hung', 'all', false, 100, interval '1 hour'), ('worker', 'worker', false, 100, interval '1 hour'),
         ('draining', 'all', true, 100, interval '1 hour'), ('dead', 'all', false, 100, interval '-1 hour'),
         ('not begun', 'all', false, null, interval '1 hour')) as r (id, role, is_draining, deployed_max, life)`,
    );
    await deploy(8);
    await fleet.pass(1_750);
    expect(await spread()).toEqual({ a: 4, null: 4 });
    await fleet.pass(1_000);
    expect(await spread()).toEqual({ a: 8 });
    await fleet.late("hung");
    await deploy(4, 9);
    await fleet.pass(250);
    expect(await spread()).toEqual({ a: 12 });
  });

  it("move while they are idle to a replica that comes, one of a few in two seconds, and those that talk stay", async () => {
    const fleet = makeReplicas(test);
    const a = await fleet.start("a");
    await deploy(6);
    await fleet.pass(500);
    const seat = { id: "bot 6", name: "Echo", bot: true, ticketId: null };
    expect(a.registry.reserve("bot 6")).toBe(true);
    a.registry.assign({ matchId: "m", roomId: "r", seats: [PERSON, seat] });
    await fleet.pass(250);
    a.room("r").present("bot 6", PERSON.id);
    a.registry.matchLive("m");
    const b = await fleet.start("b");
    await fleet.pass(750);
    expect(await spread()).toEqual({ a: 5, b: 1 });
    await fleet.pass(750);
    expect(await spread()).toEqual({ a: 5, b: 1 });
    await fleet.pass(5_000);
    expect(await spread()).toEqual({ a: 3, b: 3 });
    await fleet.pass(20_000);
    expect(await spread()).toEqual({ a: 3, b: 3 });
    expect(a.registry.isInRoom(PERSON.id)).toBe(true);
    expect(b.registry.idleBots()).toHaveLength(3);
  });

  it("are not left to replicas that may run no more, and stay where they are when those come", async () => {
    const fleet = makeReplicas(test);
    const a = await fleet.start("a");
    await deploy(6);
    await fleet.pass(500);
    await fleet.start("none", { deployedMax: 0 });
    await fleet.pass(5_000);
    expect(await spread()).toEqual({ a: 6 });
    expect(a.seen("deployment:changed").filter(({ status }) => status === "running")).toHaveLength(6);
    await fleet.start("two", { deployedMax: 2 });
    await fleet.start("b");
    await deploy(4, 7);
    await fleet.pass(1_000);
    // Who takes how many of the four depends on who searches first; none waits, and nobody has too many.
    const { a: ofA, b: ofB, two } = await spread();
    expect(Number(ofA) + Number(ofB) + Number(two)).toBe(10);
    expect(Number(two)).toBeLessThanOrEqual(2);
    await fleet.pass(6_000);
    expect(await spread()).toEqual({ a: 4, b: 4, two: 2 });
  });

  it("are free for all when their replica has lost a lease and lives", async () => {
    const fleet = makeReplicas(test);
    const a = await fleet.start("a", { leaseMs: 3_000 });
    await fleet.start("b", { deployedMax: 1 });
    await deploy(2);
    await fleet.pass(500);
    const [botId] = a.registry.idleBots().map((bot) => bot.botId);
    const lost = a.registry.events.next("bot:changed", ({ to }) => to === "crashed");
    await test.database.query(
      "update shoal.leases set holder = 'thief', epoch = epoch + 1, expires_at = clock_timestamp() where resource = $1",
      [`bot:${botId}`],
    );
    await fleet.pass(2_000);
    await lost;
    expect(a.registry.idleBots()).toMatchObject([{ botId }]);
    expect(await spread()).toEqual({ a: 1, b: 1 });
  });

  it("are found by a thorough search where a replica that lives has forgotten them, and by no other", async () => {
    const fleet = makeReplicas(test);
    await fleet.late("forgetful");
    await test.database.query(
      `insert into public.bot_deployments (bot_id, kind, name, desired, status, replica)
       values ('forgotten', 'echo', 'Echo', 'running', 'running', 'forgetful'), ('lost', 'echo', 'Echo', 'running', 'running', 'unknown')`,
    );
    const line = async (isThorough: boolean) =>
      (await findWork(test.database, "a", ROOM, { ...SEARCH, isThorough })).line.map(({ botId }) => botId);
    expect([await line(false), await line(true)]).toEqual([["lost"], ["forgotten", "lost"]]);
  });

  it("are announced to be for a replica when it begins, and once", async () => {
    const fleet = makeReplicas(test);
    const heard = Promise.withResolvers<void>();
    const listening = await test.connect(1).listen(
      "shoal_control",
      () => heard.resolve(),
      () => {},
    );
    await fleet.lives("b");
    expect((await findWork(test.database, "a", ROOM, SEARCH)).held).toEqual(new Map([["a", 0]]));
    await findWork(test.database, "b", { ...ROOM, maxCount: 7 }, SEARCH);
    await heard.promise;
    await listening.close();
    const { held, maxCounts } = await findWork(test.database, "a", ROOM, SEARCH);
    expect([held.get("b"), maxCounts?.get("b")]).toEqual([0, 7]);
  });

  it("of a frozen replica are shown nowhere twice, and given up by it at once when it goes on, without a word", async () => {
    const fleet = makeReplicas(test);
    const frozen = await fleet.start("frozen", { leaseMs: 60_000, lobby: async () => {} });
    const heir = await fleet.start("heir", { lobby: async () => {} });
    await deploy(6);
    await fleet.pass(500);
    const [talking] = frozen.registry.idleBots().map(({ botId }) => botId);
    const seat = { id: talking ?? "", name: "Echo", bot: true, ticketId: null };
    frozen.registry.reserve(seat.id);
    frozen.registry.assign({ matchId: "m", roomId: "r", seats: [PERSON, seat] });
    await fleet.pass(250);
    frozen.room("r").present(seat.id, PERSON.id);
    frozen.registry.matchLive("m");
    await fleet.pass(250);
    const all = Array.from({ length: 6 }, (_, n) => `bot ${n + 1}`);
    expect(fleet.lobby()).toEqual(all);

    await fleet.freeze("frozen");
    await fleet.pass(5_000);
    expect(await spread()).toEqual({ heir: 6 });
    expect(heir.registry.idleBots()).toHaveLength(6);
    expect(fleet.lobby()).toEqual(all);

    await fleet.goOn("frozen", 60_000);
    expect(frozen.registry.count("idle", "talking")).toBe(0);
    await fleet.pass(500);
    // The one that talked has waited for the word of the database, in silence.
    expect([frozen.room("r").status, ...said(frozen.room("r"))]).toEqual(["released", "hello"]);
    expect(await spread()).toEqual({ heir: 6 });
    expect(fleet.lobby()).toEqual(all);

    // It is one of the fleet again, and takes its share over time.
    await fleet.lives("frozen");
    await fleet.pass(12_000);
    expect(await spread()).toEqual({ frozen: 3, heir: 3 });
    expect(fleet.lobby()).toEqual(all);
  });
});
