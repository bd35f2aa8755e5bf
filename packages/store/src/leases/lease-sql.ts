import { invariant } from "@shoal/kernel";
import type { Sql } from "../database.ts";
import { statement } from "../statement.ts";
import type { Lease } from "./lease.ts";

/**
 * Terms are judged by the clock of the database (`clock_timestamp`, because `now` stands still in a transaction), so that
 * replicas need not agree on the time. Rows are locked in the order of their names, so that two replicas that want the
 * same ones never wait for each other in a circle.
 */
const ACQUIRE_SQL = statement(
  "lease_acquire",
  `
insert into shoal.leases as held (resource, holder, epoch, expires_at)
select wanted.resource, $2, 1, clock_timestamp() + $3::float8 * interval '1 millisecond'
from unnest($1::text[]) as wanted (resource)
order by wanted.resource
on conflict (resource) do update
set holder = excluded.holder, epoch = least(held.epoch, 9223372036854775806) + 1, expires_at = excluded.expires_at
where held.holder is null or held.holder = excluded.holder or held.expires_at <= clock_timestamp()
returning resource, epoch`,
);

const RENEW_SQL = statement(
  "lease_renew",
  `
with mine as materialized (
  select held.resource
  from shoal.leases held
  join unnest($2::text[], $3::int8[]) as wanted (resource, epoch) using (resource, epoch)
  where held.holder = $1 and held.expires_at > clock_timestamp()
  order by held.resource
  for update of held
)
update shoal.leases held
set expires_at = clock_timestamp() + $4::float8 * interval '1 millisecond'
from mine
where held.resource = mine.resource
returning held.resource`,
);

const RELEASE_SQL = statement(
  "lease_release",
  `
with mine as materialized (
  select held.resource
  from shoal.leases held
  join unnest($2::text[], $3::int8[]) as wanted (resource, epoch) using (resource, epoch)
  where held.holder = $1
  order by held.resource
  for update of held
)
update shoal.leases held
set holder = null, expires_at = clock_timestamp()
from mine
where held.resource = mine.resource
returning held.resource`,
);

const FENCE_SQL = statement(
  "lease_fence",
  `
select held.resource from shoal.leases held
join unnest($2::text[], $3::int8[]) as wanted (resource, epoch) using (resource, epoch)
where held.holder = $1 and held.expires_at > clock_timestamp()
order by held.resource
for share of held`,
);

/** Stores leases for a keeper. */
export interface LeaseTable {
  acquire(request: AcquireLeases): Promise<Lease[]>;
  renew(holder: string, leases: readonly Lease[], termMs: number): Promise<string[]>;
  release(holder: string, leases: readonly Lease[]): Promise<void>;
}

/** Returns the `LeaseTable` over `shoal.leases`. */
export function sqlLeaseTable(sql: Sql): LeaseTable {
  return {
    acquire: (request) => acquireLeases(sql, request),
    renew: (holder, leases, termMs) => renewLeases(sql, holder, leases, termMs),
    release: (holder, leases) => releaseLeases(sql, holder, leases),
  };
}

/** Names the leases to take, and for whom. */
export interface AcquireLeases {
  readonly resources: readonly string[];
  readonly holder: string;
  /** How long a lease lasts without a renewal, in ms, more than 0. */
  readonly termMs: number;
}

/**
 * Takes those of `resources` that no other holder has: free, released, expired, or held by an earlier process of this holder
 * (with a new epoch, which fences that process). Another holder has what is missing from the result. Errors as `Sql.query`.
 */
export async function acquireLeases(sql: Sql, { resources, holder, termMs }: AcquireLeases): Promise<Lease[]> {
  invariant(termMs > 0, "the term of a lease is more than 0 ms");
  if (resources.length === 0) return [];
  const rows = await sql.query<{ resource: string; epoch: string }>(ACQUIRE_SQL, [
    [...new Set(resources)],
    holder,
    termMs,
  ]);
  return rows.map(({ resource, epoch }) => ({ resource, holder, epoch: Number(epoch) }));
}

/** Extends leases of one holder to `termMs` from now; returns those still held. An expired one is lost, also while it is free. */
export async function renewLeases(
  sql: Sql,
  holder: string,
  leases: readonly Lease[],
  termMs: number,
): Promise<string[]> {
  if (leases.length === 0) return [];
  const rows = await sql.query<{ resource: string }>(RENEW_SQL, [holder, ...columns(leases), termMs]);
  return rows.map((row) => row.resource);
}

/** Releases leases of one holder, so that others need not wait for their end. Idempotent: leases of other holders stay. */
export async function releaseLeases(sql: Sql, holder: string, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return;
  await sql.query(RELEASE_SQL, [holder, ...columns(leases)]);
}

/**
 * Makes a transaction depend on those of one holder's leases that are still held, and returns them: they cannot be taken over
 * before the transaction ends. It must not work on what is missing from the result. Errors as `Sql.query`.
 */
export async function fenceLeases(tx: Sql, holder: string, leases: readonly Lease[]): Promise<string[]> {
  if (leases.length === 0) return [];
  const rows = await tx.query<{ resource: string }>(FENCE_SQL, [holder, ...columns(leases)]);
  return rows.map((row) => row.resource);
}

const COUNT_SQL = statement(
  "lease_count",
  `select count(*) as count from shoal.leases
   where holder is not null and expires_at > clock_timestamp() and ($1::text is null or holder = $1)`,
);

/** Counts the leases that have not expired, of one holder or of all. */
export async function countLeases(sql: Pick<Sql, "query">, holder?: string): Promise<number> {
  const [row] = await sql.query<{ count: string }>(COUNT_SQL, [holder ?? null]);
  return Number(row?.count ?? 0);
}

function columns(leases: readonly Lease[]): [string[], string[]] {
  return [leases.map((lease) => lease.resource), leases.map((lease) => String(lease.epoch))];
}
