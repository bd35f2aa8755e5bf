import { describe, expect, it } from "vitest";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer } from "./support/test-server.ts";

describe("opening a socket", () => {
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

  it("passes a payload just under the limit on whole", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    await client.join("big", { broadcast: { self: true } });
    client.sendJson(["1", "2", "realtime:big", "broadcast", big(2_900_000)]);
    expect(await client.nextJson()).toEqual([null, null, "realtime:big", "broadcast", big(2_900_000)]);
  });
});

describe("the server's own end", () => {
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
    const { startRealtimeServer } = await import("../src/realtime/server.ts");
    const { testRuntime } = await import("@shoal/testkit");
    const second = startRealtimeServer({ runtime: testRuntime(), jwtSecret: "x".repeat(40), port: test.server.port });
    await expect(second).rejects.toMatchObject({ code: "LOCAL_REALTIME_PORT", details: { port: test.server.port } });
  });
});
