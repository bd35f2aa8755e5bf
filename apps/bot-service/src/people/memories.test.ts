import type { Sql } from "@shoal/store";
import { backends, leakCheck, type TestDatabase, testDatabase, testRuntime, until } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SqlMemories } from "./memories.ts";

const leaks = leakCheck();

describe.each(backends())("what bots remember of people in %s Postgres", (backend) => {
  let test: TestDatabase;
  let memories: SqlMemories;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    memories = new SqlMemories({ database: test.database as unknown as Sql, runtime: test.runtime });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** As the data API calls it for somebody who is signed in. */
  const allow = (userId: string, allowed: boolean | null) =>
    test.database.transaction(async (tx) => {
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: userId })]);
      const [row] = await tx.query<{ is: boolean }>("select public.bot_memory_allow($1::boolean) as is", [allowed]);
      return row?.is;
    });
  const person = async ({ source = "api", isAllowed = true } = {}) => {
    const userId = test.runtime.ids.uuid();
    if (isAllowed) await allow(userId, true);
    await test.database.query("select shoal.ticket_open($1, 'Ann', $2, null)", [userId, source]);
    return userId;
  };

  it("is kept only of who allows it, and erased at once when they do no more", async () => {
    const ann = await person({ isAllowed: false });
    await memories.save(ann, "ada", ["has a dog"]);
    expect(await memories.load(ann, "ada")).toEqual([]);
    expect([await allow(ann, null), await allow(ann, true), await allow(ann, true)]).toEqual([false, true, true]);
    await memories.save(ann, "ada", ["has a cat"]);
    await memories.save(ann, "bo", ["plays chess"]);
    expect([await memories.load(ann, "ada"), await memories.load(ann, "bo")]).toEqual([["has a cat"], ["plays chess"]]);
    expect([await allow(ann, false), await allow(ann, true)]).toEqual([false, true]);
    expect(await memories.load(ann, "ada")).toEqual([]);
    expect(await test.database.query("select from shoal.person_memories")).toEqual([]);
  });

  it("is not told to whoever shows that person's id in the lobby, nor changed by them", async () => {
    const ann = await person();
    await memories.save(ann, "ada", ["has a dog"]);
    await test.database.query("select shoal.ticket_close_of($1, 'left', null, false)", [ann]);
    expect(await memories.load(ann, "ada")).toEqual(["has a dog"]);
    await test.database.query("select shoal.ticket_open($1, 'Ann', 'lobby', null)", [ann]);
    await memories.save(ann, "ada", ["hates dogs"]);
    expect(await memories.load(ann, "ada")).toEqual([]);
    await test.database.query("select shoal.ticket_close_of($1, 'left', null, false)", [ann]);
    await test.database.query("select shoal.ticket_open($1, 'Ann', 'api', null)", [ann]);
    expect(await memories.load(ann, "ada")).toEqual(["has a dog"]);
  });

  it("keeps the latest 12 texts within 4 kB, each once, for 30 days after the last talk", async () => {
    const ann = await person();
    await memories.save(ann, "ada", ["a", "b", "c", "", "x".repeat(2000), "un\u0000storable"]);
    await memories.save(ann, "ada", ["a", ...Array.from({ length: 10 }, (_, nth) => `fact ${nth}`)]);
    expect(await memories.load(ann, "ada")).toEqual([
      "c",
      "a",
      ...Array.from({ length: 10 }, (_, nth) => `fact ${nth}`),
    ]);
    const long = Array.from({ length: 12 }, (_, nth) => String.fromCharCode(97 + nth).repeat(900));
    await memories.save(ann, "ada", long);
    expect(await memories.load(ann, "ada")).toEqual(long.slice(-4));
    await test.database.query("update shoal.person_memories set expires_at = now() + interval '1 day'");
    await memories.save(ann, "ada", []);
    const [{ days }] = (await test.database.query<{ days: number }>(
      "select round(extract(epoch from expires_at - now()) / 86400)::int as days from shoal.person_memories where person_id = $1",
      [ann],
    )) as [{ days: number }];
    expect(days).toBe(30);
    await test.database.query("update shoal.person_memories set expires_at = now() - interval '1 second'");
    expect(await memories.load(ann, "ada")).toEqual([]);
    expect(await test.database.query("select shoal.memories_forget(100) > 0 as is")).toEqual([{ is: true }]);
    expect(await test.database.query("select from shoal.person_memories")).toEqual([]);
  });

  it("leaves nothing of what is being saved while the person withdraws", async () => {
    const ann = await person();
    const other = test.connect(1);
    const saved = Promise.withResolvers<void>();
    const withdrawn = test.database.transaction(async (tx) => {
      await tx.query("select shoal.memory_save($1, 'ada', '[\"has a dog\"]')", [ann]);
      saved.resolve();
      await until(async () => (await waiting()) > 0);
    });
    await saved.promise;
    const [, count] = await Promise.all([withdrawn, other.query("select shoal.memory_erase($1) as count", [ann])]);
    expect(count).toEqual([{ count: 1 }]);
    expect(await test.database.query("select from shoal.person_memories where person_id = $1", [ann])).toEqual([]);
    await memories.save(ann, "ada", ["has a cat"]);
    expect(await test.database.query("select from shoal.person_memories where person_id = $1", [ann])).toEqual([]);
  });
  /** Sessions that wait for a lock in this database. */
  const waiting = async () => {
    const rows = await test.database.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rows.length;
  };

  it("shows people what they have allowed, and nobody else's", async () => {
    const ann = await person();
    await person();
    const seen = await test.database.transaction(async (tx) => {
      await tx.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: ann })]);
      await tx.query("set local role authenticated");
      return tx.query("select user_id from public.bot_memory_consents");
    });
    expect(seen).toEqual([{ user_id: ann }]);
  });
});

it("is nothing where the database hangs or fails, and a save is given up", async () => {
  const runtime = testRuntime();
  leaks.clock(runtime.clock);
  const hangs = () => new Promise<never>(() => {});
  const fails = () => Promise.reject(new Error("gone"));
  const answers = [hangs, fails, hangs];
  const memories = new SqlMemories({ database: { query: () => answers.shift()?.() ?? fails() }, runtime });
  const loaded = memories.load("a", "b");
  await runtime.clock.advance(500);
  expect([await loaded, await memories.load("a", "b"), await memories.load("\0", "b")]).toEqual([[], [], []]);
  const saved = memories.save("a", "b", ["c"]);
  await runtime.clock.advance(10_000);
  await saved;
});
