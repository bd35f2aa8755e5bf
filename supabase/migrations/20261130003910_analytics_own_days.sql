-- Own trades of yesterday are counted again also on the day of the first count: of a table that was empty then, or began that day, only
-- today was.

-- Adds own trades to all sums: one day that is over, or yesterday and today. folded: how many more they are than before.
create or replace function shoal.analytics_fold_own(out folded integer, out has_more boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  today constant date := statement_timestamp() at time zone 'UTC';
  state shoal.analytics_state;
  first_day date;
begin
  folded := 0;
  select s.* into state from shoal.analytics_state s where s.is_only for update skip locked;
  has_more := not found;
  if has_more or state.own_trades is null then return; end if;
  first_day := coalesce(state.own_until, least(today - 1, (
    select min(t.at) at time zone 'UTC' from shoal.analytics_own_trades t where t.at >= '1970-01-01Z'
  )::date));
  if first_day < today - 1 then
    folded := shoal.analytics_count_own(first_day);
    delete from shoal.analytics_own_days d where d.day <= first_day;
    first_day := first_day + 1;
    has_more := true;
  else
    for n in 0..(today - first_day) loop
      folded := folded + shoal.analytics_count_own(first_day + n);
    end loop;
  end if;
  update shoal.analytics_state s set own_until = first_day where s.is_only;
end
$$;

call shoal.seal_schema();
