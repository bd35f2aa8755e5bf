-- Answers that name somebody go with that user, and all others with time.

-- Deletes answers that were made, or were to be made, more than an hour ago: none is served any more. Returns how many it has deleted.
create or replace function shoal.analytics_forget_answers(p_limit integer default 1000) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  forgotten integer;
begin
  delete from shoal.analytics_answers a
  where a.ctid = any (array(
    select k.ctid from shoal.analytics_answers k
    where coalesce(greatest(k.made_at, k.held_until) < clock_timestamp() - interval '1 hour', true) limit p_limit for update skip locked
  ));
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- Tells that users have changed, as before. Answers that name one who is gone are not shared any more; one that is being made at this moment is
-- out of date when it is written, and forgotten by housekeeping at the latest.
create or replace function shoal.strategy_owners_analytics() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform shoal.analytics_changed('users');
  if tg_op <> 'INSERT' then
    delete from shoal.analytics_answers a where strpos(a.value, old.owner_id::text) > 0;
  end if;
  return null;
end
$$;

create or replace trigger strategy_owners_analytics
after insert or delete or update of gone_at on shoal.strategy_owners
for each row execute function shoal.strategy_owners_analytics();

call shoal.seal_schema();
