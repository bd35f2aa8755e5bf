-- What is known of the dead letters of pgmq queues. Every statement may run twice, so that this file can be applied by the
-- daemon and by the Supabase CLI, in any order. pgmq itself is not needed for it.

-- The message is in pgmq, in the queue `<queue>_dlq`; why it is there stands here, because pgmq has no place for it.
create table if not exists shoal.queue_dead_letters (
  id bigint generated always as identity primary key,
  queue text not null,
  -- In the queue it comes from, where the archive has it, and in the queue of the dead letters.
  message_id bigint not null,
  dlq_message_id bigint not null,
  read_count integer not null,
  error_code text not null,
  -- Words for people; never a payload.
  error_message text,
  dead_at timestamptz not null default clock_timestamp(),
  -- When it was put back into the queue, as a new message.
  redriven_at timestamptz
);

create index if not exists queue_dead_letters_dlq_idx on shoal.queue_dead_letters (queue, dlq_message_id);
create index if not exists queue_dead_letters_at_idx on shoal.queue_dead_letters (dead_at);

comment on table shoal.queue_dead_letters is 'Why messages of pgmq queues are in <queue>_dlq; never a payload.';

-- Closed to API clients, also where a project opens the schema to them.
do $$
declare
  api_role text;
begin
  for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on shoal.queue_dead_letters from %I', api_role);
  end loop;
end
$$;
