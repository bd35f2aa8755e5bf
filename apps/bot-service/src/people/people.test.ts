import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMatchmaker } from "@shoal/matchmaker";
import type { Database } from "@shoal/store";
import { backends, type TestDatabase, testDatabase, testRuntime, until } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forgetOfPeople } from "./forget.ts";
import { KEPT, NOT_OF_PEOPLE, OTHER_COLUMNS } from "./kept.ts";
import { createPeople } from "./people.ts";
import { leaveTraces, tablesWith } from "./person.test-support.ts";
import { entriesThere } from "./statements.ts";

const WORDS = "Sentinella Marigold";

describe.each(backends())("what is kept of a person in %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  const database = () => test.database as unknown as Database;
  const peopleOf = () => {
    const { runtime } = test;
    const bots = { findIdle: () => [], reserve: () => false, release() {} } as never;
    const policy = { botAfterMs: 4000, confirmMs: 8000 };
    const matchmaker = createMatchmaker({ database: database(), runtime, replicaId: "r", policy, bots });
    return createPeople({ database: database(), runtime, closeUser: (id, reason) => matchmaker.closeUser(id, reason) });
  };
  /** Does with removed deployments what the daemon does. */
  const stopBots = async (id: string) => {
    const isAsked = async () =>
      (await test.database.query("select from public.bot_control where applied_at is null")).length > 0;
    await until(isAsked);
    await test.database.query(
      "update public.bot_control set applied_at = now(), outcome = 'applied' where applied_at is null",
    );
    await test.database.query("delete from public.bot_deployments where strpos(bot_id, $1) > 0", [id]);
  };
  let id: string;
  let otherId: string;
  beforeEach(() => {
    id = test.runtime.ids.uuid();
    otherId = test.runtime.ids.uuid();
  });

  it("is listed, every place of the list, and erased in one call without a trace; what others have stays", async () => {
    await leaveTraces(test, { id, words: WORDS }, otherId);
    const people = peopleOf();
    const shown = await people.show(id, { limit: 10, isOwn: false });
    const places = (await entriesThere(database(), KEPT)).map(({ table, column }) => `${table}.${column}`);
    expect(shown.map(({ table, column }) => `${table}.${column}`)).toEqual(places);
    expect(JSON.stringify(shown)).toContain(WORDS);
    const before = (await tablesWith(test, id)).length;
    expect(before).toBeGreaterThan(15);

    const [erased] = await Promise.all([people.erase(id.toUpperCase(), "api"), stopBots(id)]);
    expect(await tablesWith(test, id)).toEqual([]);
    expect(await tablesWith(test, WORDS)).toEqual([]);
    expect(erased).toContainEqual({ table: "shoal.match_tickets", column: "user_id", fate: "delete", count: 2 });
    expect(await people.show(id, { limit: 10, isOwn: false })).toEqual([]);
    expect(
      (await people.show(otherId, { limit: 10, isOwn: false })).map(({ table, column, count }) => [
        table,
        column,
        count,
      ]),
    ).toEqual([
      ["public.bot_memory_consents", "user_id", 1],
      ["shoal.person_memories", "person_id", 1],
      ["shoal.match_seats", "participant_id", 1],
      ["shoal.match_tickets", "user_id", 1],
      ["shoal.conversation_marks", "person_id", 1],
      ["shoal.conversation_marks", "reporter_id", 1],
    ]);
    const seats = await test.database.query(
      "select participant_id, name from shoal.match_seats s where participant_id in ('erased', $1) order by seat",
      [otherId],
    );
    expect(seats).toEqual([
      { participant_id: "erased", name: "erased" },
      { participant_id: otherId, name: "Other" },
    ]);

    expect(await people.erase(id, "api")).toEqual([]);
    const audit = await test.database.query<{ message: string }>(
      "select actor, message from shoal.job_audit where action = 'erase_person'",
    );
    expect(audit).toEqual([{ actor: "api", message: expect.stringMatching(/^person sha256:[0-9a-f]{64}$/) }]);
  });

  it("is not written by what was on its way: a mark, a memory", async () => {
    await leaveTraces(test, { id, words: WORDS }, otherId);
    const [{ match_id: matchId }] = (await test.database.query<{ match_id: string }>(
      "select match_id from shoal.match_seats where participant_id = $1",
      [id],
    )) as [{ match_id: string }];
    await Promise.all([peopleOf().erase(id, "api"), stopBots(id)]);
    // Nor by the partner, who reports and blocks who was there.
    await test.database.query("select shoal.match_report($1, $2, 'rude')", [otherId, matchId]);
    await test.database.query("select shoal.match_block($1, $2)", [otherId, matchId]);
    await test.database.query("select shoal.mark_conversation($1, $2, null, 'minor', 'bot', null, null)", [
      matchId,
      id,
    ]);
    await test.database.query("select shoal.memory_save($1, 'ada', '[\"x\"]')", [id]);
    expect(await tablesWith(test, id)).toEqual([]);
  });

  it("stays whole while an exchange may fill an order of the person", async () => {
    await leaveTraces(test, { id, words: WORDS }, otherId);
    await test.database.query("update shoal.strategies set venue = 'binance', secret_name = 'k' where owner_id = $1", [
      id,
    ]);
    await test.database.query(
      "update shoal.strategy_orders set venue = 'binance', status = 'open' where owner_id = $1",
      [id],
    );
    const people = peopleOf();
    const before = await people.show(id, { limit: 1, isOwn: false });
    await expect(people.erase(id, "api")).rejects.toMatchObject({
      code: "PEOPLE_OPEN_ORDERS",
      message: expect.stringContaining("/stop"),
    });
    expect(await people.show(id, { limit: 1, isOwn: false })).toEqual(before);
    await test.database.query("update shoal.strategy_orders set status = 'cancelled' where owner_id = $1", [id]);
    await Promise.all([people.erase(id, "api"), stopBots(id)]);
    expect(await tablesWith(test, id)).toEqual([]);
  });

  it("is erased also of somebody with an id that is no UUID and part of other words", async () => {
    for (const user of ["an", "ann", otherId]) {
      await test.database.query("select shoal.ticket_open($1, 'Name', 'lobby', null)", [user]);
      await test.database.query("select shoal.ticket_close_of($1, 'left', null, false)", [user]);
    }
    await test.database.query("update shoal.match_tickets set last_partner_id = 'an' where user_id = 'ann'");
    await test.database.query("update shoal.match_tickets set last_partner_id = 'ann' where user_id = $1", [otherId]);
    const people = peopleOf();
    expect((await people.erase("an", "api")).map(({ count }) => count)).toEqual([1, 1]);
    expect((await people.show("an", { limit: 1, isOwn: false })).length).toBe(0);
    expect((await people.show("ann", { limit: 1, isOwn: false })).map(({ count }) => count)).toEqual([1, 1]);
  });

  it("is shown page by page, and to the person without what is somebody else's", async () => {
    await test.database.query(
      `insert into shoal.match_tickets (user_id, since, status, closed_at, closed_reason, last_partner_id)
       select case when n = 0 then $2 else $1 end, now() - n * interval '1 second', 'closed', now(), 'left', case when n = 0 then $1 end
       from generate_series(0, 25) n`,
      [id, otherId],
    );
    const people = peopleOf();
    const page = (after?: string) =>
      people.show(id, {
        table: "shoal.match_tickets",
        column: "user_id",
        limit: 10,
        isOwn: true,
        ...(after && { after }),
      });
    const seen = new Set<unknown>();
    let next: string | null | undefined;
    do {
      const [place] = await page(next ?? undefined);
      expect(place?.count).toBe(25);
      for (const { id } of place?.rows ?? []) seen.add(id);
      next = place?.next;
    } while (next);
    expect(seen.size).toBe(25);
    const ofOthers = { column: "last_partner_id", count: 1, limit: 10 };
    expect(await people.show(id, { ...ofOthers, isOwn: true })).toMatchObject([{ count: 1, rows: [] }]);
    expect(await people.show(id, { ...ofOthers, isOwn: false })).toMatchObject([
      { count: 1, rows: [{ user_id: otherId }] },
    ]);
  });

  it("stands in the list: every table, and every column that may hold an id", async () => {
    const columns = await test.database.query<{ table: string; column: string }>(
      `select c.table_schema || '.' || c.table_name as "table", c.column_name as "column"
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
       where c.table_schema in ('shoal', 'public') and t.table_type = 'BASE TABLE' and (
         c.data_type in ('text', 'uuid', 'jsonb', 'json', 'character varying', 'bytea', 'ARRAY', 'USER-DEFINED', 'xml', 'name', 'bigint', 'inet')
         and (c.data_type <> 'bigint' or c.column_name ~ '(person|user|owner|partner|participant|actor|reporter)')
       ) order by 1, 2`,
    );
    const listed = new Set(KEPT.map(({ table, column }) => `${table}.${column}`));
    const missing = columns.filter(
      ({ table, column }) =>
        !Object.hasOwn(NOT_OF_PEOPLE, table) &&
        !listed.has(`${table}.${column}`) &&
        !OTHER_COLUMNS[table]?.includes(column),
    );
    expect(missing, "say in kept.ts what becomes of these when a person is erased").toEqual([]);
    const there = new Set(columns.map(({ table, column }) => `${table}.${column}`));
    const tables = new Set(columns.map(({ table }) => table));
    const listedThere = [...listed].filter((place) => tables.has(place.slice(0, place.lastIndexOf("."))));
    expect(listedThere.filter((place) => !there.has(place))).toEqual([]);
    expect(Object.keys(NOT_OF_PEOPLE).filter((table) => KEPT.some((entry) => entry.table === table))).toEqual([]);
  });
});

it("is told in docs/security.md, table by table", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/security.md"), "utf8");
  expect([...new Set(KEPT.map(({ table }) => table))].filter((table) => !page.includes(`\`${table}\``))).toEqual([]);
});

it("is not noted for longer than a day that somebody who deployed nothing was deleted", async () => {
  await using test = await testDatabase();
  const { database, runtime } = test;
  const ids = [0, 1, 2].map(() => runtime.ids.uuid());
  for (const [nth, id] of ids.entries()) {
    await database.query(
      "insert into shoal.strategy_owners (owner_id, created_at, gone_at) values ($1, null, now() - $2 * interval '23 hours')",
      [id, nth],
    );
  }
  expect(await forgetOfPeople(database as unknown as Database, new AbortController().signal)).toBe(1);
  expect(await tablesWith(test, ids[2] ?? "")).toEqual([]);
});

it("erases 100,000 waits of one person in one call", async () => {
  await using test = await testDatabase();
  const { database, runtime } = test;
  const id = runtime.ids.uuid();
  await database.query(
    `insert into shoal.match_tickets (user_id, since, status, closed_at, closed_reason)
     select $1, now() - n * interval '1 millisecond', 'closed', now(), 'left' from generate_series(1, 100000) n`,
    [id],
  );
  const people = createPeople({ database: database as unknown as Database, runtime, closeUser: async () => {} });
  expect((await people.erase(id, "api")).find(({ column }) => column === "user_id")?.count).toBe(100_000);
});

it("says so where the person comes back again and again", async () => {
  const { clock } = testRuntime();
  const query = async (text: string) =>
    text.includes("as is") ? [{ is: true }] : text.includes("count") ? [{ count: 0 }] : [];
  const people = createPeople({
    database: { query, transaction: async () => 0 } as never,
    runtime: { clock },
    closeUser: async () => {},
  });
  await expect(people.erase("ann", "api")).rejects.toMatchObject({ code: "PEOPLE_STILL_HERE" });
});
