-- Samples of the metrics queue.

-- The primary key makes a message that is read twice count once.
create table if not exists shoal.metric_samples (
  message_key text not null,
  ordinal integer not null,
  name text not null,
  value double precision not null,
  labels jsonb not null default '{}',
  sampled_at timestamptz not null,
  primary key (message_key, ordinal)
);
create index if not exists metric_samples_series_idx on shoal.metric_samples (name, sampled_at);
create index if not exists metric_samples_age_idx on shoal.metric_samples (sampled_at);

comment on table shoal.metric_samples is 'Samples of the metrics queue; kept for 90 days.';

call shoal.seal_schema();
