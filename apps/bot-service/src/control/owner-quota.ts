import { isUuid } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { Decision } from "./apply-command.ts";
import type { Deployment } from "./types.ts";

/** Rejects what would make more bots of an owner run than may; leaves every other decision as it is. */
export type OwnerQuota = (before: Deployment | null, decision: Decision) => Decision;

// In the order of the keys, so that two transactions with the same owners do not wait for each other.
const LOCK_SQL = statement(
  "control_lock_owners",
  `
select pg_advisory_xact_lock(key) from (
  select distinct hashtextextended('shoal:owner:' || owner, 0) as key from unnest($1::text[]) as owner order by 1
) as keys`,
);

const COUNT_SQL = statement(
  "control_count_by_owner",
  `
select owner_id::text as owner_id, count(*)::int as count from public.bot_deployments
where owner_id = any ($1::uuid[]) and (desired <> 'stopped' or status <> 'stopped')
  and (desired in ('running', 'paused') or stops_gracefully)
group by owner_id`,
);

/**
 * Counts the running bots of these owners, for as long as the transaction lasts: other replicas that start bots of the same
 * owners wait for its end.
 */
export async function lockOwners(
  tx: Sql,
  candidates: readonly (string | null | undefined)[],
  perOwnerCount: number,
): Promise<OwnerQuota> {
  const ownerIds = [...new Set(candidates.flatMap((id) => (id && isUuid(id) ? [id.toLowerCase()] : [])))];
  if (ownerIds.length === 0) return ownerQuota(new Map(), perOwnerCount);
  await tx.query(LOCK_SQL, [ownerIds]);
  // A statement of its own: it sees what was committed while the one before it waited.
  const rows = await tx.query<{ owner_id: string; count: number }>(COUNT_SQL, [ownerIds]);
  return ownerQuota(new Map(rows.map(({ owner_id, count }) => [owner_id, count])), perOwnerCount);
}

/** Keeps `counts`, the running bots by owner, up to date with the decisions it lets pass. */
export function ownerQuota(counts: Map<string, number>, perOwnerCount: number): OwnerQuota {
  return (before, decision) => {
    const { deployment } = decision;
    if (!deployment || deployment.ownerId === null) return decision;
    const more = Number(isRunning(deployment)) - Number(before !== null && isRunning(before));
    const count = counts.get(deployment.ownerId) ?? 0;
    if (more > 0 && count >= perOwnerCount) return tooMany(before, perOwnerCount);
    counts.set(deployment.ownerId, count + more);
    return decision;
  };
}

/** Whether it is to run, or still talks before it stops. */
function isRunning({ desired, stopsGracefully, status }: Deployment): boolean {
  return desired === "running" || desired === "paused" || (stopsGracefully && status !== "stopped");
}

function tooMany(before: Deployment | null, perOwnerCount: number): Decision {
  const message = `at most ${perOwnerCount} bots of one owner run at a time; stop another one first`;
  return { deployment: before, outcome: "rejected", error: { code: "CONTROL_OWNER_QUOTA", message } };
}
