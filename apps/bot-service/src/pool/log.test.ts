import { createEmitter, type Log, type LogFields, MINUTE_MS, silentLog } from "@shoal/kernel";
import type { PoolEvents } from "@shoal/realtime-pool";
import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { logPool } from "./log.ts";

const leaks = leakCheck();

const CAUSES = {
  up: { errorClass: null, cause: null },
  away: { errorClass: "network", cause: "socketLost" },
  refused: { errorClass: "auth", cause: "keyRefused" },
  held: { errorClass: "rate", cause: "joinRate" },
} as const;

function listen() {
  const events = leaks.events(createEmitter<PoolEvents>());
  const lines: [string, string, LogFields][] = [];
  const keep = (level: string) => (fields: LogFields, message: string) => void lines.push([level, message, fields]);
  const log: Log = { ...silentLog, info: keep("info"), warn: keep("warn"), error: keep("error") };
  const clock = createSimulatedClock();
  const off = logPool(events, { log, clock });
  const change = (
    state: Exclude<PoolEvents["breaker:changed"]["state"], "unknown">,
    nextProbeInMs: number | null = null,
  ) => events.emit("breaker:changed", { state, ...CAUSES[state], nextProbeInMs });
  return { events, lines, clock, off, change };
}

describe("the log of the pool", () => {
  it("says what keeps the fleet out and that it is in again, but nothing of a start that goes well", () => {
    const { lines, change, off } = listen();
    change("up");
    expect(lines).toEqual([]);
    change("away", 240.4);
    change("away", 500);
    change("refused", 60_000);
    change("held", 10_000);
    change("up");
    off();
    expect(lines.map(([level]) => level)).toEqual(["warn", "warn", "warn", "info"]);
    expect(lines[0]).toEqual([
      "warn",
      expect.stringContaining("not answer"),
      { error_class: "network", next_probe_in_ms: 240 },
    ]);
    expect(lines[1]?.[2]).toMatchObject({ error_class: "auth", why: expect.stringContaining("not authorised (401)") });
    expect(lines[1]?.[1]).toContain("shoal doctor");
    expect(lines[3]).toEqual(["info", expect.any(String), { was: "held" }]);
  });

  it("says that a limit holds the fleet while the server answers, also when the refusals took all sockets along", () => {
    const { events, lines, change, off } = listen();
    change("held", 10_000);
    events.emit("breaker:changed", { state: "away", ...CAUSES.held, nextProbeInMs: 0 });
    off();
    expect(lines.map(([, message]) => message)).toEqual([expect.stringContaining("a limit of the project")]);
    expect(lines[0]?.[2]).toMatchObject({ why: expect.stringContaining("too many channels were joined") });
  });

  it("says that the address names no project", () => {
    const { events, lines, off } = listen();
    const unknown = { errorClass: "configuration", cause: "projectUnknown" } as const;
    events.emit("breaker:changed", { state: "refused", ...unknown, nextProbeInMs: 60_000 });
    off();
    expect(lines[0]?.[2]).toMatchObject({ why: expect.stringContaining("names no project") });
  });

  it("says once a minute how many messages were not read", () => {
    const { events, lines, off } = listen();
    for (let n = 0; n < 100; n += 1) events.emit("message:dropped", { topic: "room:1" });
    off();
    expect(lines.map(([level, , fields]) => [level, fields])).toEqual([
      ["warn", { topic: "room:1", dropped_count: 1 }],
    ]);
  });

  it("says that a limit was reached, and that tokens are missing and come again, once each", () => {
    const { events, lines, off } = listen();
    events.emit("budget:throttled", { budget: "events", ratio: 0.5, coolDownMs: 10_000 });
    for (let tries = 0; tries < 100; tries += 1) events.emit("token:failed", { reason: "no answer" });
    events.emit("token:refreshed", { expiresInMs: null });
    events.emit("token:refreshed", { expiresInMs: null });
    off();
    expect(lines.map(([level, , fields]) => [level, fields])).toEqual([
      ["warn", { budget: "events", ratio: 0.5, cool_down_ms: 10_000 }],
      ["warn", { reason: "no answer" }],
      ["info", {}],
    ]);
  });

  it("says once a minute how many presence entries were left out, and of which topic the latest", async () => {
    const { events, lines, clock, off } = listen();
    for (let n = 0; n < 1000; n += 1) events.emit("presence:dropped", { topic: "lobby", count: 2 });
    await clock.advance(MINUTE_MS);
    events.emit("presence:dropped", { topic: "room:1", count: 1 });
    off();
    expect(lines.map(([level, , fields]) => [level, fields])).toEqual([
      ["warn", { topic: "lobby", dropped_count: 2 }],
      ["warn", { topic: "room:1", dropped_count: 1999 }],
    ]);
  });

  it.each([
    ["PrivateOnly: This project only allows private channels", "set CHANNEL_ACCESS=private"],
    ["Unauthorized: You do not have permissions to read from this Channel topic: lobby", "SUPABASE_SERVICE_ROLE_KEY"],
  ])("says once a minute what to do about joins that are refused with %s", async (reason, advice) => {
    const { events, lines, clock, off } = listen();
    const refused = {
      topic: "lobby",
      clientId: "a",
      attempt: 1,
      errorClass: "configuration",
      retryInMs: null,
    } as const;
    for (let n = 0; n < 100; n += 1) events.emit("channel:refused", { ...refused, reason });
    events.emit("channel:refused", { ...refused, reason: "UnknownErrorOnChannel" });
    await clock.advance(MINUTE_MS);
    events.emit("channel:refused", { ...refused, reason });
    off();
    expect(lines).toEqual([
      ["error", expect.stringContaining(advice), { topic: "lobby", reason }],
      ["error", expect.stringContaining(advice), { topic: "lobby", reason }],
    ]);
  });

  it("is quiet once it is over", () => {
    const { lines, change, off } = listen();
    off();
    change("away");
    expect(lines).toEqual([]);
  });
});
