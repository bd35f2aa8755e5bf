import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultMatchRules } from "@shoal/matchmaker";
import { createSimulatedClock, testDatabase } from "@shoal/testkit";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { type Config, parseConfig } from "./config.ts";
import { type buildFleetConfig, FLEET_FILE_LIMIT_MS, loadFleetConfig } from "./fleet-config.ts";
import { countPeople } from "./matching/people-count.ts";
import { defaultPayloads } from "./payload-codec.ts";

const examples = `${join(import.meta.dirname, "../../../examples")}/`;
const directory = mkdtempSync(join(tmpdir(), "shoal-fleet-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

const load = (path?: string) => loadFleetConfig(configWith(path), {}, createSimulatedClock());
const configWith = (path?: string): Config => parseConfig(path === undefined ? {} : { FLEET_CONFIG: path }).config;

/** A fleet file with one schedule, of which `part` is wrong. */
function scheduleOf(part: string): string {
  return `export default { jobs: { schedules: { nightly: { cron: "0 3 * * *", missed: "once", job: { type: "x" }, ${part} } } } };`;
}

/** A fleet file with bot kinds, of which `part` is wrong. */
function kindOf(part: string, count = 1): string {
  return `const kind = { kind: "echo", names: ["Echo"], async onMatched() {}, async onMessage() {}, ${part} };
    export default { botKinds: () => new Array(${count}).fill(kind) };`;
}

let files = 0;
function fileWith(text: string): string {
  files += 1;
  const path = join(directory, `${files}.fleet.config.ts`);
  writeFileSync(path, text);
  return path;
}

describe("loadFleetConfig", () => {
  it("is the stranger-chat contract without a file", async () => {
    const fleet = await load();
    expect([fleet.topics.lobby, fleet.topics.user("u"), fleet.topics.room("r")]).toEqual([
      "global:lobby",
      "user:u",
      "room:r",
    ]);
    expect(fleet.events).toEqual({ matched: "stranger_matched", message: "message", typing: "typing", leave: "leave" });
    expect(fleet.activePeople).toEqual({ from: "lobby" });
    expect(fleet.botKinds.map(({ kind }) => kind)).toEqual(["conversation"]);
    expect(fleet.jobs).toEqual({});
    expect(fleet.analytics).toEqual({});
  });

  it("loads the example with jobs of its own", async () => {
    const { jobs } = await load(`${examples}shop.fleet.config.ts`);
    expect(Object.keys(jobs.handlers ?? {})).toEqual(["send_digest"]);
    expect(Object.keys(jobs.queues ?? {})).toEqual(["execution_jobs"]);
    expect(jobs.schedules).toMatchObject({ send_digest: { timeZone: "Europe/Berlin" }, risk_check: null });
  });

  it("loads the example with other names, which reads back what it writes", async () => {
    const fleet = await load(`${examples}support-desk.fleet.config.ts`);
    expect(fleet.topics.room("7")).toBe("desk:case:7");
    expect(fleet.events.leave).toBe("case_closed");
    expect(fleet.botKinds.map(({ kind }) => kind)).toEqual(["conversation", "triage"]);
    expectRoundTrip(fleet.payloads);
  });

  it("takes rules of matching as they are written, over those that hold nobody back", async () => {
    const near = { skill: { within: 25, widenPerSecond: 10, max: 325 } };
    const file = fileWith(
      `export default { match: { equal: ["language"], near: ${JSON.stringify(near)}, sla_ms: 20000 } };`,
    );
    expect((await load(file)).match).toEqual({ equal: ["language"], near, avoid: "blocks", slaMs: 20_000 });
    expect((await load(fileWith("export default {};"))).match).toEqual(defaultMatchRules);
  });

  it("loads an example whose query of active people runs as shipped", async () => {
    await using test = await testDatabase();
    const { activePeople } = await load(`${examples}support-desk.fleet.config.ts`);
    expect(activePeople.from).toBe("sql");
    expect(await countPeople(activePeople, { peopleCount: null }, test.database)).toBe(0);
  });

  it.each([
    ["a file that is not there", join(directory, "missing.ts"), "cannot be loaded"],
    ["a file with an error", fileWith("export default (;"), "cannot be loaded"],
    ["no default export", fileWith("export const fleet = {};"), "default export"],
    ["an unknown part", fileWith("export default { topic: {} };"), "topic"],
    ["a topic that is no function", fileWith('export default { topics: { room: "room:" } };'), "topics.room"],
    ["an unknown payload reader", fileWith("export default { payloads: { readAll() {} } };"), "payloads"],
    [
      "a query of analytics that there is not",
      fileWith('export default { analytics: { queries: { profit: "select 1" } } };'),
      "analytics.queries.profit",
    ],
    [
      "an own table of trades without a column",
      fileWith(
        'export default { analytics: { trades: { table: "t", userId: "u", symbol: "s", quantity: "q", price: "p" } } };',
      ),
      "analytics.trades.at",
    ],
    ["rules that are a list", fileWith("export default { match: [] };"), "match"],
    ["an unknown rule", fileWith("export default { match: { slaMs: 5000 } };"), "match.slaMs"],
    [
      "rules of another form",
      fileWith('export default { match: { equal: ["a b"] } };'),
      "match.equal: must be names of 1 to 40 letters",
    ],
    [
      "a window that narrows",
      fileWith("export default { match: { near: { skill: { within: 9, widenPerSecond: 1, max: 3 } } } };"),
      "match.near.skill.max: must be at least what within is",
    ],
    [
      "an objective in seconds",
      fileWith("export default { match: { sla_ms: 20 } };"),
      "match.sla_ms: must be null, or",
    ],
    ["jobs that are no object", fileWith("export default { jobs: [] };"), "jobs"],
    ["an unknown part of jobs", fileWith("export default { jobs: { handler: {} } };"), "handler"],
    [
      "a handler that runs nothing",
      fileWith("export default { jobs: { handlers: { tidy: {} } } };"),
      "jobs.handlers.tidy.run",
    ],
    [
      "a type that no job has",
      fileWith('export default { jobs: { handlers: { "Tidy up": { run() {} } } } };'),
      "jobs.handlers.Tidy up",
    ],
    [
      "a time limit in words",
      fileWith('export default { jobs: { handlers: { tidy: { run() {}, timeLimitMs: "1 s" } } } };'),
      "timeLimitMs",
    ],
    [
      "a queue that pgmq would not take",
      fileWith("export default { jobs: { queues: { Alerts: { run() {} } } } };"),
      "jobs.queues.Alerts",
    ],
    [
      "a schedule of no job",
      fileWith('export default { jobs: { schedules: { nightly: { cron: "0 3 * * *", missed: "once" } } } };'),
      "jobs.schedules.nightly.job",
    ],
    ["a wrong cron text", fileWith(scheduleOf('cron: "at night"')), "nightly: cron"],
    ["an unknown time zone", fileWith(scheduleOf('timeZone: "Mars/Olympus"')), "nightly: timeZone"],
    ["an unknown missed-run policy", fileWith(scheduleOf('missed: "never"')), "nightly: missed"],
    ["no bot kind at all", fileWith("export default { botKinds: () => [] };"), "botKinds()"],
    ["bot kinds that are no function", fileWith("export default { botKinds: [] };"), "botKinds: must be a function"],
    ["bot kinds that are no list", fileWith("export default { botKinds: () => ({}) };"), "botKinds(): must be a list"],
    ["bot kinds that are nothing", fileWith("export default { botKinds() {} };"), "botKinds(): must be a list"],
    [
      "bot kinds that throw",
      fileWith('export default { botKinds() { throw new Error("no model"); } };'),
      "botKinds(): no model",
    ],
    [
      "bot kinds that reject",
      fileWith('export default { botKinds: async () => { throw "no model"; } };'),
      "botKinds(): no model",
    ],
    [
      "a kind that is no object",
      fileWith("export default { botKinds: () => [null] };"),
      "botKinds().0: must be an object",
    ],
    ["a kind without a name", fileWith(kindOf('kind: ""')), "botKinds().0.kind: must not be empty"],
    [
      "a kind without names for its bots",
      fileWith(kindOf("names: []")),
      "botKinds().0.names: must have one name or more",
    ],
    ["a kind whose names are a text", fileWith(kindOf('names: "Ada"')), "botKinds().0.names: must be a list"],
    ["a kind with a name too long", fileWith(kindOf('names: ["x".repeat(81)]')), "botKinds().0.names.0"],
    ["a kind that does not greet", fileWith(kindOf("onMatched: 1")), "botKinds().0.onMatched: must be a function"],
    ["a kind that does not answer", fileWith(kindOf("onMessage: undefined")), "botKinds().0.onMessage"],
    [
      "a kind with a tick that is no function",
      fileWith(kindOf("onTick: 5")),
      "botKinds().0.onTick: must be a function",
    ],
    ["two kinds of one name", fileWith(kindOf("", 2)), "botKinds().1.kind: must differ"],
    [
      "rooms on the lobby's topic",
      fileWith('export default { topics: { room: () => "global:lobby" } };'),
      "topics.room: must differ from topics.lobby",
    ],
    [
      "people on the topics of rooms",
      fileWith('export default { topics: { user: (id) => "room:" + id } };'),
      "topics.room: must differ from topics.user",
    ],
    [
      "one topic for all people",
      fileWith('export default { topics: { user: () => "user" } };'),
      "topics.user: must return a topic of its own",
    ],
    [
      "a topic that is nothing",
      fileWith("export default { topics: { user() {} } };"),
      "topics.user: must return a text",
    ],
    [
      "a topic that is a promise",
      fileWith("export default { topics: { user: async (id) => id } };"),
      "topics.user: must return a text",
    ],
    [
      "a topic that throws",
      fileWith('export default { topics: { user() { throw new Error("no id"); } } };'),
      "throws: no id",
    ],
    [
      "events of a room that are the same",
      fileWith('export default { events: { typing: "message" } };'),
      "events.typing: must differ",
    ],
    ["a getter that throws", fileWith('export default { get topics() { throw new Error("not yet"); } };'), "not yet"],
    ["a definition that is a promise", fileWith("export default Promise.resolve([]);"), "default export"],
    ["a file that throws", fileWith('throw new Error("no key");'), "cannot be loaded: no key"],
    ["a file that throws no error", fileWith('throw "no key";'), "cannot be loaded: no key"],
    ["a package that is not there", fileWith('import "@nobody/has-this";'), "@nobody/has-this"],
  ])("refuses %s, naming file and part", async (_, path, part) => {
    const refused = expect.objectContaining({ code: "CONFIG_FLEET_FILE", message: expect.stringContaining(part) });
    await expect(load(path)).rejects.toEqual(refused);
    await expect(load(path)).rejects.toThrow(path);
  });
});

describe("a fleet file that waits for what never comes", () => {
  it.each([
    ["at its top level", "globalThis.onAsked(); await new Promise(() => {});", "cannot be loaded: did not end within"],
    [
      "in botKinds",
      "export default { botKinds: () => new Promise(() => globalThis.onAsked()) };",
      "botKinds(): did not end within",
    ],
  ])("%s is given up", async (_, text, said) => {
    const clock = createSimulatedClock();
    const path = fileWith(text);
    const asked = Promise.withResolvers<void>();
    Reflect.set(globalThis, "onAsked", asked.resolve);
    onTestFinished(() => void Reflect.deleteProperty(globalThis, "onAsked"));
    const loading = loadFleetConfig(configWith(path), {}, clock);
    const refused = expect(loading).rejects.toThrow(`FLEET_CONFIG ${path}: ${said} ${FLEET_FILE_LIMIT_MS} ms`);
    await asked.promise;
    await clock.advance(FLEET_FILE_LIMIT_MS);
    await refused;
  });
});

describe("a fleet file outside of this repository", () => {
  it("imports what those inside do", () => {
    const path = fileWith(
      'import { conversationBot, defineFleet } from "@shoal/bot-service/config"; import { z } from "zod"; export default defineFleet({ topics: { lobby: typeof conversationBot + typeof z.object } });',
    );
    // In a program of its own: the test runner resolves imports by itself.
    const program = `
      const { loadFleetConfig } = await import(${JSON.stringify(join(import.meta.dirname, "fleet-config.ts"))});
      const { parseConfig } = await import(${JSON.stringify(join(import.meta.dirname, "config.ts"))});
      const { createSystemClock } = await import("@shoal/kernel");
      const { config } = parseConfig({ FLEET_CONFIG: ${JSON.stringify(path)} });
      console.log((await loadFleetConfig(config, {}, createSystemClock())).topics.lobby);`;
    const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", program], { cwd: import.meta.dirname });
    expect(stderr.toString() + stdout.toString()).toBe("functionfunction\n");
  });
});

type Payloads = ReturnType<typeof buildFleetConfig>["payloads"];

function expectRoundTrip(payloads: Payloads): void {
  const since = "2026-01-01T00:00:00Z";
  for (const status of ["waiting", "idle", "matched"] as const) {
    for (const isBot of [true, false]) {
      const member = { userId: "u", name: "Ada", status, since, matchId: isBot ? "m" : null, isBot };
      expect(payloads.readMember(payloads.writeMember(member))).toEqual(member);
      expect(payloads.readMember(payloads.writeMember({ ...member, name: null }))?.name).toBeNull();
    }
  }
  const message = { id: "i", from: "u", text: "hello", sentAt: since };
  expect(payloads.readMessage(payloads.writeMessage(message))).toEqual(message);
  const typing = { from: "u", isTyping: true };
  expect(payloads.readTyping(payloads.writeTyping(typing))).toEqual(typing);
  const leave = { from: "u", reason: "done" };
  expect(payloads.readLeave(payloads.writeLeave(leave))).toEqual(leave);
}

describe("defaultPayloads", () => {
  it("reads back what it writes", () => expectRoundTrip(defaultPayloads));

  it("reads attributes of a wait, and drops alone those that cannot be used", () => {
    const entry = { user_id: "u", status: "waiting", since: "2026-01-01T00:00:00Z" };
    const read = (attributes: unknown) => defaultPayloads.readMember({ ...entry, attributes });
    expect(read({ language: "de", skill: 3 })).toMatchObject({ userId: "u", attributes: { language: "de", skill: 3 } });
    for (const bad of ["de", ["de"], 7, null, { a: "x".repeat(1100) }, { a: { b: { c: { d: 1 } } } }, { a: "\0" }]) {
      expect(read(bad)).toEqual(defaultPayloads.readMember(entry));
    }
  });

  it("writes the notice of the contract", () => {
    const notice = { matchId: "m", roomId: "r", partner: { id: "b", name: "Echo", isBot: true } };
    expect(defaultPayloads.writeNotice(notice)).toEqual({
      match_id: "m",
      room_id: "r",
      partner: { id: "b", name: "Echo", bot: true },
    });
  });

  it.each([
    null,
    7,
    "x",
    [],
    {},
    { user_id: "" },
    { user_id: "u", status: "away", since: "2026-01-01" },
    { user_id: "u", status: "idle", since: "soon" },
  ])("does not read %j as a member", (entry) => expect(defaultPayloads.readMember(entry)).toBeNull());

  it("does not read a message that is too large", () => {
    const message = { id: "i", from: "u", text: "x".repeat(16_385), sent_at: "2026-01-01" };
    expect(defaultPayloads.readMessage(message)).toBeNull();
  });
});

describe("a lobby entry", () => {
  const entry = { user_id: "u1", status: "waiting", since: "2026-01-01T00:00:00.000Z" };
  it.each([
    ["a mark without a zone", { since: "2026-01-01T00:00:00" }],
    ["a mark that is a date only", { since: "2026-01-01" }],
    ["a mark that is no time at all", { since: "2026-13-01T00:00:00Z" }],
    ["a mark on a day that does not exist", { since: "2026-02-30T00:00:00Z" }],
    ["a mark in a year that does not exist", { since: "0000-01-01T00:00:00Z" }],
    ["an id that cannot be stored", { user_id: "u\0" }],
    ["a name that cannot be stored", { name: "\ud800" }],
  ])("is refused with %s", (_what, over) => {
    expect(defaultPayloads.readMember(entry)).toMatchObject({ userId: "u1" });
    expect(defaultPayloads.readMember({ ...entry, ...over })).toBeNull();
  });
});
