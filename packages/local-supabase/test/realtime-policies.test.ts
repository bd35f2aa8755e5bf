import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PolicySetting, startPolicySetting } from "./support/policy-setting.ts";
import type { RawClient } from "./support/raw-client.ts";
import { hasBroadcast, hasDiffOf, heardOn, noRead, ok, pushed, refresh, replyTo, say, track } from "./support/said.ts";

const BEN = "22222222-2222-4222-8222-222222222222";
const ANN = "11111111-1111-4111-8111-111111111111";

/**
 * What the real server did in every combination of read, write and presence: O is another client, with the role
 * service_role, which tracked before. @source REALTIME-PRIVATE.md, 2-matrix
 */
const MATRIX = `
| read | write | presence | join | presence_state | hears O | ack | hears itself | O hears it | O's diff seen, before own track | track | own diff | O sees its diff | O's diff seen, after own track |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
| r0 | w2 | on | **Unauthorized**, 5 s | - | - | - | - | - | - | - | - | - | - |
| r0 | w2 | off | **Unauthorized**, 5 s | - | - | - | - | - | - | - | - | - | - |
| rb | w0 | on | ok | none | yes | **none** | no | no | no | error {} | no | no | no |
| rb | w0 | off | ok | none | yes | **none** | no | no | no | error {} | no | no | no |
| rb | wb | on | ok | none | yes | ok | yes | yes | no | error {} | no | no | no |
| rb | wb | off | ok | none | yes | ok | yes | yes | no | error {} | no | no | no |
| rb | wp | on | ok | none | yes | **none** | no | no | no | ok | no | yes | no |
| rb | wp | off | ok | none | yes | **none** | no | no | no | ok | no | yes | no |
| rb | w2 | on | ok | none | yes | ok | yes | yes | no | ok | no | yes | no |
| rb | w2 | off | ok | none | yes | ok | yes | yes | no | ok | no | yes | no |
| rp | w0 | on | ok | with O | no | **none** | no | no | yes | error {} | no | no | yes |
| rp | w0 | off | **Unauthorized**, 5 s | - | - | - | - | - | - | - | - | - | - |
| rp | wb | on | ok | with O | no | ok | no | yes | yes | error {} | no | no | yes |
| rp | wb | off | **Unauthorized**, 5 s | - | - | - | - | - | - | - | - | - | - |
| rp | wp | on | ok | with O | no | **none** | no | no | yes | ok | yes | yes | yes |
| rp | wp | off | **Unauthorized**, 5 s | - | - | - | - | - | - | - | - | - | - |
| rp | w2 | on | ok | with O | no | ok | no | yes | yes | ok | yes | yes | yes |
| rp | w2 | off | **Unauthorized**, 5 s | - | - | - | - | - | - | - | - | - | - |
| r2 | w0 | on | ok | with O | yes | **none** | no | no | yes | error {} | no | no | yes |
| r2 | w0 | off | ok | none | yes | **none** | no | no | no | error {} | no | no | no |
| r2 | wb | on | ok | with O | yes | ok | yes | yes | yes | error {} | no | no | yes |
| r2 | wb | off | ok | none | yes | ok | yes | yes | no | error {} | no | no | no |
| r2 | wp | on | ok | with O | yes | **none** | no | no | yes | ok | yes | yes | yes |
| r2 | wp | off | ok | none | yes | **none** | no | no | no | ok | no | yes | no |
| r2 | w2 | on | ok | with O | yes | ok | yes | yes | yes | ok | yes | yes | yes |
| r2 | w2 | off | ok | none | yes | ok | yes | yes | no | ok | no | yes | no |
`;

let setting: PolicySetting;
beforeAll(async () => {
  setting = await startPolicySetting();
});
afterAll(() => setting[Symbol.asyncDispose]());

const yesNo = (is: boolean) => (is ? "yes" : "no");

async function openService(topic: string, config = {}): Promise<RawClient> {
  const client = await setting.open(setting.test.keys.serviceRole);
  await setting.join(client, topic, { config });
  return client;
}

async function openUser(topic: string, config = {}, claims = {}): Promise<RawClient> {
  const client = await setting.open(await setting.user(ANN, claims));
  expect(await setting.join(client, topic, { config })).toMatchObject({ status: "ok" });
  return client;
}

describe("a private channel", () => {
  const rows = MATRIX.split("\n").filter((row) => /^\| r[0bp2]/.test(row));
  const cells = rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

  it.each(cells)("reads %s, writes %s, with presence %s", async (read = "", write = "", presence = "", ...expected) => {
    expect(await observe(`${read}-${write}-${presence}`, presence === "on")).toEqual(expected);
  });
});

/** Does what was done to the real server, and returns the cells of its row. */
async function observe(topic: string, isPresenceOn: boolean): Promise<string[]> {
  const o = await openService(topic, { presence: { enabled: true, key: "o" } });
  await pushed(o, topic, "presence", track({ by: "o" }));
  const a = await setting.open(await setting.user(ANN));
  const config = { broadcast: { ack: true, self: true }, presence: { enabled: isPresenceOn, key: "a" } };
  const reply = await setting.join(a, topic, { config });
  if (reply.status === "error") {
    expect(reply.response).toEqual({ reason: `Unauthorized: ${noRead(topic)}` });
    return ["**Unauthorized**, 5 s", ...Array.from({ length: 10 }, () => "-")];
  }
  const [state] = await heardOn(a, topic);
  await pushed(o, topic, "broadcast", say("from-o"));
  const heard = await heardOn(a, topic);
  const own = await pushed(a, topic, "broadcast", say("from-a"));
  const heardByO = await heardOn(o, topic);
  await pushed(o, topic, "presence", track({ by: "o", n: 2 }));
  const before = await heardOn(a, topic);
  const tracked = await pushed(a, topic, "presence", track({ by: "a" }));
  const seenByO = await heardOn(o, topic);
  await pushed(o, topic, "presence", track({ by: "o", n: 3 }));
  const after = await heardOn(a, topic);
  expect(replyTo(await pushed(a, topic, "presence", { type: "presence", event: "untrack" }))).toEqual(ok);
  const answer = replyTo(tracked);
  expect([ok, { status: "error", response: {} }]).toContainEqual(answer);
  return [
    "ok",
    state === undefined ? "none" : `with ${Object.keys(state.payload).join().toUpperCase()}`,
    yesNo(hasBroadcast(heard, "from-o")),
    replyTo(own) === undefined ? "**none**" : String(replyTo(own)?.["status"]),
    yesNo(hasBroadcast(own, "from-a")),
    yesNo(hasBroadcast(heardByO, "from-a")),
    yesNo(hasDiffOf(before, "o")),
    answer?.["status"] === "ok" ? "ok" : "error {}",
    yesNo(hasDiffOf(tracked, "a")),
    yesNo(hasDiffOf(seenByO, "a")),
    yesNo(hasDiffOf(after, "o")),
  ];
}

/** Who may join what. A refusal is the same in all cases, and takes five seconds. */
const JOINS: readonly [claims: Readonly<Record<string, unknown>>, topic: string, isJoined: boolean][] = [
  [{}, "np", false],
  [{ role: "anon" }, "np", false],
  [{ role: "service_role" }, "np", true],
  [{ role: "postgres" }, "np", true],
  [{ role: "nobody_knows" }, "r2-w2-x", false],
  [{ role: "anon" }, "r2-w2-x", false],
  [{}, `uid-w2-${ANN}`, true],
  [{ sub: BEN }, `uid-w2-${ANN}`, false],
  [{ sub: undefined }, `uid-w2-${ANN}`, false],
  [{ sub: "not a uuid" }, `uid-w2-${ANN}`, false],
  [{}, "mem-wm-a", true],
  [{ sub: BEN }, "mem-wm-a", false],
  [{ team: "red" }, "team-w2-red", true],
  [{ team: "blue" }, "team-w2-red", false],
  [{}, "col-w2-x", true],
  [{}, "err-w2-x", false],
  [{}, "r2-w2-\u0000", false],
  [{ role: "authenticated\u0000" }, "r2-w2-x", false],
  [{ note: "\u0000 \ud800" }, "team-w2-red", false],
  [{ role: "none'; drop table realtime.messages; --" }, "r2-w2-x", false],
];

describe("a join", () => {
  it.each(JOINS)("with %j of %j: %s", async (claims, topic, isJoined) => {
    await setting.sql(`insert into members values ('mem-wm-a', '${ANN}', true) on conflict do nothing`);
    const client = await setting.open(await setting.user(ANN, claims));
    const reply = await setting.join(client, topic);
    const response = isJoined ? { postgres_changes: [] } : { reason: `Unauthorized: ${noRead(topic)}` };
    expect(reply).toEqual({ status: isJoined ? "ok" : "error", response });
    expect((await heardOn(client, topic)).length).toBe(0);
  });

  it("is judged by the token of the join, or else by that of the socket", async () => {
    const { anon, serviceRole } = setting.test.keys;
    const statusOf = async (apikey: string, topic: string, token?: string) => {
      const client = await setting.open(apikey);
      return (await setting.join(client, topic, token === undefined ? {} : { token })).status;
    };
    expect(await statusOf(anon, "anon-ok-1")).toBe("ok");
    expect(await statusOf(serviceRole, "r0-w0-t")).toBe("ok");
    expect(await statusOf(serviceRole, "r0-w0-t", "sb_publishable_abc")).toBe("ok");
    expect(await statusOf(serviceRole, "r0-w0-t", await setting.user(ANN))).toBe("error");
  });

  it.each([
    ["true", "error"],
    [1, "ok"],
    ["yes", "ok"],
    [null, "ok"],
  ])("with private %j is answered with %s", async (value, status) => {
    const client = await setting.open(setting.test.keys.anon);
    expect(await setting.join(client, "anon-no", { config: { private: value } })).toMatchObject({ status });
  });

  it("shows a policy the x- headers of its socket, and no others", async () => {
    const token = await setting.user(ANN);
    const plain = await setting.open(token, "2.0.0", { team: "red" });
    expect(await setting.join(plain, "hdr-w2-red")).toMatchObject({ status: "error" });
    const marked = await setting.open(token, "1.0.0", { "x-team": "red" });
    expect(await setting.join(marked, "hdr-w2-red")).toMatchObject({ status: "ok" });
  });

  it("that is refused holds up what its socket sends meanwhile, and leaves it usable", async () => {
    const client = await setting.open(await setting.user(ANN));
    const refused = setting.test.server.events.next("join:refused");
    client.push("realtime:r0-w0-x", "phx_join", { config: { private: true } }, "1", "1");
    client.push("phoenix", "heartbeat", {}, "2");
    await refused;
    await setting.test.clock.advance(5000);
    expect(await client.nextJson()).toMatchObject({ 1: "1", 4: { status: "error" } });
    expect(await client.nextJson()).toMatchObject({ 1: "2", 4: ok });
    const [unmatched] = await pushed(client, "r0-w0-x", "broadcast", say("m"));
    expect(unmatched?.payload).toEqual({ status: "error", response: { reason: "unmatched topic" } });
    expect(await setting.join(client, "r2-w2-after", { ref: "3" })).toMatchObject({ status: "ok" });
  });

  it("of a public topic is refused while only private ones are allowed, which disconnects everybody", async () => {
    const { server, keys } = setting.test;
    const joined = await setting.open(keys.anon);
    await setting.join(joined, "po", { config: { private: false } });
    server.setTenant({ isPrivateOnly: true });
    const payload = { message: "Server requested disconnect", status: "ok", extension: "system" };
    expect(await joined.nextJson()).toEqual([null, null, "realtime:po", "system", payload]);
    expect(await joined.closed).toBe(1012);
    const client = await setting.open(await setting.user(ANN));
    const reason = "PrivateOnly: This project only allows private channels";
    expect(await setting.join(client, "po", { config: { private: false } })).toMatchObject({ response: { reason } });
    expect(await setting.join(client, "r2-w2-po")).toMatchObject({ status: "ok" });
    server.setTenant({ isPrivateOnly: false });
    expect(await client.closed).toBe(1012);
  });
});

describe("a topic of one name, public and private,", () => {
  it("is two topics", async () => {
    const topic = "r2-w2-both";
    const config = { broadcast: { self: true }, presence: { enabled: true } };
    const secret = await openUser(topic, config);
    const open = await setting.open(setting.test.keys.anon);
    await setting.join(open, topic, { config: { ...config, private: false } });
    for (const client of [secret, open]) {
      await heardOn(client, topic);
      expect(hasBroadcast(await pushed(client, topic, "broadcast", say("m")), "m")).toBe(true);
      await pushed(client, topic, "presence", track({ n: 1 }));
    }
    expect([await heardOn(secret, topic), await heardOn(open, topic)]).toEqual([[], []]);
  });
});

const ACK = { broadcast: { ack: true } };

describe("the right to write", () => {
  it("is asked for at the first write, and kept until another token comes", async () => {
    const topic = "mem-wm-cache";
    const setWriting = (can: boolean) => setting.sql(`update members set can_write = ${can} where topic = '${topic}'`);
    await setting.sql(`insert into members values ('${topic}', '${ANN}', false)`);
    const client = await openUser(topic, ACK);
    const isAcknowledged = async () => replyTo(await pushed(client, topic, "broadcast", say("m"))) !== undefined;
    expect(await isAcknowledged()).toBe(false);
    await setWriting(true);
    expect(await isAcknowledged()).toBe(false);
    expect(await refresh(client, topic, await setting.user(ANN, { jti: 1 }))).toEqual([]);
    expect(await isAcknowledged()).toBe(true);
    await setWriting(false);
    expect(await isAcknowledged()).toBe(true);
    const token = await setting.user(ANN, { jti: 2 });
    expect(await refresh(client, topic, token)).toEqual([]);
    expect(await isAcknowledged()).toBe(false);
    await setting.sql(`delete from members where topic = '${topic}'`);
    expect(await refresh(client, topic, token)).toEqual([]);
    client.push(`realtime:${topic}`, "access_token", { access_token: await setting.user(ANN, { jti: 3 }) }, "2");
    expect(await client.nextJson()).toMatchObject({ 3: "system", 4: { message: noRead(topic) } });
  });

  it("is not remembered where a policy raised an error", async () => {
    const client = await openUser("r2-err-x", ACK);
    for (const _time of [1, 2]) expect(await pushed(client, "r2-err-x", "broadcast", say("m"))).toEqual([]);
    const tracked = await pushed(client, "r2-err-x", "presence", track({ a: 1 }));
    expect(tracked.map(({ payload }) => payload)).toEqual([{ status: "error", response: {} }]);
    const half = await openUser("r2-errp-x", ACK);
    expect(await pushed(half, "r2-errp-x", "broadcast", say("m"))).toEqual([]);
  });

  it("is for presence checked before what is tracked", async () => {
    const client = await openUser("r2-w2-mal");
    const answer = async (payload: unknown) => replyTo(await pushed(client, "r2-w2-mal", "presence", payload));
    const reason = "Presence track payload must be a map";
    expect(await answer({ type: "presence", event: "track", payload: "text" })).toEqual({
      status: "error",
      response: { reason },
    });
    expect(await answer({ type: "presence", event: "other" })).toEqual({ status: "error", response: {} });
    expect(await answer({ type: "presence" })).toEqual(ok);
  });

  it.each([
    ["track", true],
    ["broadcast", false],
  ])("when first used to %s without presence: others' presence is told: %s", async (first, isTold) => {
    const topic = `r2-w2-order-${first}`;
    const other = await openService(topic, { presence: { enabled: true, key: "o" } });
    const client = await openUser(topic, { presence: { key: "a", enabled: false } });
    if (first === "broadcast") await pushed(client, topic, "broadcast", say("m"));
    const tracked = await pushed(client, topic, "presence", track({ n: 1 }));
    expect([replyTo(tracked), hasDiffOf(tracked, "a")]).toEqual([ok, isTold]);
    await pushed(other, topic, "presence", track({ n: 1 }));
    expect(hasDiffOf(await heardOn(client, topic), "o")).toBe(isTold);
    // From another token on it is in either case.
    await refresh(client, topic, await setting.user(ANN, { jti: 1 }));
    await pushed(other, topic, "presence", track({ n: 2 }));
    expect(hasDiffOf(await heardOn(client, topic), "o")).toBe(true);
  });
});
