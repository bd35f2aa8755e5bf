import { usualBackends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { nextChange, startDatabaseSetting } from "./support/database-setting.ts";
import { RawClient } from "./support/raw-client.ts";
import { DATABASE_RECORDINGS } from "./support/recordings.ts";
import { replay } from "./support/replay.ts";

const RECORDED_TABLES = `
  create table test_tenant (id serial primary key, details text);
  alter table test_tenant replica identity full;
  create table rls_t (id serial primary key, owner uuid not null, v text);
  alter table rls_t enable row level security;
  create policy own on rls_t for select to authenticated using (owner = auth.uid());
  alter publication supabase_realtime add table test_tenant, rls_t;`;

const NOTES = `
  create table notes (id int primary key, body text, rank int);
  alter publication supabase_realtime add table notes;`;

const WATCH_NOTES = { event: "*", schema: "public", table: "notes" };

const FILTERED = [
  ["rank=eq.5", [5]],
  ["rank=neq.5", [1, 10]],
  ["rank=lt.5", [1]],
  ["rank=lte.5", [1, 5]],
  ["rank=gt.5", [10]],
  ["rank=gte.5", [5, 10]],
  ["rank=in.(1,10)", [1, 10]],
  ["rank=not.in.(1,10)", [5]],
  ["body=like.b%", [5]],
  ["body=ilike.B%", [5]],
  ["body=match.^[ab]", [1, 5]],
  ["body=not.imatch.^A", [5]],
  ["body=is.null", [10]],
  ["body=not.is.null", [1, 5]],
  ["body=isdistinct.a", [5, 10]],
  ["rank=gt.0,rank=lt.10", [1, 5]],
  ['body=eq."a"', [1]],
] as const;

const REFUSED = [
  [{ ...WATCH_NOTES, filter: "rank=eq.many" }, "ERROR 22P02 (invalid_text_representation)"],
  [{ ...WATCH_NOTES, filter: "rank=like.1%" }, "operator like requires a text-compatible column type, got integer"],
  [{ ...WATCH_NOTES, filter: "body=match.(" }, "ERROR 2201B (invalid_regular_expression)"],
  [{ ...WATCH_NOTES, filter: "body=is.empty" }, "invalid value for is filter"],
  [{ ...WATCH_NOTES, filter: "rank=in.1" }, "`in` filter value must be wrapped by parentheses"],
  [{ ...WATCH_NOTES, filter: "rank=foo.1" }, 'Error parsing `filter` params: ["foo", "1"]'],
  [{ ...WATCH_NOTES, select: ["rank", "nope"] }, "invalid column for select nope"],
  [{ event: "*" }, "No subscription params provided"],
] as const;

async function ranksUntilEnd(client: RawClient): Promise<number[]> {
  const ranks: number[] = [];
  for (;;) {
    const record = (await nextChange(client))["record"] as { id: number; rank: number };
    if (record.id === 99) return ranks;
    ranks.push(record.rank);
  }
}

describe.each(usualBackends())("database changes (%s)", (backend) => {
  it.each(DATABASE_RECORDINGS)("answers as recorded: %s", async (name) => {
    await using setting = await startDatabaseSetting(backend, RECORDED_TABLES);
    const { server, token } = setting.test;
    await replay(name, { server, token, sql: (statement) => setting.sql(statement) });
  });

  it("writes each type as to_jsonb would, and a bytea without its \\x", async () => {
    await using setting = await startDatabaseSetting(
      backend,
      `create type mood as enum ('sad', 'glad');
       create domain score as numeric(6, 2);
       create table kinds (
         id bigint primary key, small smallint, real_ float8, exact numeric, rated score, flag bool, doc jsonb, raw json,
         stamp timestamptz, local timestamp, day date, moody mood, uid uuid, bin bytea, nothing text,
         words text[], grid int[][], moods mood[], stamps timestamptz[], length interval);
       alter publication supabase_realtime add table kinds;`,
    );
    const client = await setting.listen([{ event: "*", schema: "public", table: "kinds" }]);
    await setting.sql(
      `insert into kinds values (
         9007199254740991, -3, 1.5e-7, 'NaN', 12.50, true, '{"a": [1, {"b": null}]}', '[1, "x"]',
         '2026-01-02 03:04:05.678+02', '2026-01-02 03:04:05', '2026-01-02', 'glad',
         '11111111-1111-4111-8111-111111111111', '\\xdeadbeef', null,
         array['plain', 'with "quotes" \\ and, comma', null, 'NULL', '', '{braces}'], '{{1,2},{3,4}}',
         '{sad,glad}', array['2026-01-02 03:04:05+00'::timestamptz], '1 day 02:03:04')`,
    );
    const { record } = await nextChange(client);
    const [row] = await setting.sql("select to_jsonb(kinds) as expected from kinds");
    expect(record).toEqual({ ...(row?.["expected"] as object), bin: "deadbeef" });
  });

  it("delivers a row of many kilobytes whole, on insert and when an update leaves the large value alone", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    await setting.sql("alter table notes alter column body set storage external");
    const client = await setting.listen([WATCH_NOTES]);
    const body = "large ".repeat(20_000);
    await setting.sql(`insert into notes values (1, '${body}', 1)`);
    expect(await nextChange(client)).toMatchObject({ record: { id: 1, body, rank: 1 } });
    await setting.sql("update notes set rank = 2");
    expect(await nextChange(client)).toMatchObject({ record: { id: 1, body, rank: 2 }, old_record: { id: 1 } });
    await setting.sql("alter table notes replica identity full");
    await setting.sql("update notes set rank = 3");
    const whole = { record: { id: 1, body, rank: 3 }, old_record: { id: 1, body, rank: 2 } };
    expect(await nextChange(client)).toMatchObject(whole);
  });

  it("keeps commit order over many transactions of several writers", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let turn = 0; turn < 25; turn += 1) {
        await setting.sql(
          `insert into notes values (${writer * 100 + turn}, 'n', ${turn}), (${-writer * 100 - turn}, 'n', ${turn})`,
        );
      }
    });
    await Promise.all(writers);
    const ids: number[] = [];
    for (let count = 0; count < 200; count += 1) {
      const { record } = await nextChange(client);
      ids.push((record as { id: number }).id);
    }
    const committed = await setting.sql("select id from notes order by xmin::text::bigint, id desc");
    // Rows of one transaction stay together, and each writer's transactions keep their order.
    for (let index = 0; index < ids.length; index += 2) expect(ids[index + 1]).toBe(-(ids[index] ?? 0));
    for (const writer of [1, 2, 3, 4]) {
      const own = ids.filter((id) => Math.floor(id / 100) === writer);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect(ids.toSorted()).toEqual(committed.map(({ id }) => id as number).toSorted());
  });

  it("filters as Postgres compares", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    const channels = await Promise.all(
      FILTERED.map(async ([filter, expected]) => {
        const changes = [
          { ...WATCH_NOTES, filter },
          { ...WATCH_NOTES, filter: "id=eq.99" },
        ];
        return { filter, expected, client: await setting.listen(changes) };
      }),
    );
    await setting.sql("insert into notes values (1, 'a', 1), (2, 'b', 5), (3, null, 10)");
    await setting.sql("insert into notes values (99, 'end', 0)");
    for (const { filter, expected, client } of channels) expect(await ranksUntilEnd(client), filter).toEqual(expected);
  });

  it("refuses what it cannot watch, in the server's words", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    for (const [change, message] of REFUSED) {
      await expect(setting.listen([change])).rejects.toThrow(JSON.stringify(message).slice(1, -1));
    }
  });

  it("hides from a role the columns it may not select, and the row when that is the key", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    await setting.sql("revoke all on notes from anon");
    await setting.sql("grant select (id, rank) on notes to anon");
    const client = await setting.listen([WATCH_NOTES], { token: setting.test.keys.anon });
    await setting.sql("insert into notes values (1, 'secret', 5)");
    expect((await nextChange(client))["record"]).toEqual({ id: 1, rank: 5 });
    await setting.sql("revoke all on notes from anon");
    await setting.sql("insert into notes values (2, 'secret', 5)");
    expect(await nextChange(client)).toMatchObject({ errors: ["Error 401: Unauthorized"], record: {} });
  });

  it("lets service_role see every row of a table with row security", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    await setting.sql("alter table notes enable row level security");
    const client = await setting.listen([WATCH_NOTES]);
    await setting.sql("insert into notes values (1, 'a', 5)");
    expect(await nextChange(client)).toMatchObject({ record: { id: 1 } });
  });

  it("sees a table added to the publication while the stream runs", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    await setting.sql("create table later (id int primary key)");
    await setting.sql("alter publication supabase_realtime add table later");
    const second = await setting.listen([{ event: "INSERT", schema: "public", table: "later" }], { topic: "later" });
    await setting.sql("insert into later values (1)");
    expect(await nextChange(second)).toMatchObject({ table: "later", record: { id: 1 } });
    expect(await client.rest()).toEqual([]);
  });

  it("makes the publication when it is missing, and leaves no slot behind", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    await setting.sql("drop publication supabase_realtime");
    await expect(setting.listen([WATCH_NOTES])).rejects.toThrow("Please check Realtime is enabled");
    expect(await setting.sql("select from pg_publication where pubname = 'supabase_realtime'")).toHaveLength(1);
    const slots = "select slot_name from pg_replication_slots where database = current_database()";
    expect(await setting.sql(slots)).toHaveLength(1);
    await setting.test.server.close();
    expect(await setting.sql(slots)).toEqual([]);
    expect(setting.test.clock.pendingTimers).toBe(0);
  });

  it("closes at once while a long transaction keeps the stream from starting", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    await setting.database.database.transaction(async (tx) => {
      await tx.query("insert into notes values (1, 'not committed yet', 1)");
      const client = await RawClient.open(setting.test.server.url, setting.test.keys.serviceRole);
      await client.join("changes", { postgres_changes: [WATCH_NOTES] });
      // The slot is being made: it waits for every transaction that was there before it.
      const slots = "select slot_name from pg_replication_slots where database = current_database()";
      while ((await setting.sql(slots)).length === 0) await setting.sql("select pg_sleep(0.01)");
      await setting.test.server.close();
      expect(await setting.sql(slots)).toEqual([]);
      expect(setting.test.clock.pendingTimers).toBe(0);
    });
  });

  it("comes back by itself when the stream's connection is cut", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    const live = setting.test.server.events.next("changes:live");
    await setting.sql(
      "select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()",
    );
    await live;
    await setting.sql("insert into notes values (1, 'after', 5)");
    expect(await nextChange(client)).toMatchObject({ record: { id: 1, body: "after" } });
  });

  it("leaves subscribers joined and told nothing when the stream is lost, and what was committed meanwhile is missed", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    const { events } = setting.test.server;
    const [lost, again] = [events.next("changes:lost"), events.next("changes:live")];
    await setting.database.database.transaction(async (tx) => {
      // The stream asks for this lock before it begins anew: it cannot be back before the row is committed.
      await tx.query("select pg_advisory_xact_lock(hashtext('publication:supabase_realtime'))");
      await tx.query(
        "select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()",
      );
      await lost;
      await tx.query("insert into notes values (1, 'missed', 1)");
    });
    await again;
    await setting.sql("insert into notes values (2, 'seen', 2)");
    expect(await nextChange(client)).toMatchObject({ record: { id: 2 } });
    expect(await client.rest()).toEqual([]);
    expect(setting.test.server.stats()).toMatchObject({ sockets: 1, channels: 1 });
  });

  it("goes on after a change of a table that is gone by the time it is looked at", async () => {
    await using setting = await startDatabaseSetting(backend, NOTES);
    const client = await setting.listen([{ event: "*", schema: "public", table: "*" }]);
    await setting.database.database.transaction(async (tx) => {
      await tx.query("create table brief (id int primary key, owner uuid)");
      await tx.query("alter publication supabase_realtime add table brief");
      await tx.query("insert into brief values (1)");
      await tx.query("drop table brief");
    });
    await setting.sql("insert into notes values (1, 'a', 5)");
    expect(await nextChange(client)).toMatchObject({ table: "notes" });
  });
});

/** Run on one backend only: these are about what this server does with a row, whichever Postgres it came from. */
describe("a row that has come", () => {
  it("keeps only small values of a record over a mebibyte, and says so", async () => {
    await using setting = await startDatabaseSetting("embedded", NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    await setting.sql("insert into notes values (1, repeat('x', 1100000), 7)");
    expect(await nextChange(client)).toMatchObject({
      errors: ["Error 413: Payload Too Large"],
      record: { id: 1, rank: 7 },
    });
  });

  it("sends only the selected columns and the key", async () => {
    await using setting = await startDatabaseSetting("embedded", NOTES);
    const client = await setting.listen([{ ...WATCH_NOTES, select: ["rank"] }]);
    await setting.sql("insert into notes values (1, 'a', 5)");
    expect((await nextChange(client))["record"]).toEqual({ id: 1, rank: 5 });
  });

  it("reaches nobody while it is muted, without a word, and goes on afterwards with what comes then", async () => {
    await using setting = await startDatabaseSetting("embedded", NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    const { events, faults, stats } = setting.test.server;
    const lifts = [faults.muteChanges(), faults.muteChanges()];
    lifts[0]?.();
    const muted = events.next("changes:muted");
    await setting.sql("insert into notes values (1, 'muted', 1)");
    expect(await muted).toEqual({ schema: "public", table: "notes" });
    expect(await client.rest()).toEqual([]);
    expect(stats()).toMatchObject({ channels: 1, databaseChanges: 0 });
    lifts[1]?.();
    await setting.sql("insert into notes values (2, 'heard', 2)");
    expect(await nextChange(client)).toMatchObject({ record: { id: 2 } });
    expect(await client.rest()).toEqual([]);
  });

  it("has its stream back after a restart, for whoever joins again", async () => {
    await using setting = await startDatabaseSetting("embedded", NOTES);
    const client = await setting.listen([WATCH_NOTES]);
    await setting.test.server.faults.restart({ kind: "crash", downMs: 1 });
    expect(await client.closed).toBe(1006);
    expect(await setting.sql("select from pg_replication_slots where database = current_database()")).toEqual([]);
    const again = await setting.listen([WATCH_NOTES]);
    await setting.sql("insert into notes values (1, 'a', 5)");
    expect(await nextChange(again)).toMatchObject({ record: { id: 1 } });
  });

  it("skips rows without a word while they are over the limit of events", async () => {
    await using setting = await startDatabaseSetting("embedded", NOTES);
    const { server } = setting.test;
    server.setLimits({ eventsPerSecond: 0 });
    const client = await setting.listen([WATCH_NOTES]);
    const skipped = server.events.next("changes:skipped");
    await setting.sql("insert into notes values (1, 'a', 1)");
    expect(await skipped).toEqual({ schema: "public", table: "notes" });
    expect(await client.rest()).toEqual([]);
    expect(server.stats()).toMatchObject({ channels: 1, databaseChanges: 0 });
  });

  it("stops at once for a channel that leaves", async () => {
    await using setting = await startDatabaseSetting("embedded", NOTES);
    const leaver = await setting.listen([WATCH_NOTES]);
    const stayer = await setting.listen([WATCH_NOTES]);
    leaver.sendJson(["1", "2", "realtime:changes", "phx_leave", {}]);
    await leaver.nextJson();
    await leaver.nextJson();
    await setting.sql("insert into notes values (1, 'a', 5)");
    await nextChange(stayer);
    expect(await leaver.rest()).toEqual([]);
  });
});
