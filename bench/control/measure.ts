import { percentile, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import type { Daemon } from "./daemon.ts";
import { runtime } from "./project.ts";

const { clock, rng } = runtime;

/** Quantiles of `samples` samples, in ms. */
export interface Quantiles {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function quantiles(tookMs: readonly number[]): Quantiles {
  const sorted = tookMs.toSorted((left, right) => left - right);
  const at = (ratio: number) => round(percentile(sorted, ratio));
  return { samples: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

export const round = (value: number) => Math.round(value * 100) / 100;

/** Keeps the events within the limit of a project (100 a second), beyond which Realtime drops them. */
const MAX_GAP_MS = 200;
/** Pause after which no more events arrive from Realtime. */
const SETTLE_MS = 3000;

const INSERT_SQL = "insert into public.bot_control (bot_id, command) values ($1, $2)";

/**
 * Measures one command after the other, at random times: from before its insert until the bot can be matched. In between
 * the bot is stopped again, which is not measured.
 */
export async function measureSingles(daemon: Daemon, database: Database<string>, count: number): Promise<Quantiles> {
  const tookMs: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const botId = `single ${n % 10}`;
    await sleep(clock, rng.next() * MAX_GAP_MS);
    const running = daemon.registry.events.next("bot:changed", (event) => event.botId === botId && event.to === "idle");
    const startedMs = clock.monotonicMs();
    await database.query(INSERT_SQL, [botId, "START_BOT"]);
    await running;
    tookMs.push(clock.monotonicMs() - startedMs);
    const stopped = daemon.control.events.next("deployment:changed", ({ status }) => status === "stopped");
    await database.query(INSERT_SQL, [botId, "STOP_BOT"]);
    await stopped;
  }
  return quantiles(tookMs);
}

/** Measures all commands in one statement: from before it until each bot can be matched. */
export async function measureBurst(daemon: Daemon, database: Database<string>, count: number): Promise<Quantiles> {
  const tookMs: number[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const startedMs = clock.monotonicMs();
  const off = daemon.registry.events.on("bot:changed", ({ botId, to }) => {
    if (to !== "idle" || !botId.startsWith("burst ")) return;
    tookMs.push(clock.monotonicMs() - startedMs);
    if (tookMs.length === count) resolve();
  });
  await database.query(
    "insert into public.bot_control (bot_id, command) select 'burst ' || n, 'START_BOT' from generate_series(1, $1::int) n",
    [count],
  );
  await all;
  off();
  return quantiles(tookMs);
}

/** Counts the statements that an idle daemon with `botCount` bots sends in a minute. */
export async function measureIdle(daemon: Daemon, botCount: number, forMs: number): Promise<number> {
  const { commands } = daemon.control;
  await commands.issue(
    Array.from({ length: botCount }, (_, n) => ({ botId: `idle ${n}`, command: "START_BOT" as const })),
  );
  await sleep(clock, SETTLE_MS);
  const before = daemon.queryCount;
  await sleep(clock, forMs);
  return round(((daemon.queryCount - before) * 60_000) / forMs);
}
