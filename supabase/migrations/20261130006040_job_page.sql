-- A page of a list of jobs, which costs about the same whatever is in the table and whenever it was analyzed last: 100,000 jobs that were added
-- a moment ago are what an operator looks at.

-- Returns the newest jobs that pass a filter (status, type, error_code, created_before: those that are given), at most p_limit, with ids below
-- p_before, without their payloads. It looks at 100,000 jobs. Where it found fewer than p_limit, the last row has no id, and in `ends_at` the last
-- id that it has looked at; null if there is nothing more.
create or replace function shoal.job_page(p_filter jsonb, p_before bigint, p_limit integer)
returns table (
  id bigint, type text, status text, run_at timestamptz, attempts integer, max_attempts integer, priority smallint, unique_key text,
  last_error text, worker_id text, started_at timestamptz, finished_at timestamptz, created_at timestamptz, updated_at timestamptz,
  ends_at bigint
)
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
  c_columns constant text := 'id, type::text, status, run_at, attempts, max_attempts, priority, unique_key, last_error, worker_id, started_at,
    finished_at, created_at, updated_at';
  v_status constant text := p_filter ->> 'status';
  v_of_status constant text := 'status = ' || quote_literal(v_status);
  v_below constant text := coalesce('id < ' || p_before, 'true');
  v_wanted text := concat_ws(' and ',
    'type = ' || quote_literal(p_filter ->> 'type'),
    'created_at < ' || quote_literal((p_filter ->> 'created_before')::timestamptz),
    'starts_with(last_error, ' || quote_literal((p_filter ->> 'error_code') || ':') || ')');
  v_looked_at text;
  v_count integer;
  v_is_all boolean := false;
begin
  if v_status in ('pending', 'completed') then
    execute format('select count(*) from (select from shoal.jobs where %s limit 10001) few', v_of_status) into v_count;
  end if;
  if v_count <= 10000 then
    -- Found by the index of the status, and sorted.
    v_is_all := true;
    v_looked_at := format('(select * from shoal.jobs where %s and %s offset 0) few', v_of_status, v_below);
  elsif v_status in ('dead', 'running') then
    -- The index of the status is in this order.
    v_looked_at := format('(select * from shoal.jobs where %s and %s order by id desc limit 100000) newest', v_of_status, v_below);
  else
    v_looked_at := format('(select * from shoal.jobs where %s order by id desc limit 100000) newest', v_below);
    v_wanted := concat_ws(' and ', v_of_status, nullif(v_wanted, ''));
    -- Ids are not used twice, so there are no more jobs than ids.
    v_is_all := (select coalesce(least(max(j.id), p_before), 0) - coalesce(min(j.id), 0) < 100000 from shoal.jobs j);
  end if;
  return query execute format('select %s, null::bigint from %s where %s order by id desc limit %s',
    c_columns, v_looked_at, coalesce(nullif(v_wanted, ''), 'true'), p_limit);
  get diagnostics v_count = row_count;
  if v_count < p_limit then
    if not v_is_all then
      execute format('select id from %s order by id desc offset 99999 limit 1', v_looked_at) into ends_at;
    end if;
    return next;
  end if;
end
$$;

call shoal.seal_schema();
