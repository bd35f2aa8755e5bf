import type { Database } from "@shoal/store";

/** What the database says of the fleet at an instant. */
export interface Held {
  /** Deployed bots by the id of the replica that holds their lease. */
  readonly deployed: ReadonlyMap<string, number>;
  /** People who have a seat in two matches. */
  readonly inTwoMatches: readonly string[];
}

export async function readHeld(database: Database<string>): Promise<Held> {
  const [row] = await database.query<{ deployed: Record<string, number> | null; twice: string[] | null }>(
    `select
       (select jsonb_object_agg(holder, n) from (
          select holder, count(*) as n from shoal.leases
          where starts_with(resource, 'bot:') and holder is not null and expires_at > now() group by holder) h) as deployed,
       (select jsonb_agg(participant_id) from (
          select participant_id from shoal.match_seats where is_open and not bot
          group by participant_id having count(*) > 1) t) as twice`,
  );
  return { deployed: new Map(Object.entries(row?.deployed ?? {})), inTwoMatches: row?.twice ?? [] };
}

/** A match that was live and has ended. */
export interface EndedMatch {
  readonly matchId: string;
  /** The last replica that ran its bot; null: of two people. */
  readonly replicaId: string | null;
  readonly reason: string;
}

/** What a scenario has left in the database. */
export interface History {
  /** People with two matches that were live at the same time. */
  readonly doubleMatches: number;
  readonly ended: readonly EndedMatch[];
  readonly jobsOpen: number;
  readonly samples: number;
  /** Commands that are neither applied nor rejected. */
  readonly commandsOpen: number;
}

export async function readHistory(database: Database<string>): Promise<History> {
  const [row] = await database.query<Omit<History, "ended"> & { ended: EndedMatch[] | null }>(
    `with lives as (
       select s.participant_id, m.match_id, m.live_at, coalesce(m.ended_at, 'infinity') as until
       from shoal.matches m join shoal.match_seats s using (match_id) where not s.bot and m.live_at is not null)
     select
       (select count(distinct one.participant_id)::int from lives one join lives other
          on one.participant_id = other.participant_id and one.match_id < other.match_id
          and one.live_at < other.until and other.live_at < one.until) as "doubleMatches",
       (select jsonb_agg(jsonb_build_object('matchId', match_id, 'replicaId', replica_id, 'reason', ended_reason))
          from shoal.matches where status = 'ended' and live_at is not null) as ended,
       (select count(*)::int from shoal.jobs where unique_key like 'bench:%' and status <> 'completed') as "jobsOpen",
       (select count(*)::int from shoal.metric_samples where name = 'bench') as samples,
       (select count(*)::int from public.bot_control where outcome is null) as "commandsOpen"`,
  );
  if (!row) throw new Error("the database has no history");
  return { ...row, ended: row.ended ?? [] };
}

/** Adds a job and a message, of which no daemon may lose any. */
export async function addWork(database: Database<string>, number: number): Promise<void> {
  await database.query(
    `select shoal.enqueue('risk_check', unique_key => 'bench:' || $1::int),
       pgmq.send('metrics_jobs', jsonb_build_object('name', 'bench', 'value', $1::int, 'at', now()))`,
    [number],
  );
}

export async function deploy(database: Database<string>, count: number): Promise<void> {
  await database.query(
    "insert into public.bot_control (bot_id, command) select 'deployed-' || n, 'START_BOT' from generate_series(1, $1::int) n",
    [count],
  );
}
