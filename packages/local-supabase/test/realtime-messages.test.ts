import type { Sql } from "@shoal/store";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOOTSTRAP_SQL } from "../src/postgres/bootstrap-sql.ts";
import { streamedDatabase } from "./support/database-setting.ts";
import { type PolicySetting, startPolicySetting } from "./support/policy-setting.ts";
import type { RawClient } from "./support/raw-client.ts";
import { readBinary, withoutId } from "./support/said.ts";

const ANN = "11111111-1111-4111-8111-111111111111";

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

/** Opens a client that hears of what the database sends from now on. */
async function listen(topic: string, isPrivate: boolean, vsn: string): Promise<RawClient> {
  const client = await setting.open(await setting.user(ANN), vsn);
  const config = { private: isPrivate, broadcast: { replication_ready: true } };
  expect(await setting.join(client, topic, { config })).toMatchObject({ status: "ok" });
  expect(JSON.stringify(await client.nextJson())).toContain("Replication connection established");
  return client;
}

async function listenAll(topic: string) {
  return {
    PUB: await listen(topic, false, "1.0.0"),
    PRIV: await listen(topic, true, "2.0.0"),
    PRIV1: await listen(topic, true, "1.0.0"),
  };
}

/** Sends `end` to the topic, private and public, after which nothing else is to come. */
async function endOf(topic: string, clients: Awaited<ReturnType<typeof listenAll>>) {
  for (const isPrivate of [true, false])
    await setting.sql(`select realtime.send('{}', 'end', '${topic}', ${isPrivate})`);
  const until = async (client: RawClient) => {
    const frames: (string | Uint8Array)[] = [];
    for (;;) {
      const frame = await client.next();
      if (Buffer.from(frame as string).includes(client.vsn === "2.0.0" ? "end{" : '"event":"end"')) return frames;
      frames.push(frame);
    }
  };
  return { PUB: await until(clients.PUB), PRIV: await until(clients.PRIV), PRIV1: await until(clients.PRIV1) };
}

/** Statements, who is told of them, and the payload as those on vsn 1.0.0 get it. @source REALTIME-PRIVATE.md, 6a-send */
const SENDS: readonly [sql: string, hears: "private" | "public" | "nobody", payload?: string][] = [
  [`select realtime.send('{"a":1}', 'e', '<T>')`, "private", '{"a": 1, "id": "<id>"}'],
  [`select realtime.send('{"a":3}', 'e', '<T>', false)`, "public", '{"a": 3, "id": "<id>"}'],
  [`select realtime.send('{"a":3}', 'e', '<T>', null)`, "nobody"],
  [
    `select realtime.send('{"id":"mine","z":1,"b":[1.0,1e3]}', 'e', '<T>')`,
    "private",
    '{"b": [1.0, 1000], "z": 1, "id": "mine"}',
  ],
  [`select realtime.send('[1]', 'e', '<T>')`, "nobody"],
  [`select realtime.send('"x"', 'e', '<T>')`, "nobody"],
  [`select realtime.send(null, 'e', '<T>')`, "nobody"],
  [`select realtime.send('{}', null, '<T>')`, "nobody"],
  [`select realtime.send('{}', 'e', null)`, "nobody"],
  [`select realtime.send('{}', 'e', 'realtime:<T>')`, "nobody"],
  [
    `insert into realtime.messages (topic, extension, payload, event, private) values ('<T>', 'broadcast', '{"d":1}', 'e', null)`,
    "nobody",
  ],
  [
    `insert into realtime.messages (topic, extension, payload, event, private) values ('<T>', 'broadcast', '{"d":2}', 'e', true)`,
    "private",
    '{"d": 2}',
  ],
  [
    `insert into realtime.messages (topic, extension, payload, event, private) values ('<T>', 'presence', '{"d":3}', 'e', true)`,
    "private",
    '{"d": 3}',
  ],
  [
    `insert into realtime.messages (topic, extension, payload, event) values ('<T>', 'broadcast', '{"d":4}', 'e')`,
    "public",
    '{"d": 4}',
  ],
  [
    `insert into realtime.messages (topic, extension, payload, event, private) values ('<T>', 'broadcast', '"s"', 'e', true)`,
    "private",
    '"s"',
  ],
  [`update realtime.messages set payload = '{"u":1}' where topic = '<T>'`, "nobody"],
  [`select realtime.send(jsonb_build_object('x', repeat('a', 4000000)), 'e', '<T>')`, "nobody"],
  [
    `select realtime.broadcast_changes('<T>', 'e', 'INSERT', 't', 'public', row(1, 'x'), null)`,
    "private",
    '{"id": "<id>", "table": "t", "record": {"f1": 1, "f2": "x"}, "schema": "public", "operation": "INSERT", "old_record": null}',
  ],
];

describe("a message of the database", () => {
  it.each(SENDS)("%s reaches %s", async (sql, hears, payload) => {
    const topic = "r2-w2-send";
    const clients = await listenAll(topic);
    await setting.sql(sql.replaceAll("<T>", topic));
    const { PUB, PRIV, PRIV1 } = await endOf(topic, clients);
    expect([PUB.length > 0, PRIV.length > 0, PRIV1.length > 0]).toEqual([
      hears === "public",
      hears === "private",
      hears === "private",
    ]);
    const [told] = [...PUB, ...PRIV1];
    if (told === undefined) return;
    const { id } = JSON.parse(String(told)).payload.meta;
    expect(withoutId(String(told), id)).toBe(
      `{"ref":null,"event":"broadcast","topic":"realtime:${topic}","payload":{"event":"e","meta":{"id":"<id>"},"payload":${payload},"type":"broadcast"}}`,
    );
    if (PRIV[0] === undefined) return;
    const binary = readBinary(PRIV[0]);
    expect({ ...binary, payload: withoutId(binary.payload, id) }).toEqual({
      kind: 4,
      topic: `realtime:${topic}`,
      event: "e",
      meta: JSON.stringify({ id }),
      payload,
    });
  });

  it("of bytes reaches vsn 2.0.0 alone", async () => {
    const clients = await listenAll("r2-w2-bin");
    await setting.sql(`select realtime.send_binary('\\x0001ff', 'bin', 'r2-w2-bin')`);
    const { PUB, PRIV, PRIV1 } = await endOf("r2-w2-bin", clients);
    expect([PUB, PRIV1]).toEqual([[], []]);
    expect(PRIV.map(readBinary)).toMatchObject([{ kind: 4, event: "bin", payload: "0001ff" }]);
  });

  it("is told in the order of commits, and never when it was rolled back", async () => {
    const topic = "r2-w2-order";
    const clients = await listenAll(topic);
    const send = (tx: Sql<string>, n: number) => tx.query(`select realtime.send('{"n":${n}}', 'e', '${topic}')`);
    const undone = setting.database.transaction(async (tx) => {
      await send(tx, 0);
      throw new Error("rolled back");
    });
    await expect(undone).rejects.toThrow("rolled back");
    await setting.database.transaction(async (tx) => {
      await send(tx, 1);
      await tx.query("savepoint s");
      await send(tx, 2);
      await tx.query("rollback to savepoint s");
      await send(tx, 3);
      expect(await tx.query("select realtime.topic() as topic")).toEqual([{ topic }]);
    });
    expect(await setting.sql("select realtime.topic() as topic")).toEqual([{ topic: null }]);
    const { PRIV1 } = await endOf(topic, clients);
    expect(PRIV1.map((frame) => JSON.parse(String(frame)).payload.payload.n)).toEqual([1, 3]);
  });

  it("comes from a trigger of each row", async () => {
    const topic = "r2-w2-bc";
    const clients = await listenAll(topic);
    await setting.database.script(`
      create table things (id int primary key, name text);
      create function tell() returns trigger language plpgsql as $$ begin
        perform realtime.broadcast_changes('${topic}', tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
        return null;
      end $$;
      create trigger tell after insert or update or delete on things for each row execute function tell();
      insert into things values (1, 'one');
      update things set name = 'uno';
      delete from things;`);
    const { PRIV1 } = await endOf(topic, clients);
    const told = PRIV1.map((frame) => JSON.parse(String(frame)).payload);
    const [one, uno] = [
      { id: 1, name: "one" },
      { id: 1, name: "uno" },
    ];
    expect(told).toMatchObject([
      { event: "INSERT", payload: { table: "things", schema: "public", record: one, old_record: null } },
      { event: "UPDATE", payload: { record: uno, old_record: one } },
      { event: "DELETE", payload: { operation: "DELETE", record: null, old_record: uno } },
    ]);
  });

  it.each([
    ["'TRUNCATE', 't', 'public', null::members, null::members", "Unexpected operation type: TRUNCATE"],
    [
      "'INSERT', 't', 'public', null::members, null::members, 'STATEMENT'",
      "function can only be triggered for each row, not for each statement",
    ],
  ])("of a change %s is refused", async (args, message) => {
    const asked = setting.sql(`select realtime.broadcast_changes('r2-w2-bc', 'e', ${args})`);
    await expect(asked).rejects.toThrow(`Failed to process the row: ${message}`);
  });

  it.each([
    ["anon", "r2-w2-sr", false],
    ["authenticated", "r2-w2-sr", true],
    ["authenticated", "r2-w0-sr", false],
    ["service_role", "r2-w0-sr", true],
  ])("sent by %s to %s is stored: %s", async (role, topic, isStored) => {
    const event = `by ${role}`;
    for (const isPrivate of [true, false]) {
      await setting.database.transaction(async (tx) => {
        await tx.query("select set_config('role', $1, true)", [role]);
        await tx.query(`select realtime.send('{}', '${event}', '${topic}', ${isPrivate})`);
      });
    }
    const stored = await setting.sql(`select from realtime.messages where topic = '${topic}' and event = '${event}'`);
    expect(stored).toHaveLength(isStored ? 2 : 0);
  });

  it("reaches supabase-js as any broadcast does", async () => {
    const { server, keys } = setting.test;
    const client = createClient(server.url, keys.serviceRole, { auth: { persistSession: false } });
    const ready = Promise.withResolvers<void>();
    const channel = client.channel("r0-w0-js", { config: { private: true, broadcast: { replication_ready: true } } });
    const heard = new Promise((resolve) => {
      channel.on("broadcast", { event: "e" }, ({ event, payload }) => resolve([event, payload]));
    });
    channel.on("system", {}, () => ready.resolve());
    channel.subscribe();
    await ready.promise;
    await setting.sql(`select realtime.send('{"a":1,"id":"x"}', 'e', 'r0-w0-js')`);
    expect(await heard).toEqual(["e", { a: 1, id: "x" }]);
    await client.removeAllChannels();
  });
});

describe("the schema realtime", () => {
  it("is made in a database of an earlier version, again and again, and keeps what is younger than 72 hours", async () => {
    await using earlier = await streamedDatabase("drop schema realtime cascade");
    const { database } = earlier;
    const insert =
      "insert into realtime.messages (topic, extension, payload, inserted_at) values ('t', 'broadcast', '{}'";
    await database.script(BOOTSTRAP_SQL);
    await database.script(`${insert}, now() - interval '71 hours'); ${insert}, now() - interval '73 hours');`);
    await database.script(BOOTSTRAP_SQL);
    expect(await database.query("select from realtime.messages")).toHaveLength(1);
    const published =
      "select pubname from pg_publication_tables where schemaname = 'realtime' and tablename = 'messages'";
    expect(await database.query(published)).toEqual([{ pubname: "supabase_realtime_messages_publication" }]);
  });

  it.each(["", '{"sub": ""}'])("finds no user in the claims %j", async (claims) => {
    const asked = setting.database.transaction(async (tx) => {
      await tx.query(
        "select set_config('request.jwt.claims', $1, true), set_config('request.jwt.claim.sub', '', true)",
        [claims],
      );
      return tx.query("select auth.uid() as uid, auth.role() as role, auth.email() as email");
    });
    expect(await asked).toEqual([{ uid: null, role: null, email: null }]);
  });
});
