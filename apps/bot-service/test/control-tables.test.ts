import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forgetBots, insert, OWNER, SOMEBODY } from "./control-support.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");
const SCHEMA = readFileSync(join(MIGRATIONS, "20261130000100_shoal_schema.sql"), "utf8");
const CONTROL = readFileSync(join(MIGRATIONS, "20261130000300_bot_control.sql"), "utf8");
const OWNERS = readFileSync(join(MIGRATIONS, "20261130001800_owners.sql"), "utf8");

const WAITING_IN_LINE = `
  select from pg_locks join pg_database d on d.oid = database and d.datname = current_database()
  where locktype = 'advisory' and not granted`;

type Row = Record<string, unknown>;

describe.each(backends())("the tables of the control on the %s backend", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  beforeEach(async () => {
    await forgetBots(test.database);
    await open("owners");
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const open = async (to: string) => {
    const [row] = await test.database.query<{ was: string }>("select shoal.open_control($1) as was", [to]);
    return row?.was;
  };
  /** Runs a statement as PostgREST does it for that user. */
  const as = (sub: string | null, statement: string, role = "authenticated"): Promise<Row[]> =>
    test.database.transaction(async (tx) => {
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ role, sub })]);
      await tx.query(`set local role ${role}`);
      return tx.query(statement);
    });
  const command = (botId: string, columns = "", values = "") =>
    `insert into public.bot_control (bot_id, command${columns}) values ('${botId}', 'START_BOT'${values}) returning id, issued_by`;
  const deploy = (botId: string, ownerId: string | null) =>
    test.database.query(
      `insert into public.bot_deployments (bot_id, owner_id, kind, name, desired, status)
       values ($1, $2::uuid, 'echo', 'Echo', 'running', 'running')`,
      [botId, ownerId],
    );
  const refused = expect.objectContaining({ code: expect.stringMatching(/^STORE_(ACCESS_DENIED|QUERY)$/) });

  it("let an owner command own bots and such as nobody has, in the own name only", async () => {
    await deploy("mine", OWNER);
    expect(await as(OWNER, command("mine"))).toMatchObject([{ issued_by: OWNER }]);
    expect(await as(OWNER, command("new", ", issued_by", `, '${OWNER}'`))).toMatchObject([{ issued_by: OWNER }]);
    for (const statement of [
      command("new", ", issued_by", `, '${SOMEBODY}'`),
      command("new", ", issued_by", ", null"),
      command("new", ", outcome, applied_at", ", 'applied', now()"),
      command("new", ", created_at", ", now()"),
    ]) {
      await expect(as(OWNER, statement), statement).rejects.toEqual(refused);
    }
  });

  it("let nobody command what is somebody else's, or the operator's", async () => {
    await deploy("theirs", SOMEBODY);
    await deploy("operators", null);
    for (const botId of ["theirs", "operators"]) await expect(as(OWNER, command(botId))).rejects.toEqual(refused);
    for (const sub of [null, "", "not a uuid"]) await expect(as(sub, command("new"))).rejects.toEqual(refused);
    await expect(as(OWNER, command("new"), "anon")).rejects.toEqual(refused);
    expect(await test.database.query("select 1 from public.bot_control")).toEqual([]);
  });

  it("show an owner what was asked of own bots, by whom it may concern, and nothing else", async () => {
    await insert(test.database, "mine", "STOP_BOT", { secret: "of a former owner's time" });
    await deploy("mine", OWNER);
    await deploy("theirs", SOMEBODY);
    await as(OWNER, command("mine"));
    await insert(test.database, "mine", "RESTART_BOT");
    await as(SOMEBODY, command("theirs"));
    await insert(test.database, "theirs", "RESTART_BOT");
    expect(await as(OWNER, "select bot_id, command from public.bot_control order by seq")).toEqual([
      { bot_id: "mine", command: "START_BOT" },
      { bot_id: "mine", command: "RESTART_BOT" },
    ]);
    expect(await as(OWNER, "select bot_id from public.bot_deployments")).toEqual([{ bot_id: "mine" }]);
    for (const table of ["bot_control", "bot_deployments"]) {
      await expect(as(OWNER, `select 1 from public.${table}`, "anon")).rejects.toEqual(refused);
    }
  });

  it("take 1,000 waiting commands of one user, and as many as there are of the operator", async () => {
    const many = (count: number) =>
      `insert into public.bot_control (bot_id, command) select 'b', 'START_BOT' from generate_series(1, ${count})`;
    await as(OWNER, many(999));
    await as(OWNER, many(1));
    for (const count of [1, 2000]) await expect(as(OWNER, many(count))).rejects.toEqual(refused);
    await as(SOMEBODY, many(1));
    await test.database.query(many(2000));
    await test.database.query("update public.bot_control set applied_at = now(), outcome = 'applied'");
    await as(OWNER, many(1000));
  });

  it("take no more than 1,000 of one user however many transactions write them at once, and others' meanwhile", async () => {
    const some =
      "insert into public.bot_control (bot_id, command) select 'b', 'START_BOT' from generate_series(1, 600)";
    const written = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const first = test.database.transaction(async (tx) => {
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: OWNER })]);
      await tx.script(`set local role authenticated; ${some}`);
      written.resolve();
      await mayEnd.promise;
    });
    await written.promise;
    let isOver = false;
    const others = Promise.allSettled([as(OWNER, some), as(OWNER, some)]).finally(() => {
      isOver = true;
    });
    await expect
      .poll(async () => isOver || (await test.database.query(WAITING_IN_LINE)).length === 2, { timeout: 60_000 })
      .toBe(true);
    expect(await as(SOMEBODY, command("theirs"))).toHaveLength(1);
    mayEnd.resolve();
    await first;
    expect((await others).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await test.database.query("select count(*)::int from public.bot_control")).toEqual([{ count: 601 }]);
  });

  it("are open to nobody at first, to owners if the daemon says so, and take the operator's either way", async () => {
    await using fresh = await testDatabase({ backend });
    const asOwner = (statement: string) =>
      fresh.database.transaction(async (tx) => {
        await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: OWNER })]);
        await tx.script("set local role authenticated");
        return tx.query(statement);
      });
    const openTo = (to: string | null) => fresh.database.query("select shoal.open_control($1) as was", [to]);
    const statements = [command("a"), "select from public.bot_control", "select from public.bot_deployments"];
    for (const [to, was] of [
      ["nobody", "nobody"],
      ["owners", "nobody"],
      ["owners", "owners"],
      ["nobody", "owners"],
    ] as const) {
      expect(await openTo(to)).toEqual([{ was }]);
      await insert(fresh.database, "operators", "START_BOT");
      for (const statement of statements) {
        if (to === "owners") await asOwner(statement);
        else await expect(asOwner(statement), statement).rejects.toEqual(refused);
      }
    }
    await openTo("owners");
    await fresh.database.script(OWNERS);
    expect(await asOwner(command("b"))).toMatchObject([{ issued_by: OWNER }]);
    for (const to of ["everybody", "", null]) await expect(openTo(to)).rejects.toEqual(refused);
  });

  it("are opened and closed by several daemons at once without an error", async () => {
    const daemons = Array.from({ length: 4 }, () => test.connect(1));
    const asked = daemons.flatMap((daemon) =>
      ["nobody", "owners"].map((to) => daemon.query("select shoal.open_control($1)", [to])),
    );
    expect(await Promise.all(asked)).toHaveLength(8);
  });

  it("are closed by the upgrade where they were open", async () => {
    await using old = await testDatabase({ backend, migrate: false });
    for (const sql of [SCHEMA, CONTROL, OWNERS]) await old.database.script(sql);
    expect(await old.database.query("select shoal.open_control('nobody') as was")).toEqual([{ was: "nobody" }]);
  });

  it("let no owner change or take back anything", async () => {
    await deploy("mine", OWNER);
    await as(OWNER, command("mine"));
    for (const statement of [
      "update public.bot_control set payload = '{}'",
      "delete from public.bot_control",
      "update public.bot_deployments set desired = 'stopped'",
      "delete from public.bot_deployments",
      "insert into public.bot_deployments (bot_id, kind, name, desired, status) values ('x', 'e', 'E', 'running', 'running')",
      "truncate public.bot_control",
    ]) {
      await expect(as(OWNER, statement), statement).rejects.toEqual(refused);
    }
  });

  it("count who comes without a user as the operator", async () => {
    expect(await as(null, command("new"), "service_role")).toMatchObject([{ issued_by: null }]);
    await insert(test.database, "new", "START_BOT");
    expect(await test.database.query("select distinct issued_by from public.bot_control")).toEqual([
      { issued_by: null },
    ]);
  });

  it("make a new command of an applied one whose words are changed, behind all others", async () => {
    const first = await insert(test.database, "b", "START_BOT");
    await test.database.query(
      "update public.bot_control set applied_at = now(), outcome = 'rejected', error = 'x' where id = $1::uuid",
      [first],
    );
    const second = await insert(test.database, "b", "PAUSE_BOT");
    const line = () =>
      test.database.query("select id, command, applied_at, outcome, error from public.bot_control order by seq");
    expect(await line()).toMatchObject([{ id: first, outcome: "rejected" }, { id: second }]);
    await test.database.query("update public.bot_control set payload = '{}' where id = $1::uuid", [first]);
    expect(await line()).toMatchObject([{ id: first, outcome: "rejected" }, { id: second }]);
    await test.database.query("update public.bot_control set command = 'STOP_BOT' where id = $1::uuid", [first]);
    expect(await line()).toEqual([
      { id: second, command: "PAUSE_BOT", applied_at: null, outcome: null, error: null },
      { id: first, command: "STOP_BOT", applied_at: null, outcome: null, error: null },
    ]);
  });

  it.each([
    ["no bot", "", {}],
    ["a name too long", "x".repeat(129), {}],
    ["a payload too large", "b", { text: "x".repeat(65_536) }],
  ])("refuse a command with %s", async (_what, botId, payload) => {
    await expect(insert(test.database, botId, "START_BOT", payload)).rejects.toMatchObject({
      code: "STORE_CONSTRAINT",
    });
  });

  it("are told of by Realtime", async () => {
    const rows = await test.database.query(
      "select tablename from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public' order by 1",
    );
    expect(rows).toEqual([{ tablename: "bot_control" }, { tablename: "bot_deployments" }]);
  });

  it("come into being on a Postgres that knows nothing of Supabase", async () => {
    await using bare = await testDatabase({ backend, migrate: false });
    for (const sql of [SCHEMA, CONTROL, CONTROL, OWNERS, OWNERS]) await bare.database.script(sql);
    expect(await insert(bare.database, "b", "START_BOT")).not.toBe("");
  });

  it("leave a table of the same name alone that is somebody else's, and say what to do", async () => {
    await using other = await testDatabase({ backend, migrate: false });
    await other.database.script(SCHEMA);
    await other.database.script("create table public.bot_control (id bigint primary key, bot_id text, command text)");
    await expect(other.database.script(CONTROL)).rejects.toMatchObject({
      message: expect.stringMatching(/public\.bot_control is not one of Shoal.*id uuid.*bot_control_old/),
    });
    expect(await other.database.query("select id from public.bot_control")).toEqual([]);
  });
});
