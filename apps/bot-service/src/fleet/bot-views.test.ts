import { MINUTE_MS } from "@shoal/kernel";
import { expect, it } from "vitest";
import { botIdOf } from "./bot-id.ts";
import { echoKind, makeFleet, message, PERSON, started, talk } from "./fleet.test-support.ts";
import { QUARANTINE } from "./roster.ts";

const fleetOf = async () => started(makeFleet());
const isoless = ({ sinceMs: _since, ...view }: ReturnType<ReturnType<typeof makeFleet>["manager"]["views"]>[number]) =>
  view;

const IDLE = {
  ...{ kind: "echo", isDeployed: false, state: "idle", untilMs: null, isPaused: false, matchId: null, roomId: null },
  ...{ partnerId: null, isInRoom: false, isPartnerPresent: false, crashes: 0 },
};

it("shows the bots of the fleet by number, with the match, room and partner of one that talks", async () => {
  const fleet = await fleetOf();
  const idle = (number: number, name: string) => ({ ...IDLE, botId: botIdOf("replica-1", number), name, number });
  expect(fleet.manager.views().map(isoless)).toEqual([idle(1, "Echo"), idle(2, "Echa"), idle(3, "Echo")]);
  const { botId } = await talk(fleet);
  const talking = fleet.manager.views().find((view) => view.botId === botId);
  expect(talking).toMatchObject({ state: "talking", matchId: "m1", partnerId: PERSON.id, isInRoom: true });
  expect(talking?.roomId).not.toBeNull();
});

it("shows how often a bot has crashed and, once it is quarantined, until when", async () => {
  const one = { minCount: 1, maxCount: 1, targetPercentage: 0, stabilizationMs: 1 };
  const fleet = await started(makeFleet({ scaling: one }));
  for (let crash = 1; crash <= QUARANTINE.crashes; crash += 1) {
    const [view] = fleet.manager.views();
    expect(view).toMatchObject({ state: "idle", number: 1, crashes: crash - 1 });
    const { room } = await talk(fleet, `m${crash}`);
    room.receive("message", message("crash"));
    await fleet.clock.advance(10_000);
  }
  const [other, view] = fleet.manager.views();
  expect(other).toMatchObject({ state: "idle", number: 2, crashes: 0 });
  expect(view).toMatchObject({ state: "quarantined", number: 1, name: "Echo", isDeployed: false, crashes: 3 });
  const leftMs = (view?.untilMs ?? 0) - fleet.clock.now();
  expect(leftMs).toBeGreaterThan(QUARANTINE.lengthMs - MINUTE_MS);
  expect(leftMs).toBeLessThanOrEqual(QUARANTINE.lengthMs);
});

it("shows deployed bots, paused ones, and those that wait for a place", async () => {
  const fleet = await fleetOf();
  const { deployed } = fleet.manager;
  const bot = { kind: echoKind.kind, config: {}, generation: 1, isPaused: false };
  for (const botId of ["ann", "bob"]) deployed.run({ ...bot, botId, name: botId, isOperators: false });
  deployed.run({ ...bot, botId: "sam", name: "Sam", isOperators: true });
  const viewOf = (botId: string) => fleet.manager.views().find((view) => view.botId === botId);
  expect(viewOf("sam")).toMatchObject({ name: "Sam", number: null, isDeployed: true, state: "queued", sinceMs: null });
  await fleet.clock.advance(20_000);
  expect(viewOf("sam")).toMatchObject({ state: "idle", isDeployed: true });
  deployed.run({ ...bot, botId: "sam", name: "Sam", isOperators: true, isPaused: true });
  expect(viewOf("sam")).toMatchObject({ isPaused: true });
});
