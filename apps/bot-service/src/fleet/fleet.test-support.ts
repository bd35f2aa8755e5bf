import { testRuntime } from "@shoal/testkit";
import { expect } from "vitest";
import { buildFleetConfig, type FleetDefinition } from "../fleet-config.ts";
import { createLimitedLines } from "../limited-lines.ts";
import { alone } from "../replicas/members.test-support.ts";
import type { BotKind } from "./bot-kind.ts";
import { BotRegistry } from "./bot-registry.ts";
import { fakePool } from "./fakes.test-support.ts";
import { BotManager, type ManagerOptions } from "./manager.ts";

export const PERSON = { id: "person-1", name: "Ada", bot: false, ticketId: "t1" };

/** A kind that repeats messages in capitals, and says hello and bye. */
export const echoKind: BotKind<null> = {
  kind: "echo",
  names: ["Echo", "Echa"],
  async onMatched(ctx) {
    await ctx.say("hello");
    return null;
  },
  async onMessage(ctx, message) {
    if (message.text === "crash") throw new Error("the kind failed");
    if (message.text === "leave") return ctx.leave("had enough");
    await ctx.say(message.text.toUpperCase());
  },
  async onStop(ctx, _reason, canSpeak) {
    if (canSpeak) await ctx.say("bye");
  },
};

/** Writes about matches. */
interface Written {
  readonly confirmed: string[];
  readonly ended: string[];
}

export function makeFleet(over: Partial<ManagerOptions> = {}, people = { count: 0 }) {
  const runtime = testRuntime();
  const realtime = fakePool();
  const written: Written = { confirmed: [], ended: [] };
  const registry = new BotRegistry(over.runtime ?? runtime);
  const manager = new BotManager({
    members: alone("replica-1", (over.runtime ?? runtime).clock),
    pool: realtime.pool,
    fleet: buildFleetConfig({ botKinds: () => [echoKind] }, { disclosure: true }),
    runtime,
    registry,
    matches: {
      confirm: (matchId, participantId) => void written.confirmed.push(`${matchId} ${participantId}`),
      confirmInRoom: (matchId, participantId) => void written.confirmed.push(`${matchId} ${participantId} in room`),
      end: (matchId, reason, leaverId) =>
        void written.ended.push([matchId, reason, leaverId].filter(Boolean).join(" ")),
    },
    scaling: { minCount: 3, maxCount: 6, targetPercentage: 30, stabilizationMs: 60_000 },
    deployedMax: 2,
    maintenanceIntervalMs: 60_000,
    confirmMs: 8000,
    channelAccess: "private",
    unsent: createLimitedLines({ ...runtime, level: "warn", more: "more" }),
    showsInLobby: true,
    deployedEntryMax: () => 2,
    countPeople: async () => people.count,
    ...over,
  });
  return { manager, registry, runtime, clock: runtime.clock, written, people, ...realtime };
}

export type Fleet = ReturnType<typeof makeFleet>;

export async function started(fleet: Fleet): Promise<Fleet> {
  fleet.manager.start();
  await fleet.clock.advance(0);
  return fleet;
}

/** Commits a match of an idle bot with the person. */
export async function match(
  fleet: Fleet,
  matchId = "m1",
): Promise<{ botId: string; room: ReturnType<Fleet["channel"]> }> {
  const botId = fleet.registry.idleBots()[0]?.botId ?? "";
  expect(fleet.registry.reserve(botId)).toBe(true);
  const seat = { id: botId, name: "Echo", bot: true, ticketId: null };
  expect(fleet.registry.assign({ matchId, roomId: `r-${matchId}`, seats: [PERSON, seat] })).toBe(true);
  await fleet.clock.advance(0);
  return { botId, room: fleet.channel(`room:r-${matchId}`) };
}

/** Commits a match, and brings the person into the room and both to confirm. */
export async function talk(fleet: Fleet, matchId = "m1") {
  const met = await match(fleet, matchId);
  met.room.present(PERSON.id, met.botId);
  fleet.registry.matchLive(matchId);
  await fleet.clock.advance(0);
  return met;
}

export const said = (room: { sent: { event: string; payload: Readonly<Record<string, unknown>> }[] }) =>
  room.sent.filter(({ event }) => event === "message").map(({ payload }) => payload.text);
export const message = (text: unknown) => ({ id: "i", from: PERSON.id, text, sent_at: "2026-01-01T00:00:00Z" });

/** Makes a fleet configuration with the echo kind, or another, and other parts replaced. */
export const fleetFile = (kind: BotKind = echoKind as BotKind, definition: FleetDefinition = {}) =>
  buildFleetConfig({ ...definition, botKinds: () => [kind] }, { disclosure: true });
