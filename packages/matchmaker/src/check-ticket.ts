import { isStorableText } from "@shoal/kernel";
import { invalidTicket } from "./errors.ts";
import type { OpenTicket, TicketSource } from "./types.ts";

/** Longer ids and names are not those of people; the limit keeps rows and notices small. */
const MAX_LENGTH = 200;

const SOURCES: ReadonlySet<string> = new Set<TicketSource>(["lobby", "api"]);

/** ISO 8601 with a zone: without one, each server would read another instant out of it. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/;

/** Refuses what the database would choke on, before it gets there. @throws MATCH_INVALID_TICKET */
export function checkTicket({ userId, name, source, since }: OpenTicket): void {
  if (!isText(userId)) throw invalidTicket("userId", `a text of 1 to ${MAX_LENGTH} characters`);
  if (name !== undefined && !isText(name)) throw invalidTicket("name", `a text of 1 to ${MAX_LENGTH} characters`);
  if (!SOURCES.has(source)) throw invalidTicket("source", "lobby or api");
  if (since !== undefined && !isMark(since)) throw invalidTicket("since", "an ISO 8601 time with a zone");
}

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= MAX_LENGTH && isStorableText(value);

export const isMark = (value: unknown): value is string =>
  typeof value === "string" && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value));
