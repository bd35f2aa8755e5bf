import { describe, expect, it } from "vitest";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

const JSON_TYPE = "application/json; charset=utf-8";

async function post(
  test: TestServer,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${test.server.url}/realtime/v1/api/broadcast${path}`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${test.keys.anon}`, "content-type": "application/json", ...headers },
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get("content-type"), text };
}

function batch(...messages: object[]): string {
  return JSON.stringify({ messages });
}

describe("broadcast over HTTP", () => {
  it("sends a batch in order to every channel of its topics, as JSON text", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    const old = await RawClient.open(test.server.url, test.keys.anon, "1.0.0");
    await client.join("h");
    old.sendJson({ topic: "realtime:h", event: "phx_join", payload: { config: {} }, ref: "1", join_ref: "1" });
    await old.nextJson();
    const answer = await post(
      test,
      "",
      batch({ topic: "h", event: "e", payload: { x: 1 } }, { topic: "h", event: "e", payload: { x: 2 } }),
    );
    expect(answer).toMatchObject({ status: 202, text: "" });
    for (const x of [1, 2]) {
      const payload = { event: "e", payload: { x }, type: "broadcast" };
      expect(await client.nextJson()).toEqual([null, null, "realtime:h", "broadcast", payload]);
      expect(await old.nextJson()).toEqual({ ref: null, event: "broadcast", topic: "realtime:h", payload });
    }
  });

  it("sends a single message as a binary frame to vsn 2.0.0 and as JSON to vsn 1.0.0", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    await client.join("h");
    expect(await post(test, "/h/events/single", '{"y":1}')).toMatchObject({ status: 202, text: "" });
    const recorded = "040a0600017265616c74696d653a6873696e676c657b2279223a317d";
    expect(Buffer.from((await client.next()) as Uint8Array).toString("hex")).toBe(recorded);
  });

  it("sends bytes as bytes, to nobody on vsn 1.0.0", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.anon);
    const old = await RawClient.open(test.server.url, test.keys.anon, "1.0.0");
    await client.join("room:é");
    old.sendJson({ topic: "realtime:room:é", event: "phx_join", payload: { config: {} }, ref: "1", join_ref: "1" });
    await old.nextJson();
    const path = `/${encodeURIComponent("room:é")}/events/raw`;
    await post(test, path, new Uint8Array([0, 1, 255]), { "content-type": "application/octet-stream" });
    expect([...((await client.next()) as Uint8Array).slice(-3)]).toEqual([0, 1, 255]);
    expect(await old.rest()).toEqual([]);
  });

  it.each([
    ["no token", { authorization: "" }],
    ["a bad token", { authorization: "Bearer abc" }],
  ])("answers 401 to %s", async (_case, headers) => {
    await using test = await startTestServer();
    const answer = await post(test, "", batch({ topic: "h", event: "e", payload: {} }), headers);
    expect(answer).toEqual({ status: 401, type: JSON_TYPE, text: '{"message":"Unauthorized"}' });
  });

  it("takes the key from the apikey header too", async () => {
    await using test = await startTestServer();
    const headers = { authorization: "", apikey: test.keys.anon };
    const answer = await post(test, "", batch({ topic: "h", event: "e", payload: {} }), headers);
    expect(answer.status).toBe(202);
  });

  it.each([
    [
      "missing fields",
      batch({ topic: "h" }),
      { errors: { messages: [{ event: ["can't be blank"], payload: ["can't be blank"] }] } },
    ],
    ["no messages", "{}", { errors: { messages: ["can't be blank"] } }],
    [
      "a wrong type beside a right message",
      batch({ topic: "h", event: "e", payload: {} }, { topic: 1, event: "e", payload: "text" }),
      { errors: { messages: [{}, { topic: ["is invalid"], payload: ["is invalid"] }] } },
    ],
    [
      "a payload over the limit",
      batch({ topic: "h", event: "e", payload: { d: "x".repeat(3_100_000) } }),
      { errors: { messages: [{ payload: ["Payload size exceeds tenant limit"] }] } },
    ],
  ])("answers 422 to %s and sends nothing", async (_case, body, expected) => {
    await using test = await startTestServer();
    const answer = await post(test, "", body);
    expect(answer).toMatchObject({ status: 422, type: JSON_TYPE });
    expect(JSON.parse(answer.text)).toEqual(expected);
    expect(test.server.stats().broadcasts).toBe(0);
  });

  it("answers 400 to a body that is no JSON, 415 to a type it does not know, 404 to other paths", async () => {
    await using test = await startTestServer();
    expect((await post(test, "", "{")).status).toBe(400);
    expect((await post(test, "/h/events/e", "{")).status).toBe(400);
    expect((await post(test, "/h/events/e", "hello", { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(test, "/h", "{}")).status).toBe(404);
  });

  it("keeps private topics to those who may write there", async () => {
    await using test = await startTestServer();
    const client = await RawClient.open(test.server.url, test.keys.serviceRole);
    await client.join("h", { private: true });
    const message = batch({ topic: "h", event: "e", payload: {}, private: true });
    expect((await post(test, "", message)).status).toBe(202);
    expect((await post(test, "/h/events/e?private=true", "{}")).status).toBe(403);
    expect(await client.rest()).toEqual([]);
    const service = { authorization: `Bearer ${test.keys.serviceRole}` };
    expect((await post(test, "", message, service)).status).toBe(202);
    expect(await client.nextJson()).toMatchObject([null, null, "realtime:h", "broadcast", { event: "e" }]);
  });

  it("answers the ping", async () => {
    await using test = await startTestServer();
    const response = await fetch(`${test.server.url}/api/ping`);
    expect([response.status, await response.json()]).toEqual([200, { message: "Success" }]);
  });
});
