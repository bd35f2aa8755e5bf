import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRuntime, percentile } from "@shoal/kernel";
import { startEmbeddedPostgres } from "@shoal/local-supabase";
import { createMatchmaker, defaultMatchPolicy, pairTickets, type WaitingTicket } from "@shoal/matchmaker";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { seededRng } from "@shoal/testkit";
import type { Benchmark } from "./benchmark.ts";
import { pairingByRules } from "./matchmaker/rules.ts";

const TARGETS = {
  ...{ pair10kMs: 20, pair100kMs: 50, durableMatchesPerSecond: 2_000 },
  ...{ pairByRules2kMs: 1, pairByRules100kMs: 60, explain100kMs: 5, explainFirst100kMs: 5 },
};
const runtime = createSystemRuntime();
const noBots = { idleBots: () => [], reserve: () => false, unreserve: () => {} };

const benchmark: Benchmark = {
  name: "matchmaker",
  summary:
    "pairing in memory, by rules too, beside a bare pass and a sort, reasons, durable matches beside bare inserts, time to a partner",
  async run({ quick }) {
    const rounds = quick ? 5 : 41;
    const numbers = {
      ...pairing("10k", 10_000, rounds),
      ...pairing("100k", 100_000, rounds),
      // As warm as the many cycles of a daemon.
      ...rules("2k", 2_000, quick ? rounds : 400),
      ...rules("100k", 100_000, rounds),
      ...(await durable(quick ? 2_000 : 20_000, quick ? 20 : 300)),
    };
    return { ...numbers, targetsMissed: quick ? [] : missedTargets(numbers) };
  },
};

function missedTargets(numbers: Record<string, number>): string[] {
  const isMissed = ([name, target]: [string, number]) => {
    const value = numbers[name] ?? Number.NaN;
    return name.endsWith("Ms") ? !(value < target) : !(value >= target);
  };
  const missed = Object.entries(TARGETS).filter(isMissed);
  return missed.map(([name, target]) => `${name} is ${numbers[name]}, target ${target}`);
}

/** Makes tickets as the database returns them: oldest first, every other one with a partner to avoid. */
function crowd(size: number): WaitingTicket[] {
  const rng = seededRng(1);
  const any = () => `user-${Math.floor(rng.next() * size)}`;
  return Array.from({ length: size }, (_, index) => ({
    id: runtime.ids.uuid(),
    userId: `user-${index}`,
    name: `User ${index}`,
    queuedAtMs: index,
    lastPartnerId: index % 2 === 0 ? any() : null,
  }));
}

/** Measures two floors: making the pairs without rules, and sorting the same list out of order. */
function pairing(label: string, size: number, rounds: number): Record<string, number> {
  const tickets = crowd(size);
  const shuffled = tickets.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const pairMs = medianMs(rounds, () => pairTickets(tickets, [], defaultMatchPolicy, size));
  const unsortedMs = medianMs(rounds, () => pairTickets(shuffled, [], defaultMatchPolicy, size));
  const passMs = medianMs(rounds, () => barePairs(tickets));
  const sortMs = medianMs(rounds, () => shuffled.toSorted((left, right) => left.queuedAtMs - right.queuedAtMs));
  return {
    [`pair${label}Ms`]: round(pairMs),
    [`pair${label}UnsortedMs`]: round(unsortedMs),
    [`floorPass${label}Ms`]: round(passMs),
    [`floorSort${label}Ms`]: round(sortMs),
    [`pair${label}ToPassRatio`]: round(pairMs / passMs),
  };
}

const rules = (label: string, size: number, rounds: number) =>
  Object.fromEntries(
    Object.entries(pairingByRules(label, size, rounds, medianMs)).map(([name, value]) => [name, round(value)]),
  );

function barePairs(tickets: readonly WaitingTicket[]): unknown[] {
  const pairs: unknown[] = [];
  for (let at = 0; at + 1 < tickets.length; at += 2) {
    pairs.push({ kind: "people", first: tickets[at], second: tickets[at + 1] });
  }
  return pairs;
}

/** Measures on the embedded Postgres as the daemon runs it, with every commit synced to disk. */
async function durable(people: number, couples: number): Promise<Record<string, number>> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "shoal-bench-matchmaker-"));
  const server = await startEmbeddedPostgres({ dataDirectory, runtime });
  const database = createDatabase<string>({ url: server.url, runtime });
  try {
    await migrate({ database, directory: join(import.meta.dirname, "../supabase/migrations"), log: runtime.log });
    const perSecond = await matchEverybody(database, people);
    const floorPerSecond = await bareInserts(database, people);
    return {
      durablePeople: people,
      durableMatchesPerSecond: Math.round(perSecond),
      floorInsertsMatchesPerSecond: Math.round(floorPerSecond),
      durableToFloorRatio: round(perSecond / floorPerSecond),
      ...(await timeToPartner(database, couples)),
    };
  } finally {
    await database.close();
    await server.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

const insertPeople = (database: Database<string>, people: number) =>
  database.query("insert into shoal.match_tickets (user_id) select 'user-' || n from generate_series(1, $1::int) n", [
    people,
  ]);

const clear = (database: Database<string>) =>
  database.query("truncate shoal.match_tickets, shoal.matches, shoal.leases cascade");

/** Measures from the first read of a full lobby to the last match committed and emitted. */
async function matchEverybody(database: Database<string>, people: number): Promise<number> {
  await insertPeople(database, people);
  const matchmaker = createMatchmaker({ database, runtime, replicaId: "bench", bots: noBots });
  let made = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  matchmaker.events.on("match:made", () => {
    made += 1;
    if (made === people / 2) resolve();
  });
  const startedMs = performance.now();
  matchmaker.start();
  await promise;
  const tookMs = performance.now() - startedMs;
  await matchmaker.drain();
  await clear(database);
  return (made / tookMs) * 1_000;
}

/** Writes the same rows, in batches of the same size, by statements that decide nothing. */
async function bareInserts(database: Database<string>, people: number): Promise<number> {
  const batch = 1_000;
  await insertPeople(database, people);
  const startedMs = performance.now();
  for (let from = 0; from < people / 2; from += batch) {
    await database.query(
      `with numbered as (
         select id, user_id, row_number() over (order by queued_at, id) - 1 as n from (
           select id, user_id, queued_at from shoal.match_tickets where status = 'waiting' order by queued_at, id limit $1::int
         ) line
       ), pairs as materialized (
         select gen_random_uuid() as match_id, one.id as first, one.user_id as first_user, two.id as second, two.user_id as second_user
         from numbered one join numbered two on two.n = one.n + 1 where one.n % 2 = 0
       ), made as (
         insert into shoal.matches (match_id, room_id, confirm_by) select match_id, gen_random_uuid(), now() from pairs
       ), seated as (
         insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id)
         select match_id, 1, first_user, first_user, false, first from pairs
         union all select match_id, 2, second_user, second_user, false, second from pairs
       )
       update shoal.match_tickets t set status = 'reserved', match_id = s.match_id
       from (select match_id, first as id from pairs union all select match_id, second from pairs) s where t.id = s.id`,
      [batch * 2],
    );
  }
  const tookMs = performance.now() - startedMs;
  await clear(database);
  return (people / 2 / tookMs) * 1_000;
}

/** Measures from the call of a second person to the notice, while a first one waits. */
async function timeToPartner(database: Database<string>, couples: number): Promise<Record<string, number>> {
  const matchmaker = createMatchmaker({ database, runtime, replicaId: "bench", bots: noBots });
  matchmaker.start();
  const tookMs: number[] = [];
  for (let couple = 0; couple < couples; couple += 1) {
    await matchmaker.openTicket({ userId: `early-${couple}`, source: "api" });
    const made = matchmaker.events.next("match:made");
    const startedMs = performance.now();
    await Promise.all([made, matchmaker.openTicket({ userId: `late-${couple}`, source: "api" })]);
    tookMs.push(performance.now() - startedMs);
  }
  await matchmaker.drain();
  tookMs.sort((left, right) => left - right);
  return { partnerP50Ms: round(percentile(tookMs, 0.5)), partnerP99Ms: round(percentile(tookMs, 0.99)) };
}

function medianMs(rounds: number, work: () => unknown): number {
  const tookMs = Array.from({ length: rounds }, () => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  }).sort((left, right) => left - right);
  return tookMs[Math.floor(rounds / 2)] ?? Number.NaN;
}

const round = (value: number) => Math.round(value * 100) / 100;

export default benchmark;
