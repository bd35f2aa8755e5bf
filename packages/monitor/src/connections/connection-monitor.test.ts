import { createEmitter } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createConnectionMonitor } from "./connection-monitor.ts";

const channel = { topic: "global:lobby", clientId: "b1" };
const refusal = { ...channel, errorClass: "rate", reason: "ClientJoinRateLimitReached after 12 joins" } as const;
const refused = { ...refusal, attempt: 1, retryInMs: 100 };

function makeMonitor() {
  const clock = createSimulatedClock();
  const events = createEmitter<PoolEvents>();
  const stats = {
    sockets: { open: 2, connecting: 1, max: 5 },
    channels: { waiting: 1, joining: 2, joined: 7, failed: 3, released: 40 },
    reconnects: 4,
  };
  const monitor = createConnectionMonitor({ clock, events, getStats: () => stats });
  return { clock, events, monitor };
}

describe("createConnectionMonitor", () => {
  it("reports all zero before anything happened", () => {
    const { monitor } = makeMonitor();
    expect(monitor.report()).toMatchObject({
      sockets: { total: 3, active: 2, failed: 0 },
      channels: { total: 10, active: 7, failed: 3 },
      reconnectAttempts: 4,
      rejoinAttempts: 0,
      responseMs: { overall: { count: 0, p99: 0 } },
      errors: { byClass: {}, patterns: [], recent: [] },
      troubled: [],
    });
  });

  it("counts sockets closed by an error, not those closed on purpose", () => {
    const { events, monitor } = makeMonitor();
    events.emit("socket:closed", { socketId: "s1", code: 1000, errorClass: null });
    events.emit("socket:closed", { socketId: "s2", code: 1006, errorClass: "network" });
    const report = monitor.report();
    expect(report.sockets.failed).toBe(1);
    expect(report.errors.recent).toEqual([
      {
        at: "2026-01-01T00:00:00.000Z",
        connection: "socket s2",
        errorClass: "network",
        reason: "socket closed with code 1006",
      },
    ]);
  });

  it("counts every rejoin of a fleet that is larger than its histories", () => {
    const { events, monitor } = makeMonitor();
    const fleet = Array.from({ length: 3000 }, (_, index) => ({ topic: `room:${index}`, clientId: "b1" }));
    for (const each of fleet) events.emit("channel:lost", { ...each, errorClass: "network", reason: "socket closed" });
    for (const each of fleet) events.emit("channel:joining", { ...each, attempt: 1 });
    expect(monitor.report().rejoinAttempts).toBe(3000);
    for (const each of fleet) events.emit("channel:joining", { ...each, attempt: 1 });
    expect(monitor.report().rejoinAttempts).toBe(3000);
  });

  it("counts as rejoins the retries after a refusal and the joins after a loss", () => {
    const { events, monitor } = makeMonitor();
    events.emit("channel:joining", { ...channel, attempt: 1 });
    events.emit("channel:refused", refused);
    events.emit("channel:joining", { ...channel, attempt: 2 });
    events.emit("channel:joined", { ...channel, attempt: 1, joinMs: 10 });
    expect(monitor.report().rejoinAttempts).toBe(1);
    events.emit("channel:lost", { ...channel, errorClass: "network", reason: "socket closed" });
    events.emit("channel:joining", { ...channel, attempt: 1 });
    expect(monitor.report().rejoinAttempts).toBe(2);
  });

  it("keeps each kind of answer apart and all of them together", () => {
    const { events, monitor } = makeMonitor();
    events.emit("socket:open", { socketId: "s1", handshakeMs: 40 });
    events.emit("heartbeat:answered", { socketId: "s1", roundTripMs: 10 });
    events.emit("channel:joined", { ...channel, attempt: 1, joinMs: 20 });
    events.emit("notice:sent", { topic: "user:1", durationMs: 30 });
    events.emit("canary:answered", { socketId: "s1", roundTripMs: 5 });
    const { responseMs } = monitor.report();
    expect(responseMs).toMatchObject({
      overall: { count: 5, mean: 21, p50: 20, p99: 40 },
      canary: { count: 1, mean: 5 },
      handshake: { count: 1, mean: 40 },
      heartbeat: { count: 1, mean: 10 },
      join: { count: 1, mean: 20 },
      notice: { count: 1, mean: 30 },
    });
  });

  it("shows a channel as troubled from its first error until it is well", () => {
    const { events, monitor } = makeMonitor();
    const troubled = () => monitor.report().troubled.map(({ connection }) => connection);
    events.emit("channel:joining", { ...channel, attempt: 1 });
    expect(troubled()).toEqual([]);
    events.emit("channel:refused", refused);
    expect(troubled()).toEqual(["channel b1 global:lobby"]);
    events.emit("channel:joining", { ...channel, attempt: 2 });
    expect(troubled()).toEqual(["channel b1 global:lobby"]);
    events.emit("channel:joined", { ...channel, attempt: 1, joinMs: 10 });
    expect(troubled()).toEqual([]);
    events.emit("channel:lost", refusal);
    expect(troubled()).toEqual(["channel b1 global:lobby"]);
    events.emit("channel:recovered", { ...channel, gapMs: 900 });
    expect(troubled()).toEqual([]);
  });

  it("shows a joined channel as troubled while the rows it asked for do not come", () => {
    const { events, monitor } = makeMonitor();
    const lost = { ...channel, errorClass: "configuration", reason: "no publication" } as const;
    events.emit("channel:joined", { ...channel, attempt: 1, joinMs: 10 });
    events.emit("changes:failed", lost);
    expect(monitor.report()).toMatchObject({ troubled: [{ connection: "channel b1 global:lobby" }] });
    events.emit("changes:ready", { ...channel, waitMs: 900 });
    expect(monitor.report().troubled).toEqual([]);
    expect(monitor.report().errors.byClass).toEqual({ configuration: 1 });
  });

  it("shows the server as troubled from what the breaker says until it is up", () => {
    const { events, monitor } = makeMonitor();
    type Change = PoolEvents["breaker:changed"];
    const go = (state: Change["state"], errorClass: Change["errorClass"]) =>
      events.emit("breaker:changed", { state, errorClass, cause: null, nextProbeInMs: null });
    go("unknown", null);
    expect(monitor.report().troubled).toEqual([]);
    go("away", "network");
    expect(monitor.report().troubled).toMatchObject([
      { connection: "server", changes: [{ state: "unknown" }, { state: "away", errorClass: "network" }] },
    ]);
    go("up", null);
    expect(monitor.report().troubled).toEqual([]);
  });

  it("counts as errors what has no state: lost canaries, cut budgets, tokens not renewed", () => {
    const { events, monitor } = makeMonitor();
    events.emit("socket:open", { socketId: "s1", handshakeMs: 40 });
    events.emit("canary:lost", { socketId: "s1", silentMs: 10_000 });
    events.emit("budget:throttled", { budget: "events", ratio: 0.5, coolDownMs: 10_000 });
    events.emit("token:failed", { reason: "token=hunter22 is old" });
    events.emit("socket:stale", { socketId: "s1", silentMs: 50_000 });
    const { errors, troubled } = monitor.report();
    expect(errors.byClass).toEqual({ timeout: 2, rate: 1, auth: 1 });
    expect(errors.patterns).toContainEqual(expect.objectContaining({ pattern: "silent for <n> ms", count: 2 }));
    expect(troubled).toMatchObject([{ connection: "socket s1", changes: [{ state: "open" }, { state: "stale" }] }]);
    expect(JSON.stringify(errors)).not.toContain("hunter22");
  });

  it("remembers at most 1,000 of 10,000 channels, 16 states of each", () => {
    const { events, monitor } = makeMonitor();
    for (let n = 0; n < 10_000; n += 1) {
      const one = { topic: `room:${n}`, clientId: `bot-${n}` };
      for (let round = 0; round < 5; round += 1) {
        events.emit("channel:joining", { ...one, attempt: 1 });
        events.emit("channel:joined", { ...one, attempt: 1, joinMs: 1 });
        events.emit("channel:recovered", { ...one, gapMs: 1 });
        events.emit("changes:failed", { ...one, errorClass: "server", reason: `${one.topic} is gone` });
      }
    }
    const histories = monitor.histories();
    expect(histories).toHaveLength(1000);
    expect(Math.max(...histories.map(({ changes }) => changes.length))).toBe(16);
    const { troubled, errors, responseMs } = monitor.report();
    expect([troubled.length, errors.recent.length, responseMs.join.count]).toEqual([20, 20, 1024]);
    expect(errors.patterns).toHaveLength(1);
    expect(errors.byClass).toEqual({ server: 50_000 });
  });

  it("no longer shows a channel that was given up, but its error and how many there were", () => {
    const { events, monitor } = makeMonitor();
    events.emit("channel:failed", refusal);
    expect(monitor.report()).toMatchObject({ channels: { failed: 3 }, troubled: [], errors: { byClass: { rate: 1 } } });
  });

  it("tells the states a connection went through, with time and cause", async () => {
    const { clock, events, monitor } = makeMonitor();
    events.emit("channel:joining", { ...channel, attempt: 1 });
    await clock.advance(1500);
    events.emit("channel:refused", refused);
    events.emit("channel:released", channel);
    expect(monitor.histories()).toEqual([
      {
        connection: "channel b1 global:lobby",
        changes: [
          { at: "2026-01-01T00:00:00.000Z", state: "joining" },
          { at: "2026-01-01T00:00:01.500Z", state: "refused", errorClass: "rate", reason: refusal.reason },
          { at: "2026-01-01T00:00:01.500Z", state: "released" },
        ],
      },
    ]);
  });

  it("shows no secret of a reason, neither in the history nor in the errors", () => {
    const { events, monitor } = makeMonitor();
    const reason = "wss://x.co/websocket?apikey=hunter22 refused";
    events.emit("channel:refused", { ...refused, reason });
    events.emit("notice:failed", { topic: "user:1", errorClass: "auth", reason });
    expect(JSON.stringify([monitor.report(), monitor.histories()])).not.toContain("hunter22");
    expect(monitor.report().errors.byClass).toEqual({ rate: 1, auth: 1 });
  });

  it("listens to nothing any more once closed", () => {
    const { events, monitor } = makeMonitor();
    expect(events.listenerCount).toBeGreaterThan(0);
    monitor.close();
    monitor.close();
    expect(events.listenerCount).toBe(0);
  });
});
