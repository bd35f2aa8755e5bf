-- Indexes for the figures of owners' strategies that metrics and `shoal doctor` show: read every 15 s at any size of the tables.

-- How many strategies there are of each status, without their rows.
create index if not exists strategies_status_idx on shoal.strategies (status);

-- Those that run, and fail again and again: a run that succeeds writes nothing here.
create index if not exists strategy_clock_failing_idx on shoal.strategy_clock (owner_id)
  where consecutive_failures >= 3 and due_at is not null;

-- Keys that an exchange refused.
create index if not exists strategy_secrets_refused_idx on shoal.strategy_secrets (owner_id) where refused_at is not null;

call shoal.seal_schema();
