import { backends } from "@shoal/testkit";
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import { afterEach, describe, expect, it } from "vitest";
import { startDatabaseSetting } from "./support/database-setting.ts";
import { startDatabaseServer } from "./support/test-server.ts";

const clients: SupabaseClient[] = [];

function connect(url: string, key: string): SupabaseClient {
  const client = createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  clients.push(client);
  return client;
}

function subscribed(channel: RealtimeChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve();
      else if (error) reject(error);
    });
  });
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.removeAllChannels();
});

describe("with the real client library", () => {
  it("exchanges broadcasts, acknowledged, as JSON and as bytes", async () => {
    await using test = await startDatabaseServer("");
    const [ann, ben] = [connect(test.server.url, test.keys.anon), connect(test.server.url, test.keys.anon)];
    const heard: unknown[] = [];
    const hearing = new Promise<void>((resolve) => {
      ben.channel("room:1").on("broadcast", { event: "*" }, ({ event, payload }) => {
        heard.push([event, payload instanceof ArrayBuffer ? [...new Uint8Array(payload)] : payload]);
        if (heard.length === 3) resolve();
      });
    });
    await subscribed(ben.channel("room:1"));
    const room = ann.channel("room:1", { config: { broadcast: { ack: true } } });
    await subscribed(room);
    expect(await room.send({ type: "broadcast", event: "message", payload: { text: "hello" } })).toBe("ok");
    expect(await room.send({ type: "broadcast", event: "bytes", payload: new Uint8Array([1, 2, 3]).buffer })).toBe(
      "ok",
    );
    await ann.channel("room:1").httpSend("over http", { text: "again" });
    await hearing;
    expect(heard).toEqual([
      ["message", { text: "hello" }],
      ["bytes", [1, 2, 3]],
      ["over http", { text: "again" }],
    ]);
  });

  it("shows who is present, who updates and who leaves", async () => {
    await using test = await startDatabaseServer("");
    const [ann, ben] = [connect(test.server.url, test.keys.anon), connect(test.server.url, test.keys.anon)];
    const lobby = ann.channel("lobby", { config: { presence: { key: "ann" } } });
    const states: string[] = [];
    let onSync = () => {};
    const reached = (state: string) =>
      new Promise<void>((resolve) => {
        onSync = () => {
          if (states.at(-1) === state) resolve();
        };
        onSync();
      });
    lobby.on("presence", { event: "sync" }, () => {
      const state = lobby.presenceState<{ status: string }>();
      states.push(
        Object.entries(state)
          .map(([key, metas]) => `${key}:${metas.map(({ status }) => status)}`)
          .sort()
          .join(" "),
      );
      onSync();
    });
    await subscribed(lobby);
    expect(await lobby.track({ status: "waiting" })).toBe("ok");
    const bens = ben.channel("lobby", { config: { presence: { key: "ben" } } });
    await subscribed(bens);
    await bens.track({ status: "waiting" });
    await reached("ann:waiting ben:waiting");
    await bens.track({ status: "matched" });
    await reached("ann:waiting ben:matched");
    await ben.removeChannel(bens);
    await reached("ann:waiting");
  });

  it.each(backends())("hears of rows as they are written (%s)", async (backend) => {
    await using setting = await startDatabaseSetting(
      backend,
      "create table orders (id int primary key, state text); alter publication supabase_realtime add table orders;",
    );
    const client = connect(setting.test.server.url, setting.test.keys.serviceRole);
    const channel = client.channel("orders");
    const heard: unknown[] = [];
    let onHeard = () => {};
    const all = new Promise<void>((resolve) => {
      onHeard = () => heard.length === 3 && resolve();
    });
    channel.on("postgres_changes", { event: "*", schema: "public", table: "orders" }, (change) => {
      heard.push([change.eventType, change.new, change.old, change.errors]);
      onHeard();
    });
    const live = new Promise<void>((resolve) => {
      channel.on("system", {}, ({ message }) => message === "Subscribed to PostgreSQL" && resolve());
    });
    await subscribed(channel);
    await live;
    await setting.sql("insert into orders values (1, 'new')");
    await setting.sql("update orders set state = 'done'");
    await setting.sql("delete from orders");
    await all;
    expect(heard).toEqual([
      ["INSERT", { id: 1, state: "new" }, {}, null],
      ["UPDATE", { id: 1, state: "done" }, { id: 1 }, null],
      ["DELETE", {}, { id: 1 }, null],
    ]);
    await client.removeAllChannels();
  });
});
