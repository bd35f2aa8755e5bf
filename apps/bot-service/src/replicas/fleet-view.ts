import { type Sql, statement } from "@shoal/store";
import type { FleetView } from "../http/replica-bodies.ts";
import { LATE_AFTER_MS, type ReplicaRole } from "./members.ts";
import { fleetOf, seniorsOf, stateOf } from "./seniority.ts";
import { readSnapshot } from "./snapshot.ts";

/** One row, judged by the clock of the database. */
export interface ReplicaRow {
  readonly replica_id: string;
  readonly version: string;
  readonly protocol: number;
  readonly role: ReplicaRole;
  readonly is_draining: boolean;
  readonly is_lost: boolean;
  readonly is_late: boolean;
  readonly started_at: Date;
  readonly renewed_at: Date;
  readonly up_ms: number;
  readonly renewed_ago_ms: number;
  readonly people: number | null;
  readonly target: number | null;
  readonly places: number;
  readonly bot_max: number;
  readonly deployed: number;
  readonly matches_live: number;
  readonly snapshot: unknown;
}

/** As many as are shown: more than there will be, so that a replica that dies again and again cannot make the answer large. */
const SHOWN_MAX = 500;

const REPLICAS = statement(
  "replicas_view",
  `select r.replica_id, r.version, r.protocol, r.role, r.is_draining, r.expires_at <= at.now as is_lost,
   r.renewed_at < at.now - $1::float8 * interval '1 millisecond' as is_late, r.started_at, r.renewed_at,
   (extract(epoch from at.now - r.started_at) * 1000)::float8 as up_ms,
   (extract(epoch from at.now - r.renewed_at) * 1000)::float8 as renewed_ago_ms,
   r.people, r.target, cardinality(r.places) as places, r.bot_max, r.deployed, r.snapshot,
   (select count(*)::int from shoal.matches m where m.replica_id = r.replica_id and m.status = 'live') as matches_live
   from shoal.replicas r cross join (select clock_timestamp() as now) at
   where r.expires_at > at.now - interval '10 minutes'
   order by is_lost, r.started_at, r.replica_id limit ${SHOWN_MAX}`,
);

/** Reads all replicas that share the database, and those that were lost within ten minutes. */
export async function readReplicas(database: Pick<Sql, "query">): Promise<readonly ReplicaRow[]> {
  return database.query<ReplicaRow>(REPLICAS, [LATE_AFTER_MS]);
}

const WANTED = statement("replicas_wanted", "select shoal.wanted_replicas() as wanted");

/** Reads the fleet as all its replicas see it, and how many of them there should be. */
export async function readFleet(database: Pick<Sql, "query">): Promise<FleetView> {
  const rows = await readReplicas(database);
  const [row] = await database.query<{ wanted: number }>(WANTED);
  return fleetViewOf(rows, row?.wanted ?? null);
}

/** Shows the fleet as all its replicas see it. Pure. */
export function fleetViewOf(rows: readonly ReplicaRow[], wantedReplicas: number | null): FleetView {
  const lead = leadOf(rows);
  return {
    replicas: rows.map(replicaOf),
    lead: lead?.replica_id ?? null,
    people: lead?.people ?? null,
    target: lead?.target ?? null,
    wanted_replicas: wantedReplicas,
  };
}

/** Whom all replicas take for the one that counts people. */
function leadOf(rows: readonly ReplicaRow[]): ReplicaRow | undefined {
  const live = rows.filter((row) => !row.is_lost);
  const ranked = live.map((row) => ({ row, role: row.role, ...marksOf(row), startedAtMs: row.started_at.getTime() }));
  return seniorsOf(fleetOf(ranked))[0]?.row;
}

const marksOf = (row: ReplicaRow) => ({ isDraining: row.is_draining, isLate: row.is_late });

function replicaOf(row: ReplicaRow): FleetView["replicas"][number] {
  return {
    ...{ replica_id: row.replica_id, version: row.version, protocol: row.protocol, role: row.role },
    ...{ state: row.is_lost ? ("lost" as const) : stateOf(marksOf(row)), is_draining: row.is_draining },
    ...{ started_at: row.started_at.toISOString(), renewed_at: row.renewed_at.toISOString() },
    ...{ up_ms: Math.round(row.up_ms), renewed_ago_ms: Math.round(row.renewed_ago_ms) },
    ...{ people: row.people, target: row.target, places: row.places, places_max: row.bot_max },
    ...{ deployed: row.deployed, matches_live: row.matches_live },
    ...readSnapshot(row.snapshot),
  };
}
