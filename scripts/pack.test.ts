import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnRealtimeServer } from "@shoal/local-supabase/spawn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findNode22 } from "./node-22.ts";
import { pack } from "./pack.ts";
import { repositoryRoot } from "./repository-files.ts";

const folder = mkdtempSync(join(tmpdir(), "shoal-pack-"));
const consumer = join(folder, "consumer");
const EXAMPLE = join(repositoryRoot, "packages/realtime-pool/test/readme-example.ts");

/** Cache of downloads, once per machine. */
const INSTALL_LIMIT_MS = 180_000;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, {
    cwd: consumer,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise<{ exitCode: number | null; output: string }>((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}

/** Makes a project with the packages as users install them: JavaScript and types, without this repository. */
const CONSUMER = `
import { createSystemRuntime } from "@shoal/kernel";
import { createMetrics, observePool } from "@shoal/monitor";
import { createRealtimePool, PoolError, type PooledChannel } from "@shoal/realtime-pool";
import type { Ctx, Needs } from "@shoal/strategy";

const pool = createRealtimePool({ url: "http://localhost", apiKey: "key", runtime: createSystemRuntime() });
observePool(createMetrics({ version: "1.0.0" }), pool.events, () => pool.getStats());
export const acquire = (topic: string): Promise<PooledChannel> => pool.acquire(topic);
pool.events.on("channel:lost", ({ errorClass }) => errorClass satisfies "rate" | string);
// @ts-expect-error there is no such event
pool.events.on("channel:found", () => {});
export const needs = { candles: [{ symbol: "A/B", timeframe: "1h", count: 5 }] } satisfies Needs;
export const run = (ctx: Ctx<{ fast: number }>): number => ctx.ta.sma(ctx.market.candles("A/B", "1h").close, ctx.config.fast).last;
export const code = (thrown: unknown) => (thrown instanceof PoolError ? thrown.code : "none");
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    module: "nodenext",
    target: "es2024",
    lib: ["esnext"],
    noEmit: true,
    types: ["node"],
    typeRoots: [join(repositoryRoot, "node_modules/@types")],
  },
  include: ["consumer.ts"],
};

beforeAll(async () => {
  const tarballs = pack(folder);
  cpSync(EXAMPLE, join(consumer, "example.ts"));
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(consumer, "consumer.ts"), CONSUMER);
  writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify(TSCONFIG));
  const installed = await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...tarballs]);
  if (installed.exitCode !== 0) throw new Error(`npm install failed\n${installed.output}`);
}, INSTALL_LIMIT_MS);

afterAll(() => rmSync(folder, { recursive: true }));

describe("the packages as they are published", () => {
  const runtimes = { "Node 22": findNode22(), Bun: process.execPath };

  it.each(["Node 22", "Bun"] as const)("run the example of the README on %s, and end", async (name) => {
    const runtime = runtimes[name];
    if (!runtime) throw new Error(`there is no ${name} on this machine`);
    const server = await spawnRealtimeServer();
    try {
      const env = { SUPABASE_URL: server.url, SUPABASE_KEY: server.serviceRoleKey, NODE_NO_WARNINGS: "1" };
      const { exitCode, output } = await run(runtime, ["example.ts"], env);
      expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringMatching(/text:\s*.hello/) });
      expect(await server.stats()).toMatchObject({ joinsAccepted: 1, broadcasts: 1, presenceCalls: 1 });
    } finally {
      await server.close();
    }
  });

  it("have types that a strict project can check", async () => {
    const tsc = join(repositoryRoot, "node_modules/typescript/bin/tsc");
    expect(await run(process.execPath, [tsc, "-p", "."])).toEqual({ exitCode: 0, output: "" });
  });

  it("carry no tests, no sources and exact versions of what they need", () => {
    const installed = join(consumer, "node_modules/@shoal");
    const manifest = JSON.parse(readFileSync(join(installed, "realtime-pool/package.json"), "utf8"));
    for (const version of Object.values(manifest.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    const files = [...new Bun.Glob("**/*").scanSync(installed)];
    expect(files.filter((file) => !/\.(js|d\.ts)$|(\.md|LICENSE|package\.json)$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.includes(".test."))).toEqual([]);
  });

  it("link in their README to what they carry", () => {
    const installed = join(consumer, "node_modules/@shoal/realtime-pool");
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].flatMap(([, link]) => link ?? []);
    expect(links).toContain("lib/options.d.ts");
    expect(links.filter((link) => !existsSync(join(installed, link)))).toEqual([]);
  });
});
