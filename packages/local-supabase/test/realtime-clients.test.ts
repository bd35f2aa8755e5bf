import { describe, expect, it } from "vitest";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer, type TestServer } from "./support/test-server.ts";

const open = (test: TestServer, vsn = "2.0.0") => RawClient.open(test.server.url, test.keys.anon, vsn);
const TRACK = { type: "presence", event: "TRACK", payload: { name: "Ann" } };

describe("what clients of every age send", () => {
  it("is done and answered under the join ref of another join, or of none", async () => {
    await using test = await startTestServer();
    const client = await open(test);
    await client.join("room", { presence: { key: "ann", enabled: true } });
    expect(await client.nextJson()).toMatchObject(["1", null, "realtime:room", "presence_state", {}]);
    client.sendJson(["some other", "7", "realtime:room", "presence", TRACK]);
    expect(await client.nextJson()).toEqual(["1", "7", "realtime:room", "phx_reply", { status: "ok", response: {} }]);
    expect(await client.nextJson()).toMatchObject([
      null,
      null,
      "realtime:room",
      "presence_diff",
      { joins: { ann: {} } },
    ]);
    client.sendJson([null, "8", "realtime:room", "presence", { ...TRACK, payload: { name: "Anna" } }]);
    expect(await client.nextJson()).toEqual(["1", "8", "realtime:room", "phx_reply", { status: "ok", response: {} }]);
    await client.nextJson();
    client.sendJson(["some other", "9", "realtime:room", "phx_leave", {}]);
    expect(await client.nextJson()).toEqual(["1", "9", "realtime:room", "phx_reply", { status: "ok", response: {} }]);
  });

  it.each([["text"], [7], [null], [[1, { a: 2 }]]])(
    "is delivered as a broadcast also when it is no object: %j",
    async (payload) => {
      await using test = await startTestServer();
      const [client, old] = [await open(test), await open(test, "1.0.0")];
      await client.join("room", { broadcast: { self: true, ack: true } });
      await old.join("room");
      client.sendJson(["1", "2", "realtime:room", "broadcast", payload]);
      expect(await client.nextJson()).toEqual([null, null, "realtime:room", "broadcast", payload]);
      expect(await client.nextJson()).toMatchObject(["1", "2", "realtime:room", "phx_reply", { status: "ok" }]);
      expect(await old.nextJson()).toEqual({ ref: null, event: "broadcast", topic: "realtime:room", payload });
    },
  );

  it("joins a private topic by any spelling of true", async () => {
    await using test = await startTestServer();
    const refused = test.server.events.next("join:refused");
    const client = await open(test);
    client.sendJson(["1", "1", "realtime:secret", "phx_join", { config: { private: "True" } }]);
    expect(await refused).toMatchObject({ topic: "realtime:secret", reason: expect.stringContaining("Unauthorized") });
  });

  it("shows presence to clients that do not say that it is enabled, unless the project has it off", async () => {
    await using test = await startTestServer();
    const client = await open(test);
    await client.join("room", { presence: { key: "" } });
    expect(await client.nextJson()).toMatchObject(["1", null, "realtime:room", "presence_state", {}]);
    test.server.setTenant({ isPresenceOn: false });
    expect(await client.nextJson()).toMatchObject([null, null, "realtime:room", "system", {}]);
    expect(await client.closed).toBe(1012);
    const later = await open(test);
    await later.join("room", { presence: { key: "" } });
    expect(await later.rest()).toEqual([]);
  });
});
