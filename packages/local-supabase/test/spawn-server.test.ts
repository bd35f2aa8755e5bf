import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type SpawnedRealtimeServer, spawnRealtimeServer } from "../src/serve/adapters/spawn-realtime-server.ts";
import { RawClient } from "./support/raw-client.ts";

const running: SpawnedRealtimeServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(options: Parameters<typeof spawnRealtimeServer>[0] = {}): Promise<SpawnedRealtimeServer> {
  const server = await spawnRealtimeServer(options);
  running.push(server);
  return server;
}

const open = (server: SpawnedRealtimeServer) => RawClient.open(server.url, server.anonKey);
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a server in a process of its own", () => {
  it("serves, does every fault on demand and lifts it", async () => {
    const server = await start();
    const client = await open(server);
    await client.join("room", { broadcast: { ack: true } });
    const { faults } = server;
    expect(await server.stats()).toMatchObject({ sockets: 1, channels: 1, joinsAccepted: 1 });
    expect(await faults.closeChannel("room", "enough")).toBe(1);
    expect(await client.nextJson()).toMatchObject(["1", null, "realtime:room", "system", { message: "enough" }]);
    expect(await client.nextJson()).toEqual(["1", "1", "realtime:room", "phx_close", {}]);
    await client.join("room", {}, "2");
    expect(await faults.crashChannel("room")).toBe(1);
    expect(await client.nextJson()).toMatchObject(["2", "2", "realtime:room", "phx_error", {}]);
    expect(await faults.losePresence()).toBe(0);
    expect(await faults.silenceChanges()).toBe(0);
    const lasting = [
      await faults.delay(0),
      await faults.halfOpen(),
      await faults.muteChanges(),
      await faults.delayChanges(),
      await faults.delayChanges({ minMs: 0, maxMs: 1 }),
      await faults.exceedEvents(),
      await faults.exceedJoins(),
      await faults.refuseUpgrades({ status: 503, reason: "away" }),
      await faults.refuseJoins({ reason: "no", topic: /^ROOM:/i, closesSocket: true }),
    ];
    for (const lift of lasting) await lift();
    for (const lift of lasting) await lift();
    await client.join("room:1", {}, "3");
    await faults.requestDisconnect();
    expect(await client.closed).toBe(1012);
    const second = await open(server);
    await second.join("room");
    expect(await faults.dropSockets(1011)).toBe(1);
    expect(await second.closed).toBe(1011);
    await faults.restart({ kind: "crash", downMs: 1 });
    const third = await open(server);
    expect(await faults.dropSockets()).toBe(1);
    expect(await third.closed).toBe(1006);
  });

  it("takes a pattern of topics and refuses only those", async () => {
    const server = await start();
    await server.faults.refuseJoins({ reason: "no", topic: /^ROOM:/i, closesSocket: true });
    const client = await open(server);
    await client.join("lobby");
    client.sendJson(["2", "2", "realtime:room:1", "phx_join", { config: {} }]);
    client.sendJson(["3", "3", "realtime:behind", "phx_join", { config: {} }]);
    // Its answer takes five seconds; it is counted at once.
    while ((await server.stats()).joinsRefused === 0) await server.stats();
    expect(await server.stats()).toMatchObject({ joinsAccepted: 1, joinsRefused: 1 });
  });

  it("starts with the limits and the key it is given, and changes the limits", async () => {
    const jwtSecret = "a secret for tests that is long enough to sign with";
    const server = await start({ jwtSecret, limits: { plan: "unlimited", channelsPerSocket: 1 } });
    const client = await open(server);
    await client.join("a");
    await server.setLimits({ channelsPerSocket: Number.POSITIVE_INFINITY });
    await client.join("b", {}, "2");
    expect(await server.stats()).toMatchObject({ channels: 2 });
    await server.setLimits("free");
    await expect(server.setLimits({ channelsPerSocket: -1 })).rejects.toMatchObject({ code: "LOCAL_REALTIME_LIMITS" });
    const same = await start({ jwtSecret });
    await RawClient.open(same.url, server.anonKey);
  });

  it("answers a command that makes no sense with an error, and goes on", async () => {
    const server = await start();
    const { faults } = server;
    await expect(faults.dropSockets(12)).rejects.toMatchObject({ code: "LOCAL_SERVE_COMMAND" });
    await expect(faults.delay(Number.NaN)).rejects.toMatchObject({ code: "LOCAL_SERVE_COMMAND" });
    await expect(faults.restart({ kind: "crash", downMs: -1 })).rejects.toMatchObject({ code: "LOCAL_SERVE_COMMAND" });
    expect(await server.stats()).toMatchObject({ sockets: 0 });
  });

  it("leaves nothing when it is closed, however often, and says so to whoever still asks", async () => {
    const server = await start();
    const client = await open(server);
    const down = server.faults.restart({ kind: "clean", downMs: 600_000 });
    down.catch(() => {});
    expect(await client.closed).toBe(1012);
    await Promise.all([server.close(), server.close()]);
    expect(isAlive(server.pid)).toBe(false);
    await expect(server.stats()).rejects.toMatchObject({ code: "LOCAL_SPAWN_ENDED", details: { exitCode: 0 } });
    await expect(open(server)).rejects.toThrow();
  });

  it("ends cleanly on SIGTERM", async () => {
    const server = await start();
    const client = await open(server);
    await client.join("room");
    await server.faults.delay(60_000);
    process.kill(server.pid, "SIGTERM");
    expect(await client.closed).toBe(1012);
    await server.close();
    await expect(server.stats()).rejects.toMatchObject({ details: { exitCode: 0, signal: null } });
  });

  it("says how it ended when it is killed while it is asked", async () => {
    const server = await start();
    const down = server.faults.restart({ kind: "clean", downMs: 600_000 });
    process.kill(server.pid, "SIGKILL");
    await expect(down).rejects.toMatchObject({ code: "LOCAL_SPAWN_ENDED", details: { signal: "SIGKILL" } });
  });

  it("says why it could not start", async () => {
    const server = await start();
    const port = Number(new URL(server.url).port);
    await expect(start({ port })).rejects.toMatchObject({ code: "LOCAL_REALTIME_PORT" });
    await expect(start({ limits: { joinsPerSecond: -1 } })).rejects.toMatchObject({ code: "LOCAL_REALTIME_LIMITS" });
    await expect(start({ jwtSecret: "short" })).rejects.toMatchObject({ code: "LOCAL_SERVE_COMMAND" });
    await expect(start({ bunPath: "/no/such/bun" })).rejects.toMatchObject({ code: "LOCAL_SPAWN_FAILED" });
  });

  it("says so, and leaves nothing, when what was started is no Bun", async () => {
    const directory = mkdtempSync(join(tmpdir(), "shoal-no-bun-"));
    try {
      const bunPath = join(directory, "no-bun");
      writeFileSync(bunPath, '#!/bin/sh\necho $$ > "$0.pid"\necho hello\nexec sleep 600\n', { mode: 0o700 });
      await expect(start({ bunPath })).rejects.toMatchObject({ code: "LOCAL_SPAWN_FAILED" });
      expect(isAlive(Number(readFileSync(`${bunPath}.pid`, "utf8")))).toBe(false);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
