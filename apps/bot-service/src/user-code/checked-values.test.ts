import { type LogFields, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { BotKind } from "../fleet/bot-kind.ts";
import { buildFleetConfig, type FleetDefinition } from "../fleet-config.ts";
import { defaultPayloads } from "../payload-codec.ts";
import { named } from "./running-code.ts";
import { createValueFaults } from "./value-faults.ts";

/** The fleet of a file written in JavaScript, and what is counted and logged of it. */
function fleetOf(definition: object) {
  const lines: LogFields[] = [];
  const log = { ...silentLog, error: (fields: LogFields) => void lines.push(fields) };
  const context = { fleetFile: "/srv/fleet.config.ts", home: "/opt/shoal" };
  const faults = createValueFaults({ ...testRuntime(), log }, context);
  let count = 0;
  faults.events.on("user-code:failed", () => {
    count += 1;
  });
  const fleet = named(buildFleetConfig(definition as FleetDefinition, {}, faults.report), faults.report);
  return { fleet, lines, getCount: () => count, close: faults.close };
}

const MEMBER = { userId: "u", name: "Ada", status: "idle", since: "2026-01-01T00:00:00Z", matchId: null, isBot: false };
const MESSAGE = { id: "i", from: "u", text: "hello", sentAt: "2026-01-01T00:00:00Z" };
const READERS = {
  readMember: MEMBER,
  readMessage: MESSAGE,
  readTyping: { from: "u", isTyping: true },
  readLeave: { from: "u", reason: "done" },
};
const throws = () => {
  throw new SyntaxError('Unexpected token in "what a person wrote"');
};

describe.each(Object.entries(READERS))("payloads.%s of a fleet file", (name, good) => {
  const reading = (read: unknown) => {
    const made = fleetOf({ payloads: { [name]: read } });
    return { ...made, read: made.fleet.payloads[name as keyof typeof READERS] };
  };
  const withWrongField = Object.fromEntries(Object.keys(good).map((field) => [field, 7]));
  const hostile = new Proxy({}, { get: throws, has: throws });

  it.each<[what: string, value: unknown, problem: string]>([
    ["nothing", undefined, "must be an object"],
    ["a text", "hello", "must be an object"],
    ["a number", 7, "must be an object"],
    ["a list", [good], "must be an object"],
    ["false", false, "must be an object"],
    ["an empty object", {}, "is missing"],
    ["fields of other types", withWrongField, "must be"],
    ["a promise", Promise.resolve(good), "must not be async"],
    ["an object whose fields throw", hostile, "throws"],
  ])("that returns %s reads null, and is named, logged and counted", (_what, value, problem) => {
    const { read, lines, getCount, close } = reading(() => value);
    expect(read({})).toBeNull();
    expect(getCount()).toBe(1);
    expect(lines).toEqual([
      expect.objectContaining({
        fleet_file: "/srv/fleet.config.ts",
        key: `payloads.${name}()`,
        problem: expect.stringContaining(problem),
        expected: expect.stringMatching(/^null, or \{ /),
      }),
    ]);
    close();
  });

  it("that throws reads null, and what a person wrote stays out of the log", () => {
    const { read, lines, getCount, close } = reading(throws);
    expect(read({})).toBeNull();
    expect(getCount()).toBe(1);
    expect(lines).toMatchObject([{ key: `payloads.${name}()`, problem: "throws", error_code: "SyntaxError" }]);
    expect(JSON.stringify(lines)).not.toContain("person wrote");
    close();
  });

  it("is believed otherwise, without fields of its own, and null is no fault", () => {
    const { read, getCount } = reading(() => ({ ...good, secret: "kept out" }));
    expect(read({})).toEqual(good);
    expect(reading(() => null).read({})).toBeNull();
    expect(getCount()).toBe(0);
  });

  it("has few lines in the log, however often it happens, and leaves no timer behind", () => {
    const { read, lines, getCount, close } = reading(() => 7);
    for (let times = 0; times < 100; times += 1) read({});
    expect([lines.length, getCount()]).toEqual([5, 100]);
    close();
    expect(lines).toHaveLength(6);
  });
});

it("takes a member without name and match for one that has none, and needs to know bots from people", () => {
  const { name: _, matchId: __, ...short } = MEMBER;
  const { fleet } = fleetOf({ payloads: { readMember: () => short } });
  expect(fleet.payloads.readMember({})).toEqual({ ...MEMBER, name: null });
  const { isBot: ___, ...unclear } = MEMBER;
  expect(fleetOf({ payloads: { readMember: () => unclear } }).fleet.payloads.readMember({})).toBeNull();
});

it("leaves the default payloads as they are, which readers may call as their own", () => {
  const { fleet } = fleetOf({
    payloads: {
      readTyping(this: typeof defaultPayloads, payload: unknown) {
        return this.readMessage(payload) && { from: "u", isTyping: true };
      },
    },
  });
  expect(fleet.payloads.readMessage).toBe(defaultPayloads.readMessage);
  expect(fleet.payloads.readTyping(defaultPayloads.writeMessage(MESSAGE))).toEqual(READERS.readTyping);
  expect(fleet.payloads.readTyping({})).toBeNull();
});

describe.each(["writeMember", "writeNotice", "writeMessage", "writeTyping", "writeLeave"] as const)(
  "payloads.%s of a fleet file",
  (name) => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    it.each<[what: string, write: () => unknown]>([
      ["nothing", () => undefined],
      ["null", () => null],
      ["a text", () => "hello"],
      ["a list", () => [1]],
      ["a date", () => new Date(0)],
      ["a function", () => throws],
      ["a promise", () => Promise.resolve({})],
      ["a circle", () => circle],
      ["a bigint", () => ({ seq: 1n })],
      ["an error", throws],
    ])("that makes %s fails with its name, and is counted", (_what, write) => {
      const { fleet, lines, getCount, close } = fleetOf({ payloads: { [name]: write } });
      const { [name]: written } = fleet.payloads;
      expect(() => written({} as never)).toThrow(`payloads.${name}() of the fleet file must be an object`);
      expect(lines).toMatchObject([{ fleet_file: "/srv/fleet.config.ts", key: `payloads.${name}()` }]);
      expect(getCount()).toBe(1);
      close();
    });
  },
);

it.each(["user", "room"] as const)("fails with the name of topics.%s for an id of which it makes no topic", (name) => {
  const ofId: Readonly<Record<string, () => unknown>> = { "1": throws, "2": () => "", "3": () => 7, "4": () => "a\0" };
  const { fleet, getCount, close } = fleetOf({ topics: { [name]: (id: string) => ofId[id]?.() ?? `t:${id}` } });
  expect(fleet.topics[name]("0")).toBe("t:0");
  for (const id of Object.keys(ofId)) expect(() => fleet.topics[name](id)).toThrow(`topics.${name}()`);
  expect(getCount()).toBe(4);
  close();
});

describe.each(["handlers", "queues"] as const)("the check of jobs.%s", (group) => {
  const checkOf = (check: unknown) => {
    const made = fleetOf({ jobs: { [group]: { tidy: { run: async () => {}, check } } } });
    return { ...made, check: (payload: string) => made.fleet.jobs[group]?.["tidy"]?.check?.(payload) };
  };

  it.each([
    ["true", true],
    ["a promise", Promise.resolve(null)],
    ["an object", { ok: true }],
    ["a number", 0],
  ])("that returns %s refuses no payload for good: the attempt fails, and it is counted", (_what, value) => {
    const { check, lines, getCount, close } = checkOf(() => value);
    expect(() => check("x")).toThrow(`jobs.${group}.tidy.check() of the fleet file must be`);
    expect(lines).toMatchObject([{ key: `jobs.${group}.tidy.check()` }]);
    expect(getCount()).toBe(1);
    close();
  });

  it("is believed when it returns a text, null or nothing", () => {
    for (const value of ["too long", null, undefined]) expect(checkOf(() => value).check("x")).toBe(value ?? null);
  });
});

it("counts a kind whose check of settings returns no text, which refuses the settings", () => {
  const kind = { kind: "echo", names: ["E"], onMatched() {}, onMessage() {}, checkSettings: () => 7 };
  const { fleet, lines, close } = fleetOf({ botKinds: () => [kind as unknown as BotKind] });
  expect(() => fleet.botKinds[0]?.checkSettings?.({})).toThrow("must be a text");
  expect(lines).toMatchObject([{ key: "checkSettings() of the bot kind echo" }]);
  close();
});
