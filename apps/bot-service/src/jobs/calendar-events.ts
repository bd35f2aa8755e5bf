import { isInstant, isStorableJson, parseBoundedJson } from "@shoal/kernel";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { DaemonJobError } from "./errors.ts";

/** One event, as `shoal.calendar_events` stores it. */
export interface CalendarEvent {
  readonly id: string;
  readonly title: string;
  readonly starts_at: string;
  readonly ends_at: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

const MAX_EVENTS = 10_000;

const instant = z.iso.datetime({ offset: true }).refine(isInstant, "must be a time");
const event = z
  .looseObject({
    id: storableText(z.string().min(1).max(200)),
    title: storableText(z.string().min(1).max(1000)),
    starts_at: instant,
    ends_at: instant.nullish(),
  })
  .refine(({ starts_at, ends_at }) => !ends_at || Date.parse(ends_at) >= Date.parse(starts_at), {
    path: ["ends_at"],
    message: "must not be before starts_at",
  });
const events = z.array(event).max(MAX_EVENTS);
const feed = z.union([events, z.object({ events }).transform((object) => object.events)]);

/**
 * Reads a feed: a list of events, or an object with one as `events`. An event has `id`, `title`, `starts_at` and perhaps
 * `ends_at` (ISO with a zone); its other fields are kept as its details. Of two events with one id the last one counts.
 *
 * @throws CALENDAR_FEED_INVALID `details.field` names the first thing wrong
 */
export function readCalendar(text: string): CalendarEvent[] {
  const given = parsed(text);
  const list = typeof given === "object" && given !== null && "events" in given ? given.events : given;
  // The schema would go over all of them first, millions in a feed of the largest size.
  const read = feed.safeParse(Array.isArray(list) && list.length > MAX_EVENTS ? undefined : given);
  if (!read.success) {
    const field = firstPath(read.error);
    throw new DaemonJobError("CALENDAR_FEED_INVALID", `The calendar feed is not a list of events: see ${field}.`, {
      details: { field },
    });
  }
  const byId = new Map(read.data.map((given) => [given.id, given]));
  return [...byId.values()].map(({ id, title, starts_at, ends_at, ...details }) => ({
    id,
    title,
    starts_at,
    ends_at: ends_at ?? null,
    details,
  }));
}

/** Parses JSON; undefined, which is refused as a feed, for text that is not JSON, nested too deeply, or that Postgres cannot store. */
function parsed(text: string): unknown {
  const read = parseBoundedJson(text);
  return read.kind === "json" && isStorableJson(JSON.stringify(read.value)) ? read.value : undefined;
}

/** The deepest path: in a union it belongs to the branch that fits best. */
function firstPath(error: z.ZodError): string {
  const paths = error.issues.flatMap((issue) =>
    issue.code === "invalid_union" ? issue.errors.flat().map((inner) => [...issue.path, ...inner.path]) : [issue.path],
  );
  const deepest = paths.toSorted((left, right) => right.length - left.length)[0] ?? [];
  return deepest.join(".") || "its beginning";
}
