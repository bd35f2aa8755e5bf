import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@shoal/kernel";
import { backends, testDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { type Database, migrate } from "../src/index.ts";

const OURS = join(import.meta.dirname, "../../../supabase/migrations");
const MANIFEST = join(OURS, "../migrations.sum");
const FIRST = "20260101000000_first.sql";
const SECOND = "20260102000000_second.sql";

function folder(files: Record<string, string>) {
  const path = mkdtempSync(join(tmpdir(), "shoal-migrations-"));
  const write = (name: string, sql: string) => writeFileSync(join(path, name), sql);
  for (const [name, sql] of Object.entries(files)) write(name, sql);
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const run = (database: Database<string>, directory: string) => migrate({ database, directory, log: silentLog });
const ledger = (database: Database<string>) =>
  database.query("select version, name from shoal.schema_migrations order by 1");

describe.each(backends())("migrate on the %s backend", (backend) => {
  it("applies the files in order and each of them once", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    using files = folder({ [SECOND]: "insert into t values (2);", [FIRST]: "create table t (a int);" });
    expect(await run(test.database, files.path)).toEqual({ applied: ["20260101000000", "20260102000000"] });
    expect(await run(test.database, files.path)).toEqual({ applied: [] });
    expect(await test.database.query("select a from t")).toEqual([{ a: 2 }]);
    expect(await ledger(test.database)).toEqual([
      { version: "20260101000000", name: "first" },
      { version: "20260102000000", name: "second" },
    ]);
  });

  it("applies each file once when many daemons start together", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    using files = folder({ [FIRST]: "create table t (a int);", [SECOND]: "insert into t values (2);" });
    const results = await Promise.all(Array.from({ length: 6 }, () => run(test.connect(1), files.path)));
    expect(results.flatMap((result) => result.applied).sort()).toEqual(["20260101000000", "20260102000000"]);
    expect(await test.database.query("select a from t")).toEqual([{ a: 2 }]);
  });

  it("leaves nothing of a file that fails, keeps those before it, and goes on once it is mended", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    using files = folder({ [FIRST]: "create table t (a int);", [SECOND]: "insert into t values (2); selec;" });
    await expect(run(test.database, files.path)).rejects.toMatchObject({ code: "STORE_QUERY" });
    expect(await test.database.query("select a from t")).toEqual([]);
    expect(await ledger(test.database)).toEqual([{ version: "20260101000000", name: "first" }]);
    files.write(SECOND, "insert into t values (3);");
    expect(await run(test.database, files.path)).toEqual({ applied: ["20260102000000"] });
  });

  it("refuses to go on over a file that was changed after it had been applied", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    using files = folder({ [FIRST]: "create table t (a int);" });
    await run(test.database, files.path);
    files.write(FIRST, "create table t (a int, b int);");
    files.write(SECOND, "insert into t values (2);");
    await expect(run(test.database, files.path)).rejects.toMatchObject({ code: "STORE_MIGRATION_CHANGED" });
    expect(await test.database.query("select a from t")).toEqual([]);
  });

  it("refuses a database of a version before the first release, says what to do, and changes nothing", async () => {
    await using test = await testDatabase({ backend });
    await test.database.script(`
      delete from shoal.schema_migrations;
      insert into shoal.schema_migrations (version, name, checksum)
      select format('20261122000%s00', n), 'of_old', 'x' from generate_series(1, 9) n;`);
    const before = await ledger(test.database);
    await expect(run(test.database, OURS)).rejects.toMatchObject({
      code: "STORE_MIGRATION_UNKNOWN",
      message: expect.stringMatching(/9 of its migrations.*20261122000100.*drop schema shoal cascade/),
    });
    expect(await ledger(test.database)).toEqual(before);
  });

  it("refuses a database of a newer major schema, says so, and changes nothing", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    using files = folder({ [FIRST]: "create table t (a int);" });
    await run(test.database, files.path);
    await test.database.query(
      "insert into shoal.schema_migrations (version, name, checksum) values ('99990101000000', 'major_2', 'x')",
    );
    files.write(SECOND, "insert into t values (2);");
    await expect(run(test.database, files.path)).rejects.toMatchObject({
      code: "STORE_SCHEMA_NEWER",
      message: expect.stringContaining("major version 2"),
    });
    expect(await test.database.query("select a from t")).toEqual([]);
  });

  it("refuses a schema of that time also where the Supabase CLI applied it, and changes nothing", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    await test.database.script("create schema shoal; create table shoal.leases (resource text primary key);");
    await expect(run(test.database, OURS)).rejects.toMatchObject({
      message: expect.stringContaining("before its first release"),
    });
    expect(await test.database.query("select to_regclass('shoal.match_tickets')::text as table")).toEqual([
      { table: null },
    ]);
  });

  it("applies our own files over a database where they were applied by hand, changing nothing", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    const names = readdirSync(OURS)
      .filter((name) => name.endsWith(".sql"))
      .sort();
    for (const name of names) await test.database.script(readFileSync(join(OURS, name), "utf8"));
    const before = await catalog(test.database);
    expect((await run(test.database, OURS)).applied).toHaveLength(names.length);
    expect(await catalog(test.database)).toEqual(before);
  });

  it("gives every function a search path", async () => {
    await using test = await testDatabase({ backend });
    const unsafe = await test.database.query(
      `select oid::regprocedure::text as name, proconfig from pg_proc
       where pronamespace = 'shoal'::regnamespace and 'search_path=pg_catalog, pg_temp' <> all (coalesce(proconfig, '{}'))`,
    );
    expect(unsafe).toEqual([]);
  });

  it("opens nothing to API clients in spite of Supabase's default privileges, and only what they need to owners", async () => {
    await using test = await testDatabase({ backend });
    expect(await privileges(test.database)).toEqual(OF_ALL);
    await test.database.query("select shoal.open_control('owners')");
    expect(await privileges(test.database)).toEqual([...OF_OWNERS, ...OF_ALL].sort());
    await test.database.script(`
      create table public.later (id int generated always as identity);
      create function public.later() returns int language sql as 'select 1';
      call shoal.seal_schema();`);
    const more = (await privileges(test.database)).filter((privilege) => privilege.includes("later"));
    // Proves that default privileges are at work here, and that no object goes unseen.
    for (const role of ["anon", "authenticated", "service_role"]) {
      expect(more).toContain(`${role}: INSERT on public.later`);
      expect(more).toContain(`${role}: UPDATE on public.later_id_seq`);
      expect(more).toContain(`${role}: EXECUTE on later()`);
    }
    expect(more).toContain("public: EXECUTE on later()");
  });

  it("closes what a later migration creates, and leaves open what a project opened", async () => {
    await using test = await testDatabase({ backend });
    await test.database.script(`
      grant execute on function shoal.enqueue(text, jsonb, double precision, timestamptz, integer, integer, text) to anon;
      alter default privileges in schema shoal grant execute on functions to authenticated;
      create function shoal.job_later() returns int language sql as 'select 1';
      call shoal.seal_schema();`);
    expect(await executable(test.database)).toEqual([
      {
        role: "anon",
        name: "shoal.enqueue(text,jsonb,double precision,timestamp with time zone,integer,integer,text)",
      },
      { role: "authenticated", name: "shoal.has_open_seat(text)" },
    ]);
  });

  it("protects the tables in `public` by row level security", async () => {
    await using test = await testDatabase({ backend });
    const tables = await test.database.query(
      `select c.relname as name, c.relrowsecurity as is_secured,
         (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`,
    );
    expect(tables).toEqual([
      { name: "bot_control", policies: 2, is_secured: true },
      { name: "bot_deployments", policies: 1, is_secured: true },
      { name: "bot_memory_consents", policies: 1, is_secured: true },
      { name: "match_blocks", policies: 1, is_secured: true },
    ]);
  });

  it("protects those in `shoal` by it, too, but for the first ones", async () => {
    await using test = await testDatabase({ backend });
    const open = await test.database.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'shoal'::regnamespace and c.relkind = 'r' and not c.relrowsecurity order by 1`,
    );
    expect(open.map(({ name }) => name)).toEqual(OF_THE_FIRST);
  });
});

it("says so when the folder is not there", async () => {
  await using test = await testDatabase({ migrate: false });
  await expect(run(test.database, "/no/such/folder")).rejects.toMatchObject({ code: "STORE_MIGRATION_INVALID" });
});

describe("our migration files", () => {
  const files = readdirSync(OURS).filter((name) => name.endsWith(".sql"));

  it.each(files)("%s only adds, and leaves the transaction to whoever applies it", (name) => {
    const sql = readFileSync(join(OURS, name), "utf8").replaceAll(/--.*$/gm, "");
    expect(sql).not.toMatch(/\b(drop\s+(table|column|schema)|truncate(?!\s+on)|rename\s+(to|column))\b/i);
    expect(sql).not.toMatch(/^\s*(begin|commit|rollback|start\s+transaction)\s*;/im);
    expect(sql).not.toMatch(/\bconcurrently\b/i);
  });

  it.each(files)("%s ends by closing what it made to API clients", (name) => {
    expect(readFileSync(join(OURS, name), "utf8").trimEnd().split("\n").at(-1)).toBe("call shoal.seal_schema();");
  });

  it("are frozen: each has the checksum of supabase/migrations.sum", () => {
    const checksums = files.sort().map((name) => {
      const text = readFileSync(join(OURS, name), "utf8").replaceAll("\r\n", "\n");
      return `${createHash("sha256").update(text).digest("hex")}  ${name}`;
    });
    const frozen = readFileSync(MANIFEST, "utf8").trimEnd().split(/\r?\n/);
    expect(checksums, "put a change into a new migration (CONTRIBUTING.md, Adding things)").toEqual(frozen);
  });
});

/** Returns the functions of the schema `shoal` that API clients may execute, also if they cannot reach the schema. */
function executable(database: Database<string>): Promise<unknown[]> {
  return database.query(
    `select rolname as role, p.oid::regprocedure::text as name from pg_proc p, pg_roles
     where pronamespace = 'shoal'::regnamespace and rolname in ('anon', 'authenticated')
       and has_function_privilege(rolname, p.oid, 'execute')
     order by 1, 2`,
  );
}

/** Tables of `shoal` from before row security was used there; API clients have no right on them all the same. */
const OF_THE_FIRST = [
  ...["alert_deliveries", "calendar_events", "calendar_feed", "inngest_switch", "job_audit", "job_count_changes"],
  ...["job_dual_runs", "job_outbox", "job_schedules", "jobs", "jobs_archive", "leases", "match_seats", "match_tickets"],
  ...[
    "match_untold",
    "matches",
    "metric_samples",
    "positions",
    "queue_dead_letters",
    "risk_alerts",
    "schema_migrations",
  ],
];

/** What row security and the default of `issued_by` need. */
const OF_OWNERS = [
  "authenticated: EXECUTE on shoal.may_command(text,uuid)",
  "authenticated: EXECUTE on shoal.request_uid()",
  "authenticated: INSERT on public.bot_control.bot_id",
  "authenticated: INSERT on public.bot_control.command",
  "authenticated: INSERT on public.bot_control.id",
  "authenticated: INSERT on public.bot_control.issued_by",
  "authenticated: INSERT on public.bot_control.payload",
  "authenticated: SELECT on public.bot_control",
  "authenticated: SELECT on public.bot_deployments",
];
const readable = (view: string) => `authenticated: SELECT on public.${view}`;
/** Of everybody who is signed in, and of the service. */
const OF_ALL = [
  "authenticated: EXECUTE on bot_memory_allow(boolean)",
  "authenticated: EXECUTE on match_block(uuid,text)",
  "authenticated: EXECUTE on match_cancel()",
  "authenticated: EXECUTE on match_confirm(uuid)",
  "authenticated: EXECUTE on match_report(uuid,text)",
  "authenticated: EXECUTE on match_unblock(text)",
  "authenticated: EXECUTE on match_wait(text,jsonb)",
  "authenticated: EXECUTE on shoal.has_open_seat(text)",
  "authenticated: SELECT on public.bot_memory_consents",
  "authenticated: SELECT on public.match_blocks",
  // Views of their own strategies.
  ...["strategies", "strategy_balances", "strategy_commands", "strategy_equity", "strategy_fills"].map(readable),
  ...["strategy_orders", "strategy_positions", "strategy_runs"].map(readable),
  "service_role: DELETE on public.bot_control",
  "service_role: EXECUTE on shoal.has_open_seat(text)",
  "service_role: EXECUTE on shoal.request_uid()",
  "service_role: INSERT on public.bot_control",
  "service_role: SELECT on public.bot_control",
  "service_role: SELECT on public.bot_deployments",
  "service_role: SELECT on public.match_blocks",
  "service_role: UPDATE on public.bot_control",
];

/** Returns what API clients, and everybody, were granted on the schema `shoal` and all objects in it and in `public`. */
async function privileges(database: Database<string>): Promise<string[]> {
  const rows = await database.query<{ privilege: string }>(
    `with granted (grantee, privilege, object) as (
       select acl.grantee, acl.privilege_type, s.nspname::text
       from pg_namespace s, aclexplode(s.nspacl) acl where s.nspname = 'shoal'
       union all
       select acl.grantee, acl.privilege_type, c.relnamespace::regnamespace || '.' || c.relname
       from pg_class c, aclexplode(c.relacl) acl where c.relnamespace in ('shoal'::regnamespace, 'public'::regnamespace)
       union all
       select acl.grantee, acl.privilege_type, c.relnamespace::regnamespace || '.' || c.relname || '.' || a.attname
       from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) acl
       where c.relnamespace in ('shoal'::regnamespace, 'public'::regnamespace)
       union all
       select acl.grantee, acl.privilege_type, p.oid::regprocedure::text
       from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
       where p.pronamespace in ('shoal'::regnamespace, 'public'::regnamespace)
         and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
     )
     select coalesce(rolname, 'public') || ': ' || privilege || ' on ' || object as privilege
     from granted left join pg_roles on pg_roles.oid = grantee
     where grantee = 0 or rolname in ('anon', 'authenticated', 'service_role')`,
  );
  return rows.map(({ privilege }) => privilege).toSorted();
}

/** Describes the schemas of the daemon: names of columns with their types, indexes and functions. */
function catalog(database: Database<string>): Promise<unknown[]> {
  return database.query(
    `select 'column' as kind, table_schema || '.' || table_name || '.' || column_name || ' ' || data_type as what
       from information_schema.columns where table_schema in ('shoal', 'public') and table_name <> 'schema_migrations'
     union all
     select 'index', indexdef from pg_indexes where schemaname in ('shoal', 'public') and tablename <> 'schema_migrations'
     union all
     select 'function', oid::regprocedure::text from pg_proc where pronamespace::regnamespace::text in ('shoal', 'public')
     order by 1, 2`,
  );
}
