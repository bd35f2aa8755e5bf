-- Lets pg_cron wake the daemon each minute: the daemon enqueues what is due (POST /api/jobs/cron) and does one pass over the
-- queues (POST /api/jobs/process). This helps where the daemon sleeps between requests, and as a second clock beside its own. A
-- daemon that runs all the time needs neither, and both do no harm: what is done already is not done again.
--
-- On Supabase, in the SQL editor, once:
--
--   select vault.create_secret('https://shoal.example.com', 'shoal_url');
--   select vault.create_secret('<the value of JOBS_CRON_SECRET>', 'shoal_cron_secret');
--
-- and then this file, unchanged. It does everything or, where an extension is missing, nothing; it may run again at any time. On
-- a Postgres without the Vault, instead of the two lines above:
--
--   alter database postgres set shoal.url = 'https://shoal.example.com';
--   alter database postgres set shoal.cron_secret = '<the value of JOBS_CRON_SECRET>';
--
-- (every role of that database can read such a setting).
--
-- What it does:         select jobname, schedule, active from cron.job where jobname like 'shoal-%';
-- How that went:        select * from cron.job_run_details order by start_time desc limit 10;
-- What the daemon said: select id, status_code, timed_out, error_msg from net._http_response order by id desc limit 10;
--
-- Another secret, without a gap: give the daemon both (JOBS_CRON_SECRET=new,old), then
--   select vault.update_secret((select id from vault.secrets where name = 'shoal_cron_secret'), '<new>');
-- and then the daemon the new one alone. The address changes likewise.
--
-- Undo:
--
--   select cron.unschedule(jobname) from cron.job where jobname in ('shoal-cron', 'shoal-process');
--   drop function if exists shoal.cron_call(text);
--   drop function if exists shoal.cron_value(text);
--   delete from vault.secrets where name in ('shoal_url', 'shoal_cron_secret');

-- One statement, because psql would go on behind one that failed.
do $setup$
begin
  create schema if not exists shoal;

  -- A self-hosted project may have the functions of pg_net without the extension.
  if to_regprocedure('cron.schedule(text, text, text)') is null then
    begin
      create extension pg_cron;
    exception when others then
      raise exception 'shoal: this needs the extension pg_cron, which is not there (%): nothing was set up', sqlerrm
        using hint = 'On Supabase enable it under Integrations > Cron. Elsewhere install it, add it to shared_preload_libraries, '
          'restart the server, and run this file as a superuser in the database that cron.database_name says.';
    end;
  end if;
  if to_regproc('net.http_post') is null then
    begin
      create extension pg_net;
    exception when others then
      raise exception 'shoal: this needs the extension pg_net, which is not there (%): nothing was set up', sqlerrm
        using hint = 'On Supabase enable it under Database > Extensions. Elsewhere install it, add it to shared_preload_libraries, '
          'restart the server, and run this file as a superuser.';
    end;
  end if;

  -- Reads a value from the Vault, or from a setting where there is no Vault.
  create or replace function shoal.cron_value(name text) returns text
  language plpgsql stable
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    found_value text;
  begin
    if to_regclass('vault.decrypted_secrets') is not null then
      execute 'select decrypted_secret from vault.decrypted_secrets where name = $1' into found_value using 'shoal_' || name;
    end if;
    return nullif(trim(coalesce(found_value, current_setting('shoal.' || name, true))), '');
  end
  $$;

  -- Sends one request without waiting for its answer. Errors are in cron.job_run_details, never with the secret in them.
  create or replace function shoal.cron_call(path text) returns bigint
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    url text := rtrim(shoal.cron_value('url'), '/');
    secret text := shoal.cron_value('cron_secret');
  begin
    if url is null or secret is null then
      raise exception 'shoal: % is not set', case when url is null then 'shoal_url' else 'shoal_cron_secret' end
        using hint = 'See the beginning of supabase/cron.sql.';
    end if;
    return net.http_post(
      url := url || path,
      body := '{}'::jsonb,
      headers := jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || secret),
      timeout_milliseconds := 30000
    );
  end
  $$;

  -- Closes the functions to all roles but their owner, who runs the cron jobs.
  revoke all on function shoal.cron_value(text), shoal.cron_call(text) from public;

  -- Replaces a job of the same name. The commands contain neither address nor secret, because many roles can read cron.job.
  perform cron.schedule('shoal-cron', '* * * * *', $$select shoal.cron_call('/api/jobs/cron')$$);
  perform cron.schedule('shoal-process', '* * * * *', $$select shoal.cron_call('/api/jobs/process')$$);
end
$setup$;
