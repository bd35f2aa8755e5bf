import { createEmitter, type Log, type LogFields, silentLog } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import type { PoolEvents, PoolStats } from "@shoal/realtime-pool";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { databaseHealth } from "../database/part.ts";
import { realtimeHealth } from "../pool/health.ts";
import { watchDependencies } from "./dependencies.ts";

function makeWatch() {
  const { clock, ...rest } = testRuntime();
  const lines: LogFields[] = [];
  const keep = (fields: LogFields) => void lines.push(fields);
  const log: Log = { ...silentLog, info: keep, warn: keep };
  const health = createHealth({ clock });
  const events = createEmitter<PoolEvents>();
  const draining = new AbortController();
  const unhindered: Pick<PoolStats["breaker"], "errorClass" | "cause"> = { errorClass: null, cause: null };
  const state = {
    ...unhindered,
    openSockets: 0,
    waiting: 1,
    joined: 1,
    paced: 0,
    mayRest: false,
    breaker: "up",
    isDatabaseAway: true,
    hasJustAnswered: false,
    isWatched: false,
  };
  const getStats = () =>
    ({
      sockets: { open: state.openSockets, connecting: 0, max: 1 },
      channels: { waiting: state.waiting, joining: 0, joined: state.joined, failed: 0, released: 0 },
      joins: { paced: state.paced },
      breaker: { state: state.breaker, errorClass: state.errorClass, cause: state.cause },
    }) as PoolStats;
  const database = {
    async query() {
      if (state.isDatabaseAway) throw new Error("connection refused");
      return [];
    },
  };
  const realtime = realtimeHealth({ events, getStats }, () => state.mayRest);
  const watch = watchDependencies({
    health,
    runtime: { ...rest, clock, log },
    checks: [
      realtime.health,
      {
        dependency: "lobby",
        isRequired: false,
        read: () => (state.isWatched ? { state: "ok" } : { state: "degraded", detail: "the lobby is not watched" }),
      },
      {
        dependency: "control",
        isRequired: false,
        read: () => (state.isWatched ? { state: "ok" } : { state: "degraded", detail: "no subscription" }),
      },
      databaseHealth(database, clock, { isMigrated: () => true, hasJustAnswered: () => state.hasJustAnswered }),
    ],
    signal: draining.signal,
  });
  const cancel = () => {
    watch.cancel();
    realtime.close();
  };
  const logged = () => lines.map(({ dependency, state: now }) => `${dependency} ${now}`);
  const shown = (name: string) => health.readiness().dependencies.find((dependency) => dependency.name === name);
  return { health, events, state, clock, cancel, logged, shown, drain: () => draining.abort() };
}

const WELL = { openSockets: 1, waiting: 0, paced: 0, isDatabaseAway: false, isWatched: true };

it("says in the log once when a dependency changes its state, not at every look", async () => {
  const { state, clock, logged } = makeWatch();
  await clock.advance(10_000);
  expect(logged()).toEqual(["realtime down", "lobby degraded", "control degraded", "database down"]);
  Object.assign(state, WELL);
  await clock.advance(10_000);
  expect(logged().slice(4)).toEqual(["realtime ok", "lobby ok", "control ok", "database ok"]);
});

it("does not complain at the first look, when nothing has had the time to come up", async () => {
  const { state, clock, logged } = makeWatch();
  await clock.advance(100);
  expect(logged()).toEqual([]);
  Object.assign(state, WELL);
  await clock.advance(2000);
  expect(logged()).toEqual(["realtime ok", "lobby ok", "control ok", "database ok"]);
});

it("says nothing of a moment's trouble", async () => {
  const { state, clock, logged } = makeWatch();
  Object.assign(state, WELL);
  await clock.advance(2000);
  Object.assign(state, { waiting: 1, isDatabaseAway: true });
  await clock.advance(2000);
  Object.assign(state, WELL);
  await clock.advance(10_000);
  expect(logged()).toEqual(["realtime ok", "lobby ok", "control ok", "database ok"]);
});

it("says of trouble that changes with every look that it is there", async () => {
  const { state, clock, logged } = makeWatch();
  Object.assign(state, WELL);
  await clock.advance(2000);
  for (const openSockets of [1, 0, 1, 0]) {
    Object.assign(state, { openSockets, waiting: 1 });
    await clock.advance(2000);
  }
  expect(logged().slice(4)).toEqual(["realtime down", "realtime degraded", "realtime down"]);
});

it("shows channels that wait for their turn to start, and says in the log when they have joined", async () => {
  const { state, clock, logged, shown } = makeWatch();
  Object.assign(state, { ...WELL, waiting: 2, paced: 2, breaker: "unknown" });
  await clock.advance(20_000);
  expect(logged().filter((line) => line.startsWith("realtime"))).toEqual([]);
  expect(shown("realtime")).toMatchObject({
    state: "degraded",
    detail: "2 channels are not joined; 2 wait for their turn, as bots start one after the other",
  });
  Object.assign(state, WELL);
  await clock.advance(2000);
  expect(logged().at(-1)).toBe("realtime ok");
  Object.assign(state, { waiting: 1, paced: 1 });
  await clock.advance(20_000);
  expect(logged().at(-1)).toBe("realtime ok");
});

it.each([
  ["one of them does not join when its turn has come", { waiting: 3, paced: 2 }],
  ["the server refuses all of them", { waiting: 2, paced: 2, breaker: "refused" }],
])("says in the log during a start that %s", async (_what, trouble) => {
  const { state, clock, logged } = makeWatch();
  Object.assign(state, { ...WELL, ...trouble });
  await clock.advance(4000);
  expect(logged()).toContain("realtime degraded");
});

it.each([
  ["auth", "keyRefused", 0, "no socket is open; Realtime refuses: the key is not authorised (401)"],
  ["configuration", "projectUnknown", 0, "no socket is open; Realtime refuses: SUPABASE_URL names no project"],
  ["configuration", "projectSuspended", 2, "1 channel is not joined; Realtime refuses: Realtime is off"],
  ["rate", "joinRate", 0, "no socket is open; held by a limit of the project: too many channels were joined"],
  ["capacity", "projectFull", 2, "1 channel is not joined; held by a limit of the project: all connections"],
] as const)("says in words what keeps the fleet out: %s, %s", async (errorClass, cause, openSockets, words) => {
  const { state, clock, events, shown } = makeWatch();
  events.emit("socket:closed", { socketId: "1", code: 1006, errorClass });
  Object.assign(state, { ...WELL, waiting: 1, openSockets, breaker: "refused", errorClass, cause });
  await clock.advance(4000);
  expect(shown("realtime")?.detail).toContain(words);
  Object.assign(state, { openSockets: 0, errorClass: "network", cause: "socketLost" });
  await clock.advance(4000);
  expect(shown("realtime")?.detail).toContain("last closed with code 1006");
});

it("says that Realtime is better, though bots still start one after the other", async () => {
  const { state, clock, logged } = makeWatch();
  await clock.advance(4000);
  Object.assign(state, { ...WELL, waiting: 2, paced: 2 });
  await clock.advance(4000);
  expect(logged().filter((line) => line.startsWith("realtime"))).toEqual(["realtime down", "realtime degraded"]);
});

it("takes the answers of others for the database's health, and asks it by itself when there are none", async () => {
  const { state, clock, shown, cancel } = makeWatch();
  Object.assign(state, { hasJustAnswered: true });
  await clock.advance(4000);
  expect(shown("database")).toMatchObject({ state: "ok" });
  Object.assign(state, { hasJustAnswered: false });
  await clock.advance(2000);
  expect(shown("database")).toMatchObject({ state: "down", detail: "connection refused" });
  cancel();
});

it("shows and does not tell what the daemon takes down itself when it drains", async () => {
  const { state, clock, logged, shown, drain } = makeWatch();
  Object.assign(state, WELL);
  await clock.advance(2000);
  const before = logged();
  drain();
  Object.assign(state, { openSockets: 0, isWatched: false });
  await clock.advance(10_000);
  expect(logged()).toEqual(before);
  expect(shown("realtime")?.state).toBe("down");
});

it.each([
  ["is ok", {}, "ok"],
  ["is not while a channel waits to join", { waiting: 1 }, "down"],
  ["is not where a channel has lost its socket", { joined: 1 }, "down"],
  ["is not where it is kept out", { errorClass: "auth", cause: "keyRefused" }, "down"],
  ["is not where this replica has to watch the lobby", { mayRest: false }, "down"],
])("of a replica that need not have a channel, Realtime without a socket %s", async (_what, change, state) => {
  const made = makeWatch();
  Object.assign(made.state, { ...WELL, openSockets: 0, joined: 0, mayRest: true, ...change });
  await made.clock.advance(2000);
  expect(made.shown("realtime")?.state).toBe(state);
});

it("says why no socket is open", async () => {
  const { shown, events, clock } = makeWatch();
  events.emit("socket:closed", { socketId: "s", code: 1006, errorClass: "network" });
  await clock.advance(2000);
  expect(shown("realtime")?.detail).toBe("no socket is open; last closed with code 1006, class network");
});

it("leaves no timer or listener behind", async () => {
  const { health, events, clock, cancel } = makeWatch();
  await clock.advance(5000);
  cancel();
  health.close();
  expect(clock.pendingTimers).toBe(0);
  expect(events.listenerCount).toBe(0);
});
