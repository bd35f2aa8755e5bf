import { createEmitter, type Log, type LogFields, silentLog } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import type { PoolEvents, PoolStats } from "@shoal/realtime-pool";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { startProbes } from "./probes.ts";

function makeProbes() {
  const { clock, ...rest } = testRuntime();
  const lines: LogFields[] = [];
  const keep = (fields: LogFields) => void lines.push(fields);
  const log: Log = { ...silentLog, info: keep, warn: keep };
  const health = createHealth({ clock });
  const events = createEmitter<PoolEvents>();
  const state = { openSockets: 0, isDatabaseAway: true, isWatched: false };
  const getStats = () =>
    ({
      sockets: { open: state.openSockets, connecting: 0, max: 1 },
      channels: { waiting: 0, joining: 0, joined: 1, failed: 0, released: 0 },
    }) as PoolStats;
  const probes = startProbes({
    health,
    runtime: { ...rest, clock, log },
    database: {
      async query() {
        if (state.isDatabaseAway) throw new Error("connection refused");
        return [];
      },
    },
    pool: { events, getStats },
    lobby: {
      get isWatched() {
        return state.isWatched;
      },
    },
    isMigrated: () => true,
    others: { control: () => (state.isWatched ? { state: "ok" } : { state: "degraded", detail: "no subscription" }) },
  });
  const told = () => lines.map(({ dependency, state: now }) => `${dependency} ${now}`);
  return { health, events, state, clock, probes, told };
}

it("says in the log once when a dependency changes its state, not at every look", async () => {
  const { state, clock, told } = makeProbes();
  await clock.advance(10_000);
  expect(told()).toEqual(["realtime down", "lobby degraded", "control degraded", "database down"]);
  Object.assign(state, { openSockets: 1, isDatabaseAway: false, isWatched: true });
  await clock.advance(10_000);
  expect(told().slice(4)).toEqual(["realtime ok", "lobby ok", "control ok", "database ok"]);
});

it("does not complain at the first look, when nothing has had the time to come up", async () => {
  const { state, clock, told } = makeProbes();
  await clock.advance(100);
  expect(told()).toEqual([]);
  Object.assign(state, { openSockets: 1, isDatabaseAway: false, isWatched: true });
  await clock.advance(2000);
  expect(told()).toEqual(["realtime ok", "lobby ok", "control ok", "database ok"]);
});

it("says why no socket is open", async () => {
  const { health, events, clock } = makeProbes();
  events.emit("socket:closed", { socketId: "s", code: 1006, errorClass: "network" });
  await clock.advance(2000);
  const realtime = health.readiness().dependencies.find(({ name }) => name === "realtime");
  expect(realtime?.detail).toBe("no socket is open; last closed with code 1006, class network");
});

it("leaves no timer or listener behind", async () => {
  const { health, events, clock, probes } = makeProbes();
  await clock.advance(5000);
  probes.cancel();
  health.close();
  expect(clock.pendingTimers).toBe(0);
  expect(events.listenerCount).toBe(0);
});
