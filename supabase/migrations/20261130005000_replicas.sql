-- Replicas: daemons that share a database are one fleet. Each has a row, renewed by its pulse, whose answer says who lives. What follows
-- from that list each replica works out by itself, by the same rules; what must not be twice is granted here or by a lease.

create table if not exists shoal.replicas (
  replica_id text primary key check (char_length(replica_id) between 1 and 200),
  -- What the others may expect of it; grows when that changes.
  protocol integer not null,
  version text not null check (char_length(version) between 1 and 100),
  -- fleet: runs bots; worker: runs jobs and strategies.
  role text not null check (role in ('all', 'fleet', 'worker')),
  is_draining boolean not null,
  started_at timestamptz not null default clock_timestamp(),
  renewed_at timestamptz not null,
  -- From then on it counts as dead, and what it had is free.
  expires_at timestamptz not null,
  -- Most bots deployed by command that it runs, by its latest search for work; null: it has made none, and takes none yet.
  deployed_max integer check (deployed_max >= 0),
  -- Grows when anything that the others read changes: all but the times, `deployed_max` and `snapshot`. They read only what is new to them.
  revision bigint not null default 1,
  -- Active people, and bots wanted in the whole fleet, as this replica counts them; null while it does not.
  people integer check (people >= 0),
  target integer check (target >= 0),
  -- Most bots of the fleet that it runs.
  bot_max integer not null check (bot_max >= 0),
  -- Numbers of the bots of the fleet that it runs, or has been granted.
  places integer[] not null default '{}',
  -- Number of bots that commands deployed to it.
  deployed integer not null default 0 check (deployed >= 0),
  -- Its figures, for people to see; not older than some seconds while it lives.
  snapshot jsonb
) with (fillfactor = 50);

alter table shoal.replicas enable row level security;

comment on table shoal.replicas is 'The daemons that share this database, each with what it runs; judged by the clock of this database. Those that died stay for ten minutes.';

-- Deletes who died ten minutes ago. After the clock was set back, all that were renewed in the future have one term more, and not until then.
create or replace function shoal.replica_tidy(p_now timestamptz, p_term interval) returns void
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
begin
  -- A row that is locked is being renewed.
  delete from shoal.replicas r where r.replica_id = any (array(
    select d.replica_id from shoal.replicas d where d.expires_at < p_now - interval '10 minutes' for update skip locked
  ));
  update shoal.replicas r set renewed_at = p_now, expires_at = p_now + p_term where r.replica_id = any (array(
    select f.replica_id from shoal.replicas f where f.renewed_at > p_now + interval '1 second' for update skip locked
  ));
end
$$;

-- Renews a replica's row and returns who lives. `p_replica` has the row's columns as they are to be, with `wanted_places` for `places`, and
-- `term_ms`, `late_after_ms`, `known` (revisions by replica id). Wanted places are granted unless another live replica has them.
-- The answer: `live` and `late` (ids; late ones have missed a renewal), `changed` (rows whose revision is not the known one), `granted`,
-- `is_busy`: nothing new was granted, because others were being granted places (a renewal does not wait for them: a thousand could starve it),
-- and `next_end_ms`: until the first late one counts as dead, null if none is late.
create or replace function shoal.replica_renew(p_replica jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_id constant text := p_replica ->> 'replica_id';
  v_term constant interval := (p_replica ->> 'term_ms')::float8 * interval '1 millisecond';
  v_wanted integer[] := array(select n::integer from jsonb_array_elements_text(p_replica -> 'wanted_places') n);
  v_known constant jsonb := p_replica -> 'known';
  v_now timestamptz;
  v_before shoal.replicas;
  v_after shoal.replicas;
  v_own integer[];
  v_is_busy boolean := false;
  v_dead text[];
begin
  select * into v_before from shoal.replicas r where r.replica_id = v_id for update;
  v_now := clock_timestamp();
  -- Also after the own term: a place that somebody else has been granted since is not there any more.
  v_own := coalesce(v_before.places, '{}');
  if v_wanted <@ v_own then
    null;
  elsif not pg_try_advisory_xact_lock(hashtextextended('shoal.replicas.places', 0)) then
    v_is_busy := true;
    v_wanted := array(select w from unnest(v_wanted) w intersect select o from unnest(v_own) o);
  else
    -- A row that is locked is being renewed: its replica lives.
    v_dead := array(
      select r.replica_id from shoal.replicas r where r.expires_at <= v_now and r.replica_id <> v_id for update skip locked
    );
    v_wanted := array(
      select w from unnest(v_wanted) w except
      select p from shoal.replicas r cross join unnest(r.places) p where r.replica_id <> v_id and r.replica_id <> all (v_dead)
    );
    update shoal.replicas r set places = array(select p from unnest(r.places) p where p <> all (v_wanted))
    where r.replica_id = any (v_dead) and r.places && v_wanted;
  end if;
  if v_before.replica_id is null or v_before.renewed_at > v_now then perform shoal.replica_tidy(v_now, v_term); end if;

  v_after := v_before;
  v_after.replica_id := v_id;
  v_after.protocol := (p_replica ->> 'protocol')::integer;
  v_after.version := p_replica ->> 'version';
  v_after.role := p_replica ->> 'role';
  v_after.is_draining := (p_replica ->> 'is_draining')::boolean;
  v_after.people := (p_replica ->> 'people')::integer;
  v_after.target := (p_replica ->> 'target')::integer;
  v_after.bot_max := (p_replica ->> 'bot_max')::integer;
  v_after.places := array(select w from unnest(v_wanted) w order by w);
  v_after.deployed := (p_replica ->> 'deployed')::integer;
  if v_after is distinct from v_before then
    v_after.revision := coalesce(v_before.revision, 0) + 1;
    -- The rest can wait until the others pulse anyway.
    if (v_after.role, v_after.is_draining, v_after.target, v_after.places)
      is distinct from (v_before.role, v_before.is_draining, v_before.target, v_before.places) then
      perform pg_notify('shoal_replicas', v_id);
    end if;
  end if;
  v_after.started_at := coalesce(v_before.started_at, v_now);
  v_after.renewed_at := v_now;
  v_after.expires_at := v_now + v_term;
  v_after.snapshot := coalesce(p_replica -> 'snapshot', v_before.snapshot);
  if v_before.replica_id is null then
    insert into shoal.replicas select v_after.*;
  else
    update shoal.replicas r set
      protocol = v_after.protocol, version = v_after.version, role = v_after.role, is_draining = v_after.is_draining,
      renewed_at = v_after.renewed_at, expires_at = v_after.expires_at, revision = v_after.revision, people = v_after.people,
      target = v_after.target, bot_max = v_after.bot_max, places = v_after.places, deployed = v_after.deployed, snapshot = v_after.snapshot
    where r.replica_id = v_id;
  end if;

  return (
    select jsonb_build_object(
      'live', jsonb_agg(r.replica_id),
      'late', coalesce(jsonb_agg(r.replica_id) filter (where r.is_late), '[]'),
      'next_end_ms', shoal.ms_until(min(r.expires_at) filter (where r.is_late)),
      'granted', to_jsonb(v_after.places),
      'is_busy', v_is_busy,
      'changed', coalesce(jsonb_agg(
        to_jsonb(r) - array['snapshot', 'renewed_at', 'expires_at', 'is_late', 'started_at', 'deployed_max']
          || jsonb_build_object('started_at_ms', (extract(epoch from r.started_at) * 1000)::float8)
      ) filter (where (v_known ->> r.replica_id)::bigint is distinct from r.revision), '[]')
    )
    from (
      select l.*, l.renewed_at < v_now - (p_replica ->> 'late_after_ms')::float8 * interval '1 millisecond' as is_late
      from shoal.replicas l where l.expires_at > v_now
    ) r
  );
end
$$;

-- Takes a replica out of the fleet, when it has drained.
create or replace function shoal.replica_gone(p_replica_id text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from shoal.replicas r where r.replica_id = p_replica_id;
  perform pg_notify('shoal_replicas', p_replica_id);
end
$$;

call shoal.seal_schema();
