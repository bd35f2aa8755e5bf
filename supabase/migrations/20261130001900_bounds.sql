-- Claims bounded by bytes, and counters that end at the end of their columns.
--
-- A claim that is bounded by its number of rows alone takes as much memory as whoever adds the jobs likes: 25 jobs of 1 MB each
-- are half a gigabyte once they are parsed. A counter of one row that cannot grow any more (2147483647, written by hand)
-- would fail the statement that claims, and with it every other job, for ever.

-- Bytes are those of a value as jsonb, not as it is compressed: 1 MB of JSON may be stored in 12 kB. An array of one value holds it
-- uncompressed; only where it is compressed need it be read for that. The expression is written out, because a function with
-- settings of its own is not inlined and would cost more than the rest of a claim.

-- Locks pending jobs that are due at p_at, at most p_limit and p_max_bytes of payloads but at least one, in the order of claims;
-- jobs that are locked already are skipped. `is_cut`: more were due than these bytes allow.
drop function if exists shoal.job_lock_due(integer, timestamptz, jsonb, boolean);
create or replace function shoal.job_lock_due(
  p_limit integer, p_at timestamptz, p_cursor jsonb, p_is_full boolean, p_max_bytes bigint,
  out tids tid[], out ids bigint[], out run_ats timestamptz[], out priorities smallint[], out is_cut boolean
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  known smallint[] := array(select k.priority from jsonb_to_recordset(p_cursor) as k (priority smallint));
  level smallint := 101;
  found_count integer := 0;
  sizes integer[];
  total_bytes bigint := 0;
  kept integer := 0;
  due record;
begin
  is_cut := false;
  loop
    level := shoal.job_priority_below(level, known);
    exit when level is null;
    select tids || array_agg(d.tid) as tids, ids || array_agg(d.id) as ids, run_ats || array_agg(d.run_at) as run_ats,
      priorities || array_agg(level) as priorities, sizes || array_agg(d.bytes) as sizes,
      total_bytes + coalesce(sum(d.bytes), 0) as bytes, found_count + count(*)::integer as count
    into due
    from (
      select coalesce(max(k.run_at), '-infinity') as run_at, coalesce(max(k.id), 0) as id
      from jsonb_to_recordset(p_cursor) as k (priority smallint, run_at timestamptz, id bigint)
      where k.priority = level and not p_is_full
    ) seen
    cross join lateral (
      select j.ctid as tid, j.id, j.run_at, case when pg_column_compression(j.payload) is null then pg_column_size(j.payload)
          else pg_column_size(array[j.payload::jsonb]) end as bytes
      from shoal.jobs j
      where j.status = 'pending' and j.priority = level and j.run_at <= p_at and (j.run_at, j.id) > (seen.run_at, seen.id)
      order by j.run_at, j.id
      limit p_limit - found_count for update skip locked
    ) d;
    continue when due.count = found_count;
    tids := due.tids;
    ids := due.ids;
    run_ats := due.run_ats;
    priorities := due.priorities;
    sizes := due.sizes;
    total_bytes := due.bytes;
    found_count := due.count;
    exit when found_count >= p_limit or total_bytes > p_max_bytes;
  end loop;

  if total_bytes > p_max_bytes then
    total_bytes := 0;
    while kept < found_count loop
      total_bytes := total_bytes + sizes[kept + 1];
      exit when kept > 0 and total_bytes > p_max_bytes;
      kept := kept + 1;
    end loop;
    is_cut := true;
    tids := tids[:kept];
    ids := ids[:kept];
    run_ats := run_ats[:kept];
    priorities := priorities[:kept];
  end if;
end
$$;

-- Does what it did, with claims of at most p_max_bytes of payloads (null: any number) but at least one job. Where that left jobs
-- behind, the "waitMs" of the row without an id is 0.
drop function if exists shoal.job_complete_and_claim(
  text, double precision, integer, bigint[], integer[], jsonb, jsonb, boolean);
create or replace function shoal.job_complete_and_claim(
  p_worker text, p_lease_ms double precision, p_limit integer,
  p_completed bigint[], p_completed_epochs integer[], p_failed jsonb, p_cursor jsonb, p_is_full boolean,
  p_max_bytes bigint default null
) returns setof shoal.claimed_job
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  large_claim constant integer := 100;
  now_at timestamptz;
  written record;
  due record;
  cursor_now jsonb;
  over_count integer := 0;
  pending_count integer := 0;
  completed_count integer := 0;
  dead_count integer := 0;
  claimed_count integer := 0;
begin
  if cardinality(p_completed) > 0 or p_failed is not null then
    written := shoal.job_write_outcomes(p_worker, p_completed, p_completed_epochs, p_failed);
    if written.lost is not null then
      return query
      select l, null::text, null::jsonb, null::integer, null::integer, null::integer, null::float8, null::text
      from unnest(written.lost) l;
    end if;
    completed_count := written.completed;
    dead_count := written.dead;
    pending_count := written.retried + written.released;
    over_count := completed_count + dead_count + pending_count;
  end if;

  if p_limit > 0 then
    -- Large claims go two at a time: more would step over each other's locked rows, several for each one they get. Small
    -- claims are over too soon to wait for, and where each commit takes its time they would be kept back for no gain.
    if p_limit >= large_claim
      and not pg_try_advisory_xact_lock(hashtext('shoal.job_claim'), 0)
      and not pg_try_advisory_xact_lock(hashtext('shoal.job_claim'), 1) then
      perform pg_advisory_xact_lock(hashtext('shoal.job_claim'), pg_backend_pid() % 2);
    end if;
    now_at := clock_timestamp();
    due := shoal.job_lock_due(p_limit, now_at, p_cursor, p_is_full, coalesce(p_max_bytes, 9223372036854775807));
    claimed_count := coalesce(cardinality(due.ids), 0);
    if claimed_count > 0 then
      return query
      update shoal.jobs j
      set status = 'running', attempts = least(j.attempts, 2147483646) + 1, epoch = least(j.epoch, 2147483646) + 1,
        worker_id = p_worker, lease_expires_at = now_at + p_lease_ms * interval '1 millisecond', started_at = now_at,
        finished_at = null, updated_at = now_at
      -- A locked row stays at its place, so it need not be found in an index a second time; and places come in order.
      from unnest(due.tids) as claimed (tid)
      where j.ctid = claimed.tid
      returning j.id, j.type::text, j.payload::jsonb, j.attempts, j.max_attempts, j.epoch,
        date_part('epoch', now_at - j.run_at) * 1000, j.unique_key;
    end if;
    cursor_now := shoal.job_next_cursor(
      p_cursor, case when due.is_cut then claimed_count else p_limit end, now_at, due.ids, due.run_ats, due.priorities);
    return query
    select null::bigint, null::text, cursor_now, null::integer, null::integer, null::integer,
      case when due.is_cut then 0 when claimed_count < p_limit then shoal.job_next_due_ms(cursor_now) end, null::text;
  end if;

  if over_count + claimed_count > 0 then
    insert into shoal.job_count_changes (pending, running, completed, dead, processed)
    values (pending_count - claimed_count, claimed_count - over_count, completed_count, dead_count, completed_count);
  end if;
end
$$;

-- Claims that very job, if it has been due for so long and no worker holds it.
create or replace function shoal.job_claim_one(
  p_worker text, p_lease_ms double precision, p_id bigint, p_due_for_ms double precision
) returns setof shoal.claimed_job
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  now_at timestamptz := clock_timestamp();
begin
  return query
  with due as materialized (
    select j.id from shoal.jobs j
    where j.id = p_id and j.status = 'pending' and j.run_at <= now_at - p_due_for_ms * interval '1 millisecond'
    for update skip locked
  )
  update shoal.jobs j
  set status = 'running', attempts = least(j.attempts, 2147483646) + 1, epoch = least(j.epoch, 2147483646) + 1,
    worker_id = p_worker, lease_expires_at = now_at + p_lease_ms * interval '1 millisecond', started_at = now_at,
    finished_at = null, updated_at = now_at
  from due where j.id = due.id
  returning j.id, j.type::text, j.payload::jsonb, j.attempts, j.max_attempts, j.epoch,
    date_part('epoch', now_at - j.run_at) * 1000, j.unique_key;
  if found then
    insert into shoal.job_count_changes (pending, running) values (-1, 1);
  end if;
end
$$;

-- Reads pgmq queues: from each at most its quantity and its share of p_max_bytes of messages, but at least one. A message of more
-- than p_max_message_bytes as text comes without its body: whoever reads it must not need the memory for it.
--
-- Sizes are asked for before anything is read, because a read counts: what was read and had to be given back for want of room
-- would be dead after a few times. A queue without out-of-line values has no large message, and is not asked.
create or replace function shoal.queue_read(
  p_queues text[], p_quantities integer[], p_visibility_seconds integer, p_max_bytes bigint, p_max_message_bytes integer
) returns table (
  queue text, id bigint, reads integer, enqueued_at timestamptz, message jsonb, key text, bytes integer, "isTooLarge" boolean,
  "isCut" boolean
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  asked record;
  has_large boolean;
  quantity_now integer;
begin
  for asked in select a.name, a.quantity from unnest(p_queues, p_quantities) as a (name, quantity) loop
    select coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0) > 0 into has_large
    from pg_class c where c.oid = to_regclass(format('pgmq.%I', 'q_' || asked.name));
    quantity_now := asked.quantity;
    if has_large then
      -- Locks the rows, so that the read below finds the same ones.
      execute format(
        'select count(*)::integer from (
           select row_number() over (order by w.msg_id) as nth, sum(w.bytes) over (order by w.msg_id) as bytes
           from (
             select q.msg_id, case when pg_column_compression(q.message) is null then pg_column_size(q.message)
               else pg_column_size(array[q.message]) end as bytes
             from pgmq.%I q
             where q.vt <= clock_timestamp() order by q.msg_id limit $1 for update skip locked
           ) w
         ) fit where fit.nth = 1 or fit.bytes <= $2', 'q_' || asked.name)
      into quantity_now using asked.quantity, p_max_bytes / cardinality(p_queues);
      continue when quantity_now = 0;
    end if;
    return query
    select asked.name, r.msg_id, r.read_ct, r.enqueued_at, case when size.is_fit then r.message end,
      r.headers -> 'shoal' ->> 'key', case when size.is_fit then pg_column_size(array[r.message]) else 0 end, not size.is_fit,
      quantity_now < asked.quantity and has_large
    from pgmq.read(asked.name, p_visibility_seconds, quantity_now) r
    cross join lateral (select coalesce(octet_length(r.message::text) <= p_max_message_bytes, true) as is_fit) size;
  end loop;
end
$$;

call shoal.seal_schema();
