-- What a market said of its candles later. Venues revise the newest candle a moment after they publish it, and sometimes older ones, and
-- write candles of a thin market late: a run can only be done again on what the market had said by then.

-- When a run saw it first; null: before this was kept.
alter table shoal.market_candles add column if not exists noted_at timestamptz;

-- Each candle of shoal.market_candles as it was seen otherwise later, once each.
create table if not exists shoal.market_candle_revisions (
  market text not null,
  symbol text not null,
  timeframe text not null,
  open_at timestamptz not null,
  noted_at timestamptz not null,
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  volume double precision not null,
  primary key (market, symbol, timeframe, open_at, open, high, low, close, volume),
  -- They go with their candle.
  foreign key (market, symbol, timeframe, open_at)
    references shoal.market_candles (market, symbol, timeframe, open_at) on delete cascade
);

alter table shoal.market_candle_revisions enable row level security;

-- Keeps candles that a run has seen at p_noted_at: those that are not known, and those that are known otherwise, up to 16 ways each. Arrays
-- of equal length, a candle at each place.
create or replace function shoal.market_candles_keep(
  p_market text, p_symbol text, p_timeframe text, p_noted_at timestamptz, p_open_ms double precision[], p_open double precision[],
  p_high double precision[], p_low double precision[], p_close double precision[], p_volume double precision[]
) returns void
language plpgsql set search_path = pg_catalog, pg_temp
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
as $$
begin
  insert into shoal.market_candles (market, symbol, timeframe, open_at, noted_at, open, high, low, close, volume)
  select p_market, p_symbol, p_timeframe, to_timestamp(c.open_ms / 1000), p_noted_at, c.open, c.high, c.low, c.close, c.volume
  from unnest(p_open_ms, p_open, p_high, p_low, p_close, p_volume) as c (open_ms, open, high, low, close, volume)
  on conflict do nothing;
  -- A statement of its own: it sees what others have written meanwhile.
  insert into shoal.market_candle_revisions (market, symbol, timeframe, open_at, noted_at, open, high, low, close, volume)
  select p_market, p_symbol, p_timeframe, k.open_at, p_noted_at, c.open, c.high, c.low, c.close, c.volume
  from unnest(p_open_ms, p_open, p_high, p_low, p_close, p_volume) as c (open_ms, open, high, low, close, volume)
  cross join lateral (
    select m.* from shoal.market_candles m
    where m.market = p_market and m.symbol = p_symbol and m.timeframe = p_timeframe and m.open_at = to_timestamp(c.open_ms / 1000)
    offset 0
  ) k
  where (k.open, k.high, k.low, k.close, k.volume) is distinct from (c.open, c.high, c.low, c.close, c.volume)
    and (
      select count(*) from shoal.market_candle_revisions r
      where r.market = p_market and r.symbol = p_symbol and r.timeframe = p_timeframe and r.open_at = k.open_at
    ) < 16
  on conflict do nothing;
end
$$;

call shoal.seal_schema();
