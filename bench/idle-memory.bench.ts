import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, sleep } from "@shoal/kernel";
import { startLocalSupabase } from "@shoal/local-supabase";
import type { Benchmark } from "./benchmark.ts";

const BOTS = 15;
const TARGET_BYTES = 150 * 1024 * 1024;
const MAIN = join(import.meta.dirname, "../apps/bot-service/src/main.ts");

const runtime = createSystemRuntime();

/** A process of Bun that does nothing: the floor of any daemon. */
const FLOOR = ["-e", "setInterval(() => {}, 1000)"];

function residentBytes(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB$/m);
  return Number(line?.[1]) * 1024;
}

/** Returns the median of readings a second apart, once the process is idle. */
async function restingBytes(pid: number, quick: boolean): Promise<number> {
  await sleep(runtime.clock, quick ? 2000 : 20_000);
  const readings: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    readings.push(residentBytes(pid));
    await sleep(runtime.clock, 1000);
  }
  return readings.sort((left, right) => left - right)[2] ?? 0;
}

function spawn(args: string[], env: Record<string, string>) {
  return Bun.spawn([process.execPath, ...args], { env, stdin: "ignore", stdout: "ignore", stderr: "inherit" });
}

async function idleBots(url: string): Promise<number> {
  const response = await fetch(`${url}/api/health`).catch(() => null);
  const body = (await response?.json()) as { fleet: { bots: { idle: number } } } | undefined;
  return body?.fleet.bots.idle ?? 0;
}

async function measure(directory: string, quick: boolean) {
  await using stack = new AsyncDisposableStack();
  const backend = await startLocalSupabase({ directory, runtime });
  stack.defer(() => backend.stop());
  const port = 20_000 + (process.pid % 20_000);
  const daemon = spawn([MAIN, "start"], {
    SUPABASE_URL: backend.url,
    SUPABASE_SERVICE_ROLE_KEY: backend.serviceRoleKey,
    DATABASE_URL: backend.databaseUrl,
    SHOAL_API_TOKEN: "0123456789abcdef",
    SHOAL_DIRECTORY: join(directory, "daemon"),
    BOT_MIN_COUNT: String(BOTS),
    START_MODE: "quota",
    HTTP_PORT: String(port),
    LOG_LEVEL: "error",
  });
  const floor = spawn(FLOOR, {});
  stack.defer(async () => {
    for (const child of [daemon, floor]) {
      child.kill("SIGTERM");
      await child.exited;
    }
  });
  while ((await idleBots(`http://127.0.0.1:${port}`)) < BOTS) {
    if (daemon.exitCode !== null) throw new Error(`the daemon ended with exit code ${daemon.exitCode}`);
    await sleep(runtime.clock, 200);
  }
  const [daemonBytes, floorBytes] = await Promise.all([
    restingBytes(daemon.pid, quick),
    restingBytes(floor.pid, quick),
  ]);
  return { daemonBytes, floorBytes };
}

export default {
  name: "idle-memory",
  summary: `resident memory of the daemon idle with ${BOTS} bots, beside a Bun process that does nothing; target under 150 MB`,
  async run({ quick }) {
    const directory = mkdtempSync(join(tmpdir(), "shoal-bench-"));
    try {
      const { daemonBytes, floorBytes } = await measure(directory, quick);
      const ratioToFloor = Math.round((daemonBytes / floorBytes) * 100) / 100;
      if (daemonBytes > TARGET_BYTES)
        throw new Error(`${daemonBytes} bytes resident, the target is under ${TARGET_BYTES}`);
      return { bots: BOTS, residentBytes: daemonBytes, floorBytes, ratioToFloor, targetBytes: TARGET_BYTES };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
} satisfies Benchmark;
