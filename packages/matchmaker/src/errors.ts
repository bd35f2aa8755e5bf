import { type ErrorDetails, FleetError } from "@shoal/kernel";

/**
 * Errors of the matchmaker itself: `MATCH_INVALID_TICKET`, `MATCH_TOO_MANY_WAITS`, `MATCH_INVALID_POLICY`. Its statements fail with errors of the
 * store (`STORE_UNAVAILABLE`, `STORE_QUERY` …).
 */
export class MatchError extends FleetError {}

/** Makes the error for an invalid ticket. Keeps the value out of the message, because it may be a person's text. */
export function invalidTicket(field: string, expected: string): MatchError {
  return new MatchError("MATCH_INVALID_TICKET", `The ticket cannot be opened: ${field} must be ${expected}.`, {
    details: { field },
  });
}

export function invalidPolicy(field: string, expected: string, details: ErrorDetails): MatchError {
  return new MatchError("MATCH_INVALID_POLICY", `The match policy is wrong: ${field} must be ${expected}.`, {
    details: { field, ...details },
  });
}

/** Makes the error for a person who begins one wait after the other. */
export function tooManyWaits(): MatchError {
  const message =
    "The ticket cannot be opened: at most 30 waits of one person begin within a minute; try again in a minute.";
  return new MatchError("MATCH_TOO_MANY_WAITS", message, { retryable: true });
}
