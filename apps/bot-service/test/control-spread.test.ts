import { type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { findWork } from "../src/control/find-work.ts";
import { PERSON } from "../src/fleet/fleet.test-support.ts";
import {
  deaf,
  expireLeases,
  forgetBots,
  makeReplica,
  mortal,
  type Replica,
  type ReplicaOptions,
} from "./control-support.ts";
import { counting } from "./idle-daemon.ts";

const ROOM = { kinds: new Map([["echo", { names: ["Echo"] }]]), freeCount: 100, freeForOperatorCount: 100 };
const SEARCH = { perOwnerCount: 100, afterBotId: "", isThorough: false };
const STEP_MS = 250;
/** Long enough on any machine: time goes by as the test says, but for the clock of the database. */
const LEASE_MS = 3_600_000;

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(() => forgetBots(test.database));
afterAll(() => test[Symbol.asyncDispose]());

/** Replicas on one database, on a clock that stands still. All look for work a few times a second, as if each change were announced. */
function makeFleet() {
  const runtime = testRuntime();
  const { database, answered } = counting(test.connect());
  const replicas = new Map<string, Replica & { kill(): void }>();
  const row = (id: string, renewed: string, expires: string) =>
    test.database.query(
      `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, bot_max, renewed_at, expires_at)
       values ($1, 1, '0', 'all', false, 9, clock_timestamp() + $2::interval, clock_timestamp() + $3::interval)
       on conflict (replica_id) do update set renewed_at = excluded.renewed_at, expires_at = excluded.expires_at`,
      [id, renewed, expires],
    );
  onTestFinished(async () => {
    const ended = Promise.all([...replicas.values()].map((replica) => replica[Symbol.asyncDispose]()));
    await pass(10_000);
    await ended;
  });
  const pass = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
      for (const { control } of replicas.values()) control.nudge();
      await runtime.clock.advance(STEP_MS);
      await answered();
    }
  };
  return {
    pass,
    /** Starts a replica that the others know. */
    async start(id: string, options: ReplicaOptions = {}) {
      const life = mortal(deaf(database as never));
      const replica = makeReplica(test, { id, runtime, database: life.database, leaseMs: LEASE_MS, ...options });
      replicas.set(id, { ...replica, kill: life.kill });
      await row(id, "1 hour", "2 hours");
      replica.control.start();
      await answered();
      return replica;
    },
    /** Ends it at once, and with it its leases. */
    async kill(id: string) {
      replicas.get(id)?.kill();
      replicas.delete(id);
      await row(id, "-1 hour", "-1 hour");
      await expireLeases(test.database, id);
    },
    /** It has missed a renewal. */
    late: (id: string) => row(id, "-5 s", "1 hour"),
    of: (id: string) => replicas.get(id) as Replica,
  };
}

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
    const fleet = makeFleet();
    for (const id of ["a", "b", "c"]) await fleet.start(id);
    await deploy(13);
    await fleet.pass(1_000);
    expect(Object.values(await spread()).sort()).toEqual([4, 4, 5]);
    const running = ["a", "b", "c"].flatMap((id) =>
      fleet
        .of(id)
        .registry.idleBots()
        .map(({ botId }) => botId),
    );
    expect(running).toHaveLength(13);
    expect(new Set(running).size).toBe(13);
  });

  it("start where the command is read while that makes the spread no less even", async () => {
    const fleet = makeFleet();
    for (const id of ["a", "b"]) await fleet.start(id);
    await deploy(1);
    await fleet.pass(250);
    const given = ["a", "b"].flatMap((id) => fleet.of(id).seen("deployment:changed"));
    expect(given.map(({ status }) => status)).toEqual(["running"]);
  });

  it("of a replica that died are known to be left behind, and taken up by all others, even within one", async () => {
    const fleet = makeFleet();
    for (const id of ["a", "b", "c"]) await fleet.start(id);
    await deploy(15);
    await fleet.pass(1_000);
    await fleet.kill("b");
    const { held, freeCount, line, leftBehind } = await findWork(test.database, "a", ROOM, SEARCH);
    expect([freeCount, line.length, leftBehind]).toEqual([5, 5, new Set(line.map(({ botId }) => botId))]);
    expect(Object.fromEntries(held)).toEqual({ a: 5, c: 5 });
    await fleet.pass(250);
    const { a: ofA, c: ofC } = await spread();
    expect([ofA, ofC].toSorted()).toEqual([7, 8]);
    expect((await findWork(test.database, "a", ROOM, SEARCH)).leftBehind).toEqual(new Set());
  });

  it("that others should take and do not are left to them for two seconds", async () => {
    const fleet = makeFleet();
    await fleet.start("a");
    await test.database.query(
      `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, bot_max, renewed_at, expires_at)
       values ('hung', 1, '0', 'all', false, 9, clock_timestamp() + interval '1 hour', clock_timestamp() + interval '1 hour'),
         ('worker', 1, '0', 'worker', false, 9, clock_timestamp() + interval '1 hour', clock_timestamp() + interval '1 hour'),
         ('draining', 1, '0', 'all', true, 9, clock_timestamp() + interval '1 hour', clock_timestamp() + interval '1 hour'),
         ('dead', 1, '0', 'all', false, 9, clock_timestamp() - interval '1 hour', clock_timestamp() - interval '1 hour')`,
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

  it("move while they are idle to a replica that comes, one of a few in three seconds, and those that talk stay", async () => {
    const fleet = makeFleet();
    const a = await fleet.start("a");
    await deploy(6);
    await fleet.pass(500);
    const seat = { id: "bot 6", name: "Echo", bot: true, ticketId: null };
    expect(a.registry.reserve("bot 6")).toBe(true);
    a.registry.assign({ matchId: "m", roomId: "r", seats: [PERSON, seat] });
    await fleet.pass(250);
    a.room("r").present("bot 6", PERSON.id);
    a.registry.matchLive("m");
    await fleet.start("b");
    await fleet.pass(750);
    expect(await spread()).toEqual({ a: 5, b: 1 });
    await fleet.pass(2_000);
    expect(await spread()).toEqual({ a: 5, b: 1 });
    await fleet.pass(7_000);
    expect(await spread()).toEqual({ a: 3, b: 3 });
    await fleet.pass(20_000);
    expect(await spread()).toEqual({ a: 3, b: 3 });
    expect(a.registry.isInRoom(PERSON.id)).toBe(true);
    expect(fleet.of("b").registry.idleBots()).toHaveLength(3);
  });

  it("stay where they are when the other has no room, but for two that are back two seconds later", async () => {
    const fleet = makeFleet();
    await fleet.start("a");
    await deploy(6);
    await fleet.pass(500);
    await fleet.start("b", { deployedMax: 0 });
    await fleet.pass(20_000);
    expect(await spread()).toEqual({ a: 6 });
    const started = fleet
      .of("a")
      .seen("deployment:changed")
      .filter(({ status }) => status === "running");
    expect(started).toHaveLength(8);
  });

  it("are free for all when their replica has lost a lease and lives", async () => {
    const fleet = makeFleet();
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
    const fleet = makeFleet();
    await fleet.late("forgetful");
    await test.database.query(
      `insert into public.bot_deployments (bot_id, kind, name, desired, status, replica)
       values ('forgotten', 'echo', 'Echo', 'running', 'running', 'forgetful'), ('lost', 'echo', 'Echo', 'running', 'running', 'unknown')`,
    );
    const line = async (isThorough: boolean) =>
      (await findWork(test.database, "a", ROOM, { ...SEARCH, isThorough })).line.map(({ botId }) => botId);
    expect([await line(false), await line(true)]).toEqual([["lost"], ["forgotten", "lost"]]);
  });
});
