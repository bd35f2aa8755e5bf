import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type PolicySetting,
  postBroadcast,
  someoneWaits,
  startPolicySetting,
  whileSlow,
} from "./support/policy-setting.ts";
import type { RawClient } from "./support/raw-client.ts";
import { hasBroadcast, pushed, readBinary, say, withoutId } from "./support/said.ts";

const ANN = "11111111-1111-4111-8111-111111111111";

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

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

  it("is not followed by the same message live, when the stream is behind", async () => {
    await setting.database.script(`
      create table notes (id int primary key);
      alter table notes enable row level security;
      create policy slow on notes to authenticated using (wait_in_line());
      grant select on notes to authenticated;
      alter publication supabase_realtime add table notes;`);
    const watcher = await setting.open(await setting.user(ANN));
    const config = { private: false, postgres_changes: [{ event: "*", schema: "public", table: "notes" }] };
    await setting.join(watcher, "notes", { config });
    expect(JSON.stringify(await watcher.nextJson())).toContain("Subscribed to PostgreSQL");
    const clients: RawClient[] = [];
    await whileSlow(setting, async () => {
      await setting.sql("insert into notes values (1)");
      // The stream waits for the policy: what follows is behind it.
      await someoneWaits(setting);
      await setting.sql("select realtime.send('{}', 'stored', 'r2-w2-behind')");
      const { client, frames } = await replayed({ since: hourAgo() }, "1.0.0", "r2-w2-behind");
      expect(JSON.parse(String(frames[0]))).toMatchObject({ payload: { event: "stored", meta: { replayed: true } } });
      clients.push(client);
    });
    await setting.sql("select realtime.send('{}', 'next', 'r2-w2-behind')");
    expect(await clients[0]?.nextJson()).toMatchObject({ payload: { event: "next" } });
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
