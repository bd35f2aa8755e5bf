import { fullJitter, isFleetError, isUuid, type Runtime, retry } from "@shoal/kernel";
import { type Sql, type SqlValue, type Statement, statement } from "@shoal/store";
import { isMark } from "./check-ticket.ts";
import type { WaitingTicket } from "./pair.ts";
import { LOOK_PARAMS, type LookRow, lookParams, type Sweep, type SweepRequest, type Swept, sweptOf } from "./sweep.ts";
import type { Change, LobbyEntry, OpenTicket, ShownEntry } from "./types.ts";

/** A waiting ticket as the database returns it. */
export interface WaitingRow extends WaitingTicket {
  /** The database's clock, epoch ms. */
  readonly nowMs: number;
  /** The queried ids that are ids of people with an open ticket of an authenticated source; the same in each row. */
  readonly takenIds: readonly string[];
}

/** The columns that a view of a ticket is made of. */
export interface TicketRow {
  readonly id: string;
  readonly user_id: string;
  readonly status: "waiting" | "reserved" | "matched" | "closed";
  readonly closed_reason: string | null;
  readonly match_id: string | null;
  readonly room_id: string | null;
  readonly queued_ms: number;
  readonly waited_ms: number;
  readonly ahead: number;
  readonly has_company: boolean;
}

/** One side of a match, with its room. */
export interface SeatRow {
  readonly room_id: string;
  readonly participant_id: string;
  readonly name: string;
  readonly bot: boolean;
  readonly ticket_id: string | null;
}

/** A decision with the ids its match will have. It has either `second` or a bot. */
export interface DecisionRow {
  readonly match_id: string;
  readonly room_id: string;
  readonly first: string;
  readonly second: string | null;
  readonly bot_id: string | null;
  readonly bot_name: string | null;
}

/** All statements of the matchmaker, each one round trip and one transaction. */
export type Statements = ReturnType<typeof createStatements>;

const MAX_CONFLICTS = 5;
const conflictBackoff = fullJitter(5, 100);

/** Runs one statement. */
type Run = <Row extends object>(text: Statement, ...params: SqlValue[]) => Promise<Row[]>;

/** Makes the statements; `sweep` takes the place of the sweep's own. They throw as `Sql.query`, except that a conflict is retried: each is idempotent. */
export function createStatements(sql: Sql, runtime: Runtime, sweep?: Sweep) {
  const again = <T>(work: () => Promise<T>) =>
    retry(work, {
      runtime,
      backoff: conflictBackoff,
      when: (error, attempt) => isFleetError(error, "STORE_CONFLICT") && attempt <= MAX_CONFLICTS,
    });
  const run: Run = <Row extends object>(text: Statement, ...params: SqlValue[]) =>
    again(() => sql.query<Row>(text, params));
  return {
    ...ticketStatements(run),
    ...pairingStatements(run),
    ...matchStatements(run),
    ...sweepStatements(run),
    ...(sweep && { sweep: (request: SweepRequest) => again(() => sweep(request)) }),
  };
}

const OPEN = statement(
  "ticket_open",
  "select * from shoal.ticket_open($1::text, $2::text, $3::text, ($4::text)::timestamptz, '{}', ($5::text)::jsonb)",
);

const OPEN_BY_PERSON = statement(
  "ticket_open_by_person",
  "select * from shoal.ticket_open_by_person($1::text, $2::text, '{}')",
);

const CLOSE_TICKET = statement(
  "ticket_close",
  "select * from shoal.ticket_close(array[($1::text)::uuid], $2::text, false)",
);

const CLOSE_USER = statement(
  "ticket_close_user",
  "select * from shoal.ticket_close_of($1::text, $2::text, ($3::text)::timestamptz, $4::boolean)",
);

const IN_ROOM = statement("ticket_in_room", "select shoal.ticket_in_room($1::text) as ticket_id");

const CLOSE_ABSENT = statement(
  "ticket_close_absent",
  "select * from shoal.ticket_close_absent(($1::text)::jsonb, $2::int)",
);

const SHOW_TICKET = statement(
  "ticket_show",
  `select t.id, t.user_id, t.status, t.closed_reason, m.match_id, m.room_id,
     (extract(epoch from t.queued_at) * 1000)::float8 as queued_ms,
     (extract(epoch from coalesce(m.made_at, t.closed_at, now()) - t.queued_at) * 1000)::float8 as waited_ms,
     case when t.status <> 'waiting' then 0 else (
       select count(*)::int from (
         select 1 from shoal.match_tickets o
         where o.status = 'waiting' and (o.queued_at, o.id) < (t.queued_at, t.id) limit 1000
       ) line
     ) end as ahead,
     exists (select 1 from shoal.match_tickets o where o.status = 'waiting' and o.id <> t.id) as has_company
   from shoal.match_tickets t
   left join shoal.matches m on m.match_id = t.match_id and t.status in ('reserved', 'matched')
   where t.id = ($1::text)::uuid`,
);

/** Tickets come, are looked up and go. */
function ticketStatements(run: Run) {
  return {
    open: ({ userId, name, source, since, shown }: Omit<OpenTicket, "isByPerson">) =>
      run<Change>(OPEN, userId, name ?? null, source, since ?? null, JSON.stringify(comparable(shown))),

    openByPerson: (userId: string, name: string | undefined) => run<Change>(OPEN_BY_PERSON, userId, name ?? null),

    closeTicket: (ticketId: string, reason: string) => run<Change>(CLOSE_TICKET, ticketId, reason),

    closeUser: (userId: string, reason: string, since: string | undefined, sparesRooms: boolean) =>
      run<Change>(CLOSE_USER, userId, reason, since ?? null, sparesRooms),

    /** Returns the ticket of a person who was seen in a room with a bot. */
    ticketInRoom: async (userId: string): Promise<string | null> => {
      const [row] = await run<{ ticket_id: string | null }>(IN_ROOM, userId);
      return row?.ticket_id ?? null;
    },

    closeAbsent: (present: readonly LobbyEntry[], graceMs: number) =>
      run<Change>(
        CLOSE_ABSENT,
        JSON.stringify(present.map(({ userId, since }) => ({ user_id: userId, since }))),
        graceMs,
      ),

    ticket: async (ticketId: string): Promise<TicketRow | undefined> => {
      const [row] = await run<TicketRow>(SHOW_TICKET, ticketId);
      return row;
    },
  };
}

const WAITING = statement(
  "match_waiting",
  `select t.id, t.user_id as "userId", left(coalesce(t.name, t.user_id), 200) as name, t.last_partner_id as "lastPartnerId",
     (extract(epoch from t.queued_at) * 1000)::float8 as "queuedAtMs",
     (extract(epoch from now()) * 1000)::float8 as "nowMs",
     (select coalesce(jsonb_agg(o.user_id), '[]') from shoal.match_tickets o
      where o.status <> 'closed' and o.source = 'api' and o.user_id = any ($2::text[])) as "takenIds"
   from shoal.match_tickets t where t.status = 'waiting' order by t.queued_at, t.id limit $1::int`,
);

const COMMIT = statement(
  "match_commit",
  "select m as match_id from shoal.match_commit($1::text, $2::int, ($3::text)::jsonb) m",
);

/** People in line become matches. */
function pairingStatements(run: Run) {
  return {
    waiting: (limit: number, chosenIds: readonly string[]) => run<WaitingRow>(WAITING, limit, chosenIds),

    /** Commits decisions and returns the match ids of those that are still valid. */
    commit: async (replicaId: string, confirmMs: number, decisions: readonly DecisionRow[]) => {
      const rows = await run<{ match_id: string }>(COMMIT, replicaId, confirmMs, JSON.stringify(decisions));
      return new Set(rows.map((row) => row.match_id));
    },
  };
}

const CONFIRM = statement("match_confirm", "select * from shoal.match_confirm(($1::text)::uuid, $2::text)");

const CONFIRM_IN_ROOM = statement(
  "match_confirm_in_room",
  "select * from shoal.match_confirm_in_room(($1::text)::uuid, $2::text)",
);

const UNREACHED = statement("match_unreached", "select shoal.match_unreached(($1::text)::uuid, $2::text)");

const END = statement("match_end", "select * from shoal.match_end(($1::text)::uuid, $2::text, $3::text)");

const SEATS = statement(
  "match_seats",
  `select m.room_id, s.participant_id, s.name, s.bot, s.ticket_id
   from shoal.matches m join shoal.match_seats s using (match_id)
   where m.match_id = ($1::text)::uuid order by s.seat`,
);

/** One match is confirmed, looked up and ended. */
function matchStatements(run: Run) {
  return {
    confirm: (matchId: string, participantId: string) => run<Change>(CONFIRM, matchId, participantId),

    confirmInRoom: (matchId: string, participantId: string) => run<Change>(CONFIRM_IN_ROOM, matchId, participantId),

    unreached: (matchId: string, participantId: string) => run(UNREACHED, matchId, participantId),

    end: (matchId: string, reason: string, leaverId: string | undefined) =>
      run<Change>(END, matchId, reason, leaverId ?? null),

    /** Returns the seats of a match in their order. */
    seats: (matchId: string) => run<SeatRow>(SEATS, matchId),
  };
}

const LOOK = statement(
  "match_sweep",
  `select to_jsonb(change) as change, outlook from shoal.match_look(${LOOK_PARAMS})`,
);

const RELEASE = statement("match_release", "select * from shoal.match_end_all_of_replica($1::text, $2::text)");

const HOUSEKEEP = statement("match_housekeep", "select * from shoal.match_housekeep($1::int, $2::int, $3::int)");

/** What is due, and what others did to the matches of a replica. */
function sweepStatements(run: Run) {
  return {
    release: (replicaId: string, reason: string) => run<Change>(RELEASE, replicaId, reason),

    sweep: async (request: SweepRequest): Promise<Swept> => sweptOf(await run<LookRow>(LOOK, ...lookParams(request))),

    housekeep: (maxLiveMs: number, keepMs: number, limit: number) => run<Change>(HOUSEKEEP, maxLiveMs, keepMs, limit),
  };
}

/** Returns entries without what can belong to no ticket, and would fail the statement. */
function comparable(shown: readonly ShownEntry[] = []): object[] {
  return shown.map(({ since, matchId }) => ({
    ...(isMark(since) && { since }),
    ...(matchId !== null && isUuid(matchId) && { match_id: matchId }),
  }));
}
