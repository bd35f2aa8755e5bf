import { silentLog } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { DeployedBot } from "../control/runner.ts";
import type { BotKind } from "./bot-kind.ts";
import {
  echoKind,
  type Fleet,
  fleetFile,
  makeFleet,
  match,
  message,
  PERSON,
  said,
  talk,
} from "./fleet.test-support.ts";
import type { ManagerOptions } from "./manager.ts";
import { QUARANTINE } from "./roster.ts";

const leaks = leakCheck();

/** Greets as its settings say. */
const kind: BotKind<null> = {
  ...echoKind,
  async onMatched(ctx) {
    await ctx.say(String(ctx.settings["greeting"] ?? "hello"));
    return null;
  },
};

function deployedFleet(over: Partial<ManagerOptions> = {}) {
  const scaling = { minCount: 0, maxCount: 0, targetPercentage: 0, stabilizationMs: 1 };
  const fleet = makeFleet({ fleet: fleetFile(kind as BotKind), scaling, ...over });
  const { deployed } = fleet.manager;
  const reported: string[] = [];
  deployed.events.on("deployed:changed", ({ botId, generation, status, errorCode }) =>
    reported.push([botId, generation, status, errorCode].filter((part) => part !== null).join(" ")),
  );
  leaks.clock(fleet.clock);
  const run = async (bot: Partial<DeployedBot> = {}) => {
    const base = {
      botId: "d1",
      kind: "echo",
      name: "Dora",
      config: {},
      generation: 1,
      isPaused: false,
      isOperators: false,
    };
    const isTaken = deployed.run({ ...base, ...bot });
    await fleet.clock.advance(0);
    return isTaken;
  };
  return { ...fleet, deployed, reported, run };
}

const gone = async ({ manager, clock }: Fleet) => {
  const drained = manager.drain(60_000);
  await clock.advance(10_000);
  expect(await drained).toBe(true);
};

describe("a deployed bot", () => {
  it("lives beside the fleet's own, is shown in the lobby at once and matched like them", async () => {
    const fleet = deployedFleet({ scaling: { minCount: 1, maxCount: 1, targetPercentage: 0, stabilizationMs: 1 } });
    fleet.manager.start();
    await fleet.run({ config: { greeting: "hi from settings" } });
    expect(fleet.reported).toEqual(["d1 1 running"]);
    expect(fleet.manager.counts()).toMatchObject({ target: 1, idle: 2 });
    expect(fleet.channel("global:lobby", "d1").tracked.at(-1)).toMatchObject({
      user_id: "d1",
      name: "Dora",
      bot: true,
    });
    fleet.registry.reserve(fleet.registry.idleBots().find(({ botId }) => botId !== "d1")?.botId ?? "");
    const { botId, room } = await talk(fleet);
    expect(botId).toBe("d1");
    expect(said(room)).toEqual(["hi from settings"]);
    await gone(fleet);
  });

  it("waits for no other bot's start", async () => {
    const staggered: unknown[] = [];
    const fleet = deployedFleet();
    const { pool } = fleet;
    const watched = deployedFleet({
      pool: {
        acquire(topic, options) {
          staggered.push(options?.isStaggered);
          return pool.acquire(topic, options);
        },
      },
    });
    await watched.run();
    expect(staggered).toEqual([false]);
    await gone(watched);
  });

  it("is not offered while it is paused, finishes its conversation, and is offered again", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    const { room } = await talk(fleet);
    await fleet.run({ isPaused: true });
    room.receive("message", message("hi"));
    await fleet.clock.advance(0);
    expect(said(room)).toEqual(["hello", "HI"]);
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(0);
    expect(fleet.registry.idleBots()).toEqual([]);
    expect(fleet.registry.reserve("d1")).toBe(false);
    const offered = fleet.registry.events.next("bot:offered");
    await fleet.run();
    await offered;
    expect(fleet.registry.idleBots()).toMatchObject([{ botId: "d1" }]);
    expect(fleet.reported).toEqual(["d1 1 running", "d1 1 paused", "d1 1 running"]);
    await gone(fleet);
  });

  it("begins anew after its conversation when it is given other settings", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    const { room } = await talk(fleet);
    await fleet.run({ generation: 2, config: { greeting: "new" }, name: "Nora" });
    expect(fleet.manager.counts().talking).toBe(1);
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(0);
    expect(fleet.reported).toEqual(["d1 1 running", "d1 2 starting", "d1 2 running"]);
    expect(fleet.registry.idleBots()).toMatchObject([{ botId: "d1", name: "Nora" }]);
    expect(said((await talk(fleet, "m2")).room)).toEqual(["new"]);
    await gone(fleet);
  });

  it("stops with a goodbye at once, or by and by where that is graceful", async () => {
    const fleet = deployedFleet();
    for (const isGraceful of [false, true]) {
      fleet.reported.splice(0);
      await fleet.run();
      const { room } = await talk(fleet, `m${isGraceful}`);
      fleet.deployed.stop("d1", isGraceful);
      await fleet.clock.advance(0);
      expect(said(room)).toEqual(isGraceful ? ["hello"] : ["hello", "bye"]);
      if (isGraceful) room.receive("leave", { from: PERSON.id, reason: "done" });
      await fleet.clock.advance(0);
      expect(fleet.reported).toEqual(["d1 1 running", "d1 1 stopping", "d1 1 stopped"]);
    }
    await gone(fleet);
  });

  it("is started again after a crash, quarantined when it keeps crashing, and given a chance by a restart", async () => {
    const fleet = deployedFleet();
    const quarantined: string[] = [];
    fleet.manager.events.on("bot:quarantined", ({ botId }) => quarantined.push(botId));
    await fleet.run();
    for (let crash = 1; crash <= QUARANTINE.crashes; crash += 1) {
      const { room } = await talk(fleet, `m${crash}`);
      room.receive("message", message("crash"));
      await fleet.clock.advance(10_000);
    }
    expect(fleet.reported.filter((entry) => entry.includes("crashed"))).toEqual([
      "d1 1 crashed Error",
      "d1 1 crashed Error",
    ]);
    expect(fleet.reported.at(-1)).toBe("d1 1 quarantined Error");
    expect(quarantined).toEqual(["d1"]);
    expect(fleet.manager.counts()).toMatchObject({ quarantined: 1, idle: 0 });
    expect(fleet.deployed.countByStatus()).toEqual({ quarantined: 1 });
    await fleet.run({ generation: 2 });
    expect(fleet.reported.slice(-2)).toEqual(["d1 2 starting", "d1 2 running"]);
    await gone(fleet);
  });

  it("that is not ours any more is gone at once, in the middle of whatever it does", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    const { room } = await talk(fleet);
    fleet.deployed.drop("d1");
    expect(fleet.manager.counts()).toMatchObject({ idle: 0, talking: 0 });
    await fleet.clock.advance(0);
    expect(said(room)).toEqual(["hello"]);
    expect(room.status).toBe("released");
    expect(fleet.reported).toEqual(["d1 1 running"]);
    await fleet.run();
    expect(fleet.reported).toEqual(["d1 1 running", "d1 1 running"]);
    await gone(fleet);
  });

  it("that waits to be started again starts no more once it is dropped", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    const { room } = await talk(fleet);
    room.receive("message", message("crash"));
    await fleet.clock.advance(0);
    fleet.deployed.drop("d1");
    await fleet.clock.advance(60_000);
    expect(fleet.manager.counts()).toMatchObject({ idle: 0, starting: 0 });
    expect(fleet.deployed.countByStatus()).toEqual({});
    await gone(fleet);
  });
});

describe("deployed bots", () => {
  it("are no more than there may be, and of kinds that are known", async () => {
    const fleet = deployedFleet({ deployedMax: 2 });
    expect(await fleet.run({ botId: "a" })).toBe(true);
    expect(fleet.deployed.freeCount).toBe(1);
    expect(await fleet.run({ botId: "b", kind: "ghost" })).toBe(false);
    expect(await fleet.run({ botId: "b" })).toBe(true);
    expect(await fleet.run({ botId: "c" })).toBe(false);
    expect(await fleet.run({ botId: "a", generation: 2 })).toBe(true);
    fleet.deployed.stop("b", false);
    await fleet.clock.advance(0);
    expect(await fleet.run({ botId: "c" })).toBe(true);
    await gone(fleet);
  });

  it("of owners make room for the operator's, the newest first, with a goodbye; these start when the place is free", async () => {
    const fleet = deployedFleet({ deployedMax: 2 });
    const { deployed, reported, manager } = fleet;
    const isOperators = true;
    await fleet.run({ botId: "old" });
    await fleet.run({ botId: "new" });
    expect([deployed.freeCount, deployed.freeForOperatorCount]).toEqual([0, 2]);
    const { room } = await talk(fleet);
    reported.splice(0);
    deployed.run({ botId: "op 1", kind: "echo", name: "O", config: {}, generation: 1, isPaused: false, isOperators });
    expect(manager.counts().idle + manager.counts().talking + manager.counts().stopping).toBeLessThanOrEqual(2);
    await fleet.clock.advance(0);
    expect(reported).toEqual(["new 1 stopping", "new 1 stopped CONTROL_NO_ROOM", "op 1 1 running"]);
    expect([deployed.freeCount, deployed.freeForOperatorCount]).toEqual([0, 1]);
    expect(await fleet.run({ botId: "new" })).toBe(false);
    expect(await fleet.run({ botId: "op 2", isOperators })).toBe(true);
    expect(deployed.freeForOperatorCount).toBe(0);
    expect(await fleet.run({ botId: "op 3", isOperators })).toBe(false);
    expect(said(room).at(-1)).toBe("bye");
    expect(deployed.countByStatus()).toEqual({ running: 2 });
    await gone(fleet);
  });

  it("are never more than there may be while one of an owner takes its time to make room", async () => {
    const leave = Promise.withResolvers<void>();
    const slow: BotKind<null> = { ...kind, onStop: () => leave.promise };
    const fleet = deployedFleet({ fleet: fleetFile(slow as BotKind), deployedMax: 1 });
    const { deployed, reported } = fleet;
    const op = { botId: "op", isOperators: true };
    await fleet.run();
    await talk(fleet);
    expect(await fleet.run(op)).toBe(true);
    expect(deployed.freeForOperatorCount).toBe(0);
    // Asked to run again, it is not cut off in its goodbye, and does not take its place back.
    expect(await fleet.run({ generation: 2 })).toBe(true);
    expect(await fleet.run({ ...op, generation: 2, isPaused: true })).toBe(true);
    expect(reported).toEqual(["d1 1 running", "d1 1 stopping", "op 2 starting"]);
    leave.resolve();
    await fleet.clock.advance(0);
    expect(reported.slice(3)).toEqual(["d1 1 stopped CONTROL_NO_ROOM", "op 2 paused"]);
    await gone(fleet);
  });

  it("are never more than there may be while conversations of other replicas are on their way", async () => {
    const fleet = deployedFleet({ deployedMax: 2 });
    const { deployed, clock } = fleet;
    const guest = (id: string, isOperators = false) => {
      const [matchId, partner] = [`match-${id}`, { id: `person-${id}`, name: "Ann" }];
      const run = { config: {}, generation: 1, isPaused: false, isOperators };
      const offer = { roomId: matchId, partner, botId: id, name: "Gus", kind: "echo", place: null, deployed: run };
      const bot = deployed.host(offer, run, { matchId, roomId: matchId, partner }, () => {});
      bot?.start();
      return bot && { bot, take: () => deployed.taken(bot, offer, run) };
    };
    await fleet.run({ botId: "own" });
    const first = guest("a");
    expect([first !== null, guest("b"), guest("op", true)]).toEqual([true, null, null]);
    expect([deployed.freeCount, deployed.freeForOperatorCount]).toEqual([0, 1]);
    expect(await fleet.run({ botId: "c" })).toBe(false);
    // One that is withdrawn gives its place back.
    first?.bot.send({ kind: "withdrawn" });
    await clock.advance(0);
    expect(deployed.freeCount).toBe(1);
    const second = guest("b");
    second?.take();
    await clock.advance(0);
    expect([second !== null, guest("c"), deployed.freeCount]).toEqual([true, null, 0]);
    deployed.drop("b");
    await clock.advance(0);
    const last = guest("c");
    expect([last !== null, deployed.freeCount]).toEqual([true, 0]);
    expect(await fleet.run({ botId: "op", isOperators: true })).toBe(true);
    expect(deployed.countByStatus()).toEqual({ running: 1 });
    expect(deployed.has("own")).toBe(false);
    last?.bot.send({ kind: "withdrawn" });
    await gone(fleet);
  });

  it("that are silenced in a conversation say nothing, and go on when they are run again, with what they heard", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    expect(fleet.deployed.silence("d1")).toBe(false);
    const { room } = await talk(fleet);
    expect(fleet.deployed.silence("d1")).toBe(true);
    room.receive("message", message("hi"));
    await fleet.clock.advance(20_000);
    expect(said(room)).toEqual(["hello"]);
    await fleet.run();
    await fleet.clock.advance(0);
    expect(said(room)).toEqual(["hello", "HI"]);
    expect(fleet.manager.counts()).toMatchObject({ talking: 1 });
    await gone(fleet);
  });

  it("that are silenced and whose partner leaves take nobody else until they are run again", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    const { room } = await talk(fleet);
    fleet.deployed.silence("d1");
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(1000);
    expect(fleet.registry.idleBots()).toEqual([]);
    await fleet.run();
    await fleet.clock.advance(0);
    expect(fleet.registry.idleBots().map(({ botId }) => botId)).toEqual(["d1"]);
    await gone(fleet);
  });

  it.each(["stop", "drop"] as const)("that are silenced end their match by a %s", async (how) => {
    const fleet = deployedFleet();
    await fleet.run();
    const { room } = await talk(fleet);
    fleet.deployed.silence("d1");
    room.receive("message", message("hi"));
    if (how === "stop") fleet.deployed.stop("d1", false);
    else fleet.deployed.drop("d1");
    await fleet.clock.advance(2000);
    expect(fleet.written.ended).toEqual([how === "stop" ? "m1 drain" : "m1 bot_crashed"]);
    expect(said(room).includes("HI")).toBe(how === "stop");
    expect(fleet.deployed.has("d1")).toBe(false);
    await gone(fleet);
  });

  it("that are silenced in the middle of a call which does not end are replaced when they are run again", async () => {
    const stuck: BotKind<null> = { ...kind, onMessage: () => new Promise(() => {}) };
    const fleet = deployedFleet({ fleet: fleetFile(stuck as BotKind) });
    await fleet.run();
    const { room } = await talk(fleet);
    room.receive("message", message("hi"));
    await fleet.clock.advance(0);
    fleet.deployed.silence("d1");
    await fleet.clock.advance(2000);
    await fleet.run();
    await fleet.clock.advance(0);
    expect(fleet.reported.at(-1)).toMatch(/^d1 1 crashed/);
    await gone(fleet);
  });

  it.each(["stop", "drop", "drain"] as const)("in line for a place go by a %s without having run", async (how) => {
    const leave = Promise.withResolvers<void>();
    const slow: BotKind<null> = { ...kind, onStop: () => leave.promise };
    const fleet = deployedFleet({ fleet: fleetFile(slow as BotKind), deployedMax: 1 });
    const { deployed, reported } = fleet;
    await fleet.run();
    await talk(fleet);
    await fleet.run({ botId: "op", isOperators: true });
    if (how === "stop") deployed.stop("op", false);
    if (how === "drop") deployed.drop("op");
    const drained = how === "drain" ? deployed.drain(1000) : undefined;
    leave.resolve();
    await fleet.clock.advance(0);
    await drained;
    expect(reported.filter((entry) => entry.startsWith("op"))).toEqual(
      how === "drop" ? [] : ["op 1 stopping", "op 1 stopped"],
    );
    expect(deployed.countByStatus()).toEqual({});
    if (!drained) expect(await fleet.run({ botId: "next" })).toBe(true);
    await gone(fleet);
  });

  it("are shown in the lobby as far as it goes, matched all the same, and it is said once", async () => {
    const warned: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => void warned.push(fields) };
    const runtime = { ...testRuntime(), log: { ...log, child: () => log } };
    const fleet = deployedFleet({ runtime, deployedMax: 5, deployedEntryMax: () => 1 });
    const run = async (bot: Partial<DeployedBot>) => {
      await fleet.run(bot);
      await runtime.clock.advance(0);
    };
    const shown = () =>
      fleet.channels
        .filter(({ topic, status }) => topic === "global:lobby" && status === "joined")
        .map(({ clientId }) => clientId);
    await run({ botId: "a" });
    await run({ botId: "b" });
    await run({ botId: "c" });
    expect(shown()).toEqual(["a"]);
    expect(fleet.registry.idleBots().map(({ botId }) => botId)).toEqual(["a", "b", "c"]);
    expect(warned).toEqual([{ lobby_entries: 1 }]);
    fleet.deployed.stop("a", false);
    await runtime.clock.advance(0);
    await run({ botId: "d" });
    expect(shown()).toEqual(["d"]);
    await gone({ ...fleet, clock: runtime.clock });
  });

  describe("that another replica left behind", () => {
    /** The bots in the lobby by their own channels. */
    const shown = ({ channels }: Fleet) =>
      channels
        .filter(({ topic, tracked }) => topic === "global:lobby" && tracked.length > 0)
        .map(({ clientId }) => clientId);
    const watching = ({ channels }: Fleet) => channels.filter(({ clientId }) => clientId.startsWith("shoal-heir-"));
    const entriesOf = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, [{ user_id: id }]]));

    it("are matched at once, and shown when the lobby shows the old entry no more, by one channel for all", async () => {
      const fleet = deployedFleet({ deployedMax: 5, deployedEntryMax: () => 5 });
      await fleet.run({ botId: "a", isLeftBehind: true });
      await fleet.run({ botId: "b", isLeftBehind: true });
      await fleet.run({ botId: "c" });
      expect(fleet.registry.idleBots().map(({ botId }) => botId)).toEqual(["a", "b", "c"]);
      expect([shown(fleet), watching(fleet).length]).toEqual([["c"], 1]);
      watching(fleet)[0]?.show(entriesOf("a", "b", "c", "somebody"));
      await fleet.clock.advance(10_000);
      expect(shown(fleet)).toEqual(["c"]);
      watching(fleet)[0]?.show(entriesOf("b", "c", "somebody"));
      await fleet.clock.advance(0);
      expect(shown(fleet)).toEqual(["c", "a"]);
      expect(watching(fleet)[0]?.status).toBe("joined");
      watching(fleet)[0]?.show({});
      await fleet.clock.advance(0);
      expect(shown(fleet)).toEqual(["c", "a", "b"]);
      expect(watching(fleet).map(({ status }) => status)).toEqual(["released"]);
      await gone(fleet);
      expect(fleet.clock.pendingTimers).toBe(0);
    });

    it("are shown after 90 s all the same, and at once when they are taken up again after that", async () => {
      const fleet = deployedFleet();
      await fleet.run({ isLeftBehind: true });
      watching(fleet)[0]?.show(entriesOf("d1"));
      await fleet.clock.advance(89_999);
      expect(shown(fleet)).toEqual([]);
      await fleet.clock.advance(1);
      expect(shown(fleet)).toEqual(["d1"]);
      fleet.deployed.stop("d1", false);
      await fleet.clock.advance(0);
      await fleet.run();
      expect(shown(fleet)).toEqual(["d1", "d1"]);
      expect(watching(fleet).map(({ status }) => status)).toEqual(["released"]);
      await gone(fleet);
    });

    it("do not go by what a lost channel showed, and look on when there is another", async () => {
      const fleet = deployedFleet({ deployedEntryMax: () => 5 });
      await fleet.run({ botId: "a", isLeftBehind: true });
      const [lost] = watching(fleet);
      lost?.show(entriesOf("a"));
      if (lost) lost.status = "waiting";
      await fleet.run({ botId: "b", isLeftBehind: true });
      expect(shown(fleet)).toEqual([]);
      lost?.report("failed", { reason: "full", willRetry: false } as never);
      await fleet.clock.advance(60_000);
      const [, next] = watching(fleet);
      next?.show(entriesOf("a"));
      await fleet.clock.advance(0);
      expect(shown(fleet)).toEqual(["b"]);
      await gone(fleet);
    });

    it("are never shown when they go before that", async () => {
      const fleet = deployedFleet();
      await fleet.run({ isLeftBehind: true });
      fleet.deployed.drop("d1");
      await fleet.clock.advance(0);
      expect(watching(fleet).map(({ status }) => status)).toEqual(["released"]);
      expect(fleet.clock.pendingTimers).toBe(0);
      await fleet.clock.advance(90_000);
      expect(shown(fleet)).toEqual([]);
      await gone(fleet);
    });
  });

  it("are given away while they are idle, the newest first, and none else", async () => {
    const fleet = deployedFleet({ deployedMax: 5 });
    for (const botId of ["talks", "old", "paused", "new"]) await fleet.run({ botId, isPaused: botId === "paused" });
    expect(fleet.registry.reserve("talks")).toBe(true);
    expect(fleet.deployed.giveAway(0)).toEqual([]);
    expect(fleet.deployed.giveAway(2)).toEqual(["new", "paused"]);
    await fleet.clock.advance(0);
    expect(fleet.reported.slice(-2)).toEqual(["new 1 stopped", "paused 1 stopped"]);
    expect(fleet.deployed.giveAway(2)).toEqual(["old"]);
    expect(["talks", "old", "new"].map((botId) => fleet.deployed.has(botId))).toEqual([true, true, false]);
    await gone(fleet);
  });

  it("are counted by status, and as bots of the house besides the target", async () => {
    const fleet = deployedFleet({ deployedMax: 3 });
    await fleet.run({ botId: "a" });
    await fleet.run({ botId: "b", isPaused: true });
    fleet.deployed.stop("nobody", false);
    expect(fleet.reported.at(-1)).toBe("nobody 0 stopped");
    expect(fleet.deployed.countByStatus()).toEqual({ running: 1, paused: 1 });
    expect(fleet.manager.counts()).toMatchObject({ target: 0, idle: 2 });
    await gone(fleet);
  });

  it("end with a drain, begin no more after it, and leave no timer, channel or listener", async () => {
    const fleet = deployedFleet();
    leaks.events(fleet.deployed.events);
    await fleet.run();
    const { room } = await talk(fleet);
    await fleet.run({ generation: 2 });
    const drained = fleet.deployed.drain(10_000);
    await fleet.clock.advance(0);
    await drained;
    expect(said(room)).toEqual(["hello", "bye"]);
    expect(fleet.channels.every(({ status }) => status === "released")).toBe(true);
    expect(await fleet.run({ botId: "late" })).toBe(false);
    expect(fleet.deployed.freeCount).toBe(0);
    expect(fleet.clock.pendingTimers).toBe(0);
  });

  it("are dropped when they do not end in time", async () => {
    const stuck: BotKind<null> = { ...kind, onStop: () => new Promise(() => {}) };
    const fleet = deployedFleet({ fleet: fleetFile(stuck as BotKind) });
    leaks.events(fleet.deployed.events);
    await fleet.run();
    await talk(fleet);
    const drained = fleet.deployed.drain(1000);
    await fleet.clock.advance(1000);
    await drained;
    expect(fleet.manager.counts()).toMatchObject({ talking: 0, stopping: 0 });
    await fleet.clock.advance(60_000);
  });

  it("in the making of a match when it is stopped, refuse the match", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    expect(fleet.registry.reserve("d1")).toBe(true);
    fleet.deployed.stop("d1", false);
    const seat = { id: "d1", name: "Dora", bot: true, ticketId: null };
    expect(fleet.registry.assign({ matchId: "m1", roomId: "r", seats: [PERSON, seat] })).toBe(false);
    await fleet.clock.advance(0);
    expect(fleet.reported.at(-1)).toBe("d1 1 stopped");
    await gone(fleet);
  });

  it("that are matched and never confirmed go back to the line", async () => {
    const fleet = deployedFleet();
    await fleet.run();
    await match(fleet);
    await fleet.clock.advance(12_000);
    expect(fleet.registry.idleBots()).toMatchObject([{ botId: "d1" }]);
    await gone(fleet);
  });
});
