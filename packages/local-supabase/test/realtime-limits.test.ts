import type { SimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

type Simulated = TestServer<SimulatedClock>;

const shut = (topic: string, message: string, joinRef = "1") => [
  [joinRef, null, `realtime:${topic}`, "system", { message, status: "error", extension: "system", channel: topic }],
  [joinRef, joinRef, `realtime:${topic}`, "phx_close", {}],
];

const open = (test: Simulated, token = test.keys.anon) => RawClient.open(test.server.url, token);

async function post(test: Simulated, path: string, body: string, key = test.keys.anon) {
  const headers = { apikey: key, "content-type": "application/json" };
  const response = await fetch(`${test.server.url}/realtime/v1/api/broadcast${path}`, {
    method: "POST",
    body,
    headers,
  });
  const rates = ["x-rate-rolling", "x-rate-limit", "x-rate-limit-remaining"].map((name) => response.headers.get(name));
  return { status: response.status, text: await response.text(), rates };
}

const batchOf = (count: number) =>
  JSON.stringify({ messages: Array.from({ length: count }, () => ({ topic: "h", event: "e", payload: {} })) });

async function nextFrames(client: RawClient, count: number): Promise<unknown[]> {
  const frames: unknown[] = [];
  while (frames.length < count) frames.push(await client.nextJson());
  return frames;
}

describe("limits of a running server", () => {
  it("change at once or at the next tick, and stay as they were when the new ones make no sense", async () => {
    await using test = await startTestServer({ limits: "unlimited" });
    const client = await open(test);
    await client.join("one");
    test.server.setLimits({ channelsPerSocket: 1 });
    expect(() => test.server.setLimits({ channelsPerSocket: -1 })).toThrow(
      expect.objectContaining({ code: "LOCAL_REALTIME_LIMITS" }),
    );
    const refused = test.server.events.next("join:refused");
    client.sendJson(["2", "2", "realtime:two", "phx_join", { config: {} }]);
    expect(await refused).toMatchObject({ reason: "ChannelRateLimitReached: Too many channels" });
    await test.clock.advance(5000);
    await client.nextJson();
    test.server.setLimits("unlimited");
    expect(await client.join("two", {}, "3")).toMatchObject({ 4: { status: "ok" } });
  });

  it("are checked before anything listens", async () => {
    await expect(startTestServer({ limits: { joinsPerSecond: Number.NaN } })).rejects.toMatchObject({
      code: "LOCAL_REALTIME_LIMITS",
    });
  });

  it("hold after a restart, for counters that are cold", async () => {
    await using test = await startTestServer({ limits: { joinsPerSecond: 1 } });
    const client = await open(test);
    for (let ref = 1; ref <= 10; ref += 1) await client.join(`room${ref}`, {}, String(ref));
    await test.clock.advance(5000);
    const refused = test.server.events.next("join:refused");
    client.sendJson(["11", "11", "realtime:room11", "phx_join", { config: {} }]);
    await refused;
    const restarted = test.server.faults.restart({ kind: "clean", downMs: 0 });
    await test.clock.advance(1);
    await restarted;
    const again = await open(test);
    expect(await again.join("room")).toMatchObject({ 4: { status: "ok" } });
  });

  it("let the frame size be smaller", async () => {
    await using test = await startTestServer({ limits: { frameBytes: 100 } });
    const [text, bytes] = [await open(test), await open(test)];
    text.send("ä".repeat(51));
    bytes.send(new Uint8Array(101));
    expect([await text.closed, await bytes.closed]).toEqual([1009, 1009]);
    const fine = await open(test);
    fine.send("ä".repeat(50));
    expect(await fine.rest()).toEqual([]);
  });
});

describe("too many presence events", () => {
  it("close who joins with presence, and who tracks something new, for as long as the average is above", async () => {
    await using test = await startTestServer({ limits: { presenceEventsPerSecond: 1 } });
    const member = await open(test);
    await member.join("p", { presence: { enabled: true, key: "m" } });
    await member.nextJson();
    for (let count = 0; count < 4; count += 1) await (await open(test)).join("p");
    const track = (n: number) => ({ type: "presence", event: "track", payload: { n } });
    for (const n of [1, 2]) {
      member.sendJson(["1", `t${n}`, "realtime:p", "presence", track(n)]);
      expect(await nextFrames(member, 2)).toMatchObject([{ 3: "phx_reply" }, { 3: "presence_diff" }]);
    }
    // 1 state, 2 tracks and 2 diffs to 5 channels are 13 events: 1.3 per second of the first two ticks.
    await test.clock.advance(5000);
    const message = "Too many presence messages per second";
    member.sendJson(["1", "3", "realtime:p", "presence", track(2)]);
    expect(await member.nextJson()).toMatchObject(["1", "3", "realtime:p", "phx_reply", { status: "ok" }]);
    member.sendJson(["1", "4", "realtime:p", "presence", track(3)]);
    expect(await nextFrames(member, 2)).toEqual(shut("p", message));
    const late = await open(test);
    expect(await late.join("p", { presence: { enabled: true } })).toMatchObject({ 4: { status: "ok" } });
    expect(await nextFrames(late, 2)).toEqual(shut("p", message));
    // The diff of the member's end went to 4 channels: 17 are 1.1 per second of three ticks, 0.9 of four.
    await test.clock.advance(10_000);
    await late.join("p", { presence: { enabled: true } }, "2");
    expect(await late.nextJson()).toMatchObject({ 3: "presence_state" });
  });
});

describe("the HTTP API", () => {
  it("says how many requests came of how many events there may be, and refuses them when that is reached", async () => {
    await using test = await startTestServer({ limits: { eventsPerSecond: 3 } });
    for (let count = 0; count < 6; count += 1) {
      expect(await post(test, "", "[")).toMatchObject({ status: 400, rates: [null, null, null] });
      expect(await post(test, "", batchOf(1), "abc")).toEqual({
        status: 401,
        text: '{"message":"Unauthorized"}',
        rates: ["0", "3", "3"],
      });
    }
    await test.clock.advance(1000);
    expect(await post(test, "", batchOf(1))).toEqual({
      status: 429,
      text: '{"message":"Too many requests"}',
      rates: ["3", "3", "0"],
    });
    await test.clock.advance(1000);
    expect(await post(test, "", batchOf(1))).toMatchObject({ status: 202, rates: ["2", "3", "1"] });
    const ping = await fetch(`${test.server.url}/api/ping`);
    expect(ping.headers.get("x-rate-limit-remaining")).toBe("1");
  });

  it("gives no rates when there is no limit", async () => {
    await using test = await startTestServer({ limits: "unlimited" });
    expect(await post(test, "", batchOf(1000))).toEqual({ status: 202, text: "", rates: [null, null, null] });
  });

  it("refuses a batch over what is left of the limit, and one message when nothing is", async () => {
    await using test = await startTestServer();
    const tooMany = '{"message":"Too many messages to broadcast, please reduce the batch size"}';
    expect(await post(test, "", batchOf(101))).toMatchObject({ status: 429, text: tooMany });
    expect(test.server.stats().broadcasts).toBe(0);
    for (let count = 0; count < 10; count += 1)
      expect(await post(test, "", batchOf(100))).toMatchObject({ status: 202 });
    await test.clock.advance(5000);
    expect(await post(test, "", batchOf(1))).toMatchObject({ status: 429, text: tooMany });
    const exceeded = '{"message":"You have exceeded your rate limit"}';
    expect(await post(test, "/h/events/e", "{}")).toMatchObject({ status: 429, text: exceeded });
    await test.clock.advance(5000);
    expect(await post(test, "/h/events/e", "{}")).toMatchObject({ status: 202 });
  });

  it("shuts a channel that hears of it while events are over the limit", async () => {
    await using test = await startTestServer({ limits: { eventsPerSecond: 3 } });
    const listener = await open(test);
    await listener.join("h");
    for (let count = 0; count < 10; count += 1) {
      expect(await post(test, "", batchOf(3))).toMatchObject({ status: 202 });
      await nextFrames(listener, 3);
    }
    // 30 messages, sent and heard, are 60 events: 6 per second of the first two ticks.
    await test.clock.advance(5000);
    expect(await post(test, "", batchOf(1))).toMatchObject({ status: 429 });
    const sender = await open(test);
    await sender.join("h");
    sender.sendJson(["1", "2", "realtime:h", "broadcast", { type: "broadcast", event: "m", payload: {} }]);
    expect(await nextFrames(listener, 3)).toEqual([
      [null, null, "realtime:h", "broadcast", { type: "broadcast", event: "m", payload: {} }],
      ...shut("h", "Too many messages per second"),
    ]);
    expect(await sender.rest()).toEqual([]);
  });

  it("answers 403 while the project is suspended, after the token was looked at", async () => {
    await using test = await startTestServer();
    test.server.setTenant({ isSuspended: true });
    expect(await post(test, "", batchOf(1), "abc")).toMatchObject({ status: 401 });
    for (const path of ["", "/h/events/e"]) {
      expect(await post(test, path, batchOf(1))).toMatchObject({
        status: 403,
        text: '{"message":"Tenant is suspended"}',
      });
    }
  });
});

describe("a setting of the project", () => {
  it("disconnects everybody when it changes, and nobody when it does not", async () => {
    await using test = await startTestServer();
    const client = await open(test);
    await client.join("room");
    test.server.setTenant({ isSuspended: false, isPrivateOnly: false });
    expect(await client.rest()).toEqual([]);
    test.server.setTenant({ isPrivateOnly: true });
    const payload = { message: "Server requested disconnect", status: "ok", extension: "system" };
    expect(await client.nextJson()).toEqual([null, null, "realtime:room", "system", payload]);
    expect(await client.closed).toBe(1012);
    const service = await open(test, test.keys.serviceRole);
    expect(await service.join("room", { private: true })).toMatchObject({ 4: { status: "ok" } });
  });
});
