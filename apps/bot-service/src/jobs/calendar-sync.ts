import type { JobHandler } from "@shoal/job-queue";
import { type Clock, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { type Database, statement } from "@shoal/store";
import type { Fetch } from "../outgoing/adapters/system-fetch.ts";
import { boundedText, exchange, isRedirect, keyOfAddress } from "../outgoing/exchange.ts";
import { type CalendarEvent, readCalendar } from "./calendar-events.ts";
import { DaemonJobError } from "./errors.ts";

const FEED_LIMIT_MS = 30 * SECOND_MS;
const FEED_LIMIT_BYTES = 5 * 1024 * 1024;

export interface CalendarSyncParts {
  readonly database: Database;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** A secret: it may hold a token. */
  readonly url: string;
}

/** What a sync did. */
export type CalendarSyncResult =
  | { readonly isUnchanged: true }
  | { readonly isUnchanged: false; readonly added: number; readonly changed: number; readonly removed: number };

/**
 * Makes `shoal.calendar_events` equal to the feed: adds and changes events, and removes future ones that the feed no longer
 * has; past ones stay. Writes a whole feed or nothing. Idempotent.
 *
 * Fails with CALENDAR_FEED_UNAVAILABLE (no success within 30 s), CALENDAR_FEED_TOO_LARGE (above 5 MB), CALENDAR_FEED_INVALID,
 * CALENDAR_FEED_REDIRECTED (to another host, or more than three times).
 */
export function calendarSync(parts: CalendarSyncParts): JobHandler {
  return { timeLimitMs: 2 * MINUTE_MS, run: (_job, { signal }) => sync(parts, signal) };
}

async function sync(
  { database, fetch, clock, url }: CalendarSyncParts,
  signal: AbortSignal,
): Promise<CalendarSyncResult> {
  const feedKey = keyOfAddress(url);
  const known = await etagOf(database, feedKey);
  const answer = await exchange({
    fetch,
    clock,
    url,
    signal,
    limitMs: FEED_LIMIT_MS,
    followsSameHost: true,
    init: { headers: { accept: "application/json", ...(known !== null && { "if-none-match": known }) } },
    read: async (response): Promise<FeedAnswer> => {
      if (response.status === 304 && known !== null) return { kind: "unchanged" };
      if (isRedirect(response)) return { kind: "redirected" };
      if (!response.ok) return { kind: "failed", status: response.status };
      return { kind: "feed", text: await boundedText(response, FEED_LIMIT_BYTES), etag: response.headers.get("etag") };
    },
  });
  const feed = feedOf(answer);
  if (feed === "unchanged") return { isUnchanged: true };
  return write(database, feedKey, feed.etag, readCalendar(feed.text));
}

type FeedAnswer =
  | { readonly kind: "unchanged" }
  | { readonly kind: "redirected" }
  | { readonly kind: "failed"; readonly status: number }
  | { readonly kind: "feed"; readonly text: string | undefined; readonly etag: string | null };

function feedOf(answer: FeedAnswer | undefined): "unchanged" | { text: string; etag: string | null } {
  if (answer === undefined) {
    throw new DaemonJobError("CALENDAR_FEED_UNAVAILABLE", "The calendar feed did not answer in time.", {
      retryable: true,
    });
  }
  if (answer.kind === "unchanged") return "unchanged";
  if (answer.kind === "redirected") {
    throw new DaemonJobError(
      "CALENDAR_FEED_REDIRECTED",
      "The calendar feed redirects to another host, or too often, and was not read: if you trust where it leads, set CALENDAR_FEED_URL to that address.",
    );
  }
  if (answer.kind === "failed") {
    throw new DaemonJobError("CALENDAR_FEED_UNAVAILABLE", `The calendar feed answered with status ${answer.status}.`, {
      retryable: true,
      details: { status: answer.status },
    });
  }
  if (answer.text === undefined) {
    throw new DaemonJobError("CALENDAR_FEED_TOO_LARGE", `The calendar feed is larger than ${FEED_LIMIT_BYTES} bytes.`, {
      details: { limit_bytes: FEED_LIMIT_BYTES },
    });
  }
  return { text: answer.text, etag: answer.etag };
}

const ETAG_SQL = statement("calendar_etag", "select etag from shoal.calendar_feed where feed_key = $1");

/** The etag of the last sync of this feed; null if the last sync was of another one, whose events the table holds. */
async function etagOf(database: Database, feedKey: string): Promise<string | null> {
  const rows = await database.query<{ etag: string | null }>(ETAG_SQL, [feedKey]);
  return rows[0]?.etag ?? null;
}

const SYNC_SQL = statement(
  "calendar_sync",
  `
with given as materialized (
  select * from jsonb_to_recordset(($1::text)::jsonb)
    as event (id text, title text, starts_at timestamptz, ends_at timestamptz, details jsonb)
),
written as (
  insert into shoal.calendar_events as held (id, title, starts_at, ends_at, details)
  select id, title, starts_at, ends_at, details from given order by id
  on conflict (id) do update set title = excluded.title, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    details = excluded.details, updated_at = clock_timestamp()
  where (held.title, held.starts_at, held.ends_at, held.details)
    is distinct from (excluded.title, excluded.starts_at, excluded.ends_at, excluded.details)
  returning xmax = 0 as is_new
),
removed as (
  delete from shoal.calendar_events held
  where held.starts_at > clock_timestamp() and not exists (select from given where given.id = held.id)
  returning 1
),
kept as (
  insert into shoal.calendar_feed as held (feed_key, etag, synced_at) values ($2, $3, clock_timestamp())
  on conflict (singleton) do update set feed_key = excluded.feed_key, etag = excluded.etag, synced_at = excluded.synced_at
)
select (select count(*)::int from written where is_new) as added,
  (select count(*)::int from written where not is_new) as changed,
  (select count(*)::int from removed) as removed`,
);

async function write(
  database: Database,
  feedKey: string,
  etag: string | null,
  events: readonly CalendarEvent[],
): Promise<CalendarSyncResult> {
  const rows = await database.query<{ added: number; changed: number; removed: number }>(SYNC_SQL, [
    JSON.stringify(events),
    feedKey,
    etag,
  ]);
  const { added = 0, changed = 0, removed = 0 } = rows[0] ?? {};
  return { isUnchanged: false, added, changed, removed };
}
