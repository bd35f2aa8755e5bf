import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@shoal/kernel";
import { backends, testDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { type Database, migrate } from "../src/index.ts";

const OURS = join(import.meta.dirname, "../../../supabase/migrations");
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
});

/** Everything in the schemas that are ours: names of columns with their types, indexes and functions. */
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
