import type { Sql } from "@shoal/store";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PolicySetting, postBroadcast, startPolicySetting } from "./support/policy-setting.ts";
import type { RawClient } from "./support/raw-client.ts";
import { hasBroadcast, pushed, say } from "./support/said.ts";

const ANN = "11111111-1111-4111-8111-111111111111";

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

/** A binary broadcast, taken apart. */
function readBinary(frame: string | Uint8Array) {
  const bytes = Buffer.from(frame as Uint8Array);
  const [kind, topicLength = 0, eventLength = 0, metaLength = 0, encoding] = bytes;
  const [topicAt, eventAt, metaAt] = [5, 5 + topicLength, 5 + topicLength + eventLength];
  const payload = bytes.subarray(metaAt + metaLength);
  return {
    kind,
    topic: bytes.toString("utf8", topicAt, eventAt),
    event: bytes.toString("utf8", eventAt, metaAt),
    meta: bytes.toString("utf8", metaAt, metaAt + metaLength),
    payload: encoding === 1 ? payload.toString() : payload.toString("hex"),
  };
}

/** Writes `<id>` for the id of the message wherever it is. */
const withoutId = (text: string, id: string) => text.replaceAll(id, "<id>");

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
    const send = (tx: Sql, n: number) => tx.query(`select realtime.send('{"n":${n}}', 'e', '${topic}')`);
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

describe("a replay", () => {
  const topic = "r2-w2-replay";
  const hourAgo = () => setting.test.clock.now() - 3_600_000;

  async function replayed(replay: unknown, vsn = "2.0.0", on = topic) {
    const client = await setting.open(await setting.user(ANN), vsn);
    const config = { broadcast: { replay }, presence: { enabled: true } };
    const reply = await setting.join(client, on, { config });
    return { client, reply, frames: reply.status === "ok" ? await client.rest() : [] };
  }

  it("sends what is stored after the reply and before the presence, oldest first, and live only what is new", async () => {
    await setting.sql(`delete from realtime.messages`);
    const insert = (columns: string, values: string) =>
      setting.sql(
        `insert into realtime.messages (topic, extension, private, ${columns}) values ('${topic}', ${values})`,
      );
    await insert("event, payload, inserted_at", `'broadcast', true, 'e', '{"n":"old"}', now() - interval '20 hours'`);
    await setting.sql(
      `select realtime.send('{"n":1,"big":12345678901234567890,"b":{"z":1,"a":1.0}}', 'e', '${topic}')`,
    );
    await setting.sql(`select realtime.send('{"n":"public"}', 'e', '${topic}', false)`);
    await insert("event, payload", `'presence', true, 'e', '{"n":"presence"}'`);
    await insert("payload", `'broadcast', true, '{"n":"no event"}'`);
    await setting.sql(`select realtime.send_binary('\\x0102', 'bin', '${topic}')`);
    await insert("event, payload, inserted_at", `'broadcast', true, 'e', '{"n":"in 30 s"}', now() + interval '30 s'`);
    await insert("event, payload, inserted_at", `'broadcast', true, 'e', '{"n":"in 2 min"}', now() + interval '2 min'`);
    const { client, reply, frames } = await replayed({ since: hourAgo(), limit: 25 });
    expect(reply).toEqual({ status: "ok", response: { postgres_changes: [] } });
    const [first, second, third, fourth, last] = frames;
    const { id } = JSON.parse(String(first))[4].meta;
    expect(withoutId(String(first), id)).toBe(
      `["1",null,"realtime:${topic}","broadcast",{"event":"e","meta":{"id":"<id>","replayed":true},` +
        `"payload":{"b":{"a":1.0,"z":1},"big":12345678901234567890,"id":"<id>","n":1},"type":"broadcast"}]`,
    );
    expect(JSON.parse(String(second))[4]).toMatchObject({ event: null, payload: { n: "no event" } });
    expect(readBinary(third ?? "")).toMatchObject({
      event: "bin",
      meta: expect.stringContaining('"replayed":true'),
      payload: "0102",
    });
    expect(JSON.parse(String(fourth))[4]).toMatchObject({ payload: { n: "in 30 s" } });
    expect(JSON.parse(String(last))[3]).toBe("presence_state");
    expect(frames).toHaveLength(5);
    const old = await replayed({ since: 0, limit: 25 }, "1.0.0");
    const said = old.frames.map((frame) => JSON.parse(String(frame)));
    expect(said.map(({ event, payload }) => [event, payload.payload?.n])).toEqual([
      ["broadcast", "old"],
      ["broadcast", 1],
      ["broadcast", "no event"],
      ["broadcast", "in 30 s"],
      ["presence_state", undefined],
    ]);
    expect(hasBroadcast(await pushed(client, topic, "broadcast", say("live")), "live")).toBe(false);
  });

  const [invalid, refused] = ["Replay params are not valid", "Replay is not allowed for public channels"].map(
    (reason) => `UnableToReplayMessages: ${reason}`,
  );
  const cases: readonly [replay: unknown, outcome: number[] | string | undefined][] = [
    [{ since: 0, limit: 3 }, [58, 59, 60]],
    [{ since: 0, limit: 0 }, [60]],
    [{ since: 0, limit: -5 }, [60]],
    [{ since: -1000, limit: 2 }, [59, 60]],
    [{ since: 1_795_998_843, limit: 2 }, [59, 60]],
    [{ since: 0, limit: 100 }, Array.from({ length: 25 }, (_, index) => index + 36)],
    [{ since: 0 }, Array.from({ length: 25 }, (_, index) => index + 36)],
    [{ since: 0, limit: null }, Array.from({ length: 25 }, (_, index) => index + 36)],
    [{ since: 253_402_300_799_999, limit: 3 }, []],
    [{ since: 0, limit: "5" }, invalid],
    [{ since: 0, limit: 2.5 }, invalid],
    [{ limit: 3 }, invalid],
    [{ since: "2026-01-01", limit: 3 }, invalid],
    [{ since: 1.5, limit: 2 }, invalid],
    [{ since: 179_599_884_300_000_000, limit: 2 }, invalid],
    [{ since: null, limit: 2 }, invalid],
    [{}, invalid],
    [null, []],
    [[], []],
    [true, []],
    ["x", []],
  ];

  it.each(cases)("of %j", async (replay, outcome) => {
    const many = "r2-w2-replaybig";
    await setting.sql(`
      insert into realtime.messages (topic, extension, event, payload, private, inserted_at)
      select '${many}', 'broadcast', 'e', jsonb_build_object('n', n), true, now() - interval '1 s' * (100 - n)
      from generate_series(1, 60) n
      where not exists (select from realtime.messages where topic = '${many}')`);
    const { reply, frames } = await replayed(replay, "1.0.0", many);
    if (typeof outcome === "string") {
      expect(reply).toEqual({ status: "error", response: { reason: outcome } });
      return;
    }
    const numbers = frames.map((frame) => JSON.parse(String(frame)).payload.payload?.n);
    expect(numbers.slice(0, -1)).toEqual(outcome);
  });

  it("is refused on a public channel, also when it is null, and to who may not hear broadcasts", async () => {
    const open = await setting.open(setting.test.keys.anon);
    for (const replay of [null, { since: 0 }]) {
      const config = { private: false, broadcast: { replay } };
      expect(await setting.join(open, topic, { config })).toMatchObject({ response: { reason: refused } });
    }
    const { reply } = await replayed({ since: 0 }, "2.0.0", "rp-w2-x");
    expect(reply.response["reason"]).toMatch("Unauthorized: ");
  });

  it("leaves out what clients and HTTP broadcast, which is not stored", async () => {
    const { keys } = setting.test;
    const client = await setting.open(keys.serviceRole);
    await setting.join(client, "r2-w2-http");
    await pushed(client, "r2-w2-http", "broadcast", say("m"));
    const answer = await postBroadcast(setting, "/r2-w2-http/events/e?private=true", {}, keys.serviceRole);
    expect(answer).toEqual([202, ""]);
    expect(await setting.sql("select from realtime.messages where topic = 'r2-w2-http'")).toEqual([]);
    expect(readBinary((await client.restOf("r2-w2-http"))[0] ?? "")).toMatchObject({ event: "e", meta: "" });
  });
});
