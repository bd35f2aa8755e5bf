-- The calendar that the job calendar_sync keeps.

-- The events of one feed, as it has them. Past events stay.
create table if not exists shoal.calendar_events (
  id text primary key,
  title text not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at >= starts_at),
  -- The other properties that the feed has of it.
  details jsonb not null default '{}',
  updated_at timestamptz not null default now()
);
create index if not exists calendar_events_starts_idx on shoal.calendar_events (starts_at);

-- The feed that the events are from. Its address may be a secret, so its key is a digest of it.
create table if not exists shoal.calendar_feed (
  singleton boolean primary key default true check (singleton),
  feed_key text not null,
  etag text,
  synced_at timestamptz not null
);

comment on table shoal.calendar_events is 'Events of CALENDAR_FEED_URL, kept by the job calendar_sync.';

call shoal.seal_schema();
