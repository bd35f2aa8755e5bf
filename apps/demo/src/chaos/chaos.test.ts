import { createEmitter, seededRng } from "@shoal/kernel";
import type { RealtimeEvents, RealtimeFaults, RealtimeServer } from "@shoal/local-supabase";
import type { PoolEvents } from "@shoal/realtime-pool";
import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { startChaos } from "./chaos.ts";
import type { ChaosStep } from "./schedule.ts";

const leaks = leakCheck();
const step = (kind: ChaosStep["kind"], holdMs = 0): ChaosStep => ({ kind, holdMs, pauseMs: 4000 });

/** A server that only notes how it is broken and mended. */
function make(plan: readonly ChaosStep[]) {
  const clock = leaks.clock(createSimulatedClock());
  const events = leaks.events(createEmitter<RealtimeEvents>());
  const pool = leaks.events(createEmitter<PoolEvents>());
  const calls: string[] = [];
  const note = (text: string) => void calls.push(`${Math.round(clock.monotonicMs())} ${text}`);
  const lasting = (kind: string) => () => {
    note(`${kind} on`);
    return () => note(`${kind} off`);
  };
  const once = (kind: string) => () => {
    note(kind);
    return 1;
  };
  const faults: RealtimeFaults = {
    dropSockets: once("dropSockets"),
    async restart({ kind, downMs }) {
      note(`${kind} for ${downMs}`);
    },
    requestDisconnect: once("requestDisconnect"),
    refuseUpgrades: lasting("refuseUpgrades"),
    refuseJoins: lasting("refuseJoins"),
    halfOpen: lasting("halfOpen"),
    delay: lasting("delay"),
    crashChannel: (topic) => {
      note(`crash ${topic}`);
      return topic === "room:live" || topic === "global:lobby" ? 2 : 0;
    },
    closeChannel: (topic) => {
      note(`close ${topic}`);
      return 1;
    },
    losePresence: once("losePresence"),
    muteChanges: lasting("muteChanges"),
    delayChanges: lasting("delayChanges"),
    silenceChanges: once("silenceChanges"),
    exceedEvents: lasting("exceedEvents"),
    exceedJoins: lasting("exceedJoins"),
  };
  const report = { people: 2, offline: 0, failures: 0, servedSinceMark: 0, marks: 0 };
  const people = {
    report,
    mark() {
      report.marks += 1;
    },
  };
  const ending = new AbortController();
  const server: Pick<RealtimeServer, "faults" | "events"> = { faults, events };
  const chaos = startChaos({
    clock,
    rng: seededRng(1),
    server,
    pool,
    people,
    plan,
    signal: ending.signal,
  });
  const channel = { topic: "room:1", clientId: "bot" } as const;
  return { clock, events, pool, calls, report, ending, chaos, channel, faults };
}

describe("chaos", () => {
  it("runs fault after fault, each for its time, and ends when everybody was served once more", async () => {
    const { clock, calls, report, chaos } = make([step("halfOpen", 3000), step("crash", 2000), step("dropSockets")]);
    await clock.advance(13_000);
    expect(calls).toEqual(["0 halfOpen on", "3000 halfOpen off", "7000 crash for 2000", "13000 dropSockets"]);
    await clock.advance(4100);
    expect(chaos.view()).toMatchObject({ current: "serving" });
    expect(report.marks).toBe(1);
    report.servedSinceMark = 2;
    await clock.advance(100);
    const result = await chaos.finished;
    expect(result).toMatchObject({ isComplete: true, peopleServed: 2, channelsDead: 0, failure: null });
    expect(result.records.map(({ kind, isRecovered }) => [kind, isRecovered])).toEqual([
      ["halfOpen", true],
      ["crash", true],
      ["dropSockets", true],
    ]);
  });

  it("waits with the next fault until all channels and people are back, and says how long that took", async () => {
    const { clock, pool, calls, report, chaos, channel } = make([step("dropSockets"), step("losePresence")]);
    report.servedSinceMark = 2;
    pool.emit("channel:lost", { ...channel, errorClass: "network", reason: "" });
    report.offline = 1;
    await clock.advance(9000);
    expect(calls).toEqual(["0 dropSockets"]);
    expect(chaos.view()).toMatchObject({ current: "recovering", number: 1, of: 2 });
    pool.emit("channel:recovered", { ...channel, gapMs: 9000 });
    await clock.advance(2000);
    expect(calls).toHaveLength(1);
    report.offline = 0;
    await clock.advance(10_000);
    const { records } = await chaos.finished;
    expect(records[0]).toMatchObject({ channelsLost: 1, channelsBackMs: 9000, peopleLost: 1, isRecovered: true });
    expect(records[0]?.peopleBackMs).toBeGreaterThanOrEqual(11_000);
    expect(calls).toHaveLength(2);
  });

  it("goes on after a minute without somebody, and calls the channel dead", async () => {
    const { clock, pool, chaos, channel } = make([step("dropSockets")]);
    pool.emit("channel:lost", { ...channel, errorClass: "network", reason: "" });
    await clock.advance(200_000);
    const result = await chaos.finished;
    expect(result).toMatchObject({ isComplete: true, channelsDead: 1, peopleServed: 0 });
    expect(result.records[0]).toMatchObject({ isRecovered: false, channelsBackMs: null, peopleBackMs: 0 });
  });

  it("breaks a live room, and the lobby when there is none", async () => {
    const none = make([step("crashChannel")]);
    expect(none.calls).toEqual(["0 crash global:lobby"]);
    none.ending.abort(new Error("enough"));
    await none.chaos.finished;

    const some = make([step("losePresence"), step("crashChannel")]);
    for (const topic of ["user:a", "room:live", "room:over"]) {
      some.events.emit("join:accepted", { socketId: 1, topic: `realtime:${topic}` });
    }
    await some.clock.advance(4100);
    expect(some.calls.slice(1).map((call) => call.replace(/^\d+ /, ""))).toEqual([
      "crash room:over",
      "crash room:live",
    ]);
    some.ending.abort(new Error("enough"));
    await some.chaos.finished;
  });

  it("mends the server when it is ended in the middle of a fault", async () => {
    const { clock, calls, ending, chaos } = make([step("halfOpen", 3000), step("crash", 1000)]);
    await clock.advance(1000);
    ending.abort(new Error("enough"));
    expect(await chaos.finished).toMatchObject({ isComplete: false, failure: null, records: [] });
    expect(calls).toEqual(["0 halfOpen on", "1000 halfOpen off"]);
  });

  it("says why when the server does not come back", async () => {
    const { clock, faults, chaos } = make([step("losePresence"), step("crash", 1000)]);
    Object.assign(faults, {
      restart: () => Promise.reject(Object.assign(new Error("cannot listen"), { code: "LOCAL_REALTIME_PORT" })),
    });
    await clock.advance(20_000);
    expect(await chaos.finished).toMatchObject({
      isComplete: false,
      failure: "cannot listen (LOCAL_REALTIME_PORT)",
      peopleServed: 0,
    });
  });
});
