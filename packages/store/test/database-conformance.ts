import { inspect } from "node:util";
import { type Backend, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database, SqlValue } from "../src/index.ts";

/** Opens a database by one driver, in one way of using it, for the suite. */
export interface ConformanceSubject {
  readonly name: string;
  readonly backend: Backend;
  open(url: string, test: TestDatabase): Database<string>;
}

/** The suite that every driver of the `Database` port must pass, on every server. */
export function describeDatabase(subject: ConformanceSubject): void {
  describe(subject.name, () => {
    let test: TestDatabase;
    beforeAll(async () => {
      test = await testDatabase({ backend: subject.backend, migrate: false });
    });
    afterAll(() => test[Symbol.asyncDispose]());
    // One database for all, as making one takes longer than most of these tests; the driver is opened anew for each.
    const withDatabase: WithDatabase = async (work) => {
      await test.database.query("drop table if exists t");
      const database = subject.open(test.url, test);
      try {
        await work(database);
      } finally {
        await database.close();
      }
    };
    describeValues(withDatabase);
    describeErrors(withDatabase);
    describeTransactions(withDatabase);
    describeFaults(withDatabase);
    describeListening(withDatabase);
  });
}

type WithDatabase = (work: (database: Database<string>) => Promise<void>) => Promise<void>;

const AWKWARD_TEXTS = ["", "a,b", 'q"u', "back\\slash", "NULL", "{}", " spaced ", "línea\nnueva", "🦈", "$1"];

function describeValues(withDatabase: WithDatabase): void {
  it("takes and returns values of every kind unchanged", async () => {
    const values: readonly [type: string, value: SqlValue, expected: unknown][] = [
      ["int4", 7, 7],
      ["int8", "9007199254740993", "9007199254740993"],
      ["numeric", "1.10", "1.10"],
      ["float8", 1.5, 1.5],
      ["bool", true, true],
      ["text", "🦈 'quoted' $1", "🦈 'quoted' $1"],
      ["text", "", ""],
      ["text", null, null],
      ["uuid", "6f9619ff-8b86-d011-b42d-00c04fc964ff", "6f9619ff-8b86-d011-b42d-00c04fc964ff"],
      ["timestamptz", new Date(1_790_000_000_123), new Date(1_790_000_000_123)],
      ["text[]", AWKWARD_TEXTS, AWKWARD_TEXTS],
      ["text[]", [], []],
      ["int8[]", ["1", "9007199254740993"], ["1", "9007199254740993"]],
      ["int8[]", [1, 2], ["1", "2"]],
      ["uuid[]", ["6f9619ff-8b86-d011-b42d-00c04fc964ff"], ["6f9619ff-8b86-d011-b42d-00c04fc964ff"]],
    ];
    await withDatabase(async (database) => {
      for (const [type, value, expected] of values) {
        expect(await database.query(`select $1::${type} as value`, [value])).toEqual([{ value: expected }]);
      }
    });
  });

  it("takes bytes and returns them", async () => {
    await withDatabase(async (database) => {
      const [row] = await database.query<{ value: Uint8Array }>("select $1::bytea as value", [
        Uint8Array.of(0, 1, 255),
      ]);
      expect([...(row?.value ?? [])]).toEqual([0, 1, 255]);
    });
  });

  it("stores JSON passed as text as the value it spells, not as a string of it", async () => {
    await withDatabase(async (database) => {
      const json = '{"a": [1, "two", null]}';
      const rows = await database.query("select ($1::text)::jsonb as one, (($2::text[])::jsonb[])[2] as second", [
        json,
        ["{}", json],
      ]);
      expect(rows).toEqual([{ one: { a: [1, "two", null] }, second: { a: [1, "two", null] } }]);
    });
  });

  it("returns plain rows: nothing of the driver hangs on them", async () => {
    await withDatabase(async (database) => {
      expect(await database.query("select 1 as a union all select 2")).toStrictEqual([{ a: 1 }, { a: 2 }]);
      expect(await database.query("select 1 where false")).toStrictEqual([]);
    });
  });

  it("runs a script of several statements as one", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a int); insert into t values (1), (2);");
      await expect(database.script("insert into t values (3); insert into t values ('x');")).rejects.toThrow();
      expect(await database.query("select count(*)::int as count from t")).toEqual([{ count: 2 }]);
    });
  });
}

function describeErrors(withDatabase: WithDatabase): void {
  it("names the constraint that refused a row, and leaves the row out of the message", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a text constraint only_once unique not null)");
      await database.query("insert into t values ($1)", ["private words"]);
      const error = await database.query("insert into t values ($1)", ["private words"]).catch((thrown) => thrown);
      expect(error).toMatchObject({
        code: "STORE_CONSTRAINT",
        retryable: false,
        details: { sqlstate: "23505", constraint: "only_once", table: "t" },
      });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("private words");
    });
  });

  it("says what is wrong with a statement", async () => {
    await withDatabase(async (database) => {
      await expect(database.query("select missing_column")).rejects.toMatchObject({
        code: "STORE_QUERY",
        retryable: false,
        message: expect.stringContaining("missing_column"),
        details: { sqlstate: "42703" },
      });
    });
  });

  it("keeps a value that does not fit out of the message", async () => {
    await withDatabase(async (database) => {
      const error = await database.query("select $1::text::int", ["private words"]).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "STORE_QUERY", details: { sqlstate: "22P02" } });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("private words");
    });
  });

  it("marks a statement that a timeout ended as worth another try", async () => {
    await withDatabase(async (database) => {
      const work = database.transaction(async (tx) => {
        await tx.query("set local statement_timeout = 5");
        await tx.query("select pg_sleep(60)");
      });
      await expect(work).rejects.toMatchObject({
        code: "STORE_QUERY",
        retryable: true,
        details: { sqlstate: "57014" },
      });
    });
  });

  it("goes on after a refused statement", async () => {
    await withDatabase(async (database) => {
      for (let round = 0; round < 20; round += 1) await database.query("selec 1").catch(() => {});
      expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
    });
  });
}

function describeTransactions(withDatabase: WithDatabase): void {
  it("commits what resolves and rolls back what throws, passing the thrower's own error on", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a int)");
      const result = await database.transaction(async (tx) => {
        await tx.query("insert into t values (1)");
        return "done";
      });
      const mine = new Error("mine");
      const failed = database.transaction(async (tx) => {
        await tx.query("insert into t values (2)");
        throw mine;
      });
      await expect(failed).rejects.toBe(mine);
      expect(result).toBe("done");
      expect(await database.query("select a from t")).toEqual([{ a: 1 }]);
    });
  });

  it("rolls everything back when one statement is refused", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a int primary key)");
      const work = database.transaction(async (tx) => {
        await tx.query("insert into t values (1)");
        await tx.query("insert into t values (1)");
      });
      await expect(work).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
      expect(await database.query("select a from t")).toEqual([]);
    });
  });

  it("reports a refused commit as the constraint that refused it", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a int constraint late unique deferrable initially deferred)");
      const work = database.transaction(async (tx) => {
        await tx.query("insert into t values (1), (1)");
      });
      await expect(work).rejects.toMatchObject({ code: "STORE_CONSTRAINT", details: { constraint: "late" } });
    });
  });

  it("reports two transactions that met as a conflict worth another try", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a int primary key, n int); insert into t values (1, 0), (2, 0);");
      const bothHold = Promise.withResolvers<void>();
      let holding = 0;
      const cross = (first: number, second: number) =>
        database.transaction(async (tx) => {
          await tx.query("update t set n = n + 1 where a = $1", [first]);
          holding += 1;
          if (holding === 2) bothHold.resolve();
          await bothHold.promise;
          await tx.query("update t set n = n + 1 where a = $1", [second]);
        });
      const results = await Promise.allSettled([cross(1, 2), cross(2, 1)]);
      const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toMatchObject({ code: "STORE_CONFLICT", retryable: true, details: { sqlstate: "40P01" } });
    });
  });

  it("runs more transactions at once than it has connections", async () => {
    await withDatabase(async (database) => {
      const ran = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          database.transaction(async (tx) => (await tx.query<{ n: number }>("select $1::int as n", [index]))[0]?.n),
        ),
      );
      expect(ran).toEqual(Array.from({ length: 40 }, (_, index) => index));
    });
  });
}

function describeFaults(withDatabase: WithDatabase): void {
  it("reports a session that the server ended as unavailable, and works again with the next query", async () => {
    await withDatabase(async (database) => {
      const ended = database.query("select pg_terminate_backend(pg_backend_pid())");
      await expect(ended).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
      expect(await database.query("select 1 as a")).toEqual([{ a: 1 }]);
    });
  });

  it("loses a transaction whose session ended, and says so", async () => {
    await withDatabase(async (database) => {
      await database.script("create table t (a int)");
      const work = database.transaction(async (tx) => {
        await tx.query("insert into t values (1)");
        await tx.query("select pg_terminate_backend(pg_backend_pid())");
      });
      await expect(work).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
      expect(await database.query("select a from t")).toEqual([]);
    });
  });

  it("finishes what runs before it closes, twice over, and then refuses", async () => {
    await withDatabase(async (database) => {
      const running = Promise.all([
        database.query("select 1 as a from pg_sleep(0.2)"),
        database.transaction(async (tx) => {
          await tx.query("select pg_sleep(0.2)");
          return tx.query("select 2 as a");
        }),
      ]);
      const closed = Promise.all([database.close(), database.close()]);
      expect(await running).toEqual([[{ a: 1 }], [{ a: 2 }]]);
      await closed;
      await expect(database.query("select 1")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    });
  });
}

function describeListening(withDatabase: WithDatabase): void {
  it("hears what is notified from the moment it listens, and nothing after it stopped", async () => {
    await withDatabase(async (database) => {
      const heard: string[] = [];
      const listening = Promise.withResolvers<void>();
      const last = Promise.withResolvers<void>();
      const listener = await database.listen(
        "News Of The Day",
        (payload) => {
          heard.push(payload);
          if (payload === "last") last.resolve();
        },
        listening.resolve,
      );
      await listening.promise;
      for (const payload of ["first", "", "last"]) await notify(database, payload);
      await last.promise;
      await Promise.all([listener.close(), listener.close()]);
      await notify(database, "too late");
      expect(heard).toEqual(["first", "", "last"]);
    });
  });

  it("listens again by itself after its session was ended, and tells of it", async () => {
    await withDatabase(async (database) => {
      const again = Promise.withResolvers<void>();
      const heard = Promise.withResolvers<string>();
      let subscriptions = 0;
      const listener = await database.listen("News Of The Day", heard.resolve, () => {
        subscriptions += 1;
        if (subscriptions === 2) again.resolve();
      });
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
      );
      await again.promise;
      await notify(database, "after");
      expect(await heard.promise).toBe("after");
      await listener.close();
    });
  });
}

function notify(database: Database<string>, payload: string): Promise<unknown> {
  return database.query("select pg_notify('News Of The Day', $1)", [payload]);
}
