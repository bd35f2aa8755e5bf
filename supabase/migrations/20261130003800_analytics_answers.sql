-- Answers for dashboards, shared by all daemons: whoever finds one out of date takes the right to ask anew for a while, and the others go on
-- with what there is. So a question costs one query at a time, however many ask, and none while nobody does.
--
-- What has changed is looked up when somebody asks, among what the transactions since have written. Nothing is done where trades are written:
-- a NOTIFY there would have all commits of the database wait for each other, and a mark that is set once and taken away by the next answer
-- loses what is committed in between.

-- Both tables can be made anew, and after a crash both are empty.
create unlogged table if not exists shoal.analytics_answers (
  key text not null check (octet_length(key) between 1 and 1024),
  -- Of what the value is, and of the question. A daemon finds its own alone: an older and a newer one may run side by side.
  version text not null check (octet_length(version) between 1 and 128),
  -- JSON; null until the question was answered once.
  value text check (octet_length(value) <= 4194304),
  made_at timestamptz,
  -- All that was committed then is in it.
  as_of timestamptz,
  -- All that transactions have written is in it that come before the first of these, but for the others.
  seen bigint[],
  -- Who asks anew, and how long nobody else does.
  holder text,
  held_until timestamptz,
  primary key (key, version)
) with (fillfactor = 70);

-- Changes that are told, besides those that stand in tables of this schema: one row for each transaction that told one. A row for all would
-- have these transactions wait for each other.
create unlogged table if not exists shoal.analytics_changes (
  tag text not null check (tag in ('trades', 'users')),
  written_in bigint not null,
  primary key (tag, written_in)
);

alter table shoal.analytics_answers enable row level security;
alter table shoal.analytics_changes enable row level security;

-- Tells that trades or users have changed, once this transaction commits. For tables of an app: select shoal.analytics_changed('trades').
create or replace function shoal.analytics_changed(tag text) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  own_offset bigint;
begin
  if tag is null or tag not in ('trades', 'users') then
    raise exception 'There are no answers about %: give trades or users.', tag using errcode = 'invalid_parameter_value';
  end if;
  select s.xid_offset into own_offset from shoal.analytics_state s where s.is_only;
  insert into shoal.analytics_changes values (tag, pg_current_xact_id()::text::bigint + own_offset) on conflict do nothing;
  if not found then return; end if;
  -- An answer that has not seen those that were over when this one began will not have seen this one either.
  delete from shoal.analytics_changes c
  where c.ctid = any (array(
    select k.ctid from shoal.analytics_changes k
    where k.tag = analytics_changed.tag
      and k.written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + own_offset
    order by k.written_in limit 10 for update skip locked
  ));
end
$$;

-- The same as a trigger, of a table that others than the owner of this schema may write:
-- create trigger … after insert or update or delete on public.trades for each statement execute function shoal.analytics_note_change('trades').
create or replace function shoal.analytics_note_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform shoal.analytics_changed(tg_argv[0]);
  return null;
end
$$;

-- Tells that users have changed. Answers that name one who is gone are not shared any more; one that is being made at this moment is
-- out of date when it is written, and forgotten by housekeeping at the latest.
create or replace function shoal.strategy_owners_analytics() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform shoal.analytics_changed('users');
  if tg_op <> 'INSERT' then
    delete from shoal.analytics_answers a where strpos(a.value, old.owner_id::text) > 0;
  end if;
  return null;
end
$$;

-- For each row, because claims insert owners that are there already, and columns that a run writes are not among these.
create or replace trigger strategy_owners_analytics
after insert or delete or update of gone_at on shoal.strategy_owners
for each row execute function shoal.strategy_owners_analytics();

-- What is counted now, as it stands in shoal.analytics_answers.
create or replace function shoal.analytics_seen() returns bigint[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  select s.counted_until || s.counted_except from shoal.analytics_state s where s.is_only
$$;

-- Returns whether others than those in p_seen have changed what has one of these tags.
create or replace function shoal.analytics_has_changed(p_tags text[], p_seen bigint[]) returns boolean
language sql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  select 'trades' = any (p_tags) and (
      exists (select from shoal.strategy_fills f where f.written_in >= p_seen[1])
      or exists (select from shoal.strategy_fills f where f.written_in = any (p_seen[2:]))
      or exists (select from shoal.strategy_fills f where f.profit_in is not null and f.profit_in >= p_seen[1])
      or exists (select from shoal.strategy_fills f where f.profit_in is not null and f.profit_in = any (p_seen[2:]))
    )
    or exists (
      select from shoal.analytics_changes c
      where c.tag = any (p_tags) and (c.written_in >= p_seen[1] or c.written_in = any (p_seen[2:]))
    )
$$;

-- Asks for an answer. kind is
--   answer: made_ms and value are it; it is younger than p_floor_ms, or nothing has changed since it was made p_ttl_ms ago at most.
--   refresh: the caller is to ask anew, and write that by analytics_put with `seen` before p_lease_ms are over.
--   wait: somebody else does, for wait_ms at most.
-- With refresh and wait, too, value is what there is, but for p_known_ms: that the caller has.
create or replace function shoal.analytics_take(
  p_key text, p_version text, p_tags text[], p_holder text, p_floor_ms double precision, p_ttl_ms double precision,
  p_lease_ms double precision, p_known_ms double precision,
  out kind text, out value text, out made_ms double precision, out as_of_ms double precision, out seen bigint[],
  out wait_ms double precision, out now_ms double precision
)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  now_at constant timestamptz := clock_timestamp();
  kept shoal.analytics_answers;
  is_young boolean;
  is_unchanged boolean;
begin
  now_ms := extract(epoch from now_at) * 1000;
  select * into kept from shoal.analytics_answers a where a.key = p_key and a.version = p_version;
  if kept.made_at is not null then
    made_ms := extract(epoch from kept.made_at) * 1000;
    if made_ms is distinct from p_known_ms then value := kept.value; end if;
    is_young := now_ms - made_ms < p_floor_ms;
    is_unchanged := not is_young and now_ms - made_ms < p_ttl_ms and not shoal.analytics_has_changed(p_tags, kept.seen);
    -- What has not changed is as true now as it was then.
    as_of_ms := extract(epoch from case when is_unchanged then now_at else kept.as_of end) * 1000;
    if is_young or is_unchanged then
      kind := 'answer';
      return;
    end if;
  end if;
  insert into shoal.analytics_answers as a (key, version, holder, held_until)
  values (p_key, p_version, p_holder, now_at + p_lease_ms * interval '1 millisecond')
  on conflict (key, version) do update set holder = excluded.holder, held_until = excluded.held_until
  -- Its own lease is of a statement whose answer never came.
  where (coalesce(a.held_until <= now_at, true) or a.holder = p_holder) and a.made_at is not distinct from kept.made_at;
  if found then
    kind := 'refresh';
    seen := shoal.analytics_seen();
    return;
  end if;
  kind := 'wait';
  select greatest(0, extract(epoch from a.held_until - now_at) * 1000) into wait_ms
  from shoal.analytics_answers a where a.key = p_key and a.version = p_version;
  wait_ms := coalesce(wait_ms, 0);
end
$$;

-- Deletes answers that were made, or were to be made, more than an hour ago: none is served any more. Returns how many it has deleted.
create or replace function shoal.analytics_forget_answers(p_limit integer default 1000) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  forgotten integer;
begin
  delete from shoal.analytics_answers a
  where a.ctid = any (array(
    select k.ctid from shoal.analytics_answers k
    where coalesce(greatest(k.made_at, k.held_until) < clock_timestamp() - interval '1 hour', true) limit p_limit for update skip locked
  ));
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;

-- Writes an answer and tells all daemons: on shoal_analytics, when it was made, a space and its key. p_seen is from analytics_take.
create or replace function shoal.analytics_put(
  p_key text, p_version text, p_holder text, p_value text, p_made_ms double precision, p_as_of_ms double precision, p_seen bigint[]
) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  new_made_at constant timestamptz := to_timestamp(p_made_ms / 1000);
  -- Where nobody has counted trades since the answer was made, it has all that are counted.
  new_seen constant bigint[] := (
    select case when abs(extract(epoch from s.as_of) * 1000 - p_as_of_ms) < 1 then shoal.analytics_seen() else p_seen end
    from shoal.analytics_state s where s.is_only
  );
begin
  insert into shoal.analytics_answers as a (key, version, value, made_at, as_of, seen)
  values (p_key, p_version, p_value, new_made_at, to_timestamp(p_as_of_ms / 1000), new_seen)
  on conflict (key, version) do update
  set value = excluded.value, made_at = excluded.made_at, as_of = excluded.as_of, seen = excluded.seen,
    holder = nullif(a.holder, p_holder), held_until = case when a.holder is distinct from p_holder then a.held_until end
  where coalesce(a.made_at < excluded.made_at, true);
  if not found then return; end if;
  perform pg_notify('shoal_analytics', p_made_ms || ' ' || p_key);
  perform shoal.analytics_forget_answers(100);
end
$$;

-- Gives up the right to ask anew, because it did not work. Nobody asks for p_retry_ms.
create or replace function shoal.analytics_give_up(p_key text, p_version text, p_holder text, p_retry_ms double precision) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update shoal.analytics_answers a
  set holder = null, held_until = clock_timestamp() + p_retry_ms * interval '1 millisecond'
  where a.key = p_key and a.version = p_version and a.holder = p_holder
$$;

-- Names this database among all others, for what is kept outside of it. A copy has another name as soon as it is on another server.
create or replace function shoal.database_identity() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  cluster text;
begin
  begin
    select c.system_identifier::text into cluster from pg_control_system() c;
  exception when insufficient_privilege then
    cluster := '';
  end;
  return left(md5(concat_ws('/', cluster, (select d.oid from pg_database d where d.datname = current_database()), current_database(),
    host(inet_server_addr()), inet_server_port())), 16);
end
$$;

call shoal.seal_schema();
