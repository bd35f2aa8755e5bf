import type { Sql } from "@shoal/store";
import { type DeployedRunner, NO_CAPACITY } from "./runner.ts";
import { LEASE_PREFIX } from "./statements.ts";
import type { RejectionCode } from "./types.ts";

/** Most bots in one round: each has a share of at least one command. */
const BOTS_PER_ROUND = 500;
/** The `last_error` of a bot that waits although it was started, because its owner has too many that are to run. */
const OWNER_QUOTA = "CONTROL_OWNER_QUOTA" satisfies RejectionCode;

// Orders bots by id: by the age of their commands a flood would stay in front until it is over. Each bot is one index lookup, so
// that a bot with many commands costs no more than others.
const FIND_WORK_SQL = `
with recursive asked (bot_id) as (
  select min(c.bot_id) from public.bot_control c where c.applied_at is null and c.bot_id > $4
  union all
  select (select min(c.bot_id) from public.bot_control c where c.applied_at is null and c.bot_id > asked.bot_id)
  from asked where asked.bot_id is not null
), commanded as materialized (
  select asked.bot_id from asked
  where asked.bot_id is not null and not exists (
    select from shoal.leases l
    where l.resource = '${LEASE_PREFIX}' || asked.bot_id and l.holder <> $1 and l.expires_at > clock_timestamp()
  )
  limit ${BOTS_PER_ROUND}
), live as materialized (
  select d.bot_id, d.owner_id, d.created_at, d.last_error, d.kind, d.desired, l.expires_at,
    l.holder is null or l.expires_at <= clock_timestamp() as is_free, l.holder is not null and l.holder <> $1 as is_theirs
  from public.bot_deployments d left join shoal.leases l on l.resource = '${LEASE_PREFIX}' || d.bot_id
  where d.desired <> 'stopped' or d.status <> 'stopped'
), ranked as (
  select *, owner_id is not null
    and row_number() over (partition by owner_id order by is_free, created_at, bot_id) > $6::int as is_over_quota
  from live where desired in ('running', 'paused')
), lined_up as (
  select bot_id, last_error, case
    when is_over_quota then '${OWNER_QUOTA}'
    when row_number() over (partition by is_over_quota order by owner_id is not null, bot_id)
      > case when owner_id is null then $5::int else $3::int end then '${NO_CAPACITY}'
    end as obstacle
  from ranked where is_free and kind = any ($2::text[])
), runnable as (
  select bot_id from lined_up where obstacle is null order by bot_id limit ${BOTS_PER_ROUND}
), unfinished as (
  select bot_id from live where is_free and desired in ('stopped', 'removed') order by bot_id limit ${BOTS_PER_ROUND}
)
select
  coalesce((
    select jsonb_agg(bot_id) from (
      select bot_id from commanded union select bot_id from runnable union select bot_id from unfinished
    ) found
  ), '[]') as bot_ids,
  (select max(bot_id) from commanded having count(*) = ${BOTS_PER_ROUND}) as last_bot_id,
  coalesce((
    select jsonb_agg(lined_up) from lined_up where obstacle is not null and obstacle is distinct from last_error
  ), '[]') as waiting,
  (select (extract(epoch from min(expires_at) - clock_timestamp()) * 1000)::float8
   from live where is_theirs and not is_free) as next_expiry_ms`;

interface WaitingBot {
  readonly bot_id: string;
  readonly obstacle: string;
}

/** The work that a replica has found. */
export interface Work {
  /** Bots that have commands or that their replica has left behind, unless another replica holds them. */
  readonly botIds: readonly string[];
  /** More bots with commands may follow this one; null: there are none. */
  readonly lastBotId: string | null;
  /** Bots that nobody runs and this replica cannot take up, and whose rows do not say why yet. */
  readonly waiting: readonly WaitingBot[];
  /** Time until the first lease of another replica ends, unless it is renewed, in ms. */
  readonly nextExpiryMs: number | null;
}

/** Limits on the bots that a replica takes up: how many besides its own, and how many if they are the operator's. */
export type Room = Pick<DeployedRunner, "kinds" | "freeCount" | "freeForOperatorCount">;

/**
 * Finds work by one statement, the only one that an idle replica runs. `afterBotId`: leaves out bots with commands up to this
 * id; "" for none.
 */
export async function findWork(
  sql: Pick<Sql, "query">,
  replicaId: string,
  { kinds, freeCount, freeForOperatorCount }: Room,
  perOwnerCount: number,
  afterBotId: string,
): Promise<Work> {
  const [row] = await sql.query<{
    bot_ids: string[];
    last_bot_id: string | null;
    waiting: WaitingBot[];
    next_expiry_ms: number | null;
  }>(FIND_WORK_SQL, [replicaId, [...kinds.keys()], freeCount, afterBotId, freeForOperatorCount, perOwnerCount]);
  return {
    botIds: row?.bot_ids ?? [],
    lastBotId: row?.last_bot_id ?? null,
    waiting: row?.waiting ?? [],
    nextExpiryMs: row?.next_expiry_ms ?? null,
  };
}

const WRITE_WAITING_SQL = `
update public.bot_deployments d set
  replica = null, status = 'starting', status_at = clock_timestamp(), last_error = told.obstacle
from jsonb_to_recordset(($1::text)::jsonb) as told (bot_id text, obstacle text)
where d.bot_id = told.bot_id and d.desired in ('running', 'paused') and not exists (
  select from shoal.leases l
  where l.resource = '${LEASE_PREFIX}' || d.bot_id and l.holder is not null and l.expires_at > clock_timestamp()
)`;

/** Writes why bots wait, unless somebody has taken them up meanwhile. */
export async function writeWaiting(sql: Pick<Sql, "query">, bots: readonly WaitingBot[]): Promise<void> {
  if (bots.length > 0) await sql.query(WRITE_WAITING_SQL, [JSON.stringify(bots)]);
}
