import { fullJitter, invariant, isFleetError, isUuid, type Runtime, retry } from "@shoal/kernel";
import { type Sql, type SqlValue, type Statement, statement } from "@shoal/store";
import { isMark } from "./check-ticket.ts";
import type { LineRead, LineRequest } from "./line-read.ts";
import { LOOK_PARAMS, type LookRow, lookParams, type Sweep, type SweepRequest, type Swept, sweptOf } from "./sweep.ts";
import type { Block, Change, LobbyEntry, OpenTicket, ShownEntry } from "./types.ts";

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
  readonly first_version: string | null;
  readonly second: string | null;
  readonly second_version: string | null;
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
    ...blockStatements(run),
    ...sweepStatements(run),
    ...(sweep && { sweep: (request: SweepRequest) => again(() => sweep(request)) }),
  };
}

const OPEN = statement(
  "ticket_open",
  "select * from shoal.ticket_open_described($1::text, $2::text, $3::text, ($4::text)::timestamptz, ($5::text)::jsonb, ($6::text)::jsonb, $7::boolean)",
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
    open: ({ userId, name, source, since, attributes = {}, shown, isByPerson = false }: OpenTicket) => {
      const texts = [JSON.stringify(attributes), JSON.stringify(comparable(shown))];
      return run<Change>(OPEN, userId, name ?? null, source, since ?? null, ...texts, isByPerson);
    },

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

const LINE = statement(
  "match_line_read",
  "select * from shoal.match_line_since($1::int, ($2::text)::uuid, ($3::text)::pg_snapshot, ($4::text[])::uuid[], $5::text[], $6::boolean)",
);

const COMMIT = statement(
  "match_commit",
  "select m as match_id from shoal.match_commit_checked($1::text, $2::int, ($3::text)::jsonb, $4::boolean) m",
);

/** People in line become matches. */
function pairingStatements(run: Run) {
  return {
    line: async ({ limit, after, since, again, chosenIds, avoidsBlocks }: LineRequest): Promise<LineRead> => {
      const [read] = await run<LineRead>(LINE, limit, after, since, again, chosenIds, avoidsBlocks);
      invariant(read, "a read of the line answers one row");
      return read;
    },

    /** Commits decisions and returns the match ids of those that are still valid. */
    commit: async (
      replicaId: string,
      confirmMs: number,
      decisions: readonly DecisionRow[],
      avoidsBlocks: boolean,
    ): Promise<ReadonlySet<string>> => {
      const rows = await run<{ match_id: string }>(
        COMMIT,
        replicaId,
        confirmMs,
        JSON.stringify(decisions),
        avoidsBlocks,
      );
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

const END_BY_OPERATOR = statement(
  "match_end_by_operator",
  "select * from shoal.match_end_by_operator(($1::text)::uuid, $2::text)",
);

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

    endByOperator: (matchId: string, actor: string) => run<Change>(END_BY_OPERATOR, matchId, actor),

    /** Returns the seats of a match in their order. */
    seats: (matchId: string) => run<SeatRow>(SEATS, matchId),
  };
}

const BLOCK = statement(
  "match_block",
  `select b.blocked_id, to_jsonb(b.change) as change from shoal.match_block($1::text, ($2::text)::uuid) b`,
);

const UNBLOCK = statement("match_unblock", "select shoal.match_unblock($1::text, $2::text) as done");

const REPORT = statement("match_report", "select shoal.match_report($1::text, ($2::text)::uuid, $3::text) as done");

const BLOCKS = statement(
  "match_blocks",
  `select b.blocked_id as "blockedId", b.is_bot as "isBot", b.created_at as "createdAt" from public.match_blocks b
   where b.user_id = $1::text order by b.blocked_id`,
);

/** Who keeps apart from whom. */
function blockStatements(run: Run) {
  return {
    block: (userId: string, matchId: string) =>
      run<{ blocked_id: string; change: Change | null }>(BLOCK, userId, matchId),

    unblock: async (userId: string, blockedId: string) =>
      (await run<{ done: boolean }>(UNBLOCK, userId, blockedId))[0]?.done ?? false,

    report: async (userId: string, matchId: string, reason: string) =>
      (await run<{ done: boolean }>(REPORT, userId, matchId, reason))[0]?.done ?? false,

    blocks: (userId: string) => run<Omit<Block, "createdAt"> & { createdAt: Date }>(BLOCKS, userId),
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
