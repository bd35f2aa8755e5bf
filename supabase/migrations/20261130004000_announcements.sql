-- Who waits for work asks for nothing while there is none: work is announced by NOTIFY, and every few seconds the pulse of a daemon says
-- what is due (shoal.pulse). So what is due before the next pulse is announced as it is written, and what is due later a pulse finds in time.

-- Returns in how many ms that time comes, 0 or less if it has; null for none, and for the end of time. One row with an infinite time, written by
-- hand, must not fail a statement that many wait for.
create or replace function shoal.ms_until(p_at timestamptz) returns double precision
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select case when isfinite(p_at) then extract(epoch from p_at - clock_timestamp()) * 1000 when p_at = '-infinity' then 0 end
$$;

-- Counts and announces, as before.
create or replace function shoal.jobs_after_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  n record;
begin
  select count(*) as total, count(*) filter (where status = 'pending') as pending,
    count(*) filter (where status = 'running') as running, count(*) filter (where status = 'completed') as completed,
    count(*) filter (where status = 'dead') as dead,
    -- Also what is due before the next pulse: workers then know when.
    coalesce(bool_or(status = 'pending' and run_at <= clock_timestamp() + interval '5 seconds'), false) as is_due
  into n from added;
  if n.total > 0 then
    insert into shoal.job_count_changes (pending, running, completed, dead, processed)
    values (n.pending, n.running, n.completed, n.dead, n.completed);
  end if;
  if n.is_due then
    perform pg_notify('shoal_jobs', '');
  end if;
  return null;
end
$$;

-- Tells matchmakers whether somebody waits (`waiting`), or whether people have changed something by RPC (`untold`), which is to be taken and
-- told to others at once: a sweep would find it up to 3 s later. A replica knows by itself what it has written.
create or replace function shoal.match_notify() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from added) then perform pg_notify('shoal_match', tg_argv[0]); end if;
  return null;
end
$$;

create or replace trigger match_tickets_notify after insert on shoal.match_tickets
  referencing new table as added for each statement execute function shoal.match_notify('waiting');
create or replace trigger match_untold_notify after insert on shoal.match_untold
  referencing new table as added for each statement execute function shoal.match_notify('untold');

-- Tells consumers of messages. For a trigger of the queue's table: what pgmq 1.7 has for this is not in the version that Supabase ships.
create or replace function shoal.queue_notify() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('shoal_queues', '');
  return null;
end
$$;

-- Has messages of these queues announced. A queue whose table this role may not change, or that is busy, stays as it is: it is polled.
create or replace function shoal.queue_announce(p_queues text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '1s' as $$
declare
  queue_table text;
begin
  foreach queue_table in array p_queues loop
    queue_table := format('pgmq.%I', 'q_' || queue_table);
    continue when to_regclass(queue_table) is null
      or exists (select from pg_trigger t where t.tgrelid = to_regclass(queue_table) and t.tgname = 'shoal_notify');
    begin
      execute format(
        'create trigger shoal_notify after insert on %s for each statement execute function shoal.queue_notify()', queue_table);
    exception when insufficient_privilege or lock_not_available or duplicate_object then null;
    end;
  end loop;
end
$$;

-- Returns in how many ms the first message of these queues can be read, 0 or less if one can be now, and which of the queues announce
-- nothing. A queue that does not exist, or that this role may not read, has neither.
create or replace function shoal.queue_outlook(p_queues text[], out due_ms double precision, out unannounced text[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  queue text;
  first_at timestamptz;
begin
  unannounced := '{}';
  foreach queue in array p_queues loop
    begin
      continue when to_regclass(format('pgmq.%I', 'q_' || queue)) is null;
      execute format('select least($1, min(q.vt)) from pgmq.%I q', 'q_' || queue) into first_at using first_at;
    exception when insufficient_privilege or undefined_table then continue;
    end;
    if not exists (
      select from pg_trigger t
      where t.tgrelid = to_regclass(format('pgmq.%I', 'q_' || queue)) and t.tgname = 'shoal_notify' and t.tgenabled in ('O', 'A')
    ) then
      unannounced := unannounced || queue;
    end if;
  end loop;
  due_ms := shoal.ms_until(first_at);
end
$$;

-- Reads queues, as shoal.queue_read does. Where nothing can be read, the one row has no queue and says in how many ms something can be.
create or replace function shoal.queue_turn(
  p_queues text[], p_quantities integer[], p_visibility_seconds integer, p_max_bytes bigint, p_max_message_bytes integer
) returns table (
  queue text, id bigint, reads integer, enqueued_at timestamptz, message jsonb, key text, bytes integer, "isTooLarge" boolean,
  "isCut" boolean, "nextDueMs" double precision
)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return query
  select r.*, null::double precision
  from shoal.queue_read(p_queues, p_quantities, p_visibility_seconds, p_max_bytes, p_max_message_bytes) r;
  if not found then
    "nextDueMs" := (shoal.queue_outlook(p_queues)).due_ms;
    return next;
  end if;
end
$$;

call shoal.seal_schema();
