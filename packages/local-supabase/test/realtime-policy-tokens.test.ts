import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PolicySetting, startPolicySetting } from "./support/policy-setting.ts";
import type { RawClient } from "./support/raw-client.ts";
import { hasDiffOf, heardOn, noRead, ok, pushed, refresh, say, track } from "./support/said.ts";

const ANN = "11111111-1111-4111-8111-111111111111";
const BEN = "22222222-2222-4222-8222-222222222222";

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

async function openUser(topic: string, config = {}, claims = {}): Promise<RawClient> {
  const client = await setting.open(await setting.user(ANN, claims));
  expect(await setting.join(client, topic, { config })).toMatchObject({ status: "ok" });
  return client;
}

/** What another token may read of what the first one could, and how the channel ends. */
const REFRESHES: readonly [string, boolean, object, object, ((topic: string) => string) | undefined][] = [
  ["nothing", true, {}, { sub: BEN, reads: [] }, noRead],
  ["nothing, as an error", true, {}, { role: "nobody_knows" }, noRead],
  [
    "broadcasts only",
    true,
    {},
    { reads: ["broadcast"] },
    (topic) => `You no longer have permission to read from this Channel topic: ${topic}`,
  ],
  ["presence only, not asked for", false, {}, { reads: ["presence"] }, noRead],
  ["more than before", true, { reads: ["broadcast"] }, {}, undefined],
];

describe("another token", () => {
  it.each(REFRESHES)("may read %s", async (_case, isPresenceOn, before, after, message) => {
    const topic = "cl-w2-x";
    const reads = ["broadcast", "presence"];
    const client = await openUser(topic, { presence: { enabled: isPresenceOn } }, { reads, ...before });
    await heardOn(client, topic);
    client.push(
      `realtime:${topic}`,
      "access_token",
      { access_token: await setting.user(ANN, { reads, ...after }) },
      "2",
    );
    if (message) {
      const payload = { message: message(topic), status: "error", extension: "system", channel: topic };
      expect(await client.nextJson()).toEqual(["1", null, `realtime:${topic}`, "system", payload]);
      expect(await client.nextJson()).toEqual(["1", "1", `realtime:${topic}`, "phx_close", {}]);
      expect(await pushed(client, topic, "broadcast", say("m"))).toMatchObject([{ payload: { status: "error" } }]);
      return;
    }
    expect(await heardOn(client, topic)).toEqual([]);
    const other = await setting.open(setting.test.keys.serviceRole);
    await setting.join(other, topic, { config: { presence: { key: "o", enabled: false } } });
    await pushed(other, topic, "presence", track({ n: 1 }));
    expect(hasDiffOf(await heardOn(client, topic), "o")).toBe(true);
  });

  it("that is no other one changes nothing", async () => {
    const token = await setting.user(ANN);
    const client = await setting.open(token);
    await setting.join(client, "r2-w2-tok");
    for (const same of [token, null, "sb_publishable_x"]) expect(await refresh(client, "r2-w2-tok", same)).toEqual([]);
  });

  it.each([
    ["EXPIRED_60", "Token has expired 60 seconds ago"],
    ["garbage", "The token provided is not a valid JWT"],
    ["WRONG_SIGNATURE", ":signature_error"],
    ["NO_ROLE", "Fields `role` and `exp` are required in JWT"],
  ])("that is %s ends the channel, and not the socket", async (name, message) => {
    const client = await openUser("r2-w2-bad");
    const token = name === "garbage" ? name : await setting.test.token(name);
    client.push("realtime:r2-w2-bad", "access_token", { access_token: token }, "2");
    expect(await client.nextJson()).toMatchObject({ 3: "system", 4: { message } });
    expect(await client.nextJson()).toMatchObject({ 3: "phx_close" });
    expect(await setting.join(client, "r2-w2-bad", { ref: "3" })).toMatchObject({ status: "ok" });
  });
});

describe("a token that runs out", () => {
  it("ends its channel alone", async () => {
    const { clock } = setting.test;
    const client = await setting.open(await setting.user(ANN));
    const exp = Math.floor(clock.now() / 1000) + 3;
    await setting.join(client, "r2-w2-e1", { token: await setting.user(ANN, { exp }) });
    await setting.join(client, "r2-w2-e2", { ref: "2" });
    await clock.advance(exp * 1000 - clock.now() - 1);
    expect(await client.rest()).toEqual([]);
    await clock.advance(501);
    expect(await client.nextJson()).toMatchObject({
      2: "realtime:r2-w2-e1",
      4: { message: "Token has expired 0 seconds ago" },
    });
    expect(await client.nextJson()).toMatchObject({ 2: "realtime:r2-w2-e1", 3: "phx_close" });
    client.push("realtime:r2-w2-e2", "presence", track({}), "3");
    expect(await client.nextJson()).toMatchObject({ 2: "realtime:r2-w2-e2", 4: ok });
  });
});

describe("a socket", () => {
  it("that had nothing but a refused join is killed at the next sweep", async () => {
    const { clock } = setting.test;
    const client = await setting.open(await setting.user(ANN));
    await setting.join(client, "r0-w0-sweep");
    for (let minute = 0; minute < 10; minute += 1) {
      await client.rest();
      await clock.advance(60_000);
    }
    expect(await client.closed).toBe(1006);
  });
});
