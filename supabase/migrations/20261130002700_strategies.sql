-- Owners' strategies: what is deployed, when it is due, what it has and what it did.
--
-- What a run rewrites is apart from what a deploy writes: a run touches one narrow row of shoal.strategy_clock and one of
-- shoal.strategy_owners, whose old versions stay on their pages (fillfactor).

-- Owners, for fairness and quotas. The operator, who has no user id, is the nil UUID, here and in every owner_id below.
create table if not exists shoal.strategy_owners (
  owner_id uuid primary key,
  -- An owner with weight 2 gets twice the time of one with 1 while there is too little.
  weight double precision not null default 1 check (weight between 0.01 and 100),
  -- Strategies that the owner may have; null: as many as the daemon allows everybody.
  strategy_limit integer check (strategy_limit >= 0),
  -- Units that all runs of one day (UTC) may burn; null: no limit.
  fuel_per_day bigint check (fuel_per_day > 0),
  fuel_day date not null default (statement_timestamp() at time zone 'UTC')::date,
  fuel_used bigint not null default 0,
  -- Start-time fair queueing. Tags count what an owner was given, in ms of runs divided by its weight: those with due strategies are
  -- served by the smallest finish tag. That of the latest service at its start; the largest of all owners is the present.
  start_tag double precision not null default 0,
  -- At its end. An owner that comes with less than the present begins there: what it left unused is gone.
  finish_tag double precision not null default 0,
  -- What a run of the owner takes, of the latest ones.
  cost_ms real not null default 5 check (cost_ms > 0),
  -- The earliest due_at of the owner's strategies; null when none is to run.
  next_due_at timestamptz,
  -- Something was due and others came first: finish_tag is its place. False also for an owner whose time has come, until a claim sees it.
  is_waiting boolean not null default false,
  check (next_due_at is not null or not is_waiting)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

create index if not exists strategy_owners_waiting_idx on shoal.strategy_owners (finish_tag) where is_waiting;
create index if not exists strategy_owners_due_idx on shoal.strategy_owners (next_due_at)
  where next_due_at is not null and not is_waiting;
create index if not exists strategy_owners_present_idx on shoal.strategy_owners (start_tag);

-- Sources that were checked, once each. Without the owner, because equal sources are equal; with the source, so that whoever asks
-- for a version gets what was deployed.
create table if not exists shoal.strategy_code (
  -- sha256 in hex of the language, a line feed and the source.
  id text primary key check (id ~ '^[0-9a-f]{64}$'),
  language text not null check (language in ('typescript', 'javascript')),
  source text not null check (octet_length(source) <= 262144),
  -- What checkStrategy made of it: javascript, sha256, fileName, needs, config.
  checked jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);

create table if not exists shoal.strategies (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null,
  name text not null check (char_length(name) between 1 and 128),
  -- Grows with each deploy and rollback.
  version integer not null default 1 check (version > 0),
  code_id text not null references shoal.strategy_code (id),
  -- The owner's settings, over the defaults of the code.
  config jsonb not null default '{}' check (jsonb_typeof(config) = 'object' and octet_length(config::text) <= 65536),
  -- One of both: an interval, with a phase of its own by the hash of the id, or cron in a zone.
  interval_ms bigint check (interval_ms between 1000 and 2678400000),
  cron text check (char_length(cron) <= 256),
  zone text not null default 'UTC' check (char_length(zone) <= 64),
  -- paper, or the id of an exchange as ccxt names it.
  venue text not null default 'paper' check (venue ~ '^[a-z0-9]{1,32}$'),
  -- Where candles come from: synthetic, or the id of an exchange.
  market text not null check (market ~ '^[a-z0-9]{1,32}$'),
  -- Name of the owner's secret with the keys of the exchange; null on paper.
  secret_name text check (char_length(secret_name) between 1 and 128),
  -- The money it was given, and how it trades: currency, cash, fees, slippage, shorts. As the daemon checks it.
  account jsonb not null check (jsonb_typeof(account) = 'object'),
  -- When a due run may be skipped: cooldownMs, lowFrequencyMs, onlyNewCandles, marketHours, maxSkipMs. As the daemon checks it.
  filter jsonb not null default '{}' check (jsonb_typeof(filter) = 'object'),
  status text not null check (status in ('running', 'paused', 'stopped', 'quarantined')),
  -- Why, where the owner did not ask for it: STRATEGY_TOO_MANY_FAILURES and the like, with words behind a colon.
  status_reason text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  check ((interval_ms is null) <> (cron is null)),
  check ((venue = 'paper') = (secret_name is null))
);

create unique index if not exists strategies_owner_name_idx on shoal.strategies (owner_id, name);
create index if not exists strategies_code_idx on shoal.strategies (code_id);

-- Each deploy and rollback.
create table if not exists shoal.strategy_versions (
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  version integer not null,
  code_id text not null references shoal.strategy_code (id),
  config jsonb not null,
  -- What the caller gave so that the same deploy, asked twice, is one.
  idempotency_key text check (char_length(idempotency_key) between 1 and 256),
  -- sha256 in hex of the request with that key: another request with the same key is refused.
  request_sha256 text,
  deployed_at timestamptz not null default clock_timestamp(),
  -- The user; null for the operator.
  deployed_by uuid,
  primary key (strategy_id, version)
);

create index if not exists strategy_versions_code_idx on shoal.strategy_versions (code_id);

-- When a strategy runs, and how its runs went: what each run rewrites.
create table if not exists shoal.strategy_clock (
  strategy_id uuid primary key references shoal.strategies (id) on delete cascade,
  owner_id uuid not null,
  -- The next tick of the schedule, whether it runs or not; null: there is none any more.
  next_execution_at timestamptz,
  -- When it may be claimed; null: not at all. While it is claimed, the end of the lease: one that runs out is due again.
  due_at timestamptz,
  -- Grows with each claim, and with everything that makes a run under way out of date: a deploy, a stop.
  epoch bigint not null default 0,
  -- The daemon that has claimed it or wrote its last outcome.
  holder text,
  claimed_at timestamptz,
  -- Claims in a row without an outcome.
  lost_claims integer not null default 0,
  -- Grows when state, book or settings change, so that a daemon knows whether what it remembers is right.
  revision bigint not null default 0,
  -- A run was asked for by hand, also while the strategy is stopped or runs: the next claim is for it.
  is_manual boolean not null default false,
  -- The claim is for a run by hand.
  is_claim_manual boolean not null default false,
  last_execution_at timestamptz,
  last_execution_duration_ms real,
  total_executions bigint not null default 0,
  successful_executions bigint not null default 0,
  failed_executions bigint not null default 0,
  -- Of all executions together.
  sum_ms double precision not null default 0,
  fuel bigint not null default 0,
  -- Ticks that passed while none could run; each time they were made up for by one run.
  missed_executions bigint not null default 0,
  skipped_executions bigint not null default 0,
  -- Why the latest tick was skipped; null when it ran.
  skipped_reason text,
  skipped_since timestamptz,
  consecutive_failures integer not null default 0,
  consecutive_kills integer not null default 0,
  last_error text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

create index if not exists strategy_clock_due_idx on shoal.strategy_clock (owner_id, due_at);

create table if not exists shoal.strategy_state (
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  key text not null check (char_length(key) <= 128),
  value jsonb not null,
  primary key (strategy_id, key)
);

-- The money: what the paper broker, or the ledger of a venue, knows (bookToJson). Only runs change it.
create table if not exists shoal.strategy_books (
  strategy_id uuid primary key references shoal.strategies (id) on delete cascade,
  book jsonb not null check (jsonb_typeof(book) = 'object'),
  -- The candles that have happened to it closed until then.
  settled_until timestamptz not null
);

-- Without a foreign key, whose check would lock a row of shoal.strategies for each run: runs go with the clock.
create table if not exists shoal.strategy_runs (
  -- uuid5 of strategy and epoch.
  id uuid primary key,
  strategy_id uuid not null,
  -- From 1 on, for each strategy.
  number bigint not null,
  epoch bigint not null,
  version integer not null,
  code_id text not null,
  build_id text not null,
  planned_at timestamptz not null,
  started_at timestamptz not null,
  duration_ms real not null check (duration_ms >= 0),
  -- killed: ended from outside.
  outcome text not null check (outcome in ('ok', 'failed', 'killed')),
  -- Code, message, line, column, stack.
  error jsonb,
  fuel bigint not null check (fuel >= 0),
  image_hash text not null,
  -- As journalToText writes it, packed with zstd; null once only the figures are kept.
  journal bytea,
  logs jsonb not null default '[]' check (jsonb_typeof(logs) = 'array'),
  notifications jsonb not null default '[]' check (jsonb_typeof(notifications) = 'array'),
  order_count integer not null default 0,
  equity numeric
);

create index if not exists strategy_runs_strategy_idx on shoal.strategy_runs (strategy_id, number desc);

create or replace function shoal.strategy_runs_go() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  delete from shoal.strategy_runs r
  using gone cross join lateral (
    select o.ctid as tid from shoal.strategy_runs o where o.strategy_id = gone.strategy_id offset 0
  ) own
  where r.ctid = own.tid;
  return null;
end
$$;

create or replace trigger strategy_clock_runs_go after delete on shoal.strategy_clock
referencing old table as gone for each statement execute function shoal.strategy_runs_go();

create table if not exists shoal.strategy_orders (
  -- uuid5 of run and number: the id that the exchange is told, too.
  id uuid primary key,
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  owner_id uuid not null,
  run_id uuid not null,
  number integer not null,
  venue text not null,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  type text not null check (type in ('market', 'limit', 'stop')),
  quantity numeric not null check (quantity > 0),
  price numeric check (price > 0),
  status text not null check (status in ('intended', 'sent', 'unknown', 'open', 'filled', 'cancelled', 'rejected')),
  -- Why it was cancelled or rejected: a code, a colon and words.
  reason text,
  is_cancel_wanted boolean not null default false,
  exchange_id text,
  filled numeric not null default 0,
  average numeric,
  fee numeric not null default 0,
  placed_at timestamptz not null,
  -- By the clock of the database; placed_at is by that of the daemon which ran the strategy. An intent is of its moment: a dispatcher does not
  -- send one that is too old.
  intended_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  -- The dispatcher's, for orders at an exchange; on paper null.
  sent_at timestamptz,
  -- When it is to be looked at; the end of the lease while a dispatcher has it. Null: never again.
  check_at timestamptz,
  epoch bigint not null default 0,
  holder text,
  claimed_at timestamptz,
  -- Looks and sends in a row that brought nothing.
  attempts integer not null default 0,
  last_error text,
  unique (run_id, number)
) with (fillfactor = 70);

create index if not exists strategy_orders_strategy_idx on shoal.strategy_orders (strategy_id, placed_at desc);
create index if not exists strategy_orders_check_idx on shoal.strategy_orders (check_at) where check_at is not null;
create index if not exists strategy_orders_live_idx on shoal.strategy_orders (strategy_id)
  where status in ('intended', 'sent', 'unknown', 'open');

create table if not exists shoal.strategy_fills (
  -- On paper epoch and number; of an exchange the ids of order and trade, because one trade may be between two orders of a strategy.
  id text not null check (char_length(id) between 1 and 256),
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  -- Null for a liquidation, which nobody ordered.
  order_id uuid,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  price numeric not null check (price > 0),
  quantity numeric not null check (quantity > 0),
  fee numeric not null,
  fee_currency text not null,
  liquidity text check (liquidity in ('maker', 'taker')),
  realised_profit numeric,
  -- The transaction in which the profit of a trade at an exchange became known, when a run took it into the book; null: it was known at once,
  -- or is not yet.
  profit_in bigint,
  filled_at timestamptz not null,
  -- When a run took it into the book; fills on paper are in it at once.
  booked_at timestamptz,
  primary key (strategy_id, id)
);

create index if not exists strategy_fills_time_idx on shoal.strategy_fills (strategy_id, filled_at desc);
create index if not exists strategy_fills_unbooked_idx on shoal.strategy_fills (strategy_id) where booked_at is null;

-- Positions and balances as of the latest run, readable by SQL; made of the book in the same transaction.
create table if not exists shoal.strategy_positions (
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  symbol text not null check (char_length(symbol) between 1 and 128),
  quantity numeric not null,
  cost numeric not null,
  realised_profit numeric not null,
  paid_fees numeric not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (strategy_id, symbol)
);

create table if not exists shoal.strategy_balances (
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  currency text not null check (char_length(currency) between 1 and 128),
  amount numeric not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (strategy_id, currency)
);

-- One point an hour, the latest of it.
create table if not exists shoal.strategy_equity (
  strategy_id uuid not null references shoal.strategies (id) on delete cascade,
  at timestamptz not null,
  equity numeric not null,
  primary key (strategy_id, at)
);

-- Candles that runs have seen, once each, so that a run can be done again when the venue has forgotten or revised them.
create table if not exists shoal.market_candles (
  market text not null,
  symbol text not null,
  timeframe text not null,
  open_at timestamptz not null,
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  volume double precision not null,
  primary key (market, symbol, timeframe, open_at)
);

-- Secrets of owners, sealed with AES-256-GCM. The daemon alone has the key.
create table if not exists shoal.strategy_secrets (
  owner_id uuid not null,
  name text not null check (char_length(name) between 1 and 128),
  -- Which of the keys in ENCRYPTION_KEY.
  key_id text not null check (char_length(key_id) between 1 and 64),
  nonce bytea not null check (octet_length(nonce) = 12),
  -- With the tag of 16 bytes at its end.
  ciphertext bytea not null check (octet_length(ciphertext) between 17 and 16384),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  -- When an exchange refused it: no order is sent with it until it is written anew.
  refused_at timestamptz,
  refused_reason text,
  primary key (owner_id, name)
);

call shoal.seal_schema();
