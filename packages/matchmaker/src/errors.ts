import { type ErrorDetails, FleetError } from "@shoal/kernel";

/**
 * Errors of the matchmaker itself: `MATCH_INVALID_TICKET`, `MATCH_TOO_MANY_WAITS`, `MATCH_TOO_MANY_BLOCKS`, `MATCH_INVALID_POLICY`, `MATCH_INVALID_RULES`. Its statements fail with errors of the
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

/** One thing that is wrong with rules: the part at fault, and what it must be. */
export interface RuleProblem {
  readonly field: string;
  readonly expected: string;
}

export function invalidRules(problems: readonly RuleProblem[]): MatchError {
  const words = problems.map(({ field, expected }) => `${field} must be ${expected}`).join("; ");
  return new MatchError("MATCH_INVALID_RULES", `The rules of matching are wrong: ${words}.`, {
    details: { field: problems[0]?.field, problems },
  });
}

/** Makes the error for a person who begins one wait after the other. */
export function tooManyWaits(): MatchError {
  const message =
    "The ticket cannot be opened: at most 30 waits of one person begin within a minute; try again in a minute.";
  return new MatchError("MATCH_TOO_MANY_WAITS", message, { retryable: true });
}

export function tooManyBlocks(): MatchError {
  return new MatchError(
    "MATCH_TOO_MANY_BLOCKS",
    "Nobody is blocked: one person blocks at most 1,000; unblock somebody first.",
  );
}
