import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PolicySetting, postBroadcast, startPolicySetting } from "./support/policy-setting.ts";

const ANN = "11111111-1111-4111-8111-111111111111";

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

/** Who calls for what topic, how a single message is answered, and whether the topic hears it. @source REALTIME-PRIVATE.md, 5-http */
const CALLS: readonly [
  who: string,
  claims: Record<string, unknown>,
  topic: string,
  single: [number, string],
  isHeard: boolean,
][] = [
  ["anon", { role: "anon" }, "r2-w2-http", [403, '{"message":"Unauthorized"}'], false],
  ["authenticated", {}, "r2-w2-http", [202, ""], true],
  ["authenticated", {}, "r2-w0-http", [403, '{"message":"Unauthorized"}'], false],
  ["service_role", { role: "service_role" }, "r2-w0-http", [202, ""], true],
  ["authenticated", {}, "r2-err-http", [422, '{"message":"RLS policy error"}'], false],
  ["an unknown role", { role: "nobody_knows" }, "r2-w2-http", [422, '{"message":"RLS policy error"}'], false],
];

describe("a private broadcast over HTTP", () => {
  it.each(CALLS)("by %s %o to %s", async (_who, claims, topic, answer, isHeard) => {
    const client = await setting.open(setting.test.keys.serviceRole);
    await setting.join(client, topic);
    const token = await setting.user(ANN, claims);
    const call = (path: string, body: object) => postBroadcast(setting, path, body, token);
    const message = { topic, event: "e", payload: {} };
    expect(
      await call("", {
        messages: [
          { ...message, private: "true" },
          { ...message, private: null },
        ],
      }),
    ).toEqual([202, ""]);
    expect(await call(`/${topic}/events/e?private=true`, {})).toEqual(answer);
    expect(await call(`/${topic}/events/e`, { private: true })).toEqual(answer);
    expect(await call(`/${topic}/events/e?private=1`, {})).toEqual([202, ""]);
    expect(await client.restOf(topic)).toHaveLength(isHeard ? 3 : 0);
  });

  it("goes topic by topic to those that may be written to, and names the ids it is given", async () => {
    const topics = ["r2-w2-mix", "r2-w0-mix"];
    const token = await setting.user(ANN);
    const clients = await Promise.all(
      topics.map(async (topic) => {
        const client = await setting.open(token);
        await setting.join(client, topic);
        return client;
      }),
    );
    const messages = topics.map((topic) => ({ topic, event: "e", payload: {}, private: true, id: "my-id" }));
    expect(await postBroadcast(setting, "", { messages }, token)).toEqual([202, ""]);
    const payload = { event: "e", meta: { id: "my-id" }, payload: {}, type: "broadcast" };
    expect(await clients[0]?.nextJson()).toEqual([null, null, "realtime:r2-w2-mix", "broadcast", payload]);
    expect(await clients[1]?.restOf("r2-w0-mix")).toEqual([]);
  });
});
