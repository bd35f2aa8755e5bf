/**
 * Policies that read the rights from the name of the topic: `<read>-<write>-<rest>`, as in the recorded project.
 * @source REALTIME-PRIVATE.md
 */
export const POLICY_RULES = `
create table members (topic text, user_id uuid, can_write boolean, primary key (topic, user_id));
alter table members enable row level security;

create function is_member(in_topic text, to_write boolean) returns boolean language sql stable security definer as $$
  select exists (select from members where topic = in_topic and user_id = auth.uid() and (can_write or not to_write))
$$;

-- Waits for whoever holds the lock.
create function wait_in_line() returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(1);
  return true;
end $$;

create function follows(rule text, probe realtime.messages) returns boolean language plpgsql as $$
declare
  claims jsonb := current_setting('request.jwt.claims', true);
  topic text := realtime.topic();
  rest text := substr(topic, length(split_part(topic, '-', 1)) + length(split_part(topic, '-', 2)) + 3);
begin
  return case rule
    when 'rb' then probe.extension = 'broadcast' when 'wb' then probe.extension = 'broadcast'
    when 'rp' then probe.extension = 'presence' when 'wp' then probe.extension = 'presence'
    when 'r2' then true when 'w2' then true
    when 'mem' then is_member(topic, false) when 'wm' then is_member(topic, true)
    when 'uid' then rest = auth.uid()::text
    when 'team' then rest = claims ->> 'team'
    when 'cl' then claims -> 'reads' ? probe.extension
    when 'hdr' then current_setting('request.headers')::jsonb ->> 'x-team' = rest
    when 'col' then probe.payload is null and probe.event is null and not probe.private and probe.topic = topic
    when 'err' then (1 / (length(topic) * 0)) = 0
    when 'errp' then probe.extension = 'broadcast' or (1 / (length(topic) * 0)) = 0
    when 'slow' then wait_in_line()
    else false
  end;
end $$;

create policy reads on realtime.messages for select to authenticated
  using (follows(split_part(realtime.topic(), '-', 1), messages));
create policy writes on realtime.messages for insert to authenticated
  with check (follows(split_part(realtime.topic(), '-', 2), messages));
create policy anon_reads on realtime.messages for select to anon using (realtime.topic() like 'anon-ok%');
`;
