import { invariant, isUuid } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { TicketSource } from "./types.ts";

/** A person in line, as operators see them. Times are ISO. */
export interface LineEntry {
  readonly ticketId: string;
  readonly userId: string;
  /** The person's own text, at most 200 characters. */
  readonly name: string;
  readonly source: TicketSource;
  readonly queuedAt: string;
  readonly waitedMs: number;
  /** Matches that this ticket was in and that were not confirmed. */
  readonly unconfirmed: number;
  /** Whether another person waits. */
  readonly hasCompany: boolean;
}

export interface MatchEntry {
  readonly matchId: string;
  readonly roomId: string;
  readonly status: "pending" | "live" | "ended";
  /** The replica that runs the bot; null for a match of two people. */
  readonly replicaId: string | null;
  readonly madeAt: string;
  readonly liveAt: string | null;
  readonly endedAt: string | null;
  readonly endedReason: string | null;
  readonly seats: readonly {
    readonly id: string;
    readonly name: string;
    readonly bot: boolean;
    readonly confirmed: boolean;
  }[];
}

/** How many of the latest 100,000 matches ended for a reason. */
export interface EndCount {
  readonly reason: string;
  readonly lastHour: number;
  readonly lastDay: number;
}

/** What people did about whom they met within a day, each counted up to 100,000. */
export interface SafetyCounts {
  readonly blocks: number;
  readonly reports: number;
}

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** What to give for the next page; null: there is none. */
  readonly next: string | null;
}

export interface PageRequest {
  /** 1 or more. */
  readonly limit: number;
  /** `next` of the page before. One that is not its form counts as none. */
  readonly cursor?: string;
}

/** Reads tickets and matches for operators, page by page along an index. Errors as `Sql.query`. */
export interface MatchBrowser {
  /** Who waits, the longest wait first. */
  line(page: PageRequest): Promise<Page<LineEntry>>;
  /** Matches of a status, the newest of that status first. */
  matches(status: MatchEntry["status"], page: PageRequest): Promise<Page<MatchEntry>>;
  /** Also of one that is over, for a week. */
  match(matchId: string): Promise<MatchEntry | undefined>;
  /** Matches that ended within a day, by reason. */
  ends(): Promise<readonly EndCount[]>;
  safety(): Promise<SafetyCounts>;
}

/** By hand a row can have a time without end, which neither a page nor JavaScript can name: such rows are left out. */
const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::int8::text as "atMicros"`;
const instant = (param: string) => `(timestamptz 'epoch' + ${param}::int8 * interval '1 microsecond')`;

const LINE = statement(
  "match_line",
  `select t.id as "ticketId", t.user_id as "userId", left(coalesce(t.name, t.user_id), 200) as name, t.source, t.queued_at as "queuedAt",
     greatest(0, extract(epoch from now() - t.queued_at) * 1000)::float8 as "waitedMs", t.unconfirmed, ${micros("t.queued_at")},
     (select count(*) > 1 from (select from shoal.match_tickets o where o.status = 'waiting' order by o.queued_at, o.id limit 2) few) as "hasCompany"
   from shoal.match_tickets t
   where t.status = 'waiting' and (t.queued_at, t.id) > (${instant("$2")}, ($3::text)::uuid) and isfinite(t.queued_at)
   order by t.queued_at, t.id limit $1::int`,
);

const COLUMNS = `m.match_id as "matchId", m.room_id as "roomId", m.status, m.replica_id as "replicaId", m.made_at as "madeAt",
  m.live_at as "liveAt", m.ended_at as "endedAt", m.ended_reason as "endedReason", (
    select coalesce(jsonb_agg(jsonb_build_object('id', s.participant_id, 'name', left(s.name, 200), 'bot', s.bot,
      'confirmed', s.confirmed_at is not null) order by s.seat), '[]')
    from shoal.match_seats s where s.match_id = m.match_id
  ) as seats`;

/** By the index of each status. */
const SINCE = { pending: "m.confirm_by", live: "m.live_at", ended: "m.ended_at" } as const;

const listOf = (status: MatchEntry["status"]) =>
  statement(
    `match_list_${status}`,
    `select ${COLUMNS}, ${micros(SINCE[status])} from shoal.matches m
     where m.status = '${status}' and (${SINCE[status]}, m.match_id) < (${instant("$2")}, ($3::text)::uuid) and isfinite(${SINCE[status]})
     order by ${SINCE[status]} desc, m.match_id desc limit $1::int`,
  );
const LISTS = { pending: listOf("pending"), live: listOf("live"), ended: listOf("ended") } as const;

const MATCH = statement("match_one", `select ${COLUMNS} from shoal.matches m where m.match_id = ($1::text)::uuid`);

const ENDS = statement(
  "match_ends",
  `select ended_reason as reason, count(*) filter (where ended_at > now() - interval '1 hour')::int as "lastHour", count(*)::int as "lastDay"
   from (
     select ended_reason, ended_at from shoal.matches where status = 'ended' and ended_at > now() - interval '1 day'
     order by ended_at desc limit 100000
   ) latest group by ended_reason order by "lastDay" desc, reason`,
);

const countOf = (table: string, which = "") =>
  `(select count(*)::int from (select from ${table} where created_at > now() - interval '1 day' ${which} limit 100000) latest)`;
const SAFETY = statement(
  "match_safety",
  `select ${countOf("public.match_blocks")} as blocks, ${countOf("shoal.conversation_marks", "and kind = 'report'")} as reports`,
);

type LineRow = Omit<LineEntry, "queuedAt"> & { readonly queuedAt: Date; readonly atMicros: string };
type MatchTime = "madeAt" | "liveAt" | "endedAt";
type MatchRow = Omit<MatchEntry, MatchTime> & {
  readonly [At in MatchTime]: Date | (null extends MatchEntry[At] ? null : never);
} & { readonly atMicros?: string };

const FIRST = ["0", "00000000-0000-0000-0000-000000000000"] as const;
/** The year 9999. */
const LAST = ["253402300799000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] as const;

export function createMatchBrowser(sql: Pick<Sql, "query">): MatchBrowser {
  return {
    async line({ limit, cursor }) {
      const rows = await sql.query<LineRow>(LINE, [limit, ...(placeOf(cursor) ?? FIRST)]);
      const entries = rows.map(({ atMicros: _, ...row }) => ({ ...row, queuedAt: row.queuedAt.toISOString() }));
      const last = rows.at(-1);
      return { entries, next: last && rows.length === limit ? `${last.atMicros}.${last.ticketId}` : null };
    },
    async matches(status, { limit, cursor }) {
      const rows = await sql.query<MatchRow>(LISTS[status], [limit, ...(placeOf(cursor) ?? LAST)]);
      const last = rows.at(-1);
      return {
        entries: rows.map(entryOf),
        next: last && rows.length === limit ? `${last.atMicros}.${last.matchId}` : null,
      };
    },
    async match(matchId) {
      const [row] = isUuid(matchId) ? await sql.query<MatchRow>(MATCH, [matchId]) : [];
      return row && entryOf(row);
    },
    ends: () => sql.query<EndCount>(ENDS),
    async safety() {
      const [row] = await sql.query<SafetyCounts>(SAFETY);
      invariant(row, "counts are one row");
      return row;
    },
  };
}

/** Returns where a page begins: the time in microseconds, as Postgres counts it, and an id. */
function placeOf(cursor = ""): readonly [string, string] | undefined {
  const [, micros = "", id = ""] = /^(\d{1,18})\.(.+)$/.exec(cursor) ?? [];
  return isUuid(id) ? [micros, id] : undefined;
}

function entryOf({ atMicros: _, ...row }: MatchRow): MatchEntry {
  return {
    ...row,
    madeAt: row.madeAt.toISOString(),
    liveAt: row.liveAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
