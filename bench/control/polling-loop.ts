import { every, sleep } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { type Quantiles, quantiles, round } from "./measure.ts";
import { runtime } from "./project.ts";

/** Interval at which each bot polls for its commands. @source SPEC B: what broke */
const INTERVAL_MS = 5000;
export const BOTS = 20;

const TABLE_SQL = `
create schema if not exists polling;
create table polling.commands (
  id bigint generated always as identity primary key, bot_id text not null, applied_at timestamptz
);
create index on polling.commands (bot_id) where applied_at is null;`;

/** Simulates the peer: one loop per bot, as such daemons are written. Commands come at random times; running them takes no time. */
export async function measurePollingLoop(
  database: Database<string>,
  count: number,
  forMs: number,
): Promise<Quantiles & { queriesPerMinute: number; bots: number }> {
  const { clock, rng } = runtime;
  await database.script(TABLE_SQL);
  const startedAtMs = new Map<string, number>();
  const tookMs: number[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let looks = 0;
  const look = async (botId: string) => {
    looks += 1;
    const rows = await database.query<{ id: string }>(
      "update polling.commands set applied_at = now() where bot_id = $1 and applied_at is null returning id",
      [botId],
    );
    for (const { id } of rows) tookMs.push(clock.monotonicMs() - (startedAtMs.get(id) ?? Number.NaN));
    if (tookMs.length === count) resolve();
  };
  const loops = await Promise.all(
    Array.from({ length: BOTS }, async (_, n) => {
      await sleep(clock, rng.next() * INTERVAL_MS);
      return every(
        clock,
        INTERVAL_MS,
        () => look(`bot ${n}`),
        (error) => {
          throw error;
        },
      );
    }),
  );
  const startedMs = clock.monotonicMs();
  looks = 0;
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      await sleep(clock, rng.next() * forMs);
      const insertedMs = clock.monotonicMs();
      const [row] = await database.query<{ id: string }>(
        "insert into polling.commands (bot_id) values ($1) returning id",
        [`bot ${n % BOTS}`],
      );
      startedAtMs.set(row?.id ?? "", insertedMs);
    }),
  );
  await all;
  const minutes = (clock.monotonicMs() - startedMs) / 60_000;
  for (const loop of loops) loop.cancel();
  return { ...quantiles(tookMs), queriesPerMinute: round(looks / minutes), bots: BOTS };
}
