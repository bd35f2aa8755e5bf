import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "@shoal/kernel";
import { type Database, migrate } from "@shoal/store";
import { testDatabase } from "@shoal/testkit";
import { expect, it } from "vitest";
import { startTestService, testDirectory, until } from "./test-service.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");
/** The last migration before people had identities, bots owners, and counters bounds. */
const BEFORE = "20261130001600";

/** What a daemon of that version left in the middle of its work, with the statements it used. */
const LIVE_ROWS = `
  insert into shoal.leases (resource, holder, epoch, expires_at) values
    ('matchmaker:alive', null, 1, clock_timestamp() + interval '1 hour'),
    ('matchmaker:dead', null, 1, clock_timestamp() - interval '1 minute'),
    ('bot:veteran', 'dead', 3, clock_timestamp() - interval '1 minute');

  select shoal.ticket_open('waits', 'Ann', 'api', null);
  select shoal.ticket_open('went', 'Gus', 'lobby', '2026-01-01T00:00:00Z');
  select shoal.ticket_close(array(select id from shoal.match_tickets where user_id = 'went'), 'gone', true);
  select shoal.ticket_open(id, id, 'api', null)
  from unnest(array['talks-1', 'talks-2', 'meets-1', 'meets-2', 'alive-1', 'dead-1']) as person (id);

  insert into shoal.matches (match_id, room_id, status, replica_id, confirm_by, live_at)
  select match.id, gen_random_uuid(), match.status, match.replica, clock_timestamp() + interval '1 hour',
    case when match.status = 'live' then clock_timestamp() end
  from (values
    ('00000000-0000-4000-8000-000000000001'::uuid, 'live', null), ('00000000-0000-4000-8000-000000000002', 'pending', null),
    ('00000000-0000-4000-8000-000000000003', 'live', 'alive'), ('00000000-0000-4000-8000-000000000004', 'live', 'dead')
  ) as match (id, status, replica);
  update shoal.match_tickets t set status = seat.status, match_id = seat.match::uuid
  from (values
    ('talks-1', 'matched', '00000000-0000-4000-8000-000000000001'), ('talks-2', 'matched', '00000000-0000-4000-8000-000000000001'),
    ('meets-1', 'reserved', '00000000-0000-4000-8000-000000000002'), ('meets-2', 'reserved', '00000000-0000-4000-8000-000000000002'),
    ('alive-1', 'matched', '00000000-0000-4000-8000-000000000003'), ('dead-1', 'matched', '00000000-0000-4000-8000-000000000004')
  ) as seat (person, status, match)
  where t.user_id = seat.person;
  insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, confirmed_at)
  select t.match_id, row_number() over (partition by t.match_id order by t.user_id), t.user_id, t.name, false, t.id,
    case when t.status = 'matched' then clock_timestamp() end
  from shoal.match_tickets t where t.match_id is not null;
  insert into shoal.match_seats (match_id, seat, participant_id, name, bot, replica_id, confirmed_at)
  select m.match_id, 2, 'bot-of-' || m.replica_id, 'Otto', true, m.replica_id, clock_timestamp()
  from shoal.matches m where m.replica_id is not null;

  insert into public.bot_control (bot_id, command, payload) values ('recruit', 'START_BOT', '{"kind": "conversation"}');
  insert into public.bot_deployments (bot_id, owner_id, kind, name, desired, status, replica) values
    ('veteran', null, 'conversation', 'Vera', 'running', 'running', 'dead'),
    ('rests', '00000000-0000-0000-0000-000000000001', 'conversation', 'Rita', 'stopped', 'stopped', null);

  select shoal.enqueue('housekeeping', '{"step": "pending"}');
  select shoal.enqueue('housekeeping', '{"step": "orphan"}');
  select shoal.enqueue('housekeeping', '{"step": "held"}');
  select shoal.enqueue('unknown_here', '{"step": "later"}', delay_ms => 3600000);
  select shoal.enqueue('housekeeping', '{"step": "dead"}');
  update shoal.jobs set status = 'dead', attempts = 5, last_error = 'E: it failed' where payload ->> 'step' = 'dead';
  update shoal.jobs set status = 'running', worker_id = 'dead', epoch = 1, attempts = 1, started_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() - interval '1 minute' where payload ->> 'step' = 'orphan';
  update shoal.jobs set status = 'running', worker_id = 'alive', epoch = 1, attempts = 1, started_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() + interval '1 hour' where payload ->> 'step' = 'held';`;

const TABLES = [
  ...["shoal.leases", "shoal.match_tickets", "shoal.matches", "shoal.match_seats", "shoal.jobs"],
  ...["public.bot_control", "public.bot_deployments"],
];

/** Every row, as JSON. */
async function allRows(
  database: Database<string>,
): Promise<Readonly<Record<string, readonly Record<string, unknown>[]>>> {
  const tables = await Promise.all(
    TABLES.map(async (table) => {
      const rows = await database.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text collate "C"`,
      );
      return [table, rows.map(({ row }) => row)] as const;
    }),
  );
  return Object.fromEntries(tables);
}

it("an upgrade in the middle of everything loses nothing, and all of it goes on", async () => {
  await using test = await testDatabase({ migrate: false });
  const { database } = test;
  using old = testDirectory();
  const files = readdirSync(MIGRATIONS).filter((file) => file.slice(0, BEFORE.length) <= BEFORE);
  for (const file of files) cpSync(join(MIGRATIONS, file), join(old.path, file));
  await migrate({ database, directory: old.path, log: silentLog });
  await database.script(LIVE_ROWS);
  const before = await allRows(database);
  const { applied } = await migrate({ database, directory: MIGRATIONS, log: silentLog });
  expect(applied[0]).toBe("20261130001700");
  expect(await allRows(database)).toMatchObject(before);

  // A daemon of the old version beside the new one, with the statements it was built with.
  expect(await database.query("select event from shoal.ticket_open('late', 'Lea', 'api', null)")).toEqual([
    { event: "ticket:opened" },
  ]);

  await using service = await startTestService({ DATABASE_URL: test.url, BOT_MIN_COUNT: "2" });
  await service.opened;
  const one = async (text: string) => Object.values((await database.query(text))[0] ?? {})[0];
  const ticketOf = async (userId: string) => {
    const id = await one(`select id from shoal.match_tickets where user_id = '${userId}'`);
    return service.ticket(String(id));
  };
  const statusOf = (match: number) =>
    one(`select status from shoal.matches where match_id = '00000000-0000-4000-8000-00000000000${match}'`);

  // Who waited meets somebody: the two who were in line have each other.
  await until(async () => (await ticketOf("waits")).status !== "waiting");
  expect((await ticketOf("waits")).match_id).toBe((await ticketOf("late")).match_id);
  // People in talks talk on, whose match is made can confirm it, and both can end it.
  for (const person of ["meets-1", "meets-2"]) {
    expect((await service.api("POST", `/api/match/tickets/${(await ticketOf(person)).id}/confirm`)).ok).toBe(true);
  }
  expect([await statusOf(1), await statusOf(2), await statusOf(3)]).toEqual(["live", "live", "live"]);
  expect((await service.api("DELETE", `/api/match/tickets/${(await ticketOf("talks-1")).id}`)).ok).toBe(true);
  expect(await ticketOf("talks-2")).toMatchObject({ status: "closed", closed_reason: "partner_left" });
  // The bot of the daemon that lives goes on; that of the dead one has left.
  await until(async () => (await statusOf(4)) === "ended");
  expect(await ticketOf("dead-1")).toMatchObject({ status: "closed", closed_reason: "replica_lost" });
  expect((await ticketOf("alive-1")).status).toBe("matched");
  // Commands are applied, and bots whose daemon died are taken over.
  await until(
    async () =>
      (await one("select count(*)::int from public.bot_deployments where status = 'running' and replica <> 'dead'")) ===
      2,
  );
  expect(await one("select outcome from public.bot_control where bot_id = 'recruit'")).toBe("applied");
  expect(await one("select status from public.bot_deployments where bot_id = 'rests'")).toBe("stopped");
  // Jobs are done, those of a dead worker, too, and nobody else's.
  const stepOf = (step: string) => one(`select status from shoal.jobs where payload ->> 'step' = '${step}'`);
  await until(async () => (await stepOf("pending")) === "completed" && (await stepOf("orphan")) === "completed");
  expect([await stepOf("held"), await stepOf("later"), await stepOf("dead")]).toEqual(["running", "pending", "dead"]);
  // The old daemon writes what it has done, with its own arguments.
  await database.query(
    `select shoal.job_complete_and_claim('alive', 10000, 0, array(select id from shoal.jobs where payload ->> 'step' = 'held'),
       array[1], null, null, true)`,
  );
  expect(await stepOf("held")).toBe("completed");
  await until(async () => (await service.get("/readyz")).status === 200);
});
