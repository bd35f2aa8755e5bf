-- Bounds the answers of analytics within their hour, too: whoever has the API token chooses the questions, and may ask other ones all the time.

-- Deletes the oldest answers where there are more than p_most_answers, or where they are larger together than p_most_bytes, as stored. Leaves a
-- tenth less, so that this is not to be done again at once. Returns how many it has deleted.
create or replace function shoal.analytics_bound_answers(p_most_answers integer, p_most_bytes bigint) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  answer_count bigint;
  answer_bytes bigint;
  deleted integer;
begin
  select count(*), coalesce(sum(pg_column_size(a.value)), 0) into answer_count, answer_bytes from shoal.analytics_answers a;
  if answer_count <= p_most_answers and answer_bytes <= p_most_bytes then
    return 0;
  end if;
  delete from shoal.analytics_answers a
  where a.ctid = any (array(
    select k.ctid from shoal.analytics_answers k
    join (
      select n.key, n.version, row_number() over newer as place, sum(pg_column_size(n.value)) over newer as bytes
      from shoal.analytics_answers n window newer as (order by greatest(n.made_at, n.held_until) desc nulls last, n.key, n.version)
    ) ranked on ranked.key = k.key and ranked.version = k.version
    where ranked.place > 0.9 * p_most_answers or ranked.bytes > 0.9 * p_most_bytes
    for update of k skip locked
  ));
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

-- Deletes answers that were made, or were to be made, more than an hour ago, as none of them is served any more, and the oldest beyond 10,000 or
-- 256 MB. Returns how many it has deleted.
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
  return forgotten + shoal.analytics_bound_answers(10000, 268435456);
end
$$;

call shoal.seal_schema();
