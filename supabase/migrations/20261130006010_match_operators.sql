-- What operators do to matches.

-- Ends a match, and says in the audit who did. No row: there is no such match that is not over.
create or replace function shoal.match_end_by_operator(p_match_id uuid, p_actor text) returns setof shoal.match_change
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_changes shoal.match_change[];
begin
  select array_agg(c) into v_changes from shoal.match_end(p_match_id, 'ended_by_operator', null) c;
  if v_changes is null then
    return;
  end if;
  insert into shoal.job_audit (actor, action, outcome, message) values (p_actor, 'end_match', 'done', format('match %s', p_match_id));
  return query select * from unnest(v_changes);
end
$$;

call shoal.seal_schema();
