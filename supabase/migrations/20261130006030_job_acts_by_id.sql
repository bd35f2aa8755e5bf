-- Acts on jobs that are named, too: those that somebody has chosen in a list.

-- Returns the SQL that is true of a job `j` on which such an act has something to do, as before, and with `ids`: one of these.
create or replace function shoal.job_act_condition(p_action text, p_filter jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' and ', 'j.type <> ''shoal_act''',
    format('j.status = any (%L)', case
      when p_filter ? 'status' then array[p_filter ->> 'status']
      when p_action = 'retry' then '{pending,dead}' when p_action = 'cancel' then '{pending,running}' else '{dead}' end),
    -- One that is due already is as a retry would have it.
    case when p_action = 'retry' then '(j.status = ''dead'' or j.run_at > clock_timestamp())' end,
    'j.id = any (' || quote_literal((select array_agg(id::bigint) from jsonb_array_elements_text(p_filter -> 'ids') id)) || ')',
    'j.type = ' || quote_literal(p_filter ->> 'type'),
    'j.created_at < ' || quote_literal((p_filter ->> 'created_before')::timestamptz),
    'starts_with(j.last_error, ' || quote_literal((p_filter ->> 'error_code') || ':') || ')')
$$;

-- Says in the audit how far an act is, as before. The figures come first: a filter may be cut.
create or replace function shoal.job_act_words(p_act shoal.job_acts) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select left(format('%s done, %s left as they were%s; all that match %s', p_act.acted, p_act.skipped,
    case when p_act.is_stopped then ', stopped' when p_act.ended_at is null then ', under way' else '' end, p_act.filter), 1000)
$$;

call shoal.seal_schema();
