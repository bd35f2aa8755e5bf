import { inspect } from "node:util";
import { createSystemRuntime } from "@shoal/kernel";
import { backends, testDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../src/index.ts";
import { describeDatabase } from "./database-conformance.ts";

const WAYS = [
  ["as it finds right", undefined],
  ["with prepared statements", true],
  ["without prepared statements", false],
] as const;

for (const backend of backends()) {
  for (const [way, prepare] of WAYS) {
    describeDatabase({
      name: `Bun.SQL on the ${backend} backend, ${way}`,
      backend,
      open: (url, { runtime }) =>
        createDatabase<string>({ url, runtime, maxConnections: 4, ...(prepare !== undefined && { prepare }) }),
    });
  }
}

const SECRET = "s3cr3t-p4ssw0rd";
const runtime = createSystemRuntime();

describe.each(backends())("a %s database that takes no writes for a while", (backend) => {
  it("is written to again as soon as it takes writes, though sessions stay read-only for life", async () => {
    await using test = await testDatabase({ backend, migrate: false });
    const allow = (setting: string) => test.database.script(`alter database ${test.name} ${setting}`);
    await allow("set default_transaction_read_only = on");
    const database = test.connect(1);
    await expect(database.query("create table written ()")).rejects.toMatchObject({ details: { sqlstate: "25006" } });
    await allow("reset default_transaction_read_only");
    await database.query("create table written ()");
  });
});

describe("createDatabase", () => {
  it.each([
    `not a url ${SECRET}`,
    `http://user:${SECRET}@host/db`,
    `postgres://user:${SECRET}@host:99999/db`,
    `postgres://user:${SECRET}@/db`,
    "",
  ])("refuses a string that is no connection string without repeating it (%#)", (url) => {
    let thrown: unknown;
    try {
      createDatabase<string>({ url, runtime });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "STORE_URL_INVALID", retryable: false });
    expect(inspect(thrown, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  it.each([
    ["STORE_UNAVAILABLE", true, (url: URL) => (url.port = "1")],
    ["STORE_UNAVAILABLE", true, (url: URL) => (url.hostname = "no-such-host.invalid")],
    ["STORE_ACCESS_DENIED", false, (url: URL) => (url.password = SECRET)],
    ["STORE_ACCESS_DENIED", false, (url: URL) => (url.pathname = "/no_such_database")],
  ])("reports %s without any secret when it cannot connect (%#)", async (code, retryable, spoil) => {
    await using test = await testDatabase({ migrate: false });
    const url = new URL(test.url);
    const { password } = url;
    spoil(url);
    const database = createDatabase<string>({ url: url.toString(), runtime, maxConnections: 1 });
    const thrown = await database.query("select 1").catch((error) => error);
    expect(thrown).toMatchObject({ code, retryable });
    const shown = inspect([thrown, database], { depth: 10, showHidden: true });
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain(password);
    await database.close();
  });

  it.each(["postgres://u:p@db.example:6543/postgres", "postgres://u:p@127.0.0.1:1/postgres?pgbouncer=true"])(
    "knows a transaction pooler and refuses to listen through it: %s",
    async (url) => {
      const database = createDatabase<string>({ url, runtime });
      await expect(
        database.listen(
          "news",
          () => {},
          () => {},
        ),
      ).rejects.toMatchObject({
        code: "STORE_LISTEN_UNSUPPORTED",
        retryable: false,
      });
      await database.close();
    },
  );
});
