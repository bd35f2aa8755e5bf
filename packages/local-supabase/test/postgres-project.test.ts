import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { afterAll, expect, it } from "vitest";
import { type LocalSupabase, startLocalSupabase } from "../src/index.ts";
import { initialisedProject, removeInitialised } from "./postgres-harness.ts";
import { RawClient } from "./support/raw-client.ts";

afterAll(removeInitialised);

const runtime = createSystemRuntime();

async function withProject<T>(directory: string, work: (project: LocalSupabase) => T | Promise<T>): Promise<T> {
  const project = await startLocalSupabase({ directory, runtime });
  try {
    return await work(project);
  } finally {
    await project.stop();
  }
}

const facts = ({ url, anonKey, serviceRoleKey, jwtSecret }: LocalSupabase) => ({
  url,
  anonKey,
  serviceRoleKey,
  jwtSecret,
});

it("keeps its keys and its address from start to start, the keys for our eyes only", async () => {
  using directory = await initialisedProject();
  const first = await withProject(directory.path, facts);
  expect(await withProject(directory.path, facts)).toEqual(first);
  expect(statSync(join(directory.path, "keys.json")).mode & 0o777).toBe(0o600);
});

it("takes another port when somebody else has the one of the last start, and keeps that one", async () => {
  using directory = await initialisedProject();
  const first = await withProject(directory.path, facts);
  const squatter = await listenOn(Number(new URL(first.url).port));
  const second = await withProject(directory.path, facts);
  await new Promise((resolve) => squatter.close(resolve));
  expect(second).toEqual({ ...first, url: second.url });
  expect(second.url).not.toBe(first.url);
  expect((await withProject(directory.path, facts)).url).toBe(second.url);
});

it("refuses a second start on one directory", async () => {
  using directory = await initialisedProject();
  await withProject(directory.path, async () => {
    await expect(startLocalSupabase({ directory: directory.path, runtime })).rejects.toMatchObject({
      code: "LOCAL_DATA_DIR_IN_USE",
      details: { pid: process.pid },
    });
  });
  await withProject(directory.path, () => {});
});

it.each(["", "{", '{"jwt_secret": "short"}'])("refuses damaged keys without repeating them: %j", async (content) => {
  using directory = await initialisedProject();
  const name = join(directory.path, "keys.json");
  writeFileSync(name, content);
  await expect(startLocalSupabase({ directory: directory.path, runtime })).rejects.toMatchObject({
    code: "LOCAL_KEYS_INVALID",
    message: expect.stringContaining(name),
  });
  expect(readFileSync(name, "utf8")).toBe(content);
});

it("leaves no timer and no server behind, stopped twice over", async () => {
  using directory = await initialisedProject();
  const own = createSystemRuntime();
  const project = await startLocalSupabase({ directory: directory.path, runtime: own });
  await Promise.all([project.stop(), project.stop()]);
  expect(own.clock.pendingTimers).toBe(0);
  await expect(fetch(project.url)).rejects.toThrow();
});

it("gives Realtime its limits, and lets it be broken", async () => {
  using directory = await initialisedProject();
  // Asked only for database changes.
  const databaseUrl = "postgres://nobody@127.0.0.1:1/none";
  const project = await startLocalSupabase({
    directory: directory.path,
    runtime,
    databaseUrl,
    limits: { presenceCalls: 0 },
  });
  try {
    const client = await RawClient.open(project.url, project.anonKey);
    await client.join("members", { presence: { enabled: true } });
    await client.nextJson();
    client.sendJson(["1", "2", "realtime:members", "presence", { type: "presence", event: "track", payload: {} }]);
    expect(await client.nextJson()).toMatchObject({ 3: "phx_reply", 4: { status: "ok" } });
    expect(project.faults.dropSockets()).toBe(1);
    expect(await client.closed).toBe(1006);
    await expect(
      startLocalSupabase({ directory: `${directory.path}/other`, runtime, databaseUrl, limits: { presenceCalls: -1 } }),
    ).rejects.toMatchObject({ code: "LOCAL_REALTIME_LIMITS" });
  } finally {
    await project.stop();
  }
});

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
