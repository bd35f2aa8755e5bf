import { type FleetError, isFleetError, isInstant, isStorableText } from "@shoal/kernel";
import { attributesProblem } from "./attributes.ts";
import { invalidTicket, tooManyBlocks, tooManyWaits } from "./errors.ts";
import type { OpenTicket, TicketSource } from "./types.ts";

/** Bounds ids and names, in characters, to keep rows and notices small; those of people are shorter. */
const MAX_LENGTH = 200;

const SOURCES: ReadonlySet<string> = new Set<TicketSource>(["lobby", "api"]);

/** Returns the error for what the database refuses, which it alone can judge: by its clock, and by the bots and waits it knows. */
export function refusalOf(thrown: unknown): FleetError | undefined {
  const sqlstate = isFleetError(thrown) ? thrown.details["sqlstate"] : undefined;
  if (sqlstate === "22008") return invalidTicket("since", "at most a minute in the future");
  if (sqlstate === "22023") return invalidTicket("userId", "that of a person, and it is that of a deployed bot");
  if (sqlstate === "54000") return tooManyWaits();
  return undefined;
}

/** Says by its own error that a person has blocked as many as may be. */
export function refuseBlock(thrown: unknown): never {
  throw isFleetError(thrown) && thrown.details["sqlstate"] === "54000" ? tooManyBlocks() : thrown;
}

/**
 * Refuses values that would fail the statement, and attributes that rules (`compared`) cannot compare; of the lobby those count as none.
 * @throws MATCH_INVALID_TICKET
 */
export function checkTicket(
  { userId, name, source, since, attributes }: OpenTicket,
  compared: readonly string[],
): void {
  if (!isText(userId)) throw invalidTicket("userId", `a text of 1 to ${MAX_LENGTH} characters`);
  if (name !== undefined && !isText(name)) throw invalidTicket("name", `a text of 1 to ${MAX_LENGTH} characters`);
  if (!SOURCES.has(source)) throw invalidTicket("source", "lobby or api");
  if (since !== undefined && !isMark(since)) throw invalidTicket("since", "an ISO 8601 time with a zone");
  const problem = attributes && attributesProblem(attributes, source === "api" ? compared : []);
  if (problem) throw invalidTicket(["attributes", problem.field].filter(Boolean).join("."), problem.expected);
}

export const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && isAtMost(value, MAX_LENGTH) && isStorableText(value);

/** Counts characters as Postgres does, so that those outside the basic plane count once. */
const isAtMost = (text: string, characters: number) => text.length <= 2 * characters && [...text].length <= characters;

export const isMark = (value: unknown): value is string => typeof value === "string" && isInstant(value);
