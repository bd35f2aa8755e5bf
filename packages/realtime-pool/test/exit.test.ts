import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { afterEach, describe, expect, it } from "vitest";
import { startRawServer } from "./raw-server.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs a program on what these tests run on, and resolves when it has ended by itself. */
function runToItsEnd(program: string, ...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const path = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
  // Node 22 takes the types away by itself, and says each time that this is new.
  const flags = process.versions["bun"] ? [] : ["--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  cleanups.push(async () => void child.kill("SIGKILL"));
  return new Promise((resolve) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}

describe.each(["close", "destroy"])("a program that has called %s()", (way) => {
  it("ends by itself", async () => {
    const server = await spawnRealtimeServer();
    cleanups.push(() => server.close());
    const ended = await runToItsEnd("ends", way, server.url, server.serviceRoleKey);
    expect(ended).toEqual({ exitCode: 0, output: `${way} done\n` });
  });

  it("ends by itself while the server is away", async () => {
    const placeholder = await startRawServer();
    await placeholder.stop();
    const ended = await runToItsEnd("ends-away", way, placeholder.url);
    expect(ended).toEqual({ exitCode: 0, output: `${way} done\n` });
  });
});
