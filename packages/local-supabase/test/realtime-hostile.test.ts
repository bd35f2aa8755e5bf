import { connect } from "node:net";
import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

/** Opens another client on the same server. The returned check fails unless that client is still served. */
async function bystander(test: TestServer) {
  const client = await RawClient.open(test.server.url, test.keys.anon);
  await client.join("bystander", { broadcast: { self: true } });
  return async () => {
    client.sendJson(["1", "2", "realtime:bystander", "broadcast", { type: "broadcast", event: "e", payload: {} }]);
    expect((await client.rest()).length).toBe(1);
  };
}

const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;

describe("payloads nested without end", () => {
  it.each([2_000, 100_000, 2_400_000])("of depth %i harm nobody, wherever they come in", async (depth) => {
    await using test = await startTestServer();
    const isFine = await bystander(test);
    const payload = nested(depth);
    for (const frame of [
      `["1","2","realtime:deep","broadcast",{"type":"broadcast","event":"e","payload":${payload}}]`,
      `["1","3","realtime:deep","presence",{"type":"presence","event":"track","payload":${payload}}]`,
      `["1","4","realtime:deep","access_token",{"access_token":${payload}}]`,
      `["9","9","realtime:other","phx_join",{"config":{"postgres_changes":[${payload}]}}]`,
    ]) {
      const client = await RawClient.open(test.server.url, test.keys.anon);
      await client.join("deep", { broadcast: { self: true }, presence: { key: "k", enabled: true } });
      client.send(frame);
      await isFine();
      client.close();
    }
    const batch = await fetch(`${test.server.url}/realtime/v1/api/broadcast`, {
      method: "POST",
      headers: { apikey: test.keys.anon },
      body: `{"messages":[{"topic":"bystander","event":"e","payload":${payload}}]}`,
    });
    expect(batch.status).toBe(400);
    await isFine();
  });

  it("of a sane depth go through whole", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    await client.join("deep", { broadcast: { self: true } });
    const payload = nested(900);
    client.send(`["1","2","realtime:deep","broadcast",{"type":"broadcast","event":"e","payload":${payload}}]`);
    expect(await client.next()).toContain(payload);
    const quoted = "[".repeat(5000);
    client.sendJson(["1", "3", "realtime:deep", "broadcast", { type: "broadcast", event: "\\", payload: { quoted } }]);
    expect(await client.next()).toContain(quoted);
  });
});

describe("names that mean something to JavaScript", () => {
  it("are names like any other: topics, events, presence keys and fields", async () => {
    await using test = await startTestServer();
    const isFine = await bystander(test);
    for (const name of ["__proto__", "constructor", "toString"]) {
      const client = await RawClient.open(test.server.url, test.keys.anon);
      await client.join(name, { broadcast: { self: true }, presence: { key: name, enabled: true } });
      expect(await client.nextJson()).toEqual(["1", null, `realtime:${name}`, "presence_state", {}]);
      client.send(
        `["1","2","realtime:${name}","presence",{"type":"presence","event":"track","payload":{"${name}":{"x":1}}}]`,
      );
      await client.next();
      expect(await client.next()).toContain(`{"joins":{"${name}":{"metas":[{"${name}":{"x":1},"phx_ref":`);
      client.sendJson(["1", "3", `realtime:${name}`, name, {}]);
      client.sendJson(["1", "4", `realtime:${name}`, "broadcast", { type: "broadcast", event: name, payload: {} }]);
      expect((await client.rest()).length).toBe(1);
      client.close();
    }
    expect(Reflect.get({}, "x")).toBeUndefined();
    await isFine();
  });
});

/** Values for the parts of frames that may be of any kind. */
const anything = fc.oneof(
  fc.json().map((text) => JSON.parse(text) as unknown),
  fc.constantFrom(
    null,
    "",
    "1",
    "realtime:",
    "realtime:fuzz",
    "phoenix",
    "phx_join",
    "__proto__",
    "\u0000",
    "x".repeat(300),
  ),
);
const event = fc.oneof(
  fc.constantFrom("phx_join", "phx_leave", "broadcast", "presence", "access_token", "heartbeat"),
  anything,
);
const topic = fc.oneof(fc.constantFrom("realtime:fuzz", "realtime:other", "phoenix"), anything);
const payload = fc.oneof(
  fc.record({ config: anything, access_token: anything }, { requiredKeys: [] }),
  fc.record({
    config: fc.record(
      { broadcast: anything, presence: anything, postgres_changes: fc.array(anything), private: anything },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ type: anything, event: fc.oneof(fc.constantFrom("track", "untrack"), anything), payload: anything }),
  anything,
);
const frame = fc.oneof(
  fc.tuple(anything, anything, topic, event, payload).map((parts) => JSON.stringify(parts)),
  fc.tuple(topic, event, payload).map((parts) => JSON.stringify(["1", "1", ...parts])),
  fc
    .record({ topic, event, payload, ref: anything, join_ref: anything }, { requiredKeys: [] })
    .map((parts) => JSON.stringify(parts)),
  fc.string({ unit: "binary" }),
  // A binary push whose lengths may point anywhere.
  fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 3, 3, 4, 255), fc.uint8Array({ minLength: 0, maxLength: 40 }))
    .map(([kind, bytes]) => new Uint8Array([kind, ...bytes])),
);

describe("a client that sends whatever it likes", () => {
  it.each(["1.0.0", "2.0.0"])("on vsn %s never keeps another from being answered", async (vsn) => {
    await using test = await startTestServer();
    const isFine = await bystander(test);
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 40 }), async (frames) => {
        const client = await RawClient.open(test.server.url, test.keys.anon, vsn);
        client.sendJson(
          vsn === "2.0.0"
            ? ["1", "1", "realtime:fuzz", "phx_join", {}]
            : { topic: "realtime:fuzz", event: "phx_join", payload: {}, ref: "1", join_ref: "1" },
        );
        for (const sent of frames) client.send(sent);
        await isFine();
        client.destroy();
      }),
      { numRuns: soakRuns(100, 10_000) },
    );
    await isFine();
    while (test.server.stats().sockets > 1) await test.server.events.next("socket:closed");
    expect(test.server.stats()).toMatchObject({ channels: 1, topics: 1 });
  });
});

describe("a client that does not read", () => {
  it("is dropped when 50 MB wait for it, and the others get every message", async () => {
    await using test = await startTestServer();
    const isFine = await bystander(test);
    const deaf = await connectDeaf(test, "flood");
    const sender = await RawClient.open(test.server.url, test.keys.anon);
    await sender.join("flood");
    let closed = 0;
    test.server.events.on("socket:closed", () => {
      closed += 1;
    });
    const big = "x".repeat(1_000_000);
    let sent = 0;
    for (; closed === 0 && sent < 200; sent += 1) {
      sender.sendJson(["1", "2", "realtime:flood", "broadcast", { type: "broadcast", event: "e", payload: { big } }]);
      await isFine();
    }
    deaf.destroy();
    expect(closed).toBe(1);
    expect(sent).toBeGreaterThan(40);
    expect(await sender.rest()).toEqual([]);
  });

  it("of its own answers is dropped too", async () => {
    await using test = await startTestServer();
    const isFine = await bystander(test);
    const deaf = await connectDeaf(test, "own");
    const closed = test.server.events.next("socket:closed");
    const big = "x".repeat(60_000);
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    // An unknown topic comes back in the answer.
    for (let sent = 0; !isClosed && sent < 5000; sent += 1) {
      const isTaken = deaf.write(maskedText(JSON.stringify([null, "1", big, "x", {}])));
      if (!isTaken) await isFine();
    }
    await closed;
    deaf.destroy();
    await isFine();
  });
});

/** Opens a websocket without a client library, because a library always reads. */
async function connectDeaf(test: TestServer, name: string) {
  const socket = connect(test.server.port, "127.0.0.1");
  socket.on("error", () => {});
  const joined = test.server.events.next(
    "join:accepted",
    ({ topic: joinedTopic }) => joinedTopic === `realtime:${name}`,
  );
  socket.write(
    [
      `GET /realtime/v1/websocket?apikey=${test.keys.anon}&vsn=2.0.0 HTTP/1.1`,
      "Host: localhost",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
      "Sec-WebSocket-Version: 13",
      "\r\n",
    ].join("\r\n"),
  );
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.pause();
  socket.write(maskedText(JSON.stringify(["1", "1", `realtime:${name}`, "phx_join", { config: {} }])));
  await joined;
  return socket;
}

/** Writes a text frame of at most 65,535 bytes, masked with zeros. */
function maskedText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.from([0x81, 0xfe, bytes.length >> 8, bytes.length & 0xff, 0, 0, 0, 0]);
  if (bytes.length >= 126) return Buffer.concat([head, bytes]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

describe("requests that no library makes", () => {
  it.each([
    ["POST", "/realtime/v1/api/broadcast/%00/events/%ff", 202],
    ["POST", "/realtime/v1/api/broadcast/..%2f..%2fetc/events/passwd", 202],
    ["POST", "/realtime/v1/api/broadcast/__proto__/events/__proto__", 202],
    ["POST", "/realtime/v1/../../etc/passwd", 404],
    ["POST", "/realtime/v1/api//broadcast", 404],
    ["DELETE", "/realtime/v1/api/broadcast", 404],
    ["GET", "/realtime/v1/websocket/../../../keys.json", 404],
  ])("%s %s is answered with %i", async (method, path, status) => {
    await using test = await startTestServer();
    const headers = { apikey: test.keys.anon, "content-type": "application/json" };
    const answer = await exchange(test, `${method} ${path} HTTP/1.1`, headers, method === "GET" ? "" : "{}");
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("are answered or dropped, and harm nobody: bytes that are no text, a body cut short, one that is too long", async () => {
    await using test = await startTestServer();
    const isFine = await bystander(test);
    const url = `${test.server.url}/realtime/v1/api/broadcast`;
    const headers = { apikey: test.keys.anon };
    const notText = await fetch(url, { method: "POST", headers, body: new Uint8Array([0xff, 0xfe, 0x7b]) });
    expect(notText.status).toBe(400);
    const tooLong = await fetch(url, { method: "POST", headers, body: "x".repeat(8_000_001) });
    expect(tooLong.status).toBe(413);
    const short = connect(test.server.port, "127.0.0.1");
    short.on("error", () => {});
    short.write(`POST /realtime/v1/api/broadcast HTTP/1.1\r\nHost: x\r\napikey: ${test.keys.anon}\r\n`);
    await new Promise<void>((resolve) => short.write("Content-Length: 999\r\n\r\n{}", () => resolve()));
    await isFine();
    short.destroy();
    await exchange(test, "GET http://[::bad/ HTTP/1.1", {}, "");
    await isFine();
  });
});

/** Sends one raw HTTP request and resolves with the whole answer. */
function exchange(test: TestServer, line: string, headers: Record<string, string>, body: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(test.server.port, "127.0.0.1");
    let received = "";
    socket.on("data", (data) => {
      received += data.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
    const sent = { host: "localhost", connection: "close", "content-length": String(body.length), ...headers };
    const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}`);
    socket.write(`${[line, ...lines].join("\r\n")}\r\n\r\n${body}`);
  });
}
