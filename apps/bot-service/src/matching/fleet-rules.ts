import { isFleetError } from "@shoal/kernel";
import { checkRules, type MatchRules } from "@shoal/matchmaker";
import { z } from "zod";

/** Who may meet whom, as a fleet file says it. */
export interface FleetMatch extends Partial<Omit<MatchRules, "slaMs">> {
  /** Wait that nobody should pass, in ms; a bot comes before. Default null: no such objective. */
  readonly sla_ms?: MatchRules["slaMs"];
}

const NAMES = ["equal", "near", "avoid", "sla_ms"] as const;

/** One problem of the rules: the key in the fleet file's `match`, and what it must be. */
const foundSchema = z.array(z.object({ field: z.string(), expected: z.string() }));

/** Returns the rules with their defaults. @throws MATCH_INVALID_RULES with all that is wrong */
export function rulesOf({ sla_ms: slaMs = null, ...rules }: FleetMatch = {}): MatchRules {
  return checkRules({ ...rules, slaMs });
}

/** Names each key that is wrong, and says what it must be. */
export const fleetMatchSchema = z.record(z.string(), z.unknown()).superRefine((match, context) => {
  const unknown = Object.keys(match).filter((name) => !NAMES.some((known) => known === name));
  for (const name of unknown) context.addIssue({ code: "unrecognized_keys", keys: [name], input: match });
  if (unknown.length > 0) return;
  try {
    rulesOf(match);
  } catch (thrown) {
    if (!isFleetError(thrown, "MATCH_INVALID_RULES")) throw thrown;
    for (const one of foundSchema.parse(thrown.details["problems"])) {
      const path = one.field === "match" ? [] : one.field.replace(/^slaMs$/, "sla_ms").split(".");
      context.addIssue({ code: "custom", path, message: `must be ${one.expected}` });
    }
  }
});
