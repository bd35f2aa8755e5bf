import { createHash } from "node:crypto";
import { createSystemRuntime } from "@shoal/kernel";
import type { Sql } from "@shoal/store";
import { type AskKept, pagesOfKeptPlans, testDatabase, usualBackends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createStatements } from "../src/statements.ts";
import { sweepOf } from "./support.ts";

const FEW = 8;
const MANY = 40_000;
const BATCH = 25;
const LIMIT_MS = 120_000;
/** Of 8 kB each, for what is about one ticket or match. A table of the many has 500 to 800. */
const MAX_PAGES = 200;
/** For a batch: some 60 for each match that is made or ended. */
const MAX_PAGES_OF_BATCH = 3500;
/** A sweep also counts the live matches: one of four, 10,000. */
const MAX_PAGES_OF_SWEEP = 5000;
/** Each ticket that is open is looked at: three of four, 30,000. */
const MAX_PAGES_OF_ABSENT = 12_000;

/**
 * Tickets in turn closed, waiting, in a match that is pending, in a live one. Each who waits has blocked one other, and one ticket of 1,600 has changed of late. Some matches are overdue, some bots are of a dead replica, and those
 * of each second live match are of one that lives.
 */
const addTickets = (first: number, last: number) => `
  set session_replication_role = replica;
  insert into shoal.match_tickets (id, user_id, since, source, status, match_id, closed_at, closed_reason, opened_at, line_xid)
    select md5('ticket ' || n)::uuid, 'user ' || n, now() - interval '1 day', case n % 1600 when 1 then 'lobby' else 'api' end,
      (array['closed', 'waiting', 'reserved', 'matched'])[1 + n % 4], case when n % 4 <> 1 then md5('match ' || n)::uuid end,
      case n % 4 when 0 then now() - interval '1 hour' end, case n % 4 when 0 then 'gone' end, now() - interval '1 day',
      case n % 1600 when 801 then pg_current_xact_id() end
    from generate_series(${first}, ${last}) n;
  insert into shoal.matches (match_id, room_id, status, replica_id, confirm_by, live_at, ended_at, ended_reason)
    select md5('match ' || n)::uuid, md5('room ' || n)::uuid, (array['ended', '', 'pending', 'live'])[1 + n % 4],
      case n % 2000 when 3 then 'dead' when 7 then 'r2' when 11 then 'r1' else case n % 8 when 7 then 'r3' end end,
      now() + case n % 2000 when 2 then '-1 minute' else interval '1 hour' end,
      case n % 4 when 3 then now() - case n % 2000 when 11 then interval '1 day' else '1 minute' end end,
      case n % 4 when 0 then now() - interval '1 hour' end, case n % 4 when 0 then 'left' end
    from generate_series(${first}, ${last}) n where n % 4 <> 1;
  insert into shoal.match_seats (match_id, seat, participant_id, name, bot, ticket_id, replica_id, is_open)
    select m.match_id, seat, case seat when 1 then 'user ' else 'other ' end || n, 'x', seat = 2 and m.replica_id is not null,
      case when seat = 1 then md5('ticket ' || n)::uuid when m.replica_id is null then md5('other ticket ' || n)::uuid end,
      case seat when 2 then m.replica_id end, m.status <> 'ended'
    from generate_series(${first}, ${last}) n join shoal.matches m on m.match_id = md5('match ' || n)::uuid,
      generate_series(1, 2) seat;
  insert into public.match_blocks select 'user ' || n, 'user ' || n + 4, false from generate_series(${first}, ${last}) n where n % 4 = 1;
  insert into shoal.leases select 'matchmaker:r' || n, 'r' || n, 1, now() + interval '1 hour' from generate_series(1, 3) n
    on conflict do nothing;
  set session_replication_role = origin;`;

function idOf(text: string): string {
  const hex = createHash("md5").update(text).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Numbers of tickets with that remainder of four. */
const numbers = (isFull: boolean, rest: number): number[] =>
  Array.from({ length: isFull ? BATCH : 1 }, (_, n) => (isFull ? MANY / 2 : 4) + 4 * n + rest);

const runtime = createSystemRuntime();
const of = (sql: Sql<string>) => createStatements(sql, runtime);
const ticket = (n: number) => idOf(`ticket ${n}`);
const match = (n: number) => idOf(`match ${n}`);
const first = (isFull: boolean, rest: number) => numbers(isFull, rest)[0] ?? 0;

const LINE_READ = { limit: BATCH, again: [], chosenIds: ["user 2"], avoidsBlocks: true };

/** About one ticket or match. */
const ASKS: Record<string, AskKept> = {
  "an opening": (sql, isFull) => of(sql).open({ userId: isFull ? "new" : "user 2", source: "lobby" }),
  "an opening of a known wait": (sql, isFull) =>
    of(sql).open({ userId: `user ${first(isFull, 0)}`, source: "lobby", since: new Date(0).toISOString() }),
  "an opening by a person": (sql, isFull) =>
    of(sql).open({ userId: `user ${first(isFull, 0)}`, source: "api", isByPerson: true }),
  "a close of one that waits": (sql, isFull) => of(sql).closeTicket(ticket(first(isFull, 1)), "left"),
  "a close of one in a match": (sql, isFull) => of(sql).closeTicket(ticket(first(isFull, 2)), "left"),
  "a confirmation": (sql, isFull) => of(sql).confirm(match(first(isFull, 2)), `user ${first(isFull, 2)}`),
  "a confirmation in the room": (sql, isFull) =>
    of(sql).confirmInRoom(match(first(isFull, 3)), `user ${first(isFull, 3)}`),
  "a look into rooms": (sql, isFull) => of(sql).ticketInRoom(`user ${first(isFull, 3)}`),
  "a close by the user": (sql, isFull) => of(sql).closeUser(`user ${first(isFull, 2)}`, "left", undefined, true),
  "a notice without receiver": (sql, isFull) => of(sql).unreached(match(first(isFull, 2)), `user ${first(isFull, 2)}`),
  "a block": (sql, isFull) => of(sql).block(`user ${first(isFull, 3)}`, match(first(isFull, 3))),
  "an unblock": (sql, isFull) => of(sql).unblock(`user ${first(isFull, 1)}`, `user ${first(isFull, 1) + 4}`),
  "a list of blocks": (sql, isFull) => of(sql).blocks(`user ${first(isFull, 1)}`),
  "an end": (sql, isFull) => of(sql).end(match(first(isFull, 3)), "left", undefined),
};

/** About a batch. */
const ASKS_OF_MANY: Record<string, AskKept> = {
  "closes of tickets": (sql, isFull) =>
    sql.query("select * from shoal.ticket_close(($1::text[])::uuid[], 'left', true)", [
      [...numbers(isFull, 1), ...numbers(isFull, 2)].map(ticket),
    ]),
  "a page of the line": (sql, isFull) =>
    of(sql).line({ ...LINE_READ, after: isFull ? ticket(first(isFull, 1)) : null, since: null }),
  "changes of the line": (sql) => of(sql).line({ ...LINE_READ, after: null, since: "3:3:" }),
  "a commit of pairs": (sql, isFull) =>
    of(sql).commit(
      "r1",
      1000,
      numbers(isFull, 1).map((n) => ({
        match_id: idOf(`new ${n}`),
        room_id: idOf(`new room ${n}`),
        ...{ first: ticket(n), first_version: null },
        ...{ second: ticket(isFull ? n + 400 : 1), second_version: null },
        bot_id: null,
        bot_name: null,
      })),
      true,
    ),
  "a commit with bots": (sql, isFull) =>
    of(sql).commit(
      "r1",
      1000,
      numbers(isFull, 1).map((n) => ({
        match_id: idOf(`new ${n}`),
        room_id: idOf(`new room ${n}`),
        ...{ first: ticket(n), first_version: null, second: null, second_version: null },
        bot_id: `idle ${n}`,
        bot_name: "x",
      })),
      true,
    ),
  "a release": (sql) => of(sql).release("r2", "drained"),
  housekeeping: (sql) => of(sql).housekeep(3_600_000, 1000, BATCH),
  "a sweep": (sql, isFull) =>
    of(sql).sweep({
      ...sweepOf("r1", BATCH),
      ...{ pending: numbers(isFull, 3).map(match), live: numbers(isFull, 0).map(match) },
    }),
  "absent people": (sql) => of(sql).closeAbsent([], 0),
};

describe.each(usualBackends())("on the %s Postgres, plans from when there were a few tickets", (backend) => {
  it(
    "read a few pages of many",
    async () => {
      await using test = await testDatabase({ backend });
      const pages = await pagesOfKeptPlans(test, {
        asks: { ...ASKS, ...ASKS_OF_MANY },
        few: addTickets(1, FEW),
        many: addTickets(FEW + 1, MANY),
      });
      const { "absent people": ofAbsent, "a sweep": ofSweep, ...others } = pages;
      const maxOf = (what: string) => (what in ASKS ? MAX_PAGES : MAX_PAGES_OF_BATCH);
      expect(ofAbsent).toBeLessThan(MAX_PAGES_OF_ABSENT);
      expect(ofSweep).toBeLessThan(MAX_PAGES_OF_SWEEP);
      expect(Object.entries(others).filter(([what, pageCount]) => pageCount > maxOf(what))).toEqual([]);
    },
    LIMIT_MS,
  );
});
