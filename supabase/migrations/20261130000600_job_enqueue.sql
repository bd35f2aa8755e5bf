-- Adding jobs: shoal.enqueue() for the project, shoal.job_enqueue() for the daemon.

-- Adds jobs: objects of type, payload and, where the default is not meant, delay_ms or run_at, priority, max_attempts,
-- unique_key. `ord` counts from 1. The caller has checked them. Without an id: a job of that key was there, and was over a
-- moment later.
create or replace function shoal.job_insert(p_jobs jsonb)
returns table (ord bigint, id bigint, is_new boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  now_at timestamptz := clock_timestamp();
  plain_ids bigint[];
  keyed_ids bigint[];
  keys text[];
begin
  with made as (
    insert into shoal.jobs (type, payload, run_at, priority, max_attempts, unique_key, created_at, updated_at)
    select n.type, coalesce(n.payload, 'null'), coalesce(n.run_at, now_at + coalesce(n.delay_ms, 0) * interval '1 millisecond'),
      coalesce(n.priority, 0), coalesce(n.max_attempts, 5), n.unique_key, now_at, now_at
    from rows from (jsonb_to_recordset(p_jobs) as (
      type text, payload jsonb, delay_ms float8, run_at timestamptz, priority smallint, max_attempts integer, unique_key text
    )) with ordinality as n (type, payload, delay_ms, run_at, priority, max_attempts, unique_key, ord)
    -- In the order of the keys, so that two batches of the same keys never wait for each other in a circle.
    order by n.unique_key nulls first, n.ord
    on conflict (unique_key) where unique_key is not null and status in ('pending', 'running') do nothing
    returning id, unique_key
  )
  select array_agg(id order by id) filter (where unique_key is null),
    array_agg(id order by id) filter (where unique_key is not null),
    array_agg(unique_key order by id) filter (where unique_key is not null)
  into plain_ids, keyed_ids, keys from made;

  -- Ids of one statement grow in the order in which its rows were inserted.
  return query
  select plain.ord, plain_ids[plain.nth], true
  from (
    select n.ord, row_number() over (order by n.ord) as nth
    from jsonb_array_elements(p_jobs) with ordinality as n (job, ord) where n.job ->> 'unique_key' is null
  ) plain;

  return query
  select keyed.ord,
    coalesce(made.id, (
      select j.id from shoal.jobs j where j.unique_key = keyed.key and j.status in ('pending', 'running')
    )),
    made.id is not null
  from (
    select n.ord, n.job ->> 'unique_key' as key,
      row_number() over (partition by n.job ->> 'unique_key' order by n.ord) as nth
    from jsonb_array_elements(p_jobs) with ordinality as n (job, ord) where n.job ->> 'unique_key' is not null
  ) keyed
  left join unnest(keys, keyed_ids) as made (key, id) on made.key = keyed.key and keyed.nth = 1;
end
$$;

-- Does the same as job_insert, and repeats it until each job has an id.
create or replace function shoal.job_enqueue(p_jobs jsonb)
returns table (ord bigint, id bigint, is_new boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  ords bigint[];
  ids bigint[];
  news boolean[];
begin
  if not exists (select from jsonb_array_elements(p_jobs) as n (job) where n.job ->> 'unique_key' is not null) then
    return query select i.ord, i.id, i.is_new from shoal.job_insert(p_jobs) i;
    return;
  end if;
  for try_number in 1 .. 100 loop
    begin
      select array_agg(i.ord), array_agg(i.id), array_agg(i.is_new) into ords, ids, news from shoal.job_insert(p_jobs) i;
      if array_position(ids, null) is null then
        return query select * from unnest(ords, ids, news);
        return;
      end if;
      -- Adding only what is missing would break the order of the keys, so everything is undone and added again.
      raise exception sqlstate 'SH001';
    exception when sqlstate 'SH001' then
      null;
    end;
  end loop;
  raise exception 'a job was neither added nor found: look for a trigger on shoal.jobs that drops rows'
    using errcode = 'object_not_in_prerequisite_state';
end
$$;

-- For functions and triggers of the project: adds a job, which commits or is rolled back with the caller's transaction, and
-- returns its id, or that of the pending or running job of the same unique key.
create or replace function shoal.enqueue(
  type text,
  payload jsonb default '{}',
  delay_ms double precision default null,
  run_at timestamptz default null,
  priority integer default 0,
  max_attempts integer default 5,
  unique_key text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  wrong text := case
    when enqueue.type is null or enqueue.type !~ '^[a-z0-9_.:-]+$' or octet_length(enqueue.type) > 128
      then 'type must be 1 to 128 characters of a-z 0-9 _ . : -'
    when enqueue.payload is null then 'payload must not be null'
    when octet_length(enqueue.payload::text) > 1048576 then 'payload must be at most 1 MB'
    when enqueue.delay_ms is not null and enqueue.run_at is not null then 'delay_ms and run_at exclude each other'
    when enqueue.delay_ms not between 0 and 3.2e12 then 'delay_ms must be from 0 to 3.2e12 (100 years)'
    when enqueue.run_at < '1970-01-01Z' or enqueue.run_at >= '10000-01-01Z' then 'run_at must be a time from 1970 to 9999'
    when enqueue.priority is null or enqueue.priority not between -100 and 100 then 'priority must be from -100 to 100'
    when enqueue.max_attempts is null or enqueue.max_attempts not between 1 and 100 then 'max_attempts must be from 1 to 100'
    when enqueue.unique_key = '' or char_length(enqueue.unique_key) > 256 then 'unique_key must be 1 to 256 characters'
  end;
begin
  if wrong is not null then
    raise exception 'shoal.enqueue: %', wrong using errcode = 'invalid_parameter_value';
  end if;
  return (
    select e.id from shoal.job_enqueue(jsonb_build_array(jsonb_build_object(
      'type', enqueue.type, 'payload', enqueue.payload, 'delay_ms', enqueue.delay_ms, 'run_at', enqueue.run_at,
      'priority', enqueue.priority, 'max_attempts', enqueue.max_attempts, 'unique_key', enqueue.unique_key))) e
  );
end
$$;

-- Closed at first: seal_schema() leaves what a project grants on it later.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on function shoal.enqueue(text, jsonb, double precision, timestamptz, integer, integer, text) from %I', api_role);
  end loop;
end
$$;

call shoal.seal_schema();
