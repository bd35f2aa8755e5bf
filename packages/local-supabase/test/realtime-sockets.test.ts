import { describe, expect, it } from "vitest";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer } from "./support/test-server.ts";

describe("opening a socket", () => {
  it.each([
    ["", "API key is missing"],
    ["apikey=abc", "The token provided is not a valid JWT"],
    ["apikey=a.b.c", "The token provided is not a valid JWT"],
    ["apikey=eyJhbGciOiJub25lIn0.e30.", "Failed to generate JWT signer, check your JWT secret or JWKS configuration"],
    ["<WRONG_SIGNATURE>", "Failed to validate JWT signature"],
    ["<EXPIRED_60>", "Token has expired"],
    ["<NO_ROLE>", "Fields `role` and `exp` are required in JWT"],
    ["<NO_EXP>", "Fields `role` and `exp` are required in JWT"],
  ])("refuses %s with 401 after two seconds", async (query, message) => {
    await using test = await startTestServer();
    const name = /^<(.+)>$/.exec(query)?.[1];
    const shown = name ? `apikey=${await test.token(name)}` : query;
    const refused = test.server.events.next("socket:refused");
    const answer = fetch(`${test.server.url}/realtime/v1/websocket?vsn=2.0.0&${shown}`);
    await refused;
    await test.clock.advance(1999);
    expect(test.clock.pendingTimers).toBe(1);
    await test.clock.advance(1);
    const response = await answer;
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: message });
  });

  it("refuses an unknown format at once", async () => {
    await using test = await startTestServer();
    const response = await fetch(`${test.server.url}/realtime/v1/websocket?vsn=9.9.9&apikey=${test.keys.anon}`);
    expect([response.status, await response.text()]).toEqual([403, ""]);
  });

  it("takes the key from the x-api-key header and speaks 1.0.0 unless told otherwise", async () => {
    await using test = await startTestServer();
    const address = `${test.server.url.replace("http", "ws")}/socket/websocket`;
    const socket = new WebSocket(address, { headers: { "x-api-key": test.keys.anon } } as unknown as string[]);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const answered = new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)));
    });
    socket.send(JSON.stringify({ topic: "phoenix", event: "heartbeat", payload: {}, ref: "1", join_ref: null }));
    expect(await answered).toMatchObject({ ref: "1", event: "phx_reply", topic: "phoenix" });
  });

  it("answers a plain request with 426", async () => {
    await using test = await startTestServer();
    const response = await fetch(`${test.server.url}/realtime/v1/websocket?apikey=${test.keys.anon}`);
    expect(response.status).toBe(426);
  });
});

describe("sizes", () => {
  const big = (bytes: number) => ({ type: "broadcast", event: "m", payload: { d: "x".repeat(bytes) } });

  it("refuses a payload over 3000 kB to who asked for an ack, and drops it without a word otherwise", async () => {
    await using test = await startTestServer();
    const asking = await RawClient.open(test.server.url, test.keys.anon);
    const silent = await RawClient.open(test.server.url, test.keys.anon);
    await asking.join("big", { broadcast: { ack: true } });
    await silent.join("big");
    asking.sendJson(["1", "2", "realtime:big", "broadcast", big(3_200_000)]);
    const refusal = { status: "error", response: "payload_size_exceeded" };
    expect(await asking.nextJson()).toEqual(["1", "2", "realtime:big", "phx_reply", refusal]);
    silent.sendJson(["1", "2", "realtime:big", "broadcast", big(3_200_000)]);
    expect(await silent.rest()).toEqual([]);
    expect(await asking.rest()).toEqual([]);
    expect(test.server.stats().broadcasts).toBe(0);
  });

  it("passes a payload just under the limit on whole", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    await client.join("big", { broadcast: { self: true } });
    client.sendJson(["1", "2", "realtime:big", "broadcast", big(2_900_000)]);
    expect(await client.nextJson()).toEqual([null, null, "realtime:big", "broadcast", big(2_900_000)]);
  });

  it("closes a channel that tracks too large a state", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    await client.join("big");
    const track = { type: "presence", event: "track", payload: { d: "x".repeat(3_200_000) } };
    client.sendJson(["1", "2", "realtime:big", "presence", track]);
    expect(await client.nextJson()).toMatchObject([
      "1",
      null,
      "realtime:big",
      "system",
      { message: "Track message size exceeded" },
    ]);
    expect(await client.nextJson()).toEqual(["1", "1", "realtime:big", "phx_close", {}]);
  });

  it("closes a socket with 1009 over a frame of more than 5 MB", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    client.sendJson(big(5_100_000));
    expect(await client.closed).toBe(1009);
  });
});

describe("the server's own end", () => {
  it("keeps public and private topics of one name apart", async () => {
    await using test = await startTestServer();
    const open = await RawClient.open(test.server.url, test.keys.anon);
    const closed = await RawClient.open(test.server.url, test.keys.serviceRole);
    await open.join("twin");
    await closed.join("twin", { private: true, broadcast: { ack: true } });
    closed.sendJson(["1", "2", "realtime:twin", "broadcast", { type: "broadcast", event: "m", payload: {} }]);
    expect(await closed.nextJson()).toMatchObject(["1", "2", "realtime:twin", "phx_reply", { status: "ok" }]);
    expect(await open.rest()).toEqual([]);
  });

  it("closes every socket with the code a test asks for, and goes on serving", async () => {
    await using test = await startTestServer();
    for (const code of [1001, 1011, 1006]) {
      const client = await RawClient.open(test.server.url, test.keys.anon);
      await client.join("room");
      test.server.faults.dropSockets(code);
      expect(await client.closed).toBe(code);
    }
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0, socketsOpened: 3 });
  });

  it("closes sockets with 1012 and leaves nothing when it is closed, however often", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    await client.join("room");
    const refused = test.server.events.next("socket:refused");
    const waiting = fetch(`${test.server.url}/realtime/v1/websocket`).catch((error: unknown) => error);
    await refused;
    await Promise.all([test.server.close(), test.server.close()]);
    expect(await client.closed).toBe(1012);
    await waiting;
    expect(test.clock.pendingTimers).toBe(0);
    expect(test.server.stats()).toMatchObject({ sockets: 0, channels: 0, topics: 0 });
  });

  it("forgets a refused join of a socket that went away meanwhile", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    const refused = test.server.events.next("join:refused");
    client.sendJson(["1", "1", "realtime:", "phx_join", { config: {} }]);
    await refused;
    const closed = test.server.events.next("socket:closed");
    client.close();
    await closed;
    await test.clock.advance(5000);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it("says which port it could not have", async () => {
    await using test = await startTestServer();
    const { startRealtimeServer } = await import("../src/realtime/index.ts");
    const { testRuntime } = await import("@shoal/testkit");
    const second = startRealtimeServer({ runtime: testRuntime(), jwtSecret: "x".repeat(40), port: test.server.port });
    await expect(second).rejects.toMatchObject({ code: "LOCAL_REALTIME_PORT", details: { port: test.server.port } });
  });
});
