import { fenceLeases, type Lease, type Sql, statement } from "@shoal/store";
import { applyCommand, type Decision, type DeployableKinds } from "./apply-command.ts";
import { lockOwners, type OwnerQuota } from "./owner-quota.ts";
import { deploymentOf, HELD_COLUMNS, type HeldRow } from "./rows.ts";
import { commandStrategy, lockStrategies } from "./strategy-commands.ts";
import type { Deployment, DeploymentStatus } from "./types.ts";

/** Commands decided in one transaction, shared equally among the bots that have some, so that a flood does not make it long. */
const COMMANDS_PER_ROUND = 500;
/** As `shoal.find_work` and `shoal.write_waiting` spell it. */
const LEASE_PREFIX = "bot:";

/** Names the lease that a replica must hold to apply a bot's commands and to run it. */
export const leaseOf = (botId: string) => `${LEASE_PREFIX}${botId}`;
export const botOf = (resource: string) => resource.slice(LEASE_PREFIX.length);

// Leaves a row that another session has locked for later, and with it the later commands of its bot. The lateral joins make it
// look up each bot in an index, also where the planner misjudges how many rows there are.
const PENDING_SQL = statement(
  "control_pending",
  `
with asked as materialized (
  select held.bot_id from unnest($1::text[]) as held (bot_id)
  cross join lateral (
    select from public.bot_control c where c.bot_id = held.bot_id and c.applied_at is null limit 1
  ) as waiting
), share as materialized (
  select greatest(1, ${COMMANDS_PER_ROUND} / greatest(1, count(*))) as commands from asked
), seen as materialized (
  select next.id, asked.bot_id, next.seq from asked cross join lateral (
    select c.id, c.seq from public.bot_control c
    where c.bot_id = asked.bot_id and c.applied_at is null order by c.seq limit (select commands from share)
  ) as next
)
select seen.id, seen.bot_id, locked.command, locked.payload, locked.issued_by, (select commands from share)::int as share,
  locked.named_owner,
  locked.command = 'START_BOT' and exists (
    -- In the lobby anybody may claim any id.
    select from shoal.match_tickets t where t.user_id = seen.bot_id and t.source = 'api'
  ) as is_persons_id
from seen left join lateral (
  select c.command, c.payload::text as payload, c.issued_by, c.applied_at is null as is_pending,
    case when c.command = 'START_BOT' and jsonb_typeof(c.payload) = 'object' then c.payload ->> 'owner_id' end as named_owner
  from public.bot_control c where c.id = seen.id for update of c skip locked
) as locked on true
where locked.is_pending is not false
order by seen.seq`,
);

interface PendingRow {
  readonly id: string;
  readonly bot_id: string;
  /** Null: another session has locked the row. */
  readonly command: string | null;
  readonly payload: string;
  readonly issued_by: string | null;
  /** The owner that the operator names; unchecked. */
  readonly named_owner: string | null;
  /** Whether a person with the bot's id has or had a ticket; only for START_BOT. */
  readonly is_persons_id: boolean;
  /** Most commands of one bot in this round, 1 or more. */
  readonly share: number;
}

const DEPLOYMENTS_SQL = statement(
  "deployment_lock",
  `
select ${HELD_COLUMNS} from public.bot_deployments where bot_id = any ($1::text[]) order by bot_id for update`,
);

const WRITE_DEPLOYMENTS_SQL = statement(
  "deployment_write",
  `
insert into public.bot_deployments as held
  (bot_id, owner_id, kind, name, config, desired, stops_gracefully, generation, status, replica)
select bot_id, owner_id, kind, name, config, desired, stops_gracefully, generation, 'starting', $2
from jsonb_to_recordset(($1::text)::jsonb) as wanted (
  bot_id text, owner_id uuid, kind text, name text, config jsonb, desired text, stops_gracefully boolean, generation int
)
on conflict (bot_id) do update set
  kind = excluded.kind, name = excluded.name, config = excluded.config, desired = excluded.desired,
  stops_gracefully = excluded.stops_gracefully, generation = excluded.generation, replica = excluded.replica,
  updated_at = case
    when (held.kind, held.name, held.config, held.desired, held.generation)
      is distinct from (excluded.kind, excluded.name, excluded.config, excluded.desired, excluded.generation)
    then clock_timestamp() else held.updated_at end,
  status = case
    when excluded.desired in ('running', 'paused')
      and (held.replica is distinct from excluded.replica or held.status in ('stopping', 'stopped'))
    then 'starting'
    else held.status end,
  status_at = case when held.replica is distinct from excluded.replica then clock_timestamp() else held.status_at end,
  last_error = case when held.replica is distinct from excluded.replica then null else held.last_error end`,
);

const WRITE_OUTCOMES_SQL = statement(
  "control_write_outcomes",
  `
update public.bot_control c set applied_at = clock_timestamp(), outcome = decided.outcome, error = decided.error
from jsonb_to_recordset(($1::text)::jsonb) as decided (id uuid, outcome text, error text)
where c.id = decided.id
returning c.id, (extract(epoch from clock_timestamp() - c.created_at) * 1000)::float8 as latency_ms`,
);

/** A command that was applied or rejected. */
export interface Decided {
  readonly commandId: string;
  readonly botId: string;
  readonly command: string;
  readonly outcome: Decision["outcome"];
  readonly error: Decision["error"];
  readonly latencyMs: number;
}

export interface Applied {
  readonly decided: readonly Decided[];
  /** The bots whose leases are held, with their deployments now; null: there is no such deployment. */
  readonly bots: ReadonlyMap<string, Deployment | null>;
  /** A bot has used up its share and may have more commands. */
  readonly hasMore: boolean;
}

/** What commands are judged by. */
export interface CommandTerms {
  readonly kinds: DeployableKinds;
  /** Most bots of one owner that run. */
  readonly perOwnerCount: number;
}

/**
 * Applies the commands of the bots whose leases are still held to their deployments, in order, and writes both in one
 * transaction. From then on these deployments are this replica's.
 */
export async function applyPending(
  tx: Sql,
  replicaId: string,
  leases: readonly Lease[],
  { kinds, perOwnerCount }: CommandTerms,
): Promise<Applied> {
  const botIds = (await fenceLeases(tx, replicaId, leases)).map(botOf);
  const pending = await tx.query<PendingRow>(PENDING_SQL, [botIds]);
  const rows = await tx.query<HeldRow>(DEPLOYMENTS_SQL, [botIds]);
  const bots = new Map<string, Deployment | null>(botIds.map((botId) => [botId, null]));
  for (const row of rows) bots.set(row.bot_id, deploymentOf(row));
  const strategies = await lockStrategies(tx, [...new Set(pending.map(({ bot_id }) => bot_id))]);
  const open = unlocked(pending);
  const ofBots = open.filter(({ bot_id }) => !strategies.has(bot_id));
  const owners = ofBots.map((each) => startedFor(each, bots.get(each.bot_id) ?? null));
  const quota = await lockOwners(tx, owners, perOwnerCount);
  const ofStrategies = await commandStrategies(tx, open, strategies);
  const decided = [...fold(ofBots, bots, kinds, quota), ...ofStrategies];
  const known = new Map(rows.map((row) => [row.bot_id, row]));
  const changed = [...bots.values()].filter((deployment) => deployment && isToBeWritten(deployment, known, replicaId));
  if (changed.length > 0) await tx.query(WRITE_DEPLOYMENTS_SQL, [JSON.stringify(changed.map(columnsOf)), replicaId]);
  const latencies = await writeOutcomes(tx, decided);
  return {
    decided: decided.map((each) => ({ ...each, latencyMs: latencies.get(each.commandId) ?? 0 })),
    bots,
    hasMore: isShareUsedUp(decided, pending[0]?.share),
  };
}

type OpenRow = PendingRow & { readonly command: string };

/** Leaves out the commands that another session has locked, and with each the later ones of its bot. */
function unlocked(pending: readonly PendingRow[]): OpenRow[] {
  const blocked = new Set<string>();
  return pending.flatMap((row) => {
    if (row.command === null) blocked.add(row.bot_id);
    return row.command === null || blocked.has(row.bot_id) ? [] : [{ ...row, command: row.command }];
  });
}

/** Returns the owner of whom the command may make one more bot run. */
function startedFor(pending: OpenRow, deployment: Deployment | null): string | null {
  if (pending.command !== "START_BOT" && pending.command !== "RESTART_BOT") return null;
  return deployment ? deployment.ownerId : (pending.issued_by ?? pending.named_owner);
}

/** Applies the commands to the strategies among the bots, whose owners are these. */
async function commandStrategies(
  tx: Sql,
  pending: readonly OpenRow[],
  owners: ReadonlyMap<string, string | null>,
): Promise<Omit<Decided, "latencyMs">[]> {
  const decided: Omit<Decided, "latencyMs">[] = [];
  for (const { id, bot_id: botId, command, payload, issued_by: issuedBy } of pending) {
    const ownerId = owners.get(botId);
    if (ownerId === undefined) continue;
    const error = await commandStrategy(tx, { botId, command, payloadText: payload, issuedBy }, ownerId);
    decided.push({ commandId: id, botId, command, outcome: error ? "rejected" : "applied", error });
  }
  return decided;
}

/** Applies the commands to `bots`. */
function fold(
  pending: readonly OpenRow[],
  bots: Map<string, Deployment | null>,
  kinds: DeployableKinds,
  quota: OwnerQuota,
): Omit<Decided, "latencyMs">[] {
  const decided: Omit<Decided, "latencyMs">[] = [];
  for (const { id, bot_id: botId, command, payload, issued_by: issuedBy, is_persons_id: isPersonsId } of pending) {
    const before = bots.get(botId) ?? null;
    const pendingCommand = { botId, command, payloadText: payload, issuedBy, isPersonsId };
    const { deployment, outcome, error } = quota(before, applyCommand(before, pendingCommand, kinds));
    bots.set(botId, deployment);
    decided.push({ commandId: id, botId, command, outcome, error });
  }
  return decided;
}

function isShareUsedUp(decided: readonly Pick<Decided, "botId">[], share: number | undefined): boolean {
  return Map.groupBy(decided, ({ botId }) => botId)
    .values()
    .some((commands) => commands.length === share);
}

/** Whether the row differs, or is not yet this replica's. */
function isToBeWritten(deployment: Deployment, known: ReadonlyMap<string, HeldRow>, replicaId: string): boolean {
  const row = known.get(deployment.botId);
  return row?.replica !== replicaId || JSON.stringify(deploymentOf(row)) !== JSON.stringify(deployment);
}

function columnsOf(deployment: Deployment | null) {
  return (
    deployment && {
      bot_id: deployment.botId,
      owner_id: deployment.ownerId,
      kind: deployment.kind,
      name: deployment.name,
      config: deployment.config,
      desired: deployment.desired,
      stops_gracefully: deployment.stopsGracefully,
      generation: deployment.generation,
    }
  );
}

async function writeOutcomes(tx: Sql, decided: readonly Omit<Decided, "latencyMs">[]): Promise<Map<string, number>> {
  if (decided.length === 0) return new Map();
  const outcomes = decided.map(({ commandId, outcome, error }) => ({
    id: commandId,
    outcome,
    error: error && `${error.code}: ${error.message}`,
  }));
  const rows = await tx.query<{ id: string; latency_ms: number }>(WRITE_OUTCOMES_SQL, [JSON.stringify(outcomes)]);
  return new Map(rows.map((row) => [row.id, row.latency_ms]));
}

/** The status of a bot, to be written. */
export interface StatusReport {
  readonly botId: string;
  readonly status: DeploymentStatus;
  readonly errorCode: string | null;
}

// Writes only rows that are still this replica's: a replica that took a bot over writes its status.
const WRITE_STATUSES_SQL = statement(
  "deployment_write_statuses",
  `
with told as (
  select * from jsonb_to_recordset(($2::text)::jsonb) as told ("botId" text, status text, "errorCode" text)
), forgotten as (
  delete from public.bot_deployments d using told
  where d.bot_id = told."botId" and d.replica = $1 and told.status = 'stopped' and d.desired = 'removed'
)
update public.bot_deployments d set
  status = case when told.status = 'stopped' and d.desired in ('running', 'paused') then 'starting' else told.status end,
  status_at = clock_timestamp(),
  last_error = case
    when told.status = 'stopped' and d.desired = 'stopped' then d.last_error else coalesce(told."errorCode", d.last_error) end,
  replica = case when told.status = 'stopped' then null else d.replica end
from told
where d.bot_id = told."botId" and d.replica = $1 and not (told.status = 'stopped' and d.desired = 'removed')`,
);

/** Writes the statuses of bots of this replica. Deletes the row of a removed bot that has stopped. */
export async function writeStatuses(
  sql: Pick<Sql, "query">,
  replicaId: string,
  reports: readonly StatusReport[],
): Promise<void> {
  if (reports.length > 0) await sql.query(WRITE_STATUSES_SQL, [replicaId, JSON.stringify(reports)]);
}

const HAND_BACK_SQL = statement(
  "deployment_hand_back",
  `
with forgotten as (
  delete from public.bot_deployments
  where replica = $1 and desired = 'removed' and ($2::text[] is null or bot_id = any ($2::text[]))
), handed as (
  update public.bot_deployments set
    replica = null, status = case when desired = 'stopped' then 'stopped' else 'starting' end,
    status_at = clock_timestamp(), last_error = coalesce($3, last_error)
  where replica = $1 and desired <> 'removed' and ($2::text[] is null or bot_id = any ($2::text[]))
)
select pg_notify('shoal_control', '')`,
);

/** Hands bots of this replica, all or some, to any replica. Their leases are free by now and they do not run here. */
export async function handBack(
  sql: Pick<Sql, "query">,
  replicaId: string,
  botIds: readonly string[] | null,
  errorCode: string | null,
): Promise<void> {
  await sql.query(HAND_BACK_SQL, [replicaId, botIds, errorCode]);
}
