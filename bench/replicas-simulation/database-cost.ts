import { join } from "node:path";
import { createMembers, createPulse, type MembersAnswer } from "@shoal/bot-service/internals";
import { createSystemRuntime, HOUR_MS, MINUTE_MS, percentile } from "@shoal/kernel";
import { createDatabase, type Database, migrate } from "@shoal/store";
import { ownBackends, ownPostgres, seededRng } from "@shoal/testkit";
import { type RenewRequest, ReplicaRows } from "../../apps/bot-service/test/replica-rows.ts";

const MIGRATIONS = join(import.meta.dirname, "../../supabase/migrations");
const runtime = createSystemRuntime();

/** A database that a fleet of that size shares. */
export interface DatabaseSize {
  readonly replicas: number;
  readonly bots: number;
  readonly liveMatches: number;
}

/** What one pulse costs there. */
export interface PulseCost extends DatabaseSize {
  /** Of a replica that knows all and changes nothing. */
  readonly pulseP50Ms: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** Of one that takes one place more. */
  readonly grantP50Ms: number;
  /** Of one that has just started, and knows nothing. */
  readonly wholeP50Ms: number;
  readonly wholeAnswerBytes: number;
}

/** Measures the pulse as a daemon sends it, on a real Postgres with rows of that many replicas, bots and matches. */
export async function measurePulses(sizes: readonly DatabaseSize[], rounds: number): Promise<PulseCost[]> {
  await using server = await ownPostgres({ backend: ownBackends().at(-1) ?? "embedded", settings: { fsync: "off" } });
  const database = createDatabase<string>({
    url: server.url,
    runtime,
    maxConnections: 2,
    queryLimitMs: 10 * MINUTE_MS,
  });
  try {
    await migrate({ database, directory: MIGRATIONS, log: runtime.log });
    await compareRows(database);
    const costs: PulseCost[] = [];
    for (const size of sizes) costs.push(await measureOne(database, size, rounds));
    return costs;
  } finally {
    await database.close();
  }
}

async function measureOne(database: Database<string>, size: DatabaseSize, rounds: number): Promise<PulseCost> {
  await fill(database, size);
  const sent = { requestBytes: 0, answerBytes: 0 };
  const counting: Pick<Database<string>, "query"> = {
    async query(statement, params) {
      const rows = await database.query(statement, params);
      sent.requestBytes = Buffer.byteLength(JSON.stringify(params));
      sent.answerBytes = Buffer.byteLength(JSON.stringify(rows));
      return rows as never;
    },
  };
  const replicaId = runtime.ids.uuid();
  const join = () => {
    const members = createMembers({ runtime, replicaId, version: "0.1.0", role: "all", botMax: 10_000 });
    return { members, pulse: createPulse({ database: counting, runtime, members }) };
  };
  const newcomers = Array.from({ length: rounds }, join);
  const { members, pulse } = join();
  const request = { replicaId, leaseMs: HOUR_MS, maxUnconfirmed: 3, limit: 2_000, pending: [], live: [] };
  try {
    const wholes = await timed(rounds, async () => newcomers.pop()?.pulse.sweep(request));
    const wholeAnswerBytes = sent.answerBytes;
    await pulse.sweep(request);
    const pulses = await timed(rounds, () => pulse.sweep(request));
    const { requestBytes, answerBytes } = sent;
    const wanted: number[] = [];
    const grants = await timed(rounds, () => {
      wanted.push(size.bots + wanted.length + 1);
      members.report({ wantedPlaces: [...wanted] });
      return pulse.sweep(request);
    });
    return {
      ...size,
      ...{ pulseP50Ms: percentile(pulses, 0.5), requestBytes, answerBytes },
      ...{ grantP50Ms: percentile(grants, 0.5), wholeP50Ms: percentile(wholes, 0.5), wholeAnswerBytes },
    };
  } finally {
    pulse.close();
    members.close();
  }
}

/** Throws unless the simulated table grants and lists the same as the one in Postgres, through a history at random. */
async function compareRows(database: Database<string>): Promise<void> {
  const rng = seededRng(3);
  const rows = new ReplicaRows();
  const ids = ["a", "b", "c", "d"];
  for (let step = 0; step < 200; step += 1) {
    const request: RenewRequest = {
      ...{ replica_id: ids[Math.floor(rng.next() * ids.length)] ?? "", protocol: 1, version: "0", role: "all" },
      ...{ is_draining: false, people: null, target: 9, bot_max: 9, deployed: 0, known: {}, late_after_ms: HOUR_MS },
      wanted_places: [1, 2, 3, 4, 5, 6, 7, 8, 9].filter(() => rng.next() < 0.4),
      // A term that is over at once, now and then.
      term_ms: rng.next() < 0.2 ? 0 : HOUR_MS,
    };
    const statement = "select shoal.replica_renew(($1::text)::jsonb) as renewed";
    const [row] = await database.query<{ renewed: MembersAnswer }>(statement, [JSON.stringify(request)]);
    const shown = ({ live, granted }: MembersAnswer) => JSON.stringify([[...(live ?? [])].sort(), granted]);
    const [real, simulated] = [row && shown(row.renewed), shown(rows.renew(request, step).answer)];
    if (real !== simulated) throw new Error(`step ${step}: Postgres answers ${real}, the simulation ${simulated}`);
  }
}

/** Writes the other replicas, which live for an hour, and matches of people. */
async function fill(database: Database<string>, { replicas, bots, liveMatches }: DatabaseSize): Promise<void> {
  await database.query("truncate shoal.replicas, shoal.matches, shoal.leases cascade");
  await database.query(
    `insert into shoal.replicas (replica_id, protocol, version, role, is_draining, renewed_at, expires_at, people, target, bot_max, places, snapshot)
     select gen_random_uuid()::text, 1, '0.1.0', 'all', false, now() + interval '1 hour', now() + interval '1 hour', 1000, $2::int, 10000,
       array(select p from generate_series(n, $2::int, $1::int - 1) p), jsonb_build_object('bots', 1)
     from generate_series(1, $1::int - 1) n`,
    [replicas, bots],
  );
  await database.query(
    `insert into shoal.matches (match_id, room_id, status, confirm_by, live_at)
     select gen_random_uuid(), gen_random_uuid(), 'live', 'infinity', now() from generate_series(1, $1::int)`,
    [liveMatches],
  );
  await database.query("vacuum analyze shoal.replicas, shoal.matches");
}

async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    await work();
    tookMs.push(performance.now() - startedMs);
  }
  return tookMs.sort((left, right) => left - right);
}
