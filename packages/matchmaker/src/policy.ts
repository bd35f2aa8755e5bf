import { SECOND_MS } from "@shoal/kernel";
import { invalidPolicy } from "./errors.ts";
import type { MatchPolicy } from "./types.ts";

/** Defaults: a bot after 4 s, 8 s to confirm, closed at the third match that is not confirmed. @source SPEC A, matchmaker row */
export const defaultMatchPolicy = {
  botAfterMs: 4 * SECOND_MS,
  confirmMs: 8 * SECOND_MS,
  maxUnconfirmed: 3,
} as const satisfies MatchPolicy;

/** Longest time that both Postgres and JavaScript's timers can count: 2^31 - 1 ms, 24 days. */
const MAX_MS = 2 ** 31 - 1;

/** Fills in the defaults. @throws MATCH_INVALID_POLICY a number outside its range; `details.field` names it */
export function checkPolicy(given: Partial<MatchPolicy>): MatchPolicy {
  const policy: MatchPolicy = { ...defaultMatchPolicy, ...given };
  checkInteger("botAfterMs", policy.botAfterMs, 0, MAX_MS);
  checkInteger("confirmMs", policy.confirmMs, 1, MAX_MS);
  checkInteger("maxUnconfirmed", policy.maxUnconfirmed, 1, 1_000);
  return policy;
}

function checkInteger(field: keyof MatchPolicy, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalidPolicy(field, `a whole number from ${min} to ${max}`, { received: value });
}
