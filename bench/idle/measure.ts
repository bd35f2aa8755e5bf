import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, MINUTE_MS, SECOND_MS, sleep } from "@shoal/kernel";
import { type LocalSupabase, startLocalSupabase } from "@shoal/local-supabase";
import { createDatabase, migrate } from "@shoal/store";
import { ownBackends, ownPostgres } from "@shoal/testkit";
import { quantile } from "../sandbox/measure.ts";
import { logSettings, sentBy } from "./server-log.ts";

export const BOTS = 15;
export const API_TOKEN = "0123456789abcdef";
const MAIN = join(import.meta.dirname, "../../apps/bot-service/src/main.ts");

const MIGRATIONS = join(import.meta.dirname, "../../supabase/migrations");

const runtime = createSystemRuntime();
const { clock } = runtime;

/** A process of Bun that does nothing: the floor of any daemon. */
const FLOOR = ["-e", "setInterval(() => {}, 1000)"];

export const SIZES = {
  whole: { settleMs: 2 * MINUTE_MS, countMs: 3 * MINUTE_MS },
  quick: { settleMs: 25 * SECOND_MS, countMs: 60 * SECOND_MS },
} as const;
export type Size = (typeof SIZES)[keyof typeof SIZES];

type Daemon = Bun.Subprocess;

interface Started {
  readonly daemon: Daemon;
  readonly url: string;
}

export interface Idle {
  readonly perMinute: number;
  /** The same by statement. */
  readonly byName: Readonly<Record<string, number>>;
  readonly ownBytes: number;
  readonly residentBytes: number;
  /** Sessions of the database that one daemon holds, the most of all. */
  readonly connections: number;
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
async function startDaemon(backend: LocalSupabase, directory: string, name: string): Promise<Started> {
  const url = new URL(backend.databaseUrl);
  url.searchParams.set("application_name", name);
  const port = 20_000 + Math.floor(runtime.rng.next() * 20_000);
  const daemon = spawn([MAIN, "start"], {
    SUPABASE_URL: backend.url,
    SUPABASE_SERVICE_ROLE_KEY: backend.serviceRoleKey,
    DATABASE_URL: url.toString(),
    SHOAL_API_TOKEN: API_TOKEN,
    SHOAL_DIRECTORY: join(directory, name),
    ENCRYPTION_KEY: `k1:${Buffer.alloc(32, 7).toString("base64url")}`,
    BOT_MIN_COUNT: String(BOTS),
    START_MODE: "quota",
    HTTP_PORT: String(port),
    LOG_LEVEL: "error",
  });
  return { daemon, url: `http://127.0.0.1:${port}` };
}

/** Waits until the bots of the fleet are there, whichever daemon has them. */
async function allIdle(started: readonly Started[]): Promise<void> {
  for (;;) {
    const idle = await Promise.all(started.map(({ url }) => idleBots(url)));
    if (idle.reduce((all, one) => all + one, 0) >= BOTS) return;
    const ended = started.find(({ daemon }) => daemon.exitCode !== null);
    if (ended) throw new Error(`a daemon ended with exit code ${ended.daemon.exitCode}`);
    await sleep(clock, 200);
  }
}

/** Applies migrations and the policies of private channels, as whoever runs a project does. */
async function prepare(backend: LocalSupabase): Promise<void> {
  const printed = Bun.spawnSync([process.execPath, MAIN, "policies"], { stderr: "inherit" });
  const database = createDatabase({ url: backend.databaseUrl, runtime, maxConnections: 1 });
  await migrate({ database, directory: MIGRATIONS, log: runtime.log });
  await database.script(printed.stdout.toString());
  await database.close();
}

async function mostSessions(url: string, names: readonly string[]): Promise<number> {
  const database = createDatabase<string>({ url, runtime, maxConnections: 1 });
  const sessions = await database.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where application_name = any ($1) group by application_name",
    [names],
  );
  await database.close();
  return Math.max(0, ...sessions.map(({ count }) => count));
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

/** Daemons that are idle with their bots, on a database whose log has each statement. */
export interface Daemons extends AsyncDisposable {
  readonly started: readonly Started[];
  /** By which their sessions are known. */
  readonly names: readonly string[];
  /** Directory of the server's log. */
  readonly log: string;
  readonly databaseUrl: string;
}

export async function openDaemons(count: number): Promise<Daemons> {
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
  const started: Started[] = [];
  stack.defer(() => end(started.map(({ daemon }) => daemon)));
  const names = Array.from({ length: count }, (_, n) => `replica${n}`);
  for (const name of names) started.push(await startDaemon(backend, directory, name));
  await allIdle(started);
  const opened = stack.move();
  return { started, names, log, databaseUrl: postgres.url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Lets daemons be idle and counts what they send meanwhile. */
export async function measureIdle(count: number, { settleMs, countMs }: Size): Promise<Idle> {
  await using daemons = await openDaemons(count);
  const { started, names, log, databaseUrl } = daemons;
  await sleep(clock, settleMs);
  const before = new Map(names.map((name) => [name, sentBy(log, name).length]));
  const readings: ReturnType<typeof memory>[] = [];
  const endMs = clock.monotonicMs() + countMs;
  while (clock.monotonicMs() < endMs) {
    readings.push(memory(started[0]?.daemon.pid ?? 0));
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
  const connections = await mostSessions(databaseUrl, names);
  return { perMinute, byName, ownBytes: median("ownBytes"), residentBytes: median("residentBytes"), connections };
}

export const round = (value: number) => Math.round(value * 10) / 10;

export async function floorMemory(size: Size) {
  const floor = spawn(FLOOR, {});
  try {
    await sleep(clock, Math.min(size.settleMs, 20 * SECOND_MS));
    return memory(floor.pid);
  } finally {
    await end([floor]);
  }
}
