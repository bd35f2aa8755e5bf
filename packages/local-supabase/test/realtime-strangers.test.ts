import { createSystemRuntime, silentLog, sleep } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { backends, ownPostgres } from "@shoal/testkit";
import { describe, expect, it, vi } from "vitest";
import { BOOTSTRAP_SQL } from "../src/postgres/bootstrap-sql.ts";
import {
  type DatabaseSetting,
  nextChange,
  startDatabaseSetting,
  streamedDatabase,
} from "./support/database-setting.ts";
import { RawClient } from "./support/raw-client.ts";
import { startDatabaseServer, startSimulatedDatabaseServer, USER_ID } from "./support/test-server.ts";

const THINGS = `
  create type mood as enum ('ok', 'sad');
  create domain small as integer check (value < 10);
  create table things (
    id serial primary key, m mood, d date, t time, ts timestamptz, local timestamp, i interval, u uuid, n numeric, b boolean,
    doc jsonb, bits bit(3), net inet, s small, words text);
  create table secrets (id serial primary key, owner uuid, v text);
  alter table secrets enable row level security;
  create policy own on secrets for select to authenticated using (owner = auth.uid());
  grant select on things, secrets to anon, authenticated, service_role;
  alter publication supabase_realtime add table things, secrets;`;

const WATCH_THINGS = { event: "INSERT", schema: "public", table: "things" };
const WATCH_SECRETS = { event: "*", schema: "public", table: "secrets" };

const UNREADABLE = [
  ["m=eq.happy", "22P02"],
  ["m=neq.happy", "22P02"],
  ["m=in.(ok,happy)", "22P02"],
  ["m=isdistinct.happy", "22P02"],
  ["m=not.eq.happy", "22P02"],
  ["d=eq.nonsense", "22007"],
  ["d=eq.2026-02-30", "22008"],
  ["d=in.(2026-01-01,x)", "22007"],
  ["t=lt.25:00", "22008"],
  ["ts=gt.nonsense", "22007"],
  ["local=gte.nonsense", "22007"],
  ["i=eq.nonsense", "22007"],
  ["u=eq.nonsense", "22P02"],
  ["n=eq.many", "22P02"],
  ["b=eq.maybe", "22P02"],
  ["doc=eq.{", "22P02"],
  ["bits=eq.2", "22P02"],
  ["net=eq.nowhere", "22P02"],
  ["s=eq.99", "23514"],
  ["u=match.(", "2201B"],
] as const;

/** Subscribes `changes` with the anon key and returns what the server says of them. */
async function subscribe(setting: DatabaseSetting, changes: object[], token?: string): Promise<string> {
  const client = await RawClient.open(setting.test.server.url, token ?? setting.test.keys.anon);
  await client.join("stranger", { postgres_changes: changes });
  return JSON.stringify(await client.nextJson());
}

describe.each(backends())("a subscription of a stranger (%s)", (backend) => {
  it("is refused where its value cannot be read, and takes the rows from nobody else", async () => {
    await using setting = await startDatabaseSetting(backend, THINGS);
    const innocent = await setting.listen([WATCH_THINGS]);
    const answers = await Promise.all(UNREADABLE.map(([filter]) => subscribe(setting, [{ ...WATCH_THINGS, filter }])));
    for (const [index, [filter, state]] of UNREADABLE.entries()) {
      expect(answers[index], filter).toMatch(`Exception: ERROR ${state} (`);
    }
    await setting.sql("insert into things (m, d, ts) values ('ok', now(), now()), ('sad', now(), now())");
    expect(await nextChange(innocent)).toMatchObject({ record: { m: "ok" } });
    expect(await nextChange(innocent)).toMatchObject({ record: { m: "sad" } });
  });
});

describe("a subscription of a stranger", () => {
  it("with a character that Postgres cannot hold is refused, and is not tried for ever", async () => {
    await using setting = await startDatabaseSetting("embedded", THINGS);
    expect(await subscribe(setting, [{ ...WATCH_THINGS, filter: "words=eq.a\u0000b" }])).toMatch("Exception: ERROR ");
  });

  it("that only fails on a row takes that row from nobody else", async () => {
    await using setting = await startDatabaseSetting("embedded", THINGS);
    const innocent = await setting.listen([WATCH_THINGS]);
    const filtered = await setting.listen([{ ...WATCH_THINGS, filter: "words=eq.a\\" }]);
    // A pattern that ends with its escape is only refused when a text gets that far.
    const failing = await setting.listen([{ ...WATCH_THINGS, filter: "words=like.a\\" }], {
      token: setting.test.keys.anon,
    });
    await setting.sql("insert into things (words) values ('a\\')");
    expect(await nextChange(innocent)).toMatchObject({ record: { words: "a\\" } });
    expect(await nextChange(filtered)).toMatchObject({ record: { words: "a\\" } });
    expect(await failing.rest()).toEqual([]);
  });

  it("under a token with which a policy fails takes the row from nobody else", async () => {
    await using setting = await startDatabaseSetting("embedded", THINGS);
    const user = await setting.listen([WATCH_SECRETS], { token: await setting.test.token("USER") });
    const odd = await setting.test.sign({ role: "authenticated", sub: "no uuid" });
    const stranger = await setting.listen([WATCH_SECRETS], { token: odd });
    await setting.sql(`insert into secrets (owner, v) values ('${USER_ID}', 'mine')`);
    expect(await nextChange(user)).toMatchObject({ record: { v: "mine" } });
    expect(await stranger.rest()).toEqual([]);
  });

  it("under a role that is gone takes the row from nobody else", async () => {
    await using setting = await startDatabaseSetting("embedded", THINGS);
    const role = `shoal_gone_${setting.database.name.slice(-12)}`;
    await setting.sql(`create role ${role}`);
    await setting.sql(`grant select on things to ${role}`);
    const user = await setting.listen([WATCH_THINGS]);
    await setting.listen([WATCH_THINGS], { token: await setting.test.sign({ role }) });
    await setting.sql(`drop owned by ${role}`);
    await setting.sql(`drop role ${role}`);
    await setting.sql("insert into things (m) values ('ok')");
    expect(await nextChange(user)).toMatchObject({ record: { m: "ok" } });
  });
});

it("shows a user the row of a commit that is in the log but not visible yet", async () => {
  // No standby ever confirms, so a synchronous commit stays in that gap until it is cancelled.
  await using postgres = await ownPostgres({
    settings: { synchronous_standby_names: "nobody", synchronous_commit: "local" },
  });
  const runtime = createSystemRuntime();
  const database = createDatabase<string>({ url: postgres.url, runtime, maxConnections: 3 });
  try {
    await database.script(BOOTSTRAP_SQL + THINGS);
    await using test = await startDatabaseServer(postgres.url);
    const user = await RawClient.open(test.server.url, await test.token("USER"));
    await user.join("own", { postgres_changes: [WATCH_SECRETS] });
    await user.nextJson();
    const inserting = database.transaction(async (tx) => {
      await tx.query("set local synchronous_commit = on");
      await tx.query(`insert into secrets (owner, v) values ('${USER_ID}', 'mine')`);
    });
    const pid = await sentButNotVisible(database);
    await database.query("select pg_cancel_backend($1)", [pid]);
    await inserting;
    expect(await nextChange(user)).toMatchObject({ record: { v: "mine" } });
  } finally {
    await database.close();
  }
});

/** Resolves with the session whose commit waits for a standby, once the server has been sent its row and asks whether it is visible. */
async function sentButNotVisible(database: Database<string>): Promise<number> {
  const { clock } = createSystemRuntime();
  for (;;) {
    const [row] = await database.query<{ pid: number }>(
      `select waiting.pid from pg_stat_activity waiting, pg_stat_activity asking
       where waiting.wait_event = 'SyncRep'
         and asking.query like '%pg_visible_in_snapshot%' and asking.pid <> pg_backend_pid()`,
    );
    if (row) return row.pid;
    await sleep(clock, 10);
  }
}

it("says once in the log that rows are over the limit, and once when they come again", async () => {
  const lines: unknown[] = [];
  const note = (fields: object, message: string) => /^rows /.test(message) && lines.push([fields, message]);
  const spies = [
    vi.spyOn(silentLog, "warn").mockImplementation(note),
    vi.spyOn(silentLog, "info").mockImplementation(note),
  ];
  try {
    await using database = await streamedDatabase(THINGS);
    await using test = await startSimulatedDatabaseServer(database.url);
    const { server, clock } = test;
    server.setLimits({ eventsPerSecond: 0 });
    const client = await RawClient.open(server.url, test.keys.serviceRole);
    await client.join("things", { postgres_changes: [WATCH_THINGS] });
    await client.nextJson();
    const insert = () => database.database.query("insert into things (m) values ('ok')");
    for (let count = 0; count < 3; count += 1) {
      const skipped = server.events.next("changes:skipped");
      await insert();
      await skipped;
    }
    const fields = { schema: "public", table: "things", events_per_second: 0 };
    expect(lines).toEqual([[fields, expect.stringContaining("over the limit of events")]]);
    server.setLimits("unlimited");
    await clock.advance(5000);
    for (let count = 0; count < 2; count += 1) {
      await insert();
      expect(await nextChange(client)).toMatchObject({ record: { m: "ok" } });
    }
    expect(lines.slice(1)).toEqual([
      [expect.objectContaining({ events_per_second: Number.POSITIVE_INFINITY }), "rows are delivered again"],
    ]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

describe("rows of postgres_changes", () => {
  it("come late and in order while they are delayed, and none is left behind at the end", async () => {
    await using setting = await startDatabaseSetting("embedded", THINGS);
    const { server, clock } = setting.test;
    const client = await setting.listen([WATCH_THINGS]);
    const lift = server.faults.delayChanges({ minMs: 40, maxMs: 50 });
    const askedAtMs = clock.monotonicMs();
    for (const mood of ["ok", "sad", "ok"]) await setting.sql(`insert into things (m) values ('${mood}')`);
    for (const id of [1, 2, 3]) expect(await nextChange(client)).toMatchObject({ record: { id } });
    expect(clock.monotonicMs() - askedAtMs).toBeGreaterThanOrEqual(40);
    server.faults.delayChanges({ minMs: 60_000, maxMs: 60_000 });
    lift();
    await setting.sql("insert into things (m) values ('ok')");
    while (server.stats().databaseChanges < 4) await sleep(clock, 1);
    await server.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("reach a silenced channel no more, which stays joined, and reach it when it joins again", async () => {
    await using setting = await startDatabaseSetting("embedded", THINGS);
    const { server } = setting.test;
    const [deaf, again] = [await setting.listen([WATCH_THINGS]), await setting.listen([WATCH_THINGS])];
    expect(server.faults.silenceChanges()).toBe(2);
    expect(server.faults.silenceChanges()).toBe(0);
    await again.join("changes", { postgres_changes: [WATCH_THINGS] }, "2");
    while (!JSON.stringify(await again.nextJson()).includes("Subscribed to PostgreSQL"));
    await setting.sql("insert into things (m) values ('ok')");
    expect(await nextChange(again)).toMatchObject({ record: { m: "ok" } });
    expect(await deaf.rest()).toEqual([]);
    expect(server.stats()).toMatchObject({ channels: 2 });
  });
});
