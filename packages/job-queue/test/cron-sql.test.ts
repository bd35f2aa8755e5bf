import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase, type Database } from "@shoal/store";
import { backends, ownPostgres, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CRON_FILE = join(import.meta.dirname, "../../../supabase/cron.sql");
const CRON_SQL = readFileSync(CRON_FILE, "utf8");

const hasPgCron = existsSync("/usr/share/postgresql/15/extension/pg_cron.control");

it("has pg_cron wherever CI runs: its tests must not be skipped there", () => {
  expect(hasPgCron || process.env["CI"] !== "true").toBe(true);
});

/** pg_net is not in Debian: what it would send is written down, under its own signature, and a test waits for the rows. */
const PG_NET_STAND_IN = `
create schema net;
create table net.requests (id bigint generated always as identity, url text, body jsonb, headers jsonb, timeout_ms int, at timestamptz default clock_timestamp());
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds int default 5000) returns bigint language plpgsql as $$
declare
  request_id bigint;
begin
  insert into net.requests (url, body, headers, timeout_ms) values (url, body, headers, timeout_milliseconds) returning id into request_id;
  notify requests;
  return request_id;
end
$$;`;

/** The part of Supabase's Vault that is read. */
const VAULT_STAND_IN = `
create schema vault;
create table vault.decrypted_secrets (name text primary key, decrypted_secret text);`;

/** What cron.sql makes, of which nothing may be there unless all is. */
const MADE = `
select to_regnamespace('shoal')::text as schema, to_regproc('shoal.cron_value')::text as value,
  to_regproc('shoal.cron_call')::text as call, to_regnamespace('cron')::text as cron`;
const NOTHING = { schema: null, value: null, call: null, cron: null };

it.each(backends())("says that pg_cron is missing on the %s Postgres, and leaves nothing behind", async (backend) => {
  await using test = await testDatabase({ backend, migrate: false });
  await expect(test.database.script(CRON_SQL)).rejects.toThrow(/needs the extension pg_cron, .*: nothing was set up/);
  expect(await test.database.query(MADE)).toEqual([NOTHING]);
});

describe.runIf(hasPgCron)("supabase/cron.sql on Debian's Postgres 15 with its pg_cron", () => {
  let server: Awaited<ReturnType<typeof ownPostgres>>;
  let database: Database<string>;

  beforeAll(async () => {
    server = await ownPostgres({
      backend: "server",
      settings: {
        fsync: "off",
        shared_preload_libraries: "pg_cron",
        "cron.database_name": "postgres",
        // The other way is a connection of its own, for which pg_hba.conf would have to be opened.
        "cron.use_background_workers": "on",
      },
    });
    database = createDatabase<string>({ url: server.url, runtime: createSystemRuntime(), maxConnections: 4 });
  });

  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  /** As people do: each statement by itself, and the next one also after one that failed. */
  const psql = () =>
    spawnSync("/usr/lib/postgresql/15/bin/psql", ["-X", "-f", CRON_FILE, server.url], { encoding: "utf8" });

  it("leaves nothing behind where pg_net is missing, and says so and what to do", async () => {
    const { stderr } = psql();
    expect(stderr).toMatch(/ERROR: .*needs the extension pg_net, .*: nothing was set up/);
    expect(stderr).toMatch(/HINT: .*Database > Extensions/);
    expect(stderr.match(/ERROR/g)).toHaveLength(1);
    expect(await database.query(MADE)).toEqual([NOTHING]);
  });

  it("makes two jobs, however often it is run, with no secret and no address in them", async () => {
    await database.script(PG_NET_STAND_IN);
    await database.script("alter database postgres set shoal.url = 'https://daemon.example/'");
    await database.script("alter database postgres set shoal.cron_secret = 'of-the-setting-0001'");
    await database.script(CRON_SQL);
    expect(psql()).toMatchObject({ status: 0, stderr: expect.not.stringContaining("ERROR") });
    expect(
      await database.query("select jobname, schedule, command, active, database from cron.job order by jobname"),
    ).toEqual([
      {
        jobname: "shoal-cron",
        schedule: "* * * * *",
        command: "select shoal.cron_call('/api/jobs/cron')",
        active: true,
        database: "postgres",
      },
      {
        jobname: "shoal-process",
        schedule: "* * * * *",
        command: "select shoal.cron_call('/api/jobs/process')",
        active: true,
        database: "postgres",
      },
    ]);
  });

  it("is fired by pg_cron: both requests within the next minute, with the secret of the setting", async () => {
    const { promise: both, resolve } = Promise.withResolvers<void>();
    const look = async () => {
      const rows = await database.query("select distinct url from net.requests");
      if (rows.length === 2) resolve();
    };
    const listener = await database.listen("requests", look, look);
    await both;
    await listener.close();
    const requests = await database.query(
      "select distinct url, body, headers, timeout_ms from net.requests order by url",
    );
    const headers = { "Content-Type": "application/json", Authorization: "Bearer of-the-setting-0001" };
    expect(requests).toEqual([
      { url: "https://daemon.example/api/jobs/cron", body: {}, headers, timeout_ms: 30_000 },
      { url: "https://daemon.example/api/jobs/process", body: {}, headers, timeout_ms: 30_000 },
    ]);
    const runs = await database.query(
      "select distinct return_message, status from cron.job_run_details where end_time is not null",
    );
    for (const run of runs) expect(run).toMatchObject({ status: "succeeded" });
  }, 180_000);

  it("prefers the Vault, and sends the new secret from the next call on", async () => {
    await database.script(VAULT_STAND_IN);
    const call = () => database.query("select shoal.cron_call('/x')");
    await database.query(
      "insert into vault.decrypted_secrets values ('shoal_url', 'https://v.example'), ('shoal_cron_secret', 'of-the-vault-0001')",
    );
    await call();
    await database.query(
      "update vault.decrypted_secrets set decrypted_secret = 'of-the-vault-0002' where name = 'shoal_cron_secret'",
    );
    await call();
    const sent = await database.query(
      "select url, headers ->> 'Authorization' as sent from net.requests where url like '%/x' order by id",
    );
    expect(sent).toEqual([
      { url: "https://v.example/x", sent: "Bearer of-the-vault-0001" },
      { url: "https://v.example/x", sent: "Bearer of-the-vault-0002" },
    ]);
  });

  it("says what is not set, and sends nothing", async () => {
    await database.script("alter database postgres reset shoal.cron_secret");
    await database.query("delete from vault.decrypted_secrets where name = 'shoal_cron_secret'");
    // A setting of the database counts for connections made after it.
    const fresh = createDatabase<string>({ url: server.url, runtime: createSystemRuntime(), maxConnections: 1 });
    const before = await database.query("select count(*) from net.requests where url like '%/y'");
    await expect(fresh.query("select shoal.cron_call('/y')")).rejects.toThrow(/shoal_cron_secret is not set/);
    expect(await database.query("select count(*) from net.requests where url like '%/y'")).toEqual(before);
    await fresh.close();
  });

  it("is undone as its comment says", async () => {
    const undo = /-- Undo:\n--\n((?:-- {3}.*\n)+)/.exec(CRON_SQL)?.[1]?.replaceAll(/^-- {3}/gm, "");
    // The stand-in has no vault.secrets.
    await database.script((undo ?? "").replace(/^delete from vault.*$/m, ""));
    expect(await database.query("select jobname from cron.job")).toEqual([]);
    expect(await database.query("select to_regproc('shoal.cron_call')::text as call")).toEqual([{ call: null }]);
  });
});
