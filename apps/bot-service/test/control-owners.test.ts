import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createOpening } from "../src/control/opening.ts";
import {
  expireLeases,
  forgetBots,
  insert,
  makeReplica,
  OWNER,
  type Replica,
  reached,
  SOMEBODY,
} from "./control-support.ts";

describe.each(backends())("bots of owners on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(() => forgetBots(test.database));
  afterAll(() => test[Symbol.asyncDispose]());

  /** Writes the same command to several bots, as that user's client does. */
  const asUser = (user: string, command: string, botIds: readonly string[]) =>
    test.database.query(
      `insert into public.bot_control (bot_id, command, issued_by)
       select bot_id, $2, $3::uuid from unnest($1::text[]) with ordinality as t (bot_id, place) order by place`,
      [botIds, command, user],
    );
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix} ${n + 1}`);
  const decided = (replicas: readonly Replica[], count: number) =>
    reached(replicas, count, () => replicas.flatMap((replica) => replica.seen("command:applied")).length);
  const codes = async () => {
    const rows = await test.database.query<{ code: string; count: number }>(
      `select coalesce(split_part(error, ':', 1), outcome) as code, count(*)::int as count
       from public.bot_control group by 1 order by 1`,
    );
    return Object.fromEntries(rows.map(({ code, count }) => [code, count]));
  };
  const running = async (owner: string | null = OWNER) => {
    const rows = await test.database.query<{ bot_id: string }>(
      `select bot_id from public.bot_deployments
       where owner_id is not distinct from $1::uuid and status = 'running' and replica is not null order by bot_id`,
      [owner],
    );
    return rows.map(({ bot_id }) => bot_id);
  };

  it("run up to the quota of each owner, in the order of the commands, and the operator's without one", async () => {
    await using replica = makeReplica(test, { perOwnerCount: 3 });
    await asUser(OWNER, "START_BOT", ids("a", 40));
    await asUser(SOMEBODY, "START_BOT", ids("b", 4));
    for (const botId of ids("op", 5)) await insert(test.database, botId, "START_BOT");
    replica.control.start();
    await decided([replica], 49);
    await replica.rounds();
    expect(await codes()).toEqual({ applied: 11, CONTROL_OWNER_QUOTA: 38 });
    expect(await running()).toEqual(["a 1", "a 2", "a 3"]);
    expect(await running(SOMEBODY)).toEqual(["b 1", "b 2", "b 3"]);
    expect(await running(null)).toHaveLength(5);
    expect(await test.database.query("select error from public.bot_control where bot_id = 'a 4'")).toEqual([
      { error: "CONTROL_OWNER_QUOTA: at most 3 bots of one owner run at a time; stop another one first" },
    ]);
  });

  it.each([
    ["START_BOT", {}],
    ["RESTART_BOT", {}],
  ])("count a stopped one that %s would start, and not one that runs", async (command, payload) => {
    await using replica = makeReplica(test, { perOwnerCount: 1 });
    replica.control.start();
    await asUser(OWNER, "START_BOT", ["one"]);
    await asUser(OWNER, "STOP_BOT", ["one"]);
    await asUser(OWNER, "START_BOT", ["two"]);
    await decided([replica], 3);
    await asUser(OWNER, command, ["two", "one"]);
    await insert(test.database, "one", command, payload);
    await decided([replica], 6);
    expect(await codes()).toEqual({ applied: 4, CONTROL_OWNER_QUOTA: 2 });
    await asUser(OWNER, "PAUSE_BOT", ["two"]);
    await asUser(OWNER, "STOP_BOT", ["two"]);
    await asUser(OWNER, command, ["one"]);
    await decided([replica], 9);
    expect(await codes()).toEqual({ applied: 7, CONTROL_OWNER_QUOTA: 2 });
  });

  it("count those that the operator starts for an owner, in whatever letters the owner is named", async () => {
    await using replica = makeReplica(test, { perOwnerCount: 2 });
    replica.control.start();
    for (const botId of ids("a", 3)) await insert(test.database, botId, "START_BOT", { owner_id: OWNER.toUpperCase() });
    await asUser(OWNER, "START_BOT", ["b"]);
    await decided([replica], 4);
    expect(await codes()).toEqual({ applied: 2, CONTROL_OWNER_QUOTA: 2 });
  });

  it("count one that stops gracefully as long as it talks", async () => {
    await using replica = makeReplica(test, { perOwnerCount: 1 });
    await test.database.query(
      `insert into public.bot_deployments (bot_id, owner_id, kind, name, desired, stops_gracefully, status, replica)
       values ('talks', $1::uuid, 'echo', 'Echo', 'stopped', true, 'stopping', 'other')`,
      [OWNER],
    );
    await test.database.query(
      "insert into shoal.leases values ('bot:talks', 'other', 1, clock_timestamp() + interval '1 hour')",
    );
    replica.control.start();
    await asUser(OWNER, "START_BOT", ["next"]);
    await decided([replica], 1);
    expect(await codes()).toEqual({ CONTROL_OWNER_QUOTA: 1 });
  });

  it("stay within the quota when several replicas decide at the same time", async () => {
    const replicas = ["r1", "r2", "r3"].map((id) => makeReplica(test, { id, perOwnerCount: 4 }));
    const [first, second, third] = replicas as [Replica, Replica, Replica];
    await using _first = first;
    await using _second = second;
    await using _third = third;
    for (const { control } of replicas) control.start();
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        Promise.all([OWNER, SOMEBODY].map((user) => asUser(user, "START_BOT", ids(`${user} ${n}`, 5)))),
      ),
    );
    await decided(replicas, 100);
    expect(await codes()).toEqual({ applied: 8, CONTROL_OWNER_QUOTA: 92 });
  });

  it("over a quota that was lowered wait for a place, the youngest of them, and say why", async () => {
    await test.database.query(
      `insert into public.bot_deployments (bot_id, owner_id, kind, name, desired, status, replica, created_at)
       select 'b ' || n, $1::uuid, 'echo', 'Echo', 'running', 'running', 'dead', now() - n * interval '1 minute'
       from generate_series(1, 4) n`,
      [OWNER],
    );
    await using replica = makeReplica(test, { perOwnerCount: 2 });
    replica.control.start();
    await replica.told("b 4", "running");
    await replica.rounds();
    const waiting = (botId: string) => replica.control.commands.deployment(botId);
    expect(await running()).toEqual(["b 3", "b 4"]);
    for (const botId of ["b 1", "b 2"]) {
      expect(await waiting(botId)).toMatchObject({
        status: "starting",
        replica: null,
        last_error: "CONTROL_OWNER_QUOTA",
      });
    }
    await asUser(OWNER, "STOP_BOT", ["b 4"]);
    await replica.told("b 2", "running");
    await replica.rounds();
    expect(await running()).toEqual(["b 2", "b 3"]);
    expect(await waiting("b 2")).toMatchObject({ last_error: null });
  });

  it("that fill all places make room for the operator's, wait, and run elsewhere or later", async () => {
    await using full = makeReplica(test, { id: "full", deployedMax: 2 });
    full.control.start();
    await asUser(OWNER, "START_BOT", ["a 1", "a 2"]);
    await Promise.all([full.told("a 1", "running"), full.told("a 2", "running")]);
    await asUser(SOMEBODY, "START_BOT", ["b"]);
    await insert(test.database, "op", "START_BOT");
    await full.told("op", "running");
    await full.rounds();
    expect(await running(null)).toEqual(["op"]);
    expect(await running()).toHaveLength(1);
    const rows = await test.database.query(
      "select status, replica, last_error from public.bot_deployments where desired = 'running' and replica is null",
    );
    const waits = { status: "starting", replica: null, last_error: "CONTROL_NO_ROOM" };
    expect(rows).toEqual([waits, waits]);
    await using other = makeReplica(test, { id: "other", deployedMax: 1 });
    other.control.start();
    await reached(
      [other],
      1,
      () => other.seen("deployment:changed").filter(({ status }) => status === "running").length,
    );
    await insert(test.database, "op", "STOP_BOT");
    await full.told("op", "stopped");
    await reached([full], 4, () => full.seen("deployment:changed").filter(({ status }) => status === "running").length);
    await full.rounds();
    expect((await running()).length + (await running(SOMEBODY)).length).toBe(3);
  });

  it("are taken over after those of the operator where places are few", async () => {
    await test.database.query(
      `insert into public.bot_deployments (bot_id, owner_id, kind, name, desired, status, replica)
       select id, case when id like 'a%' then $1::uuid end, 'echo', 'Echo', 'running', 'running', 'dead'
       from unnest('{a 1,a 2,z 1,z 2}'::text[]) id`,
      [OWNER],
    );
    await expireLeases(test.database, "dead");
    await using replica = makeReplica(test, { deployedMax: 3 });
    replica.control.start();
    await Promise.all([replica.told("z 1", "running"), replica.told("z 2", "running")]);
    await replica.rounds();
    expect(await running(null)).toEqual(["z 1", "z 2"]);
    expect(await running()).toEqual(["a 1"]);
    expect(await replica.control.commands.deployment("a 2")).toMatchObject({
      status: "starting",
      replica: null,
      last_error: "CONTROL_NO_ROOM",
    });
  });

  it("hold up nobody else by a thousand commands", async () => {
    await using replica = makeReplica(test, { perOwnerCount: 5 });
    await asUser(OWNER, "START_BOT", ids("a", 1000));
    await asUser(SOMEBODY, "START_BOT", ["z"]);
    replica.control.start();
    await decided([replica], 1001);
    const at = replica.log.findIndex((event) => event.name === "command:applied" && event.botId === "z");
    expect(replica.log.slice(0, at).filter(({ name }) => name === "control:round").length).toBeLessThanOrEqual(2);
    expect(await codes()).toEqual({ applied: 6, CONTROL_OWNER_QUOTA: 995 });
  });

  it("are opened to owners or closed to them at the start, and a change is logged", async () => {
    const warned: object[] = [];
    const log = { ...test.runtime.log, warn: (fields: object) => void warned.push(fields) };
    const isOpen = async () => {
      const [row] = await test.database.query<{ is_open: boolean }>(
        "select has_any_column_privilege('authenticated', 'public.bot_control', 'insert') as is_open",
      );
      return row?.is_open;
    };
    await test.database.query("select shoal.open_control('nobody')");
    for (const [openTo, lines] of [
      ["nobody", 0],
      ["owners", 1],
      ["owners", 0],
      ["nobody", 1],
    ] as const) {
      const opening = createOpening({ database: test.database, log, openTo });
      await opening.run();
      await opening.run();
      expect(await isOpen()).toBe(openTo === "owners");
      expect(warned.splice(0)).toEqual(lines === 0 ? [] : [{ open_to: openTo }]);
    }
  });

  it("stay as they are, with a line in the log, where the daemon's role may not change it", async () => {
    const warned: object[] = [];
    const log = { ...test.runtime.log, warn: (fields: object) => void warned.push(fields) };
    await test.database.query("select shoal.open_control('nobody')");
    const database = {
      query: <Row extends object>(text: string, params?: readonly string[]): Promise<Row[]> =>
        test.database.transaction(async (tx) => {
          await tx.script(`
            grant usage on schema shoal to service_role;
            grant execute on function shoal.open_control(text) to service_role;
            set local role service_role;`);
          return tx.query<Row>(text, params);
        }),
    };
    const opening = createOpening({ database, log, openTo: "owners" });
    await opening.run();
    expect(warned).toMatchObject([{ error_code: "STORE_ACCESS_DENIED" }]);
  });
});
