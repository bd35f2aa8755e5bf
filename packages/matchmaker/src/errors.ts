import { type ErrorDetails, FleetError } from "@shoal/kernel";

/**
 * What the matchmaker itself reports: `MATCH_INVALID_TICKET`, `MATCH_INVALID_POLICY`. Its statements fail as the store
 * says (`STORE_UNAVAILABLE`, `STORE_QUERY` …).
 */
export class MatchError extends FleetError {}

/** A value from outside that cannot be a ticket. The value itself stays out of the message: it may be a person's text. */
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
