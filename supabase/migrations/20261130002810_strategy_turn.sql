-- What executors do with strategies, second part: claim what is due, fairly between owners. The rules are those of
-- 20261130002800_strategy_settle.sql.

-- claimed: a strategy to run. lost: nothing was written, because others have it or it is out of date. ordered: orders at an exchange are
-- to be sent or cancelled. next, last: in how many ms the next strategy is due where fewer than p_limit were, null if none will be; and
-- where the next claim may begin to look.
do $$
begin
  create type shoal.strategy_turn_row as (
    kind text, id uuid, owner_id uuid, epoch bigint, planned_at timestamptz, is_manual boolean, revision bigint,
    lost_claims integer, version integer, code_id text, due_for_ms double precision, now timestamptz,
    consecutive_failures integer, consecutive_kills integer, last_execution_at timestamptz, skipped_since timestamptz,
    -- Of what the owner may burn today; null: no limit.
    fuel_left bigint,
    next_due_ms double precision, seen jsonb
  );
exception when duplicate_object then null;
end
$$;

-- Owners that were locked for a claim, in the order in which they are served; one entry of each array is of one owner.
do $$
begin
  create type shoal.strategy_line as (
    owner_ids uuid[],
    -- Where their rows are: while they are locked they stay there.
    tids tid[],
    -- Units that they may burn today; null: no limit.
    fuels_left bigint[],
    -- Finish tags, from the present on.
    tags double precision[],
    -- Runs for each ms of tag.
    rates double precision[],
    -- Nothing of the owner is due before.
    due_ats timestamptz[],
    are_waiting boolean[],
    claimed_counts integer[],
    -- Nothing more of the owner is due.
    are_empty boolean[],
    -- The largest start tag of all owners.
    present double precision,
    -- No owner that is not locked waits, or is due, before.
    seen_tag double precision,
    seen_at timestamptz
  );
exception when duplicate_object then null;
end
$$;

-- Locks owners of which something is due, at most p_limit of those that wait and as many of those whose time has come, from p_seen on.
--
-- Both lines begin with index entries of dead rows, which stay until a vacuum, and all the longer while an old transaction is open: a
-- claim of 25 took 4 ms of the processor's time, and 17 after half a minute of a backup. So a claim begins where the one before found the
-- first. Few owners come in behind: from transactions that took long, or were locked then. So an executor must look at all from time to
-- time (p_seen null).
create or replace function shoal.strategy_line_up(p_limit integer, p_at timestamptz, p_seen jsonb) returns shoal.strategy_line
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  commit_ms constant double precision := 100;
  today constant date := p_at at time zone 'UTC';
  seen_present constant double precision := coalesce((p_seen ->> 'present')::double precision, '-infinity');
  seen_tag constant double precision := coalesce((p_seen ->> 'tag')::double precision, '-infinity');
  seen_at constant timestamptz := coalesce((p_seen ->> 'at')::timestamptz, '-infinity');
  line shoal.strategy_line;
begin
  line.present := coalesce(
    (select o.start_tag from shoal.strategy_owners o where o.start_tag > seen_present order by o.start_tag desc limit 1),
    nullif(seen_present, '-infinity'), 0);
  select array_agg(o.owner_id), array_agg(o.tid),
    array_agg(case when o.fuel_per_day is not null
      then greatest(o.fuel_per_day - case when o.fuel_day = today then o.fuel_used else 0 end, 0) end),
    array_agg(o.tag), array_agg(o.weight / o.cost_ms), array_agg(o.next_due_at), array_agg(o.is_waiting),
    array_agg(0), array_agg(false),
    least(min(o.finish_tag) filter (where o.is_waiting), line.present - commit_ms),
    least(min(o.next_due_at) filter (where not o.is_waiting), p_at - commit_ms * interval '1 millisecond')
  into line.owner_ids, line.tids, line.fuels_left, line.tags, line.rates, line.due_ats, line.are_waiting, line.claimed_counts,
    line.are_empty, line.seen_tag, line.seen_at
  from (
    select f.*, greatest(f.finish_tag - line.present, 0) as tag
    from (
      select * from (
        select w.ctid as tid, w.* from shoal.strategy_owners w
        where w.is_waiting and w.finish_tag >= seen_tag order by w.finish_tag limit p_limit for update skip locked
      ) waiting
      union all
      select * from (
        select d.ctid as tid, d.* from shoal.strategy_owners d
        where not d.is_waiting and d.next_due_at between seen_at and p_at order by d.next_due_at limit p_limit for update skip locked
      ) new
    ) f
    order by tag, f.next_due_at
  ) o;
  return line;
end
$$;

-- Shares p_room claims among the owners of a line, so that the tags of all that get some end at one level. Each entry: how many
-- the owner gets.
create or replace function shoal.strategy_share(p_line shoal.strategy_line, p_room integer) returns integer[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return (
    with line as materialized (
      select l.n, l.tag, l.rate, not l.is_empty as is_open
      from unnest(p_line.tags, p_line.rates, p_line.are_empty) with ordinality as l (tag, rate, is_empty, n)
    ), level as materialized (
      -- Levelled up to each owner in turn: the lowest is the one at which those above it get nothing.
      select min(l.tag) as tag from (
        select (p_room + sum(o.tag * o.rate) over line_order) / sum(o.rate) over line_order as tag
        from line o where o.is_open window line_order as (order by o.tag, o.n rows unbounded preceding)
      ) l
    ), share as (
      select l.n, l.tag, case when l.is_open and l.tag < v.tag
        then least(ceil((v.tag - l.tag) * l.rate - 1e-6), p_room)::integer else 0 end as claim_count
      from line l cross join level v
    )
    select array_agg(greatest(least(s.claim_count, p_room - s.before_count), 0) order by s.n)
    from (
      select c.n, c.claim_count, sum(c.claim_count) over (order by c.tag, c.n) - c.claim_count as before_count from share c
    ) s
  );
end
$$;

-- Returns in how many ms the next strategy is due, by owners from p_tag and p_at on; null if none will be.
create or replace function shoal.strategy_next_due_ms(
  p_tag double precision default '-infinity', p_at timestamptz default '-infinity'
) returns double precision
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off set plan_cache_mode = force_generic_plan
as $$
declare
  -- What is due and was not claimed is locked, for as long as others take for a turn.
  locked_ms constant double precision := 5;
begin
  if exists (select from shoal.strategy_owners o where o.is_waiting and o.finish_tag >= p_tag) then return locked_ms; end if;
  return (
    select greatest(extract(epoch from o.next_due_at - clock_timestamp()) * 1000, locked_ms) from shoal.strategy_owners o
    where not o.is_waiting and o.next_due_at >= p_at order by o.next_due_at limit 1
  );
end
$$;

-- Claims up to p_limit strategies that are due. Those of one owner come by their time, and owners by start-time fair queueing: while
-- there is too little, each gets a share of time by its weight, whatever the others have waiting; what one does not need goes to
-- the others.
create or replace function shoal.strategy_claim(p_holder text, p_lease_ms double precision, p_limit integer, p_seen jsonb)
returns setof shoal.strategy_turn_row
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- An owner's run that took very long costs it no more than so much of its place.
  max_lead_ms constant double precision := 60000;
  now_at constant timestamptz := clock_timestamp();
  line shoal.strategy_line := shoal.strategy_line_up(p_limit, now_at, p_seen);
  claimed shoal.strategy_turn_row[] := '{}';
  room integer := p_limit;
  shares integer[];
  due record;
  answer shoal.strategy_turn_row;
begin
  while room > 0 and false = any (line.are_empty) loop
    shares := shoal.strategy_share(line, room);
    exit when 0 = all (shares);
    select array_agg(d.tid) as tids, array_agg(d.id) as ids, array_agg(d.due_at) as due_ats, array_agg(d.n) as ns,
      count(*)::integer as count
    into due
    from unnest(line.owner_ids, line.due_ats, shares) with ordinality as l (owner_id, due_at, share, n)
    cross join lateral (
      select c.ctid as tid, c.strategy_id as id, c.due_at, l.n from shoal.strategy_clock c
      where c.owner_id = l.owner_id and c.due_at >= l.due_at and c.due_at <= now_at
      order by c.due_at limit l.share for update skip locked
    ) d
    where l.share > 0;
    if due.count > 0 then
      -- A locked row stays at its place.
      with taken as (
        update shoal.strategy_clock c
        set due_at = now_at + p_lease_ms * interval '1 millisecond', epoch = least(c.epoch, 9223372036854775806) + 1,
          holder = p_holder, claimed_at = now_at, is_manual = false,
          is_claim_manual = c.is_manual or c.is_claim_manual and c.claimed_at is not null,
          lost_claims = least(c.lost_claims, 2147483646) + (c.claimed_at is not null)::integer
        from unnest(due.tids, due.ids, due.due_ats, due.ns) as t (tid, id, due_at, n)
        cross join lateral (select r.version, r.code_id from shoal.strategies r where r.id = t.id offset 0) s
        where c.ctid = t.tid
        returning row('claimed', c.strategy_id, c.owner_id, c.epoch, case when c.is_claim_manual then now_at else c.next_execution_at end,
          c.is_claim_manual, c.revision, c.lost_claims, s.version, s.code_id, extract(epoch from now_at - t.due_at) * 1000, now_at,
          c.consecutive_failures, c.consecutive_kills, c.last_execution_at, c.skipped_since,
          line.fuels_left[t.n], null, null)::shoal.strategy_turn_row as claim
      )
      select claimed || array_agg(t.claim) into claimed from taken t;
    end if;
    select array_agg(s.claimed_count + s.got order by s.n), array_agg(s.tag + s.got / s.rate order by s.n),
      array_agg(s.is_empty or s.got < s.share order by s.n)
    into line.claimed_counts, line.tags, line.are_empty
    from (
      select l.*, (select count(*)::integer from unnest(due.ns) g where g = l.n) as got
      from unnest(line.claimed_counts, line.tags, line.rates, line.are_empty, shares)
        with ordinality as l (claimed_count, tag, rate, is_empty, share, n)
    ) s;
    room := room - due.count;
  end loop;
  return query select * from unnest(claimed);

  update shoal.strategy_owners o
  set start_tag = case when l.claimed_count > 0 then greatest(l.tag - l.claimed_count / l.rate, 0) + line.present else o.start_tag end,
    finish_tag = least(l.tag, max_lead_ms) + line.present,
    (next_due_at, is_waiting) = (
      select n.due_at, coalesce(n.due_at <= now_at, false)
      from (select (
        select c.due_at from shoal.strategy_clock c
        where c.owner_id = o.owner_id and c.due_at >= o.next_due_at order by c.due_at limit 1
      ) as due_at offset 0) n
    )
  from unnest(line.tids, line.tags, line.rates, line.are_waiting, line.claimed_counts, line.are_empty)
    as l (tid, tag, rate, is_waiting, claimed_count, is_empty)
  -- Those that waited and wait on are as they were.
  where o.ctid = l.tid and (l.claimed_count > 0 or l.is_empty or not l.is_waiting);

  answer.kind := 'next';
  answer.seen := jsonb_build_object('present', line.present, 'tag', line.seen_tag, 'at', line.seen_at);
  if room > 0 then answer.next_due_ms := shoal.strategy_next_due_ms(line.seen_tag, line.seen_at); end if;
  return next answer;
end
$$;

-- Writes what became of claims (an array of shoal.strategy_settled, or null), and claims up to p_limit strategies: what an executor
-- does over and over, in one round trip. Of each strategy the newest p_keep_runs runs are kept. p_seen: as the claim before said it, or null
-- to look at all.
create or replace function shoal.strategy_turn(
  p_holder text, p_lease_ms double precision, p_limit integer, p_done jsonb, p_keep_runs integer, p_seen jsonb default null
) returns setof shoal.strategy_turn_row
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  settled record;
  answer shoal.strategy_turn_row;
begin
  if p_done <> '[]' then
    settled := shoal.strategy_settle(p_holder, p_done, p_keep_runs);
    answer.kind := 'lost';
    foreach answer.id in array coalesce(settled.lost, '{}') loop
      return next answer;
    end loop;
    if settled.has_ordered then
      answer := null;
      answer.kind := 'ordered';
      return next answer;
    end if;
  end if;
  if p_limit > 0 then
    return query select * from shoal.strategy_claim(p_holder, p_lease_ms, p_limit, p_seen);
  end if;
end
$$;

call shoal.seal_schema();
