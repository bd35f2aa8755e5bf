-- Says who may use the private channels of Shoal (CHANNEL_ACCESS=private). Made by `shoal policies` for the topics of the fleet
-- file; do not edit it. Run it once the daemon has applied its migrations, as the role postgres, and again when the topics
-- change:
--
--   bun run --silent shoal policies | psql "$DATABASE_URL"
--
-- The lobby is read, and its presence written, by everybody who is signed in, also anonymously. A person's notices are read by
-- that person alone and written by the daemon alone. A room is read and written by those who have a seat in its match, while
-- that is pending or live. `shoal doctor` compares the database with this file.

begin;
-- Realtime reads this table all the time. Waits for it so long; then nothing has changed, and the file may be run again.
set local lock_timeout = '5s';

drop policy if exists "shoal lobby read" on realtime.messages;
drop policy if exists "shoal lobby presence" on realtime.messages;
drop policy if exists "shoal user read" on realtime.messages;
drop policy if exists "shoal room read" on realtime.messages;
drop policy if exists "shoal room write" on realtime.messages;

create policy "shoal lobby read" on realtime.messages for select to authenticated using (
  extension in ('broadcast', 'presence') and (select realtime.topic()) = 'global:lobby'
);

create policy "shoal lobby presence" on realtime.messages for insert to authenticated with check (
  extension = 'presence' and (select realtime.topic()) = 'global:lobby'
);

create policy "shoal user read" on realtime.messages for select to authenticated using (
  extension = 'broadcast' and (
    select case when starts_with(realtime.topic(), 'user:')
      then realtime.topic() = 'user:' || auth.uid()::text else false end
  )
);

create policy "shoal room read" on realtime.messages for select to authenticated using (
  extension in ('broadcast', 'presence') and (
    select case when starts_with(realtime.topic(), 'room:')
      then shoal.has_open_seat(substr(realtime.topic(), 6)) else false end
  )
);

create policy "shoal room write" on realtime.messages for insert to authenticated with check (
  extension in ('broadcast', 'presence') and (
    select case when starts_with(realtime.topic(), 'room:')
      then shoal.has_open_seat(substr(realtime.topic(), 6)) else false end
  )
);

commit;
