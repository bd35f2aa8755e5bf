-- Secrets of owners: what is more than one statement. Values are sealed and opened by the daemon; nothing here can.

-- Names one writing of a secret by its owner, exactly.
create or replace function shoal.secret_version(p_updated_at timestamptz) returns text
language sql stable set search_path = pg_catalog, pg_temp
return (extract(epoch from p_updated_at) * 1000000)::bigint::text;

-- Writes a secret, over one of that name, and ends its refusal. False: the owner has p_limit others.
create or replace function shoal.secret_put(
  p_owner_id uuid, p_name text, p_key_id text, p_nonce bytea, p_ciphertext bytea, p_limit integer
) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  now_at timestamptz := clock_timestamp();
begin
  -- Two at once could both see room for one more.
  perform pg_advisory_xact_lock(hashtextextended('shoal:secrets:' || p_owner_id, 0));
  if (select count(*) from shoal.strategy_secrets s where s.owner_id = p_owner_id and s.name <> p_name) >= p_limit
    and not exists (select from shoal.strategy_secrets s where s.owner_id = p_owner_id and s.name = p_name) then
    return false;
  end if;
  insert into shoal.strategy_secrets as s (owner_id, name, key_id, nonce, ciphertext, created_at, updated_at)
  values (p_owner_id, p_name, p_key_id, p_nonce, p_ciphertext, now_at, now_at)
  on conflict (owner_id, name) do update
  set key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
    -- Another version for certain, whatever the clock does.
    updated_at = greatest(excluded.updated_at, s.updated_at + interval '1 microsecond'),
    refused_at = null, refused_reason = null;
  -- Orders that could not be asked about with the old keys. One that a dispatcher has comes back by itself.
  update shoal.strategy_orders o set check_at = now_at
  where o.strategy_id = any (array(
      select s.id from shoal.strategies s where s.owner_id = p_owner_id and s.secret_name = p_name
    ))
    and o.status in ('intended', 'sent', 'unknown', 'open') and o.check_at > now_at and o.claimed_at is null;
  if found then
    perform pg_notify('shoal_orders', '');
  end if;
  return true;
end
$$;

-- Deletes a secret. Returns removed, unknown, or in_use: a strategy with it runs or has orders at the exchange.
create or replace function shoal.secret_remove(p_owner_id uuid, p_name text) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('shoal:secrets:' || p_owner_id, 0));
  if not exists (select from shoal.strategy_secrets s where s.owner_id = p_owner_id and s.name = p_name) then
    return 'unknown';
  end if;
  if exists (
    select from shoal.strategies s
    where s.owner_id = p_owner_id and s.secret_name = p_name and (s.status = 'running' or exists (
      select from shoal.strategy_orders o
      where o.strategy_id = s.id and o.status in ('intended', 'sent', 'unknown', 'open')
    ))
  ) then
    return 'in_use';
  end if;
  delete from shoal.strategy_secrets s where s.owner_id = p_owner_id and s.name = p_name;
  return 'removed';
end
$$;

-- Notes that an exchange refuses the secret as it was in p_version, and pauses the strategies that need it, also those that were started
-- again without other keys. False: known before, or written anew since.
create or replace function shoal.secret_refused(p_owner_id uuid, p_name text, p_version text, p_reason text)
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  now_at constant timestamptz := clock_timestamp();
  needing uuid[];
  refusal record;
begin
  perform shoal.strategy_owner_lock(array[p_owner_id]);
  needing := array(
    select s.id from shoal.strategies s
    where s.owner_id = p_owner_id and s.secret_name = p_name and s.status = 'running' order by s.id for no key update
  );
  perform from shoal.strategy_clock c where c.strategy_id = any (needing) order by c.strategy_id for no key update;
  update shoal.strategy_secrets s
  set refused_at = coalesce(s.refused_at, now_at), refused_reason = coalesce(s.refused_reason, p_reason)
  where s.owner_id = p_owner_id and s.name = p_name and shoal.secret_version(s.updated_at) = p_version
  returning s.refused_at = now_at as is_new, s.refused_reason as reason into refusal;
  if not found then
    return false;
  end if;
  update shoal.strategies s
  set status = 'paused', status_reason = 'STRATEGY_KEY_REFUSED: ' || refusal.reason, updated_at = now_at
  where s.id = any (needing);
  -- A run under way is out of date: its orders would be refused, too.
  perform shoal.strategy_outdate(n.id, null, null) from unnest(needing) as n (id);
  return refusal.is_new;
end
$$;

call shoal.seal_schema();
