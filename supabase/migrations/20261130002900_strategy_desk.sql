-- What the desk does: deploys strategies, and changes what they are to do.
--
-- Each function is one statement for the daemon, because it holds the row of the owner, for which the outcomes of that owner's runs
-- wait. Owners are locked before strategies, these before clocks. A function that refuses has changed nothing, and says why by a word.
-- Without whole reads of tables: a plan that was made while a table was small stays in its session.

-- When the user was deleted: no strategy of this owner runs any more.
alter table shoal.strategy_owners add column if not exists gone_at timestamptz;

create index if not exists strategy_versions_key_idx on shoal.strategy_versions (idempotency_key) where idempotency_key is not null;
-- Serves an owner's list, and the limit on strategies.
create index if not exists strategies_owner_id_idx on shoal.strategies (owner_id, id desc);

-- Makes a run under way out of date, so that its outcome is not written, and sets when the strategy is due; null: not at all.
-- `p_is_manual`: for a run that was asked for by hand. The caller has locked the owner.
create or replace function shoal.strategy_outdate(
  p_id uuid, p_due_at timestamptz, p_next_at timestamptz, p_is_manual boolean default false
) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  owner uuid;
begin
  update shoal.strategy_clock c
  set epoch = c.epoch + 1, revision = c.revision + 1, holder = null, claimed_at = null, lost_claims = 0, is_manual = p_is_manual,
    due_at = p_due_at, next_execution_at = coalesce(p_next_at, c.next_execution_at)
  where c.strategy_id = p_id
  returning c.owner_id into owner;
  perform shoal.strategy_owner_refresh(array[owner]);
  -- Also what is due before the next pulse (20261130004000_announcements.sql): executors then know when.
  if p_due_at <= clock_timestamp() + interval '5 seconds' then perform pg_notify('shoal_strategies', ''); end if;
end
$$;

-- Keeps the newest versions of a strategy: without an end, their sources would be.
create or replace function shoal.strategy_forget_versions(p_id uuid, p_newest integer) returns void
language sql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  delete from shoal.strategy_versions v where v.strategy_id = p_id and v.version <= p_newest - 100
$$;

-- Deploys. `p`: owner_id, strategy_id, name, expected_version (of the strategy that the daemon has read; null: there was none), code
-- (id, language, source, checked), config, interval_ms, cron, zone, next_at (of cron), venue, market, secret_name, account, filter,
-- start (null: as it is), book, key, request_sha256, limit (null: none), deployed_by.
--
-- `outcome`: created, updated, repeated (by its key); or refused: changed (since the daemon read it: read again), conflict (another request
-- had that key), gone, limit, name_taken.
create or replace function shoal.strategy_deploy(p jsonb, out outcome text, out strategy_id uuid, out version integer)
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
#variable_conflict use_column
declare
  asked record;
  owner shoal.strategy_owners;
  held shoal.strategies;
  earlier record;
  runs boolean;
  at timestamptz := clock_timestamp();
  first_at timestamptz;
begin
  select * into asked from jsonb_to_record(p) as a (
    owner_id uuid, strategy_id uuid, name text, expected_version integer, code jsonb, config jsonb, interval_ms bigint, cron text,
    zone text, next_at timestamptz, venue text, market text, secret_name text, account jsonb, filter jsonb, start boolean, book jsonb,
    key text, request_sha256 text, "limit" integer, deployed_by uuid
  );
  insert into shoal.strategy_owners (owner_id) values (asked.owner_id) on conflict do nothing;
  select * into owner from shoal.strategy_owners o where o.owner_id = asked.owner_id for update;
  if owner.gone_at is not null then outcome := 'gone'; return; end if;
  if asked.key is not null then
    select v.strategy_id, v.version, v.request_sha256 into earlier
    from shoal.strategy_versions v join shoal.strategies s on s.id = v.strategy_id
    where v.idempotency_key = asked.key and s.owner_id = asked.owner_id limit 1;
    if found then
      outcome := case when earlier.request_sha256 = asked.request_sha256 then 'repeated' else 'conflict' end;
      strategy_id := earlier.strategy_id;
      version := earlier.version;
      return;
    end if;
  end if;
  select * into held from shoal.strategies s
  where s.owner_id = asked.owner_id and case when asked.strategy_id is null then s.name = asked.name else s.id = asked.strategy_id end
  for update;
  if held.version is distinct from asked.expected_version then outcome := 'changed'; return; end if;
  if exists (
    select from shoal.strategies s where s.owner_id = asked.owner_id and s.name = asked.name and s.id is distinct from held.id
  ) then outcome := 'name_taken'; return; end if;
  if held.id is null and (select count(*) from shoal.strategies s where s.owner_id = asked.owner_id)
    >= coalesce(owner.strategy_limit, asked."limit") then outcome := 'limit'; return; end if;

  insert into shoal.strategy_code (id, language, source, checked)
  select c.id, c.language, c.source, c.checked
  from jsonb_to_record(asked.code) as c (id text, language text, source text, checked jsonb)
  -- Keeps it from being pruned in this moment.
  on conflict (id) do update set created_at = at;
  -- New code is a new chance for a strategy that the daemon has stopped, and says nothing about one that its owner has.
  runs := coalesce(asked.start, held.id is null or held.status = 'running' or held.status_reason is not null);
  -- An interval begins at once, cron at its tick.
  first_at := coalesce(asked.next_at, at);
  strategy_id := coalesce(held.id, gen_random_uuid());
  version := coalesce(held.version + 1, 1);
  outcome := case when held.id is null then 'created' else 'updated' end;
  if held.id is null then
    insert into shoal.strategies (id, owner_id, name, version, code_id, config, interval_ms, cron, zone, venue, market, secret_name,
      account, filter, status)
    values (strategy_id, asked.owner_id, asked.name, version, asked.code ->> 'id', asked.config, asked.interval_ms, asked.cron,
      asked.zone, asked.venue, asked.market, asked.secret_name, asked.account, asked.filter,
      case when runs then 'running' else 'stopped' end);
    insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at) values (strategy_id, asked.owner_id, first_at);
    insert into shoal.strategy_books (strategy_id, book, settled_until) values (strategy_id, asked.book, at);
    insert into shoal.strategy_balances (strategy_id, currency, amount)
    select strategy_id, b.currency, b.amount
    from jsonb_to_recordset(asked.book -> 'balances') as b (currency text, amount numeric);
  else
    update shoal.strategies s set
      name = asked.name, version = held.version + 1, code_id = asked.code ->> 'id', config = asked.config,
      interval_ms = asked.interval_ms, cron = asked.cron, zone = asked.zone, secret_name = asked.secret_name, filter = asked.filter,
      status = case when runs then 'running' when asked.start is null then held.status else 'stopped' end,
      status_reason = null, updated_at = at
    where s.id = held.id;
    -- Money stays as it is; what is new can be traded, too.
    update shoal.strategy_books b set book = jsonb_set(b.book, '{instruments}', (b.book -> 'instruments') || coalesce((
      select jsonb_agg(fresh) from jsonb_array_elements(asked.book -> 'instruments') fresh
      where not exists (
        select from jsonb_array_elements(b.book -> 'instruments') known where known ->> 'symbol' = fresh ->> 'symbol'
      )
    ), '[]'))
    where b.strategy_id = held.id;
    update shoal.strategy_clock c set consecutive_failures = 0, consecutive_kills = 0 where c.strategy_id = held.id;
  end if;
  insert into shoal.strategy_versions (strategy_id, version, code_id, config, idempotency_key, request_sha256, deployed_by)
  values (strategy_id, version, asked.code ->> 'id', asked.config, asked.key, asked.request_sha256, asked.deployed_by);
  perform shoal.strategy_forget_versions(strategy_id, version);
  perform shoal.strategy_outdate(strategy_id, case when runs then first_at end, first_at);
end
$$;

-- Locks the owner of a strategy, then the strategy, and returns it; null where there is none, or where it is another's.
create or replace function shoal.strategy_lock(p_id uuid, p_asker uuid) returns shoal.strategies
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held shoal.strategies;
begin
  perform from shoal.strategy_owners o
  where o.owner_id = (select s.owner_id from shoal.strategies s where s.id = p_id) for update;
  select * into held from shoal.strategies s where s.id = p_id and (p_asker is null or s.owner_id = p_asker) for update;
  return held;
end
$$;

-- Starts, stops, pauses, resumes, restarts a strategy, or has it run once: `execute`. `p_asker`: its owner; null: the operator. `p_cron`,
-- `p_zone`, `p_next_at`: the next tick of cron, and of which. `p_asked_at`: a run that began since is the one that `execute` asks for.
-- Returns done, or what it refuses by: unknown, gone, wrong_status, changed (the schedule, since the daemon read it).
create or replace function shoal.strategy_command(
  p_id uuid, p_asker uuid, p_command text, p_cron text default null, p_zone text default null, p_next_at timestamptz default null,
  p_asked_at timestamptz default null
) returns text
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held shoal.strategies := shoal.strategy_lock(p_id, p_asker);
  starts constant boolean := p_command in ('start', 'resume', 'restart');
  to_status text;
  at timestamptz := clock_timestamp();
  first_at constant timestamptz := case when starts then coalesce(p_next_at, at) end;
begin
  if held.id is null then return 'unknown'; end if;
  if (starts or p_command = 'execute')
    and exists (select from shoal.strategy_owners o where o.owner_id = held.owner_id and o.gone_at is not null) then return 'gone'; end if;
  if p_command in ('pause', 'resume') and held.status = 'stopped' or p_command = 'execute' and held.status = 'quarantined' then
    return 'wrong_status';
  end if;
  if p_command = 'execute' then
    update shoal.strategy_clock c
    set is_manual = true, due_at = case when c.claimed_at is null then least(c.due_at, at) else c.due_at end
    where c.strategy_id = p_id and (p_asked_at is null or coalesce(greatest(c.claimed_at, c.last_execution_at), '-infinity') < p_asked_at);
    perform shoal.strategy_owner_refresh(array[held.owner_id]);
    perform pg_notify('shoal_strategies', '');
    return 'done';
  end if;
  if starts then
    if held.status = 'running' and p_command <> 'restart' then return 'done'; end if;
    if (held.cron, held.zone) is distinct from (p_cron, coalesce(p_zone, held.zone)) then return 'changed'; end if;
    to_status := 'running';
    update shoal.strategy_clock c set consecutive_failures = 0, consecutive_kills = 0 where c.strategy_id = p_id;
  elsif p_command = 'pause' then
    if held.status <> 'running' then return 'done'; end if;
    to_status := 'paused';
  elsif p_command = 'stop' then
    -- Also one that was to run once.
    if held.status = 'stopped' and not exists (
      select from shoal.strategy_clock c where c.strategy_id = p_id and c.due_at is not null
    ) then return 'done'; end if;
    to_status := 'stopped';
  else
    raise exception 'There is no command % for strategies.', p_command using errcode = 'invalid_parameter_value';
  end if;
  update shoal.strategies s set status = to_status, status_reason = null, updated_at = at where s.id = p_id;
  perform shoal.strategy_outdate(p_id, first_at, first_at);
  return 'done';
end
$$;

-- Makes a strategy due as its status wants, with the tick that it has not had yet. A run that somebody has asked for comes all the same.
create or replace function shoal.strategy_outdate(p_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held record;
begin
  select s.status, c.next_execution_at, c.is_manual or c.claimed_at is not null and c.is_claim_manual as is_asked_for into held
  from shoal.strategies s join shoal.strategy_clock c on c.strategy_id = s.id where s.id = p_id;
  perform shoal.strategy_outdate(
    p_id, case when held.is_asked_for then clock_timestamp() when held.status = 'running' then held.next_execution_at end, null,
    held.is_asked_for
  );
end
$$;

-- Puts settings in the place of those that a strategy has. `p_version`: of the code that the daemon has checked them against. Returns
-- done, unknown or changed.
create or replace function shoal.strategy_configure(p_id uuid, p_asker uuid, p_version integer, p_config jsonb) returns text
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held shoal.strategies := shoal.strategy_lock(p_id, p_asker);
begin
  if held.id is null then return 'unknown'; end if;
  if held.version <> p_version then return 'changed'; end if;
  if held.config = p_config then return 'done'; end if;
  update shoal.strategies s set config = p_config, updated_at = clock_timestamp() where s.id = p_id;
  perform shoal.strategy_outdate(p_id);
  return 'done';
end
$$;

-- Deploys the code and the settings of a version anew, by default of the one before. Returns done, unknown, gone or version_unknown.
create or replace function shoal.strategy_rollback(p_id uuid, p_asker uuid, p_version integer, p_deployed_by uuid) returns text
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held shoal.strategies := shoal.strategy_lock(p_id, p_asker);
  wanted shoal.strategy_versions;
begin
  if held.id is null then return 'unknown'; end if;
  if exists (select from shoal.strategy_owners o where o.owner_id = held.owner_id and o.gone_at is not null) then return 'gone'; end if;
  select * into wanted from shoal.strategy_versions v
  where v.strategy_id = p_id and v.version = coalesce(p_version, held.version - 1);
  if not found then return 'version_unknown'; end if;
  insert into shoal.strategy_versions (strategy_id, version, code_id, config, deployed_by)
  values (p_id, held.version + 1, wanted.code_id, wanted.config, p_deployed_by);
  perform shoal.strategy_forget_versions(p_id, held.version + 1);
  update shoal.strategies s set
    version = held.version + 1, code_id = wanted.code_id, config = wanted.config, updated_at = clock_timestamp(), status_reason = null,
    status = case when held.status_reason is not null then 'running' else held.status end
  where s.id = p_id;
  update shoal.strategy_clock c set consecutive_failures = 0, consecutive_kills = 0 where c.strategy_id = p_id;
  perform shoal.strategy_outdate(p_id);
  return 'done';
end
$$;

-- Forgets a strategy with all that it did. Returns done, unknown, or orders_open where an exchange may still fill one of its orders.
create or replace function shoal.strategy_remove(p_id uuid, p_asker uuid) returns text
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held shoal.strategies := shoal.strategy_lock(p_id, p_asker);
begin
  if held.id is null then return 'unknown'; end if;
  if held.venue <> 'paper' then
    -- Waits for a run that is being settled, whose orders would not be seen otherwise.
    perform from shoal.strategy_clock c where c.strategy_id = p_id for update;
    if exists (
      select from shoal.strategy_orders o where o.strategy_id = p_id and o.status in ('intended', 'sent', 'unknown', 'open')
    ) then return 'orders_open'; end if;
  end if;
  delete from shoal.strategies s where s.id = p_id;
  perform shoal.strategy_owner_refresh(array[held.owner_id]);
  return 'done';
end
$$;

-- Takes an order at an exchange back. One that a dispatcher holds is looked at again when that look is over.
create or replace function shoal.strategy_want_cancel(p_strategy_id uuid, p_order_ids uuid[] default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
  update shoal.strategy_orders o
  set is_cancel_wanted = true, check_at = case when o.claimed_at is null then clock_timestamp() else o.check_at end
  where o.strategy_id = p_strategy_id and (p_order_ids is null or o.id = any (p_order_ids)) and o.venue <> 'paper'
    and o.status in ('intended', 'sent', 'unknown', 'open') and not o.is_cancel_wanted;
  if found then perform pg_notify('shoal_orders', ''); end if;
end
$$;

-- Changes a book by hand: orders of it are cancelled, others placed (objects of id, run_id, number, symbol, side, type, quantity). `p_revision`:
-- of the book that the daemon has changed. Returns done, unknown or changed.
create or replace function shoal.strategy_rebook(
  p_id uuid, p_asker uuid, p_revision bigint, p_book jsonb, p_cancelled uuid[], p_placed jsonb
) returns text
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held shoal.strategies := shoal.strategy_lock(p_id, p_asker);
  is_paper constant boolean := held.venue = 'paper';
  at timestamptz := clock_timestamp();
begin
  if held.id is null then return 'unknown'; end if;
  perform from shoal.strategy_clock c where c.strategy_id = p_id and c.revision = p_revision for update;
  if not found then return 'changed'; end if;
  update shoal.strategy_books b set book = p_book where b.strategy_id = p_id;
  update shoal.strategy_orders o set status = 'cancelled', reason = 'STRATEGY_ORDER_CLOSED: cancelled by hand', updated_at = at
  where o.id = any (p_cancelled) and o.strategy_id = p_id;
  insert into shoal.strategy_orders (id, strategy_id, owner_id, run_id, number, venue, symbol, side, type, quantity, status, placed_at, check_at)
  select o.id, p_id, held.owner_id, o.run_id, o.number, held.venue, o.symbol, o.side, o.type, o.quantity,
    case when is_paper then 'open' else 'intended' end, at, case when not is_paper then at end
  from jsonb_to_recordset(p_placed) as o (
    id uuid, run_id uuid, number integer, symbol text, side text, type text, quantity numeric
  ) on conflict do nothing;
  if not is_paper then perform pg_notify('shoal_orders', ''); end if;
  perform shoal.strategy_outdate(p_id);
  return 'done';
end
$$;

-- Stops what a user had deployed when the user is deleted, takes its orders at exchanges back, and takes the user out of the figures that
-- name users (20261130003600_analytics.sql). Nothing else is forgotten: the operator decides about that.
create or replace function shoal.strategy_owner_gone() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  held record;
begin
  -- Also one who had never deployed: an access token outlives its user, by an hour or so.
  insert into shoal.strategy_owners as o (owner_id, gone_at, created_at) values (old.id, clock_timestamp(), null)
  on conflict (owner_id) do update set gone_at = excluded.gone_at;
  for held in select s.id, s.status from shoal.strategies s where s.owner_id = old.id order by s.id for update loop
    update shoal.strategies s
    set status = 'stopped', status_reason = 'STRATEGY_OWNER_GONE: the user was deleted', updated_at = clock_timestamp()
    where s.id = held.id;
    perform shoal.strategy_outdate(held.id, null, null);
    perform shoal.strategy_want_cancel(held.id);
  end loop;
  perform shoal.analytics_forget_user(old.id::text);
  return null;
exception when others then
  -- A user can always be deleted.
  raise warning 'The strategies of the deleted user % were not stopped (%): stop them by POST /strategies/:id/stop.', old.id, sqlerrm;
  return null;
end
$$;

do $$
begin
  if to_regclass('auth.users') is not null then
    execute 'create or replace trigger shoal_strategy_owner_gone after delete on auth.users
      for each row execute function shoal.strategy_owner_gone()';
  end if;
exception when insufficient_privilege then
  raise warning 'Strategies of deleted users will not stop by themselves: the owner of auth.users must create the trigger shoal_strategy_owner_gone on it.';
end
$$;

call shoal.seal_schema();
