import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, MINUTE_MS, SECOND_MS, sleep } from "@shoal/kernel";
import { type LocalSupabase, startLocalSupabase } from "@shoal/local-supabase";
import { createDatabase, migrate } from "@shoal/store";
import { ownBackends, ownPostgres } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { logSettings, sentBy } from "./idle/server-log.ts";
import { quantile } from "./sandbox/measure.ts";

const BOTS = 15;
/** Statements a minute of all daemons on one database. */
const TARGETS = { one: 60, three: 90 } as const;
/** Of the memory that a daemon has for itself alone. */
const TARGET_OWN_BYTES = 70 * 1024 * 1024;
/** Of all that is resident: the program of Bun as well, which the system shares among its processes and can take back. */
const TARGET_RESIDENT_BYTES = 150 * 1024 * 1024;
const MAIN = join(import.meta.dirname, "../apps/bot-service/src/main.ts");

const MIGRATIONS = join(import.meta.dirname, "../supabase/migrations");

const runtime = createSystemRuntime();
const { clock } = runtime;

/** A process of Bun that does nothing: the floor of any daemon. */
const FLOOR = ["-e", "setInterval(() => {}, 1000)"];

const SIZES = {
  whole: { settleMs: 2 * MINUTE_MS, countMs: 3 * MINUTE_MS },
  quick: { settleMs: 25 * SECOND_MS, countMs: 60 * SECOND_MS },
} as const;
type Size = (typeof SIZES)[keyof typeof SIZES];

type Daemon = Bun.Subprocess;

interface Idle {
  readonly perMinute: number;
  /** The same by statement. */
  readonly byName: Readonly<Record<string, number>>;
  readonly ownBytes: number;
  readonly residentBytes: number;
}

function memory(pid: number): Pick<Idle, "ownBytes" | "residentBytes"> {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (what: string) => Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { ownBytes: bytes("RssAnon"), residentBytes: bytes("VmRSS") };
}

function spawn(args: string[], env: Record<string, string>): Daemon {
  return Bun.spawn([process.execPath, ...args], { env, stdin: "ignore", stdout: "ignore", stderr: "inherit" });
}

/** Everything that a daemon can do is switched on: lobby, matching, control, jobs, queues, schedules, strategies with orders. */
async function startDaemon(backend: LocalSupabase, directory: string, name: string): Promise<Daemon> {
  const url = new URL(backend.databaseUrl);
  url.searchParams.set("application_name", name);
  const port = 20_000 + Math.floor(runtime.rng.next() * 20_000);
  const daemon = spawn([MAIN, "start"], {
    SUPABASE_URL: backend.url,
    SUPABASE_SERVICE_ROLE_KEY: backend.serviceRoleKey,
    DATABASE_URL: url.toString(),
    SHOAL_API_TOKEN: "0123456789abcdef",
    SHOAL_DIRECTORY: join(directory, name),
    ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 7).toString("base64url")}`,
    BOT_MIN_COUNT: String(BOTS),
    START_MODE: "quota",
    HTTP_PORT: String(port),
    LOG_LEVEL: "error",
  });
  while ((await idleBots(`http://127.0.0.1:${port}`)) < BOTS) {
    if (daemon.exitCode !== null) throw new Error(`the daemon ended with exit code ${daemon.exitCode}`);
    await sleep(clock, 200);
  }
  return daemon;
}

/** Applies migrations and the policies of private channels, as whoever runs a project does. */
async function prepare(backend: LocalSupabase): Promise<void> {
  const printed = Bun.spawnSync([process.execPath, MAIN, "policies"], { stderr: "inherit" });
  const database = createDatabase({ url: backend.databaseUrl, runtime, maxConnections: 1 });
  await migrate({ database, directory: MIGRATIONS, log: runtime.log });
  await database.script(printed.stdout.toString());
  await database.close();
}

async function idleBots(url: string): Promise<number> {
  const response = await fetch(`${url}/api/health`).catch(() => null);
  const body = (await response?.json()) as { fleet: { bots: { idle: number } } } | undefined;
  return body?.fleet.bots.idle ?? 0;
}

async function end(children: readonly Daemon[]): Promise<void> {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => child.exited));
}

/** Lets daemons be idle and counts what they send meanwhile. */
async function measure(count: number, { settleMs, countMs }: Size): Promise<Idle> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "shoal-bench-idle-"));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const log = join(directory, "log");
  mkdirSync(log);
  const kind = ownBackends().at(-1) ?? "embedded";
  const postgres = stack.use(await ownPostgres({ backend: kind, settings: logSettings(log) }));
  const backend = await startLocalSupabase({ directory, runtime, databaseUrl: postgres.url });
  stack.defer(() => backend.stop());
  await prepare(backend);
  const daemons: Daemon[] = [];
  stack.defer(() => end(daemons));
  const names = Array.from({ length: count }, (_, n) => `replica${n}`);
  for (const name of names) daemons.push(await startDaemon(backend, directory, name));
  await sleep(clock, settleMs);
  const before = new Map(names.map((name) => [name, sentBy(log, name).length]));
  const readings: ReturnType<typeof memory>[] = [];
  const endMs = clock.monotonicMs() + countMs;
  while (clock.monotonicMs() < endMs) {
    readings.push(memory(daemons[0]?.pid ?? 0));
    await sleep(clock, SECOND_MS);
  }
  const minutes = countMs / MINUTE_MS;
  const news = names.flatMap((name) => sentBy(log, name).slice(before.get(name)));
  const counted = Object.entries(Object.groupBy(news, (name) => name)).map(
    ([name, all]) => [name, round((all?.length ?? 0) / minutes)] as const,
  );
  const byName = Object.fromEntries(counted.toSorted(([, left], [, right]) => right - left));
  const median = (of: "ownBytes" | "residentBytes") =>
    quantile(
      readings.map((reading) => reading[of]),
      0.5,
    );
  const perMinute = round(news.length / minutes);
  return { perMinute, byName, ownBytes: median("ownBytes"), residentBytes: median("residentBytes") };
}

const round = (value: number) => Math.round(value * 10) / 10;

async function floorMemory(size: Size) {
  const floor = spawn(FLOOR, {});
  try {
    await sleep(clock, Math.min(size.settleMs, 20 * SECOND_MS));
    return memory(floor.pid);
  } finally {
    await end([floor]);
  }
}

function missed(one: Idle, three: Idle): string[] {
  const asked: [what: string, is: number, most: number][] = [
    ["statements a minute of one daemon", one.perMinute, TARGETS.one],
    ["statements a minute of three daemons", three.perMinute, TARGETS.three],
    ["bytes of its own", one.ownBytes, TARGET_OWN_BYTES],
    ["bytes resident", one.residentBytes, TARGET_RESIDENT_BYTES],
  ];
  return asked.flatMap(([what, is, most]) => (is > most ? [`${what}: ${is}, at most ${most}`] : []));
}

export default {
  name: "idle",
  summary: `statements a minute and memory of daemons idle with ${BOTS} bots and everything on, beside a Bun process that does nothing`,
  async run({ quick }) {
    const size = quick ? SIZES.quick : SIZES.whole;
    const one = await measure(1, size);
    const three = await measure(3, size);
    const floor = await floorMemory(size);
    return {
      ...{ bots: BOTS, targets: TARGETS, targetOwnBytes: TARGET_OWN_BYTES, targetResidentBytes: TARGET_RESIDENT_BYTES },
      ...{ one, three, floor, ratioToFloor: round(one.residentBytes / floor.residentBytes) },
      targetsMissed: quick ? [] : missed(one, three),
    };
  },
} satisfies Benchmark;
