import { describe, expect, it } from "vitest";
import type { BotKind } from "../fleet/bot-kind.ts";
import { applyCommand, type DeployableKinds } from "./apply-command.ts";
import { COMMANDS, type CommandName, type Deployment, type Desired, type JsonObject } from "./types.ts";

const OWNER = "11111111-1111-4111-8111-111111111111";
const SOMEBODY = "22222222-2222-4222-8222-222222222222";

const kinds: DeployableKinds = new Map<string, Pick<BotKind, "names" | "checkSettings">>([
  ["echo", { names: ["Echo", "Echa"] }],
  ["picky", { names: ["Pia"], checkSettings: ({ mood }) => (mood === "bad" ? "mood: must not be bad" : null) }],
  [
    "broken",
    {
      names: [],
      checkSettings: () => {
        throw new Error("no idea");
      },
    },
  ],
]);

const bot = (over: Partial<Deployment> = {}): Deployment => ({
  botId: "b1",
  ownerId: OWNER,
  kind: "picky",
  name: "Pia",
  config: { mood: "good" },
  desired: "running",
  stopsGracefully: false,
  generation: 3,
  status: "running",
  ...over,
});

const apply = (
  deployment: Deployment | null,
  command: string,
  payload: unknown = {},
  issuedBy: string | null = OWNER,
  botId = "b1",
  isPersonsId = false,
) => applyCommand(deployment, { botId, command, payloadText: JSON.stringify(payload), issuedBy, isPersonsId }, kinds);

const update = { botId: "b1", command: "UPDATE_CONFIG", issuedBy: OWNER, isPersonsId: false };

const payloads: Record<CommandName, JsonObject> = {
  START_BOT: {},
  STOP_BOT: {},
  RESTART_BOT: {},
  PAUSE_BOT: {},
  RESUME_BOT: {},
  UPDATE_CONFIG: { config: { mood: "new" } },
};

type State = "none" | Desired;
type Expected = { readonly to: Desired; readonly anew?: true } | string;
const unknown = "CONTROL_BOT_UNKNOWN";
const wrong = "CONTROL_WRONG_STATE";
const running = { to: "running" } as const;
const begun = { to: "running", anew: true } as const;
const paused = { to: "paused" } as const;
const stopped = { to: "stopped" } as const;
const removed = { to: "removed" } as const;

const table: Record<State, Record<CommandName, Expected>> = {
  none: {
    START_BOT: running,
    STOP_BOT: unknown,
    RESTART_BOT: unknown,
    PAUSE_BOT: unknown,
    RESUME_BOT: unknown,
    UPDATE_CONFIG: unknown,
  },
  running: {
    START_BOT: running,
    STOP_BOT: stopped,
    RESTART_BOT: begun,
    PAUSE_BOT: paused,
    RESUME_BOT: running,
    UPDATE_CONFIG: begun,
  },
  paused: {
    START_BOT: running,
    STOP_BOT: stopped,
    RESTART_BOT: begun,
    PAUSE_BOT: paused,
    RESUME_BOT: running,
    UPDATE_CONFIG: { to: "paused", anew: true },
  },
  stopped: {
    START_BOT: begun,
    STOP_BOT: stopped,
    RESTART_BOT: begun,
    PAUSE_BOT: wrong,
    RESUME_BOT: wrong,
    UPDATE_CONFIG: { to: "stopped", anew: true },
  },
  removed: {
    START_BOT: begun,
    STOP_BOT: removed,
    RESTART_BOT: begun,
    PAUSE_BOT: wrong,
    RESUME_BOT: wrong,
    UPDATE_CONFIG: { to: "removed", anew: true },
  },
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([command, expected]) => [command as CommandName, state as State, expected] as const),
);
const stateOf = (state: State) => (state === "none" ? null : bot({ desired: state }));

describe("a command", () => {
  it.each(cells)("%s to a bot that is %s", (command, state, expected) => {
    const before = stateOf(state);
    const { deployment, outcome, error } = apply(before, command, payloads[command]);
    if (typeof expected === "string") {
      expect({ deployment, outcome, code: error?.code }).toEqual({
        deployment: before,
        outcome: "rejected",
        code: expected,
      });
      return;
    }
    expect({ outcome, error, desired: deployment?.desired }).toEqual({
      outcome: "applied",
      error: null,
      desired: expected.to,
    });
    expect(deployment?.generation).toBe((before?.generation ?? 1) + (expected.anew ? 1 : 0));
  });

  it.each(cells)("%s of somebody else changes nothing of a bot that is %s", (command, state) => {
    if (state === "none")
      return expect(apply(null, command, payloads[command], SOMEBODY).deployment?.ownerId).not.toBe(OWNER);
    const before = stateOf(state);
    expect(apply(before, command, payloads[command], SOMEBODY)).toMatchObject({
      deployment: before,
      outcome: "rejected",
      error: { code: "CONTROL_NOT_OWNER" },
    });
  });

  it.each(cells)("%s of the operator, to a bot that is %s, counts as its owner's", (command, state) => {
    const before = stateOf(state);
    const byOwner = apply(before, command, payloads[command]);
    const byOperator = apply(before, command, payloads[command], null);
    expect({
      ...byOperator,
      deployment: byOperator.deployment && { ...byOperator.deployment, ownerId: OWNER },
    }).toEqual(byOwner);
  });

  it.each(COMMANDS.flatMap((command) => [...Object.keys(table)].map((state) => [command, state as State] as const)))(
    "%s with a payload that is none is rejected whatever the bot is (%s)",
    (command, state) => {
      const before = stateOf(state);
      for (const payload of [null, 1, "text", [], { surprise: true }]) {
        expect(apply(before, command, payload)).toMatchObject({
          deployment: before,
          outcome: "rejected",
          error: { code: "CONTROL_PAYLOAD_INVALID" },
        });
      }
    },
  );

  it.each(["", "start_bot", "DROP_TABLE", "constructor", "__proto__"])(
    "%j is unknown, whatever the bot is",
    (command) => {
      for (const before of [null, bot()]) {
        const decision = apply(before, command);
        expect(decision).toMatchObject({ deployment: before, outcome: "rejected" });
        expect(decision.error?.code).toBe("CONTROL_COMMAND_UNKNOWN");
      }
    },
  );

  it.each([
    ["START_BOT", { kind: 1 }],
    ["START_BOT", { config: [] }],
    ["START_BOT", { name: "" }],
    ["START_BOT", { name: "x".repeat(81) }],
    ["START_BOT", { owner_id: "me" }],
    ["STOP_BOT", { graceful: "yes" }],
    ["UPDATE_CONFIG", {}],
    ["UPDATE_CONFIG", { config: "mood" }],
  ] as const)("%s with %j is rejected and says which field", (command, payload) => {
    const [field = "config"] = Object.keys(payload);
    expect(apply(bot(), command, payload)).toMatchObject({
      outcome: "rejected",
      error: { code: "CONTROL_PAYLOAD_INVALID", message: expect.stringMatching(`^${field}: `) },
    });
  });

  it("whose payload is no JSON, or nested beyond reading, is rejected like any other", () => {
    const deep = `{"config": ${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}}`;
    for (const payloadText of ["{", "", deep]) {
      const decision = applyCommand(bot(), { ...update, payloadText }, kinds);
      expect(decision).toMatchObject({ deployment: bot(), outcome: "rejected" });
      expect(decision.error?.code).toBe("CONTROL_PAYLOAD_INVALID");
    }
  });

  it("may be nested 64 levels deep: what Postgres takes by itself it might refuse in the list of a whole round", () => {
    const nested = (levels: number) => `{"config": {"mood]]": ${"[".repeat(levels)}"\\"{[" ${"]".repeat(levels)}}}`;
    const updated = (payloadText: string) => applyCommand(bot(), { ...update, payloadText }, kinds);
    expect(updated(nested(62)).outcome).toBe("applied");
    expect(updated(nested(63))).toMatchObject({
      deployment: bot(),
      error: { code: "CONTROL_PAYLOAD_INVALID", message: expect.stringContaining("64") },
    });
  });

  it("is rejected in words that a row can hold, also where the kind cuts its quotation through a character", () => {
    const careless: DeployableKinds = new Map([
      ["picky", { names: [], checkSettings: ({ mood }: JsonObject) => `not ${String(mood).slice(0, 3)}\0` }],
    ]);
    const { error } = applyCommand(bot(), { ...update, payloadText: '{"config": {"mood": "ab😀"}}' }, careless);
    expect(error?.message).toBe("config: not ab\uFFFD\uFFFD");
  });
});

describe("START_BOT", () => {
  it("deploys with the first kind, a name of its own that stays, and no settings", () => {
    const { deployment } = apply(null, "START_BOT");
    expect(deployment).toMatchObject({ kind: "echo", config: {}, generation: 1, ownerId: OWNER, desired: "running" });
    expect(["Echo", "Echa"]).toContain(deployment?.name);
    expect(apply(null, "START_BOT").deployment?.name).toBe(deployment?.name);
    expect(apply(null, "START_BOT", { kind: "picky", name: "Mia" }).deployment).toMatchObject({
      kind: "picky",
      name: "Mia",
    });
  });

  it("leaves a bot that runs as asked in peace, begins anew with other settings, and after a crash", () => {
    const asked = { kind: "picky", config: { mood: "good" } };
    expect(apply(bot(), "START_BOT", asked).deployment).toEqual(bot());
    expect(apply(bot(), "START_BOT", { config: {} }).deployment).toMatchObject({ generation: 4, config: {} });
    expect(apply(bot(), "START_BOT", { name: "Mia" }).deployment).toMatchObject({ generation: 4, name: "Mia" });
    expect(apply(bot({ status: "crashed" }), "START_BOT").deployment?.generation).toBe(4);
    expect(apply(bot({ status: "quarantined" }), "START_BOT").deployment?.generation).toBe(4);
  });

  it.each(["00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff", SOMEBODY.toUpperCase()])(
    "takes %s for an owner, and for the same one in other letters",
    (owner) => {
      const { deployment } = apply(null, "START_BOT", { owner_id: owner }, null);
      expect(deployment?.ownerId).toBe(owner.toLowerCase());
      for (const name of [owner, owner.toLowerCase(), owner.toUpperCase()]) {
        expect(apply(deployment, "START_BOT", { owner_id: name }, null).outcome).toBe("applied");
      }
    },
  );

  it("is for somebody else only the operator's to give", () => {
    expect(apply(null, "START_BOT", { owner_id: SOMEBODY }, null).deployment?.ownerId).toBe(SOMEBODY);
    expect(apply(null, "START_BOT", {}, null).deployment?.ownerId).toBeNull();
    expect(apply(null, "START_BOT", { owner_id: OWNER }).deployment?.ownerId).toBe(OWNER);
    for (const [before, issuedBy] of [
      [null, OWNER],
      [bot(), null],
    ] as const) {
      expect(apply(before, "START_BOT", { owner_id: SOMEBODY }, issuedBy)).toMatchObject({
        deployment: before,
        error: { code: "CONTROL_NOT_OWNER" },
      });
    }
  });

  it("refuses an unknown kind, an id of the fleet's own bots, and naming the known ones", () => {
    expect(apply(null, "START_BOT", { kind: "ghost" })).toMatchObject({
      deployment: null,
      error: { code: "CONTROL_KIND_UNKNOWN", message: expect.stringContaining("echo, picky") },
    });
    for (const botId of ["bot-0a1b2c3d-7", "shoal-3c5e1f0a-1b2c-4d3e-8f4a-5b6c7d8e9f00", "shoal-"]) {
      for (const issuer of [OWNER, null]) {
        expect(apply(null, "START_BOT", {}, issuer, botId).error?.code).toBe("CONTROL_BOT_ID_RESERVED");
      }
    }
    expect(apply(null, "START_BOT", {}, OWNER, "shoal").outcome).toBe("applied");
    expect(apply(null, "START_BOT", {}, OWNER, "bot-alice-7").error).toBeNull();
  });

  it("refuses the id of a person: of one who has waited for a partner, or of the owner, however it is written", () => {
    const taken = { deployment: null, error: { code: "CONTROL_BOT_ID_TAKEN" } };
    expect(apply(null, "START_BOT", {}, OWNER, "ann", true)).toMatchObject(taken);
    expect(apply(null, "START_BOT", {}, null, "ann", true)).toMatchObject(taken);
    const owner = "aaaaaaaa-1111-4111-8111-111111111111";
    expect(apply(null, "START_BOT", {}, owner, owner)).toMatchObject(taken);
    expect(apply(null, "START_BOT", {}, owner, owner.toUpperCase())).toMatchObject(taken);
    expect(apply(null, "START_BOT", { owner_id: owner }, null, owner)).toMatchObject(taken);
    expect(apply(null, "START_BOT", {}, OWNER, SOMEBODY).error).toBeNull();
  });

  it("starts a bot again whose id a person has used since", () => {
    const stopped = bot({ desired: "stopped" });
    expect(apply(stopped, "START_BOT", {}, OWNER, "b1", true).deployment).toMatchObject({ desired: "running" });
  });
});

describe("settings", () => {
  it("are judged by the kind, in START_BOT and UPDATE_CONFIG alike", () => {
    for (const decision of [
      apply(bot({ desired: "stopped" }), "START_BOT", { config: { mood: "bad" } }),
      apply(bot(), "UPDATE_CONFIG", { config: { mood: "bad" } }),
    ]) {
      expect(decision).toMatchObject({
        outcome: "rejected",
        error: { code: "CONTROL_SETTINGS_INVALID", message: "config: mood: must not be bad" },
      });
    }
  });

  it("must be empty for a kind that takes none, and are refused by a kind whose check throws", () => {
    const echo = apply(null, "START_BOT", { kind: "echo", config: { a: 1 } });
    expect(echo.error).toMatchObject({
      code: "CONTROL_SETTINGS_INVALID",
      message: expect.stringContaining("takes no"),
    });
    expect(apply(null, "START_BOT", { kind: "broken" }).error?.code).toBe("CONTROL_SETTINGS_INVALID");
  });

  it("that are the same do not begin the bot anew", () => {
    expect(apply(bot(), "UPDATE_CONFIG", { config: { mood: "good" } }).deployment).toEqual(bot());
  });

  it("of a bot whose kind is not known here cannot be changed, but it can be stopped", () => {
    const foreign = bot({ kind: "elsewhere" });
    expect(apply(foreign, "UPDATE_CONFIG", { config: {} }).error?.code).toBe("CONTROL_KIND_UNKNOWN");
    expect(apply(foreign, "STOP_BOT").deployment?.desired).toBe("stopped");
  });
});

describe("STOP_BOT", () => {
  it("says whether the conversation may end by itself, and whether the bot is to be forgotten", () => {
    expect(apply(bot(), "STOP_BOT", { graceful: true }).deployment).toMatchObject({ stopsGracefully: true });
    expect(apply(bot({ stopsGracefully: true }), "STOP_BOT").deployment).toMatchObject({ stopsGracefully: false });
    expect(apply(bot(), "STOP_BOT", { remove: true }).deployment?.desired).toBe("removed");
  });
});
