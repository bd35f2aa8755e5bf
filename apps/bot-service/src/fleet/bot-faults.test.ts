import { FleetError, HOUR_MS, type LogFields, MINUTE_MS, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createLimitedLines } from "../limited-lines.ts";
import type { BotKind } from "./bot-kind.ts";
import { fakePool } from "./fakes.test-support.ts";
import { echoKind, fleetFile, makeFleet, match, message, PERSON, said, started, talk } from "./fleet.test-support.ts";
import { SETTLING_MS, VANISH_GRACE_MS } from "./room.ts";
import { CALL_LIMIT_MS } from "./talk.ts";

/** Five minutes and their jitter. */
const LONGEST_WAIT_MS = 7 * MINUTE_MS;
const never = () => new Promise<never>(() => {});
async function drain({ manager, clock }: ReturnType<typeof makeFleet>): Promise<boolean> {
  const drained = manager.drain(60_000);
  await clock.advance(10_000);
  return drained;
}
/** Counts the bots that are idle again, of three. */
const idle = (fleet: ReturnType<typeof makeFleet>) => fleet.manager.counts().idle;

describe("a server that does not do as it should", () => {
  it("keeps no bot joining a room that never answers, even when nobody ends the match", async () => {
    const realtime = fakePool((topic) => (topic.startsWith("room:") ? never() : Promise.resolve()));
    const fleet = await started({ ...makeFleet({ pool: realtime.pool }), ...realtime });
    const botId = fleet.registry.idleBots()[0]?.botId ?? "";
    fleet.registry.reserve(botId);
    const seat = { id: botId, name: "E", bot: true, ticketId: null };
    fleet.registry.assign({ matchId: "m1", roomId: "r", seats: [PERSON, seat] });
    await fleet.clock.advance(20_000);
    expect(fleet.written.ended).toEqual(["m1 unconfirmed"]);
    expect(idle(fleet)).toBe(3);
    expect(fleet.clock.pendingTimers).toBe(1);
  });

  it("keeps no bot leaving a room that cannot be left", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    room.release = never;
    room.send = never;
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(10_000);
    expect(idle(fleet)).toBe(3);
  });

  it("logs few of the messages that it does not take, and counts the others", async () => {
    const lines: LogFields[] = [];
    const runtime = testRuntime();
    const log = { ...silentLog, warn: (fields: LogFields) => void lines.push(fields) };
    const fleet = { ...makeFleet({ unsent: createLimitedLines({ ...runtime, log, level: "warn", more: "more" }) }) };
    const { room } = await talk(await started(fleet));
    room.send = async () => {
      throw new FleetError("POOL_SEND_THROTTLED", "the limit of events is reached", { retryable: true });
    };
    for (let sent = 0; sent < 30; sent += 1) room.receive("message", message(`hello ${sent}`));
    await fleet.clock.advance(0);
    await runtime.clock.advance(MINUTE_MS);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatchObject({ error_code: "POOL_SEND_THROTTLED", match_id: "m1" });
    expect(lines[5]?.["more_count"]).toBeGreaterThan(20);
  });

  it("stops a bot whose lobby channel cannot be left", async () => {
    const fleet = await started(makeFleet());
    for (const channel of fleet.channels) channel.release = never;
    const drained = fleet.manager.drain(60_000);
    await fleet.clock.advance(10_000);
    expect(await drained).toBe(true);
    expect(fleet.clock.pendingTimers).toBe(0);
  });

  it("shows its bots as soon as it lets them into the lobby, however long it refused them, also later on, and logs two lines an outage", async () => {
    let isRefused = true;
    const realtime = fakePool(async (topic) => {
      if (isRefused && topic === "global:lobby") throw new Error("the key is refused");
    });
    const lines: string[] = [];
    const runtime = testRuntime();
    const write = (_fields: LogFields, message: string) => void lines.push(message.replace(/:.*/, ""));
    const log = { ...silentLog, warn: write, info: write };
    const fleet = await started({
      ...makeFleet({ pool: realtime.pool, runtime: { ...runtime, log } }),
      clock: runtime.clock,
      ...realtime,
    });
    await fleet.clock.advance(HOUR_MS);
    const failing = "bots cannot join the lobby";
    expect([idle(fleet), fleet.channels.length, lines]).toEqual([3, 0, [failing]]);
    isRefused = false;
    await fleet.clock.advance(LONGEST_WAIT_MS);
    const over = "no bot is kept out of the lobby any more";
    expect(lines).toEqual([failing, over]);
    const shown = () => fleet.channels.filter(({ status }) => status === "joined").map(({ tracked }) => tracked.at(-1));
    expect(shown()).toEqual(Array(3).fill(expect.objectContaining({ bot: true, status: "idle" })));

    isRefused = true;
    for (const channel of fleet.channels) {
      channel.status = "failed";
      channel.report("failed", { errorClass: "auth", reason: "the key is refused" });
    }
    await fleet.clock.advance(HOUR_MS);
    expect([idle(fleet), shown().length, lines]).toEqual([3, 0, [failing, over, failing]]);
    isRefused = false;
    await fleet.clock.advance(LONGEST_WAIT_MS);
    expect(shown()).toHaveLength(3);
    expect(await drain(fleet)).toBe(true);
    expect(fleet.clock.pendingTimers).toBe(0);
  });

  it("gives a partner time to be back after a restart of Realtime, and not for ever", async () => {
    const fleet = await started(makeFleet());
    const { room, botId } = await talk(fleet);
    room.report("recovered", { gapMs: 4000 });
    room.present(botId);
    await fleet.clock.advance(SETTLING_MS - 1);
    expect(fleet.manager.counts().talking).toBe(1);
    room.present(botId, PERSON.id);
    await fleet.clock.advance(SETTLING_MS);
    expect(fleet.manager.counts().talking).toBe(1);

    room.report("recovered", { gapMs: 4000 });
    room.present(botId);
    await fleet.clock.advance(SETTLING_MS);
    expect(fleet.written.ended).toEqual([`m1 partner_vanished ${PERSON.id}`]);
  });

  it("tells a kind how long its partner could be heard, without the time its own line was dead", async () => {
    let listenedMs = () => Number.NaN;
    const kind: BotKind<null> = {
      ...echoKind,
      async onMatched(ctx) {
        listenedMs = () => ctx.listenedMs();
        return null;
      },
    };
    const fleet = await started(makeFleet({ fleet: fleetFile(kind as BotKind) }));
    const { room } = await talk(fleet);
    const startMs = listenedMs();
    const heardMs = () => listenedMs() - startMs;
    await fleet.clock.advance(50_000);
    expect(heardMs()).toBe(50_000);
    for (const listened of [10_000, 15_000]) {
      room.report("lost", { errorClass: "timeout", reason: "heartbeat timeout", silentMs: 40_000 });
      expect(heardMs()).toBe(listened);
      await fleet.clock.advance(60_000);
      expect(heardMs()).toBe(listened);
      room.report("recovered", { gapMs: 60_000 });
      await fleet.clock.advance(45_000);
      expect(heardMs()).toBe(listened + 45_000);
    }
  });

  it("hears nothing of a room any more once it leaves: no timer stays behind", async () => {
    const fleet = await started(makeFleet());
    const { room, botId } = await talk(fleet);
    const left = Promise.withResolvers<void>();
    room.release = () => left.promise;
    const drained = fleet.manager.drain(60_000);
    await fleet.clock.advance(0);
    room.present(botId);
    left.resolve();
    await fleet.clock.advance(0);
    expect(await drained).toBe(true);
    expect(fleet.clock.pendingTimers).toBe(0);
  });
});

describe("a kind that does not do as it should", () => {
  it.each([
    ["onMatched", { ...echoKind, onMatched: never }],
    ["onMessage", { ...echoKind, onMessage: never }],
    ["onTick", { ...echoKind, onTick: never }],
  ])("counts as crashed when %s never ends", async (_call, kind) => {
    const fleet = await started(makeFleet({ fleet: fleetFile(kind as BotKind) }));
    const { room } = await talk(fleet);
    room.receive("message", message("hi"));
    await fleet.clock.advance(CALL_LIMIT_MS + 10_000);
    expect(fleet.written.ended).toEqual(["m1 bot_crashed"]);
    expect(idle(fleet)).toBe(3);
  });

  it("leaves no timer of its endless call behind when the partner goes first", async () => {
    const fleet = await started(makeFleet({ fleet: fleetFile({ ...echoKind, onMessage: never } as BotKind) }));
    const { room } = await talk(fleet);
    room.receive("message", message("hi"));
    await fleet.clock.advance(0);
    const drained = fleet.manager.drain(60_000);
    await fleet.clock.advance(10_000);
    expect(await drained).toBe(true);
    expect(fleet.clock.pendingTimers).toBe(0);
  });

  it("may leave as often as it likes: the match ends once, and the next one is none of its business", async () => {
    let leave = () => {};
    const kind: BotKind<null> = {
      ...echoKind,
      async onMatched(ctx) {
        leave = () => ctx.leave("had enough");
        return null;
      },
    };
    const fleet = await started(
      makeFleet({
        fleet: fleetFile(kind as BotKind),
        scaling: { minCount: 1, maxCount: 1, targetPercentage: 0, stabilizationMs: 1 },
      }),
    );
    const { room } = await talk(fleet);
    const late = leave;
    leave();
    leave();
    await fleet.clock.advance(0);
    expect(fleet.written.ended).toEqual(["m1 had enough"]);
    expect(room.sent.filter(({ event }) => event === "leave")).toHaveLength(1);
    await talk(fleet, "m2");
    late();
    await fleet.clock.advance(0);
    expect(fleet.written.ended).toEqual(["m1 had enough"]);
    expect(fleet.manager.counts().talking).toBe(1);
  });

  it("says in the log why it crashed, and nothing of what it choked on", async () => {
    const lines: string[] = [];
    const fleet = makeFleet();
    const write = (fields: object, text: string) => void lines.push(JSON.stringify({ ...fields, text }));
    const log = { debug: write, info: write, warn: write, error: write, child: () => log };
    const kind: BotKind<null> = {
      ...echoKind,
      onMessage: async (_ctx, { text }) => {
        throw new Error(`the model answers 500 to "${text}"`);
      },
    };
    const made = makeFleet({ fleet: fleetFile(kind as BotKind), runtime: { ...fleet.runtime, log } });
    const loud = await started({ ...made, clock: fleet.clock });
    const { room } = await talk(loud);
    room.receive("message", message("whispered"));
    await fleet.clock.advance(0);
    const crashes = lines.filter((line) => line.includes("a bot crashed"));
    expect(crashes).toEqual([expect.stringContaining('the model answers 500 to \\"[message text]\\"')]);
    expect(lines.join()).not.toContain("whispered");
  });
});

describe("a fleet file whose payloads throw", () => {
  const boom = () => {
    throw new Error("not that");
  };

  it("loses what it cannot write, never a bot", async () => {
    const payloads = { writeLeave: boom, writeMember: boom };
    const fleet = await started(makeFleet({ fleet: fleetFile(undefined, { payloads }) }));
    const { room } = await talk(fleet);
    room.receive("leave", { from: PERSON.id, reason: "done" });
    await fleet.clock.advance(0);
    expect(idle(fleet)).toBe(3);
    expect(room.status).toBe("released");
  });

  it("counts what it cannot read", async () => {
    const payloads = { readMessage: boom, readTyping: boom };
    const fleet = await started(makeFleet({ fleet: fleetFile(undefined, { payloads }) }));
    const { room } = await talk(fleet);
    let malformed = 0;
    fleet.registry.events.on("message:malformed", () => {
      malformed += 1;
    });
    room.receive("message", message("hi"));
    room.receive("typing", { from: PERSON.id, typing: true });
    expect(malformed).toBe(2);
    expect(said(room)).toEqual(["hello"]);
  });
});

describe("a drain at a bad moment", () => {
  it("stops a bot that is only reserved, and takes no match for it any more", async () => {
    const fleet = await started(makeFleet());
    const botId = fleet.registry.idleBots()[0]?.botId ?? "";
    fleet.registry.reserve(botId);
    const drained = fleet.manager.drain(60_000);
    const seat = { id: botId, name: "E", bot: true, ticketId: null };
    expect(fleet.registry.assign({ matchId: "m1", roomId: "r", seats: [PERSON, seat] })).toBe(false);
    fleet.registry.unreserve(botId);
    await fleet.clock.advance(0);
    expect(await drained).toBe(true);
  });

  it("leaves a room that is still being joined", async () => {
    const fleet = await started(makeFleet());
    await match(fleet);
    const drained = fleet.manager.drain(60_000);
    await fleet.clock.advance(0);
    expect(await drained).toBe(true);
    expect(fleet.written.ended).toEqual(["m1 drain"]);
  });

  it("starts no bot after it has begun, however late the people are counted", async () => {
    const counted = Promise.withResolvers<number>();
    const fleet = makeFleet({ countPeople: () => counted.promise });
    fleet.manager.start();
    expect(await fleet.manager.drain(1000)).toBe(true);
    counted.resolve(100);
    await fleet.clock.advance(60_000);
    expect(fleet.channels).toEqual([]);
    expect(fleet.clock.pendingTimers).toBe(0);
  });
});

describe("a match that is not the bot's", () => {
  it("is refused by a bot that is not reserved for it, so that its person does not wait in vain", async () => {
    const fleet = await started(makeFleet());
    const { botId } = await talk(fleet);
    const seat = { id: botId, name: "E", bot: true, ticketId: null };
    expect(fleet.registry.assign({ matchId: "m2", roomId: "r2", seats: [PERSON, seat] })).toBe(false);
  });
});

describe("a wall clock that jumps", () => {
  it("holds back no restart", async () => {
    const fleet = await started(makeFleet());
    const { room } = await talk(fleet);
    room.receive("message", message("crash"));
    await fleet.clock.advance(0);
    fleet.clock.jumpWallClock(-3_600_000);
    await fleet.clock.advance(2000);
    expect(idle(fleet)).toBe(3);
  });

  it("keeps no bots that nobody needs any more", async () => {
    const people = { count: 18 };
    const fleet = await started(makeFleet({}, people));
    people.count = 0;
    fleet.clock.jumpWallClock(-3_600_000);
    await fleet.clock.advance(130_000);
    expect(idle(fleet)).toBe(3);
  });
});

it("a partner who comes and goes is not written again and again", async () => {
  const fleet = await started(makeFleet());
  const { room, botId } = await talk(fleet);
  for (let flap = 0; flap < 5; flap += 1) {
    room.present(botId);
    await fleet.clock.advance(VANISH_GRACE_MS - 1);
    room.present(botId, PERSON.id);
  }
  expect(fleet.written.confirmed.filter((line) => line === `m1 ${PERSON.id} in room`)).toHaveLength(1);
});

it.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
  "a person with the id %s is not in a room that nobody has entered",
  async (id) => {
    const fleet = await started(makeFleet());
    const botId = fleet.registry.idleBots()[0]?.botId ?? "";
    fleet.registry.reserve(botId);
    const seats = [
      { ...PERSON, id },
      { id: botId, name: "E", bot: true, ticketId: null },
    ] as const;
    fleet.registry.assign({ matchId: "m1", roomId: "r", seats });
    await fleet.clock.advance(0);
    fleet.channel("room:r").present(botId);
    expect(fleet.written.confirmed).toEqual([`m1 ${botId}`]);
    fleet.channel("room:r").present(botId, id);
    expect(fleet.written.confirmed).toEqual([`m1 ${botId}`, `m1 ${id} in room`]);
  },
);

describe("a leave in a public room, which anybody can send", () => {
  const leave = { from: PERSON.id, reason: "done" };
  const inPublic = async () => {
    const fleet = await started(makeFleet({ channelAccess: "public" }));
    return { fleet, ...(await talk(fleet)) };
  };

  it("ends nothing while its person stays, nor when that person goes later", async () => {
    const { fleet, room, botId } = await inPublic();
    room.receive("leave", leave);
    await fleet.clock.advance(VANISH_GRACE_MS);
    expect(fleet.written.ended).toEqual([]);
    room.present(botId);
    await fleet.clock.advance(VANISH_GRACE_MS - 1);
    expect(fleet.written.ended).toEqual([]);
    await fleet.clock.advance(1);
    expect(fleet.written.ended).toEqual([`m1 partner_vanished ${PERSON.id}`]);
  });

  it("ends the match at once when its person goes with it", async () => {
    const { fleet, room, botId } = await inPublic();
    room.receive("leave", leave);
    room.present(botId);
    expect(fleet.written.ended).toEqual([`m1 partner_left ${PERSON.id}`]);
  });

  it("ends the match at once when its person has just gone", async () => {
    const { fleet, room, botId } = await inPublic();
    room.present(botId);
    room.receive("leave", leave);
    expect(fleet.written.ended).toEqual([`m1 partner_left ${PERSON.id}`]);
  });

  it("ends nothing when its person comes after it", async () => {
    const fleet = await started(makeFleet({ channelAccess: "public" }));
    const { room } = await match(fleet);
    room.receive("leave", leave);
    await fleet.clock.advance(VANISH_GRACE_MS - 1);
    room.present(PERSON.id);
    await fleet.clock.advance(VANISH_GRACE_MS);
    expect(fleet.written.ended).toEqual([]);
  });

  it("ends the match when its person does not come", async () => {
    const fleet = await started(makeFleet({ channelAccess: "public" }));
    const { room } = await match(fleet);
    room.receive("leave", leave);
    await fleet.clock.advance(VANISH_GRACE_MS);
    expect(fleet.written.ended).toEqual([`m1 partner_left ${PERSON.id}`]);
  });
});

describe("a fleet file in JavaScript", () => {
  const strange = (what: "say" | "leave", value: unknown): BotKind =>
    ({
      ...echoKind,
      onMessage: async (ctx: Record<string, (value: unknown) => unknown>) => ctx[what]?.(value),
    }) as never;

  it.each([
    ["say", undefined],
    ["say", { text: "hello" }],
    ["leave", undefined],
    ["leave", 7],
  ] as const)(
    "whose kind gives ctx.%s no text but %j crashes that bot with a reason, and sends nothing",
    async (what, value) => {
      const crashes: unknown[] = [];
      const runtime = testRuntime();
      const log = { ...silentLog, error: (fields: LogFields) => void crashes.push(fields["error_message"]) };
      const fleet = await started({
        ...makeFleet({ fleet: fleetFile(strange(what, value)), runtime: { ...runtime, log } }),
        clock: runtime.clock,
      });
      const { room } = await talk(fleet);
      room.receive("message", message("hello"));
      await fleet.clock.advance(10);
      expect(crashes).toEqual([`ctx.${what}() must be given a text`]);
      expect(said(room)).toEqual(["hello"]);
      expect(fleet.written.ended).toEqual(["m1 bot_crashed"]);
    },
  );

  it("whose writer throws loses that message alone: the bot goes on", async () => {
    const writeMessage = ({ text }: { text: string }) => {
      if (text === "BAD") throw new Error("cannot be written");
      return { text };
    };
    const fleet = await started(makeFleet({ fleet: fleetFile(undefined, { payloads: { writeMessage } }) }));
    const { room } = await talk(fleet);
    for (const text of ["bad", "good"]) room.receive("message", message(text));
    await fleet.clock.advance(10);
    expect(said(room)).toEqual(["hello", "GOOD"]);
    expect(fleet.manager.counts().talking).toBe(1);
  });
});
