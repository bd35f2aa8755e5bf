import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type PolicySetting,
  postBroadcast,
  someoneWaits,
  startPolicySetting,
  whileSlow,
} from "./support/policy-setting.ts";
import { RawClient } from "./support/raw-client.ts";
import { ok, pushed, say, track } from "./support/said.ts";
import { startSimulatedDatabaseServer } from "./support/test-server.ts";

const ANN = "11111111-1111-4111-8111-111111111111";
const ACK = { broadcast: { ack: true } };
const EXHAUSTED = "IncreaseConnectionPool: Please increase your connection pool size";

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());
// Who was turned away for the connection makes the next ones be, for 30 s.
afterEach(() => setting.test.clock.advance(31_000));

async function openUser(topic: string, config = {}): Promise<RawClient> {
  const client = await setting.open(await setting.user(ANN));
  expect(await setting.join(client, topic, { config })).toMatchObject({ status: "ok" });
  return client;
}

const single = async (topic: string) =>
  postBroadcast(setting, `/${topic}/events/e?private=true`, {}, await setting.user(ANN));
const batch = async (topic: string) => {
  const messages = [{ topic, event: "e", payload: {}, private: true }];
  return postBroadcast(setting, "", { messages }, await setting.user(ANN));
};
const nextReply = async (client: RawClient) => ((await client.nextJson()) as unknown[])[4];

describe("a slow policy", () => {
  it("of a join keeps its socket silent until it is done", async () => {
    const client = await setting.open(await setting.user(ANN));
    await whileSlow(setting, async () => {
      client.push("realtime:slow-w2-x", "phx_join", { config: { private: true } }, "1", "1");
      client.push("phoenix", "heartbeat", {}, "2");
      await someoneWaits(setting);
      await setting.test.clock.advance(9000);
      expect(client.unread).toEqual([]);
    });
    expect(await client.nextJson()).toMatchObject({ 1: "1", 4: { status: "ok" } });
    expect(await client.nextJson()).toMatchObject({ 1: "2", 4: ok });
  });

  it("of a write holds up its channel alone, once", async () => {
    const client = await openUser("r2-slow-x", ACK);
    await whileSlow(setting, async () => {
      client.push("realtime:r2-slow-x", "broadcast", say("m"), "2");
      client.push("realtime:r2-slow-x", "broadcast", say("n"), "3");
      await someoneWaits(setting);
      expect(await client.rest()).toEqual([]);
    });
    expect(await client.nextJson()).toMatchObject({ 1: "2", 4: ok });
    expect(await client.nextJson()).toMatchObject({ 1: "3", 4: ok });
    await whileSlow(setting, async () => {
      expect(await pushed(client, "r2-slow-x", "broadcast", say("o"))).toMatchObject([{ payload: ok }]);
    });
  });

  it("is cancelled after fifteen seconds", async () => {
    const { clock } = setting.test;
    const client = await setting.open(await setting.user(ANN));
    const joined = await openUser("r2-slow-y", ACK);
    await whileSlow(setting, async () => {
      const refused = setting.test.server.events.next("join:refused");
      client.push("realtime:slow-w2-x", "phx_join", { config: { private: true } }, "1", "1");
      await someoneWaits(setting);
      await clock.advance(15_000);
      expect((await refused).reason).toMatch(/^QueryCanceled: .*canceling statement due to user request/s);
      await clock.advance(5000);
      expect(await nextReply(client)).toMatchObject({ status: "error" });
      // A write that is cancelled is told nothing, or an error, and is asked for anew.
      joined.push("realtime:r2-slow-y", "broadcast", say("m"), "2");
      await someoneWaits(setting);
      await clock.advance(15_000);
      expect(await joined.restOf("r2-slow-y")).toEqual([]);
      joined.push("realtime:r2-slow-y", "presence", track({}), "3");
      await someoneWaits(setting);
      await clock.advance(15_000);
      expect(await nextReply(joined)).toEqual({ status: "error", response: {} });
      const answer = single("r2-slow-y");
      await someoneWaits(setting);
      await clock.advance(15_000);
      expect(await answer).toEqual([422, '{"message":"Query canceled"}']);
    });
    expect(await pushed(joined, "r2-slow-y", "broadcast", say("m"))).toMatchObject([{ payload: ok }]);
  });

  it("turns away everybody who waits ten seconds for it, and for thirty seconds who comes then", async () => {
    const { clock, server } = setting.test;
    const [a, b, d] = [await openUser("r2-w2-q1", ACK), await openUser("r2-w2-q2"), await openUser("r2-w2-q4")];
    const c = await setting.open(await setting.user(ANN));
    const hearing = await openUser("r2-w2-q5");
    const speaking = await openUser("r2-w2-q5");
    await pushed(speaking, "r2-w2-q5", "broadcast", say("known"));
    await hearing.nextJson();
    await whileSlow(setting, async () => {
      const slow = single("r2-slow-z");
      await someoneWaits(setting);
      const before = clock.pendingTimers;
      a.push("realtime:r2-w2-q1", "broadcast", say("m"), "2");
      b.push("realtime:r2-w2-q2", "presence", track({}), "2");
      c.push("realtime:r2-w2-q3", "phx_join", { config: { private: true } }, "1", "1");
      const token = await setting.user(ANN, { jti: 1 });
      d.push("realtime:r2-w2-q4", "access_token", { access_token: token }, "2");
      const answers = [single("r2-w2-q6"), batch("r2-w2-q6")];
      while (clock.pendingTimers < before + 6) await setting.sql("select pg_sleep(0.01)");
      const refused = server.events.next("join:refused");
      await clock.advance(10_000);
      expect((await refused).reason).toBe(EXHAUSTED);
      expect(await nextReply(b)).toEqual({ status: "error", response: {} });
      expect(await nextReply(d)).toMatchObject({ message: ":increase_connection_pool", status: "error" });
      expect(await d.nextJson()).toMatchObject({ 3: "phx_close" });
      expect(await Promise.all(answers)).toEqual([
        [429, '{"message":"Connection pool exhausted"}'],
        [202, ""],
      ]);
      expect(await a.restOf("r2-w2-q1")).toEqual([]);
      await clock.advance(5000);
      expect(await nextReply(c)).toEqual({ status: "error", response: { reason: EXHAUSTED } });
      expect(await slow).toEqual([422, '{"message":"Query canceled"}']);
    });
    // The connection is free again, but not asked.
    expect(await single("r2-w2-q6")).toEqual([429, '{"message":"Connection pool exhausted"}']);
    expect(await pushed(a, "r2-w2-q1", "broadcast", say("m"))).toEqual([]);
    await pushed(speaking, "r2-w2-q5", "broadcast", say("still"));
    expect(await hearing.nextJson()).toMatchObject({ 4: { event: "still" } });
    await clock.advance(25_000);
    expect(await single("r2-w2-q6")).toEqual([202, ""]);
    expect(await pushed(a, "r2-w2-q1", "broadcast", say("m"))).toMatchObject([{ payload: ok }]);
  });

  it("does not hold up the end of the server", async () => {
    await using own = await startPolicySetting();
    const client = await own.open(await own.user(ANN));
    await whileSlow(own, async () => {
      client.push("realtime:slow-w2-x", "phx_join", { config: { private: true } }, "1", "1");
      await someoneWaits(own);
      await own.test.server.close();
    });
    expect(await client.closed).toBe(1012);
    expect(own.test.clock.pendingTimers).toBe(0);
  });
});

describe("a database that is away", () => {
  it("lets nobody join a private channel, and everybody a public one", async () => {
    await using test = await startSimulatedDatabaseServer("postgres://nobody@127.0.0.1:1/none");
    const { server, clock, keys } = test;
    const client = await RawClient.open(server.url, keys.serviceRole);
    const refused = server.events.next("join:refused");
    client.push("realtime:r2-w2-x", "phx_join", { config: { private: true } }, "1", "1");
    const reason = "UnableToConnectToProject: Realtime was unable to connect to the project database";
    expect((await refused).reason).toBe(reason);
    await clock.advance(5000);
    expect(await nextReply(client)).toEqual({ status: "error", response: { reason } });
    expect(await client.join("open", {}, "2")).toMatchObject({ 4: { status: "ok" } });
    const headers = { apikey: keys.serviceRole, "content-type": "application/json" };
    const url = `${server.url}/api/broadcast/r2-w2-x/events/e?private=true`;
    expect((await fetch(url, { method: "POST", headers, body: "{}" })).status).toBe(503);
  });
});
