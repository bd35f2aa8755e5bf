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

const run = (database: Database, directory: string) => migrate({ database, directory, log: silentLog });
const ledger = (database: Database) => database.query("select version, name from shoal.schema_migrations order by 1");

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

  it("keeps the schema of Shoal away from people's clients", async () => {
    await using test = await testDatabase({ backend });
    const rows = await test.database.query(
      `select rolname, has_schema_privilege(rolname, 'shoal', 'usage') as may_use
       from pg_roles where rolname in ('anon', 'authenticated') order by 1`,
    );
    expect(rows).toEqual([
      { rolname: "anon", may_use: false },
      { rolname: "authenticated", may_use: false },
    ]);
    const opened = await test.database.query(
      `select table_name, grantee from information_schema.role_table_grants
       where table_schema = 'shoal' and grantee in ('anon', 'authenticated', 'PUBLIC')`,
    );
    expect(opened).toEqual([]);
  });

  it("gives every function a search path, and lets people's clients execute those of row security only", async () => {
    await using test = await testDatabase({ backend });
    const unsafe = await test.database.query(
      `select oid::regprocedure::text as name, proconfig from pg_proc
       where pronamespace = 'shoal'::regnamespace and 'search_path=pg_catalog, pg_temp' <> all (coalesce(proconfig, '{}'))`,
    );
    expect(unsafe).toEqual([]);
    expect(await executable(test.database)).toEqual([
      { role: "authenticated", name: "shoal.has_open_seat(text)" },
      { role: "authenticated", name: "shoal.may_command(text,uuid)" },
      { role: "authenticated", name: "shoal.request_uid()" },
    ]);
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
      { role: "authenticated", name: "shoal.may_command(text,uuid)" },
      { role: "authenticated", name: "shoal.request_uid()" },
    ]);
  });

  it("protects the tables in `public` by row level security, and opens no more of them than owners need", async () => {
    await using test = await testDatabase({ backend });
    const tables = await test.database.query(
      `select c.relname as name, c.relrowsecurity as is_secured,
         (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
         has_table_privilege('anon', c.oid, 'select, insert, update, delete, truncate') as may_anon,
         has_table_privilege('authenticated', c.oid, 'select') as may_read,
         has_table_privilege('authenticated', c.oid, 'insert, update, delete, truncate') as may_write
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`,
    );
    const row = { is_secured: true, may_anon: false, may_read: true, may_write: false };
    expect(tables).toEqual([
      { name: "bot_control", policies: 2, ...row },
      { name: "bot_deployments", policies: 1, ...row },
    ]);
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
function executable(database: Database): Promise<unknown[]> {
  return database.query(
    `select rolname as role, p.oid::regprocedure::text as name from pg_proc p, pg_roles
     where pronamespace = 'shoal'::regnamespace and rolname in ('anon', 'authenticated')
       and has_function_privilege(rolname, p.oid, 'execute')
     order by 1, 2`,
  );
}

/** Describes the schemas of the daemon: names of columns with their types, indexes and functions. */
function catalog(database: Database): Promise<unknown[]> {
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
