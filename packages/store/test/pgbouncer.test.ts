import { createSystemRuntime } from "@shoal/kernel";
import { startPgbouncer, testDatabase, testServers } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDatabase, type Database } from "../src/index.ts";

const program = testServers().pgbouncer ?? "";
const SESSIONS = 2;

/** A way to open a daemon's connections to a server behind PgBouncer, and what the server sees of all of them. */
async function behindPgbouncer(mode: "session" | "transaction") {
  const test = await testDatabase({ migrate: false });
  onTestFinished(() => test[Symbol.asyncDispose]());
  const pgbouncer = await startPgbouncer({ program, url: test.url, mode, sessionCount: SESSIONS });
  onTestFinished(() => pgbouncer[Symbol.asyncDispose]());
  const open = () => {
    const options = { url: pgbouncer.url, runtime: createSystemRuntime(), maxConnections: 2, idleLimitMs: 1000 };
    const database = createDatabase<string>(options);
    onTestFinished(() => database.close());
    return database;
  };
  const sessionCount = async () => {
    // One that nothing else uses, so that it has this session alone.
    const others = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    return (await test.connect(1).query(others)).length;
  };
  return { open, sessionCount };
}

describe.runIf(program)("behind PgBouncer", () => {
  /** Each question has a text of its own, whose prepared statement would be taken for another where sessions are shared. */
  const askAll = (database: Database<string>, daemon: number) => {
    const asked = Array.from({ length: 40 }, (_, n) =>
      database.query(`select $1::int as n, ${n % 7} as seven, ${daemon} as daemon`, [n]),
    );
    const ofTransaction = database.transaction(async (tx) => {
      await tx.query("select set_config('shoal.daemon', $1, true)", [String(daemon)]);
      return tx.query("select current_setting('shoal.daemon') as daemon");
    });
    return Promise.all([...asked, ofTransaction]);
  };
  const answers = (daemon: number) => [
    ...Array.from({ length: 40 }, (_, n) => [{ n, seven: n % 7, daemon }]),
    [{ daemon: String(daemon) }],
  ];

  it("in transaction mode serves several daemons at once over a few sessions, each question with its own answer", async () => {
    const { open, sessionCount } = await behindPgbouncer("transaction");
    const daemons = [open(), open(), open()];
    expect(await Promise.all(daemons.map(askAll))).toEqual(daemons.map((_, daemon) => answers(daemon)));
    expect(await sessionCount()).toBeLessThanOrEqual(SESSIONS);
  });

  it("in session mode serves a second daemon over the sessions that the first has left at rest", async () => {
    const { open, sessionCount } = await behindPgbouncer("session");
    const [first, second] = [open(), open()];
    expect(await askAll(first, 0)).toEqual(answers(0));
    expect(await askAll(second, 1)).toEqual(answers(1));
    expect(await sessionCount()).toBeLessThanOrEqual(SESSIONS);
  });

  it("in session mode hears notifications", async () => {
    const { open } = await behindPgbouncer("session");
    const database = open();
    const heard = Promise.withResolvers<string>();
    await database.listen("news", heard.resolve, () => {});
    await database.query("select pg_notify('news', 'hello')");
    expect(await heard.promise).toBe("hello");
  });

  it("in transaction mode refuses to listen, which would hear nothing", async () => {
    const { open } = await behindPgbouncer("transaction");
    const ignore = () => {};
    await expect(open().listen("news", ignore, ignore)).rejects.toMatchObject({ code: "STORE_LISTEN_UNSUPPORTED" });
  });
});
