import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { buildFleetConfig } from "../fleet-config.ts";
import { fakePool } from "./fakes.test-support.ts";
import { Lobby } from "./lobby.ts";

const SINCE = "2026-01-01T00:00:00Z";
const waiting = (user_id: string, since = SINCE) => ({ user_id, name: user_id, status: "waiting", since });

function makeLobby(over: { inRoom?: string; showsFleet?: boolean } = {}) {
  const runtime = testRuntime();
  const realtime = fakePool();
  const written: string[] = [];
  const database = { isAway: false };
  const write = async (line: string) => {
    if (database.isAway) throw new Error("the database is away");
    written.push(line);
  };
  const lobby = new Lobby({
    replicaId: "r1",
    pool: realtime.pool,
    fleet: buildFleetConfig({}, { disclosure: true }),
    runtime,
    isInRoom: (userId) => userId === over.inRoom,
    showsFleet: over.showsFleet ?? false,
    desk: {
      openTicket: ({ userId, since }) => write(`open ${userId} ${since}`),
      closeUser: (userId, reason) => write(`close ${userId} ${reason}`),
      confirm: (matchId, userId) => write(`confirm ${matchId} ${userId}`),
      reconcileLobby: (present) => write(`reconcile ${present.map(({ userId }) => userId).join(",")}`),
    },
  });
  const show = async (...entries: Record<string, unknown>[]) => {
    const channel = realtime.channel("global:lobby");
    channel.show(Object.fromEntries(entries.map((entry, index) => [`key-${index}`, [entry]])));
    await runtime.clock.advance(0);
  };
  return { lobby, written, database, show, clock: runtime.clock, ...realtime };
}

async function started(over: Parameters<typeof makeLobby>[0] = {}) {
  const made = makeLobby(over);
  made.lobby.start();
  await made.clock.advance(0);
  return made;
}

describe("the lobby", () => {
  it("listens under a key of its own and shows nobody", async () => {
    const { channel, lobby } = await started();
    expect(channel("global:lobby").tracked).toEqual([]);
    expect(lobby.peopleCount).toBeNull();
  });

  it("shows one entry for the fleet when bots have none of their own", async () => {
    const { channel } = await started({ showsFleet: true });
    expect(channel("global:lobby").tracked).toMatchObject([{ user_id: "shoal-r1", bot: true }]);
  });

  it("closes what was left open before it takes new tickets", async () => {
    const { show, written, lobby } = await started();
    await show(waiting("a"), waiting("b"), { ...waiting("bot"), bot: true });
    expect(written).toEqual(["reconcile a,b", `open a ${SINCE}`, `open b ${SINCE}`]);
    expect(lobby.peopleCount).toBe(2);
  });

  it("closes once more when the tickets that were too young the first time are old enough", async () => {
    const { show, written, clock } = await started();
    await show(waiting("a"));
    await clock.advance(6000);
    expect(written.filter((line) => line.startsWith("reconcile"))).toEqual(["reconcile a", "reconcile a"]);
    await clock.advance(60_000);
    expect(written).toHaveLength(3);
  });

  it("counts entries it cannot read and goes on with the others", async () => {
    const { show, written, lobby } = await started();
    let malformed = 0;
    lobby.events.on("lobby:malformed", ({ entries }) => {
      malformed += entries;
    });
    await show(waiting("a"), { user_id: 7 }, {}, { ...waiting("b"), since: "yesterday" });
    expect(malformed).toBe(3);
    expect(written).toContain(`open a ${SINCE}`);
  });

  it("writes what it saw once the database is back, and only the latest of it", async () => {
    const { show, written, database, clock } = await started();
    await show();
    database.isAway = true;
    await show(waiting("a"));
    await show(waiting("a", "2026-01-01T00:00:09Z"));
    await clock.advance(30_000);
    database.isAway = false;
    await clock.advance(6000);
    expect(written.filter((line) => line.startsWith("open"))).toEqual(["open a 2026-01-01T00:00:09Z"]);
  });

  it("closes the ticket of somebody who left, after a moment", async () => {
    const { show, written, clock, lobby } = await started();
    await show(waiting("a"));
    await show();
    expect(lobby.peopleCount).toBe(0);
    await clock.advance(2900);
    expect(written).not.toContain("close a left_lobby");
    await clock.advance(200);
    expect(written.at(-1)).toBe("close a left_lobby");
  });

  it("does not take a gap in its own view for people leaving", async () => {
    const { show, written, clock, channel } = await started();
    await show(waiting("a"));
    channel("global:lobby").report("recovered", { gapMs: 4000 });
    await show();
    await clock.advance(10_000);
    await show(waiting("a"));
    await clock.advance(20_000);
    expect(written.filter((line) => line.startsWith("close"))).toEqual([]);
  });

  it("leaves somebody who talks to a bot alone", async () => {
    const { show, written, clock } = await started({ inRoom: "a" });
    await show(waiting("a"));
    await show();
    await clock.advance(60_000);
    expect(written.filter((line) => line.startsWith("close"))).toEqual([]);
  });

  it("stops without a timer or channel left", async () => {
    const { show, lobby, clock, channels } = await started();
    await show(waiting("a"));
    await show();
    await lobby.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(channels.every(({ status }) => status === "released")).toBe(true);
  });
});
