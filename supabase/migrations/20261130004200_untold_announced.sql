-- Matchmakers are told whether somebody waits (`waiting`), or whether people have changed something by RPC (`untold`), which is to be taken and
-- told to others at once: a sweep would find it up to 3 s later.

create or replace function shoal.match_notify() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from added) then perform pg_notify('shoal_match', tg_argv[0]); end if;
  return null;
end
$$;

create or replace trigger match_tickets_notify after insert on shoal.match_tickets
  referencing new table as added for each statement execute function shoal.match_notify('waiting');
create or replace trigger match_untold_notify after insert on shoal.match_untold
  referencing new table as added for each statement execute function shoal.match_notify('untold');

call shoal.seal_schema();
