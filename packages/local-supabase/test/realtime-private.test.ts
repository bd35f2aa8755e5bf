import { describe, expect, it } from "vitest";
import { type AccessRule, CLOSED_POLICIES, OPEN_POLICIES, type TopicPolicies } from "../src/realtime/policies.ts";
import { RawClient } from "./support/raw-client.ts";
import { startTestServer } from "./support/test-server.ts";

/** What each user may do, by the `sub` of their token. */
const granting =
  (grants: Readonly<Record<string, Partial<TopicPolicies>>>): AccessRule =>
  (_topicName, { sub }) => ({ ...CLOSED_POLICIES, ...grants[String(sub)] });

const noRead = "You do not have permissions to read from this Channel topic: secret";
const track = { type: "presence", event: "track", payload: { n: 1 } };
const say = { type: "broadcast", event: "m", payload: {} };

describe("a private channel", () => {
  it("is asked for by topic and claims, and the answer may take its time", async () => {
    const asked: unknown[] = [];
    const access: AccessRule = async (topicName, { role, sub }) => {
      asked.push([topicName, role, sub]);
      return OPEN_POLICIES;
    };
    await using test = await startTestServer({ access });
    const client = await RawClient.open(test.server.url, await test.keys.authenticated("ann"));
    expect(await client.join("secret", { private: true })).toMatchObject({ 4: { status: "ok" } });
    await client.join("open");
    expect(asked).toEqual([["secret", "authenticated", "ann"]]);
  });

  it.each([
    ["nothing", {}, {}],
    ["writing only", { broadcastWrite: true, presenceWrite: true }, {}],
    ["presence, which was not asked for", { presenceRead: true }, {}],
    ["presence, for a replay", { presenceRead: true }, { presence: { enabled: true }, broadcast: { replay: {} } }],
  ])("is refused after five seconds to who may do %s", async (_case, grant, config) => {
    await using test = await startTestServer({ access: granting({ ann: grant }) });
    const client = await RawClient.open(test.server.url, await test.keys.authenticated("ann"));
    const refused = test.server.events.next("join:refused");
    client.sendJson(["1", "1", "realtime:secret", "phx_join", { config: { private: true, ...config } }]);
    await refused;
    await test.clock.advance(5000);
    const response = { reason: `Unauthorized: ${noRead}` };
    expect(await client.nextJson()).toEqual(["1", "1", "realtime:secret", "phx_reply", { status: "error", response }]);
  });

  it("is refused, and logged, when the rule throws", async () => {
    const access: AccessRule = () => {
      throw new Error("no such function");
    };
    await using test = await startTestServer({ access });
    const client = await RawClient.open(test.server.url, test.keys.serviceRole);
    const refused = test.server.events.next("join:refused");
    client.sendJson(["1", "1", "realtime:secret", "phx_join", { config: { private: true } }]);
    expect(await refused).toMatchObject({ reason: `Unauthorized: ${noRead}` });
  });

  it("hears only what it may read", async () => {
    const grants = { all: OPEN_POLICIES, voice: { broadcastRead: true }, faces: { presenceRead: true } };
    await using test = await startTestServer({ access: granting(grants) });
    const join = async (sub: string) => {
      const client = await RawClient.open(test.server.url, await test.keys.authenticated(sub));
      await client.join("secret", { private: true, presence: { enabled: true, key: sub } });
      return client;
    };
    const [all, voice, faces] = [await join("all"), await join("voice"), await join("faces")];
    for (const client of [all, faces]) expect(await client.nextJson()).toMatchObject({ 3: "presence_state" });
    all.sendJson(["1", "2", "realtime:secret", "broadcast", say]);
    all.sendJson(["1", "3", "realtime:secret", "presence", track]);
    expect(await all.nextJson()).toMatchObject(["1", "3", "realtime:secret", "phx_reply", { status: "ok" }]);
    expect(await voice.nextJson()).toMatchObject({ 3: "broadcast" });
    expect(await faces.nextJson()).toMatchObject({ 3: "presence_diff" });
    expect([await voice.rest(), await faces.rest()]).toEqual([[], []]);
  });

  it("that did not ask for presence reads it from its first track on", async () => {
    await using test = await startTestServer();
    const open = () => RawClient.open(test.server.url, test.keys.serviceRole);
    const [quiet, other] = [await open(), await open()];
    await quiet.join("secret", { private: true });
    await other.join("secret", { private: true, presence: { enabled: true } });
    await other.nextJson();
    other.sendJson(["1", "2", "realtime:secret", "presence", track]);
    await other.nextJson();
    await other.nextJson();
    expect(await quiet.rest()).toEqual([]);
    quiet.sendJson(["1", "2", "realtime:secret", "presence", track]);
    expect(await quiet.nextJson()).toMatchObject({ 3: "phx_reply", 4: { status: "ok" } });
    expect(await quiet.nextJson()).toMatchObject({ 3: "presence_diff" });
  });

  it.each([
    ["all reading", {}, noRead],
    [
      "one kind of it",
      { broadcastRead: true },
      "You no longer have permission to read from this Channel topic: secret",
    ],
  ])("ends when a new token loses %s", async (_case, grant, message) => {
    await using test = await startTestServer({ access: granting({ ann: OPEN_POLICIES, bob: grant }) });
    const client = await RawClient.open(test.server.url, await test.keys.authenticated("ann"));
    await client.join("secret", { private: true, presence: { enabled: true } });
    await client.nextJson();
    const token = await test.keys.authenticated("bob");
    client.sendJson(["1", "2", "realtime:secret", "access_token", { access_token: token }]);
    const payload = { message, status: "error", extension: "system", channel: "secret" };
    expect(await client.nextJson()).toEqual(["1", null, "realtime:secret", "system", payload]);
    expect(await client.nextJson()).toEqual(["1", "1", "realtime:secret", "phx_close", {}]);
  });

  it("may gain and lose writing by a new token without a word", async () => {
    const grants = { ann: { broadcastRead: true }, bob: OPEN_POLICIES };
    await using test = await startTestServer({ access: granting(grants) });
    const client = await RawClient.open(test.server.url, await test.keys.authenticated("ann"));
    const config = { private: true, broadcast: { ack: true } };
    await client.join("secret", config);
    const speak = (ref: string) => client.sendJson(["1", ref, "realtime:secret", "broadcast", say]);
    const become = async (sub: string) => {
      const access_token = await test.keys.authenticated(sub);
      client.sendJson(["1", "t", "realtime:secret", "access_token", { access_token }]);
    };
    speak("2");
    expect(await client.rest()).toEqual([]);
    await become("bob");
    speak("3");
    expect(await client.nextJson()).toMatchObject(["1", "3", "realtime:secret", "phx_reply", { status: "ok" }]);
    await become("ann");
    speak("4");
    expect(await client.rest()).toEqual([]);
  });
});
