import { type Sql, statement } from "@shoal/store";
import type { BotChange } from "../fleet/bot-histories.ts";
import type { ConsolePerson } from "../http/console-person-body.ts";
import type { Explain } from "../matching/wait-reasons.ts";

export interface PersonSources {
  readonly database: Pick<Sql, "query">;
  readonly explainer: () => Explain;
  /** What a bot of this daemon went through. */
  readonly botChanges: (botId: string) => readonly BotChange[];
  readonly roomTopic: (roomId: string) => string;
  readonly nowMs: () => number;
}

interface SeatRow {
  readonly id: string;
  readonly name: string;
  readonly bot: boolean;
  readonly confirmed_at: string | null;
}

interface PersonRow {
  readonly id: string;
  readonly name: string | null;
  readonly source: "lobby" | "api";
  readonly status: "waiting" | "reserved" | "matched" | "closed";
  readonly closed_reason: string | null;
  readonly closed_at: Date | null;
  readonly queued_at: Date;
  readonly waited_ms: number;
  readonly has_company: boolean;
  readonly match_id: string | null;
  readonly room_id: string;
  readonly match_status: "pending" | "live" | "ended";
  readonly made_at: Date;
  readonly live_at: Date | null;
  readonly ended_at: Date | null;
  readonly ended_reason: string | null;
  readonly seats: readonly SeatRow[] | null;
}

const TIMELINE_MAX = 50;
/** States of a bot that is in its room. */
const IN_ROOM = new Set(["waiting", "talking", "handing"]);

// Whose time has no end was written by hand, and nobody can name it.
const PERSON = statement(
  "console_person",
  `select t.id, left(t.name, 200) as name, t.source, t.status, t.closed_reason, t.closed_at, t.queued_at,
     greatest(0, extract(epoch from clock_timestamp() - t.queued_at) * 1000)::float8 as waited_ms,
     (select count(*) > 1 from (select from shoal.match_tickets o where o.status = 'waiting' order by o.queued_at, o.id limit 2) few) as has_company,
     m.match_id, m.room_id, m.status as match_status, m.made_at, m.live_at, m.ended_at, m.ended_reason,
     (select jsonb_agg(jsonb_build_object('id', s.participant_id, 'name', left(s.name, 200), 'bot', s.bot, 'confirmed_at', s.confirmed_at) order by s.seat)
      from shoal.match_seats s where s.match_id = m.match_id) as seats
   from shoal.match_tickets t left join shoal.matches m on m.match_id = t.match_id and isfinite(m.made_at)
   where t.user_id = $1 and isfinite(t.queued_at)
   order by t.status = 'closed', t.opened_at desc limit 1`,
);

/** Reads what is known of a person's latest ticket. Asks the database one thing. Rejects as `Sql.query`. */
export async function readPerson(sources: PersonSources, userId: string): Promise<ConsolePerson> {
  const [row] = await sources.database.query<PersonRow>(PERSON, [userId]);
  const base = { user_id: userId, at: new Date(sources.nowMs()).toISOString() };
  if (!row) return { ...base, ticket: null, why: null, match: null, room: null, timeline: [] };
  const changes = changesOf(row, sources);
  return {
    ...base,
    ticket: {
      ...{ id: row.id, name: row.name, status: row.status, since: row.queued_at.toISOString() },
      ...{ source: row.source, closed_reason: row.closed_reason },
    },
    why: whyOf(row, sources, userId),
    match: matchOf(row),
    room: row.match_id === null ? null : { topic: sources.roomTopic(row.room_id), bot: botOf(row, changes) },
    timeline: timelineOf(row, changes),
  };
}

function whyOf(row: PersonRow, { explainer }: PersonSources, userId: string): ConsolePerson["why"] {
  if (row.status !== "waiting") return null;
  const { code, words: text } = explainer()({
    ticketId: row.id,
    userId,
    waitedMs: row.waited_ms,
    hasCompany: row.has_company,
  });
  return { code, text };
}

function matchOf(row: PersonRow): ConsolePerson["match"] {
  if (row.match_id === null) return null;
  const seats = row.seats ?? [];
  return {
    ...{ id: row.match_id, room_id: row.room_id, status: row.match_status },
    rule: seats.some(({ bot }) => bot) ? "bot" : "person",
    made_at: row.made_at.toISOString(),
    live_at: row.live_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
    ended_reason: row.ended_reason,
    seats: seats.map(({ confirmed_at, ...seat }) => ({ ...seat, is_confirmed: confirmed_at !== null })),
  };
}

const botSeat = ({ seats }: PersonRow) => seats?.find(({ bot }) => bot);

/** What the bot of the match went through in it, as far as it is one of this daemon. */
function changesOf(row: PersonRow, { botChanges }: PersonSources): readonly BotChange[] {
  const seat = botSeat(row);
  return seat ? botChanges(seat.id).filter(({ matchId }) => matchId === row.match_id) : [];
}

function botOf(row: PersonRow, changes: readonly BotChange[]) {
  const [seat, latest] = [botSeat(row), changes.at(-1)];
  if (!seat || !latest) return null;
  return { id: seat.id, state: latest.state, since: latest.at, is_joined: IN_ROOM.has(latest.state) };
}

function timelineOf(row: PersonRow, changes: readonly BotChange[]): ConsolePerson["timeline"] {
  const entry = (at: Date | string | null, type: string, summary: string) =>
    at === null ? [] : [{ at: new Date(at).toISOString(), type, summary }];
  const isMade = row.match_id !== null;
  const entries = [
    ...entry(row.queued_at, "ticket:opened", `by ${row.source === "lobby" ? "the lobby" : "the API or RPC"}`),
    ...(isMade ? entry(row.made_at, "match:made", botSeat(row) ? "with a bot" : "with a person") : []),
    ...(row.seats ?? []).flatMap((seat) => entry(seat.confirmed_at, "seat:confirmed", seat.bot ? "the bot" : seat.id)),
    ...changes.flatMap(({ at, state }) => entry(at, "bot:changed", state)),
    ...(isMade ? entry(row.live_at, "match:live", "both are there") : []),
    ...(isMade ? entry(row.ended_at, "match:ended", row.ended_reason ?? "") : []),
    ...entry(row.closed_at, "ticket:closed", row.closed_reason ?? ""),
  ];
  const byTime = (left: { readonly at: string }, right: { readonly at: string }) => (left.at < right.at ? -1 : 1);
  return entries.toSorted(byTime).slice(-TIMELINE_MAX);
}
