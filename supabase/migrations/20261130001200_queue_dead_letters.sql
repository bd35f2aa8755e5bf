-- Why messages of pgmq queues are dead letters. pgmq itself is not needed for this table.

-- The message is in pgmq, in the queue `<queue>_dlq`; the reason is here, because pgmq has no place for it.
create table if not exists shoal.queue_dead_letters (
  id bigint generated always as identity primary key,
  queue text not null,
  -- Its id in the queue it comes from, whose archive has it, and its id in the dead-letter queue.
  message_id bigint not null,
  dlq_message_id bigint not null,
  read_count integer not null,
  error_code text not null,
  -- Text for people; never a payload.
  error_message text,
  dead_at timestamptz not null default clock_timestamp(),
  -- When it was put back into its queue, as a new message.
  redriven_at timestamptz
);

create index if not exists queue_dead_letters_dlq_idx on shoal.queue_dead_letters (queue, dlq_message_id);
create index if not exists queue_dead_letters_at_idx on shoal.queue_dead_letters (dead_at);

comment on table shoal.queue_dead_letters is 'Why messages of pgmq queues are in <queue>_dlq; never a payload.';

call shoal.seal_schema();
