import { createSystemRuntime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { attributesProblem } from "../src/attributes.ts";
import type { LineRead, LineRequest } from "../src/line-read.ts";
import { createStatements } from "../src/statements.ts";
import { createWaitingLine } from "../src/waiting-line.ts";
import { emptyMatchTables } from "./support.ts";

/** More than are read whole each time. */
const LONG = 700;

describe("the line as a process reads it", () => {
  let test: TestDatabase;
  let database: Database<string>;
  const asked: LineRequest[] = [];
  const makeLine = () => {
    const statements = createStatements(database, createSystemRuntime());
    const line = (request: LineRequest) => {
      asked.push(request);
      return statements.line(request);
    };
    return createWaitingLine({ line }, true);
  };

  beforeAll(async () => {
    test = await testDatabase();
    database = test.database;
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(database);
    asked.length = 0;
  });

  const add = (first: number, last: number, of: Pick<Database<string>, "query"> = database) =>
    of.query(
      `insert into shoal.match_tickets (user_id, queued_at) select 'user ' || n, now() - (10000 - n) * interval '1 second'
       from generate_series($1::int, $2::int) n`,
      [first, last],
    );
  const waiting = async () => {
    const rows = await database.query<{ user_id: string }>(
      "select user_id from shoal.match_tickets where status = 'waiting' order by queued_at, id",
    );
    return rows.map((row) => row.user_id);
  };
  const usersOf = (line: ReturnType<typeof makeLine>) => line.tickets.map(({ userId }) => userId);
  const readAll = async (line: ReturnType<typeof makeLine>) => {
    while ((await line.read([])).isCut);
  };

  it("is read in pages, each behind the one before, and whole", async () => {
    await add(1, 4_500);
    const line = makeLine();
    await line.read([]);
    expect(usersOf(line)).toEqual((await waiting()).slice(0, 2_000));
    await readAll(line);
    expect(usersOf(line)).toEqual(await waiting());
    expect(asked).toHaveLength(3);
  });

  it("is read by its changes once it is long, and nothing of it where there are none", async () => {
    await add(1, LONG);
    const line = makeLine();
    await readAll(line);
    const before = line.tickets;
    expect(await line.read([])).toMatchObject({ hasChanged: false, tickets: [], gone: [] });
    expect(line.tickets).toBe(before);
    await add(LONG + 1, LONG + 1);
    await database.query(
      "update shoal.match_tickets set status = 'closed', closed_at = now(), closed_reason = 'x' where user_id = 'user 3'",
    );
    const tickets = [{ userId: `user ${LONG + 1}` }];
    expect(await line.read([])).toMatchObject({ hasChanged: true, tickets, gone: [expect.any(String)] });
    expect(usersOf(line)).toEqual(await waiting());
  });

  it("is not read again while a transaction is under way that changes nothing of it", async () => {
    await test.connect(1).transaction(async (tx) => {
      await tx.query("select pg_current_xact_id()");
      await add(1, LONG);
      const line = makeLine();
      await readAll(line);
      expect(await line.read([])).toMatchObject({ hasChanged: false, tickets: [], gone: [] });
      await add(LONG + 1, LONG + 1);
      expect(await line.read([])).toMatchObject({ hasChanged: true, tickets: [{ userId: `user ${LONG + 1}` }] });
      expect(await line.read([])).toMatchObject({ hasChanged: false, tickets: [], gone: [] });
    });
  });

  it("is read by daemons of the version before as they know it", async () => {
    await add(1, 2);
    const ask = "select * from shoal.match_line(10, null, ($1::text)::xid8, '{}', '{}', true)";
    const [page] = await database.query<LineRead>(ask, [null]);
    expect(page).toMatchObject({ mark: expect.stringMatching(/^\d+$/), isCut: false, tickets: [{}, {}] });
    await test.connect(1).transaction(async (tx) => {
      await tx.query("select pg_current_xact_id()");
      await add(3, 3);
      const [changes] = await database.query<LineRead>(ask, [page?.mark ?? null]);
      const [again] = await database.query<LineRead>(ask, [changes?.mark ?? null]);
      // They read more than that while other databases of the server are at work.
      for (const read of [changes, again]) expect(read?.tickets.map(({ userId }) => userId)).toContain("user 3");
    });
  });

  it("has what a transaction changed that was under way when it was read", async () => {
    await add(1, LONG);
    const line = makeLine();
    await test.connect(1).transaction(async (tx) => {
      await tx.query("update shoal.match_tickets set attributes = '{\"a\": 1}' where user_id = 'user 5'");
      await readAll(line);
      // Later transactions are over before it.
      await add(LONG + 1, LONG + 2);
      await line.read([]);
    });
    await line.read([]);
    expect(line.tickets.find(({ userId }) => userId === "user 5")?.attributes).toEqual({ a: 1 });
    expect(usersOf(line)).toEqual(await waiting());
  });

  it("is what waits, whatever came, went, came back and was deleted", async () => {
    await add(1, LONG);
    const line = makeLine();
    await readAll(line);
    let next = LONG;
    const changes = {
      come: () => add(++next, next),
      leave:
        "update shoal.match_tickets set status = 'closed', closed_at = now(), closed_reason = 'x' where user_id = $1 and status = 'waiting'",
      match:
        "update shoal.match_tickets set status = 'reserved', match_id = gen_random_uuid() where user_id = $1 and status = 'waiting'",
      return:
        "update shoal.match_tickets set status = 'waiting', match_id = null where user_id = $1 and status = 'reserved'",
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("come", "leave", "match", "return", "read"), fc.nat(40)), { maxLength: 12 }),
        async (acts) => {
          for (const [act, user] of acts) {
            if (act === "read") await line.read([]);
            else if (act === "come") await changes.come();
            else await database.query(changes[act], [`user ${user + 1}`]);
          }
          await line.read([]);
          expect(usersOf(line)).toEqual(await waiting());
        },
      ),
      { numRuns: 25 },
    );
    const [first] = line.tickets;
    await database.query("delete from shoal.match_tickets where id = ($1::text)::uuid", [first?.id ?? ""]);
    line.doubt([first?.id ?? ""]);
    await line.read([]);
    expect(usersOf(line)).toEqual(await waiting());
  });

  it("names on a ticket those who wait and whom it must not meet, whoever blocked whom, and bots", async () => {
    await add(1, 4);
    await database.query(
      `insert into public.match_blocks values ('user 1', 'user 2', false), ('user 3', 'user 1', false),
         ('user 1', 'away', false), ('user 4', 'bot', true)`,
    );
    const line = makeLine();
    await line.read([]);
    const blocked = Object.fromEntries(
      line.tickets.map(({ userId, blockedIds }) => [userId, blockedIds?.toSorted() ?? []]),
    );
    expect(blocked).toEqual({
      "user 1": ["user 2", "user 3"],
      "user 2": ["user 1"],
      "user 3": ["user 1"],
      "user 4": ["bot"],
    });
  });

  it("has no attributes that a row cannot have, and all that are plain", async () => {
    const anything = fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 12 });
    const long = fc.integer({ min: 900, max: 1_030 }).map((length) => ({ a: "x".repeat(length), b: [1, true, null] }));
    const given = fc.sample(fc.oneof(anything, long, fc.constant({ a: 1e308, b: 5e-324 })), { numRuns: 300, seed: 17 });
    const storable = given.filter((value) => !/\\u(?:0000|d[89a-f])/.test(JSON.stringify(value)));
    const judged = await database.query<{ fits: boolean }>(
      `select octet_length(v::text) <= 1024 and not jsonb_path_exists(v, 'strict $.**{4}') as fits
       from unnest($1::text[]) with ordinality as given (text, at), lateral (select text::jsonb as v) json order by at`,
      [storable.map((value) => JSON.stringify(value))],
    );
    const wrong = storable.filter((value, at) => attributesProblem(value) === null && !judged[at]?.fits);
    expect(wrong).toEqual([]);
    expect(
      storable.filter((value, at) => judged[at]?.fits && attributesProblem(value) === null).length,
    ).toBeGreaterThan(100);
    for (const length of [1_014, 1_015]) {
      const value = { a: "x".repeat(length) };
      const [row] = await database.query<{ bytes: number }>("select octet_length($1::text::jsonb::text) as bytes", [
        JSON.stringify(value),
      ]);
      expect(attributesProblem(value) === null).toBe((row?.bytes ?? 0) <= 1024);
    }
    expect(attributesProblem({ language: ["de"] }, ["language"])).toMatchObject({ field: "language" });
    expect(attributesProblem({ a: Number.POSITIVE_INFINITY })).toMatchObject({ field: "" });
  });
});
