import { createEmitter } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";
import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createTimeline } from "./timeline.ts";

function listen() {
  const events = createEmitter<PoolEvents>();
  const clock = createSimulatedClock();
  return { events, clock, timeline: createTimeline(events, clock) };
}

const NOTHING = { subject: null, errorClass: null, cause: null, why: null, lastsMs: null, ratio: null };

it("says what kept the pool from joining or sending, why and for how long", () => {
  const { events, clock, timeline } = listen();
  events.emit("breaker:changed", { state: "held", errorClass: "rate", cause: "joinRate", nextProbeInMs: 10_000 });
  events.emit("budget:throttled", { budget: "events", ratio: 0.5, coolDownMs: 5000 });
  events.emit("token:failed", { reason: "secret of somebody" });
  events.emit("socket:stale", { socketId: "s1", silentMs: 60_000 });
  events.emit("socket:closed", { socketId: "s1", code: 1006, errorClass: "network" });
  events.emit("socket:closed", { socketId: "s2", code: 1000, errorClass: null });
  events.emit("breaker:changed", { state: "up", errorClass: null, cause: null, nextProbeInMs: null });
  const at = new Date(clock.now()).toISOString();
  const why = expect.stringContaining("too many channels were joined");
  expect(timeline.entries()).toEqual([
    { ...NOTHING, at, what: "breaker", state: "held", errorClass: "rate", cause: "joinRate", why, lastsMs: 10_000 },
    { ...NOTHING, at, what: "budget", state: "events", errorClass: "rate", lastsMs: 5000, ratio: 0.5 },
    { ...NOTHING, at, what: "token", state: "failed", errorClass: "auth" },
    { ...NOTHING, at, what: "socket", state: "stale", subject: "s1", errorClass: "timeout", lastsMs: 60_000 },
    { ...NOTHING, at, what: "socket", state: "closed", subject: "s1", errorClass: "network", cause: "code 1006" },
    { ...NOTHING, at, what: "breaker", state: "up" },
  ]);
});

it("keeps the last 500, and hears nothing any more once it is closed", () => {
  const { events, timeline } = listen();
  const lose = (code: number) => events.emit("socket:closed", { socketId: "s", code, errorClass: "network" });
  for (let code = 1; code <= 501; code += 1) lose(code);
  timeline.close();
  lose(502);
  expect(timeline.entries()).toHaveLength(500);
  expect([timeline.entries()[0]?.cause, timeline.entries().at(-1)?.cause]).toEqual(["code 2", "code 501"]);
});
