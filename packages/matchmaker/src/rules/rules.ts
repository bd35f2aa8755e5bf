import { SECOND_MS } from "@shoal/kernel";
import { invalidRules, type RuleProblem } from "../errors.ts";

/** A number of two people that must be close. What is close widens with the wait, for each side by its own. */
export interface NearRule {
  /** Greatest difference at the start of the wait, in units of the attribute. */
  readonly within: number;
  /** By how much that grows in each second of the wait. */
  readonly widenPerSecond: number;
  /** Where it stops growing. */
  readonly max: number;
}

/** Who may meet whom. An app's fleet file says it as `match`. */
export interface MatchRules {
  /** Attributes that must be the same, at most 8. Who has none is the same as others who have none. Default: none. */
  readonly equal: readonly string[];
  /** Attributes that must be close, at most 4. Who has no number there is held back by no one's window. Default: none. */
  readonly near: Readonly<Record<string, NearRule>>;
  /** Whether people who blocked each other are kept apart. Default `blocks`. */
  readonly avoid: "blocks" | "nothing";
  /** Wait that nobody should pass, in ms; a bot comes before. Null (default): no such objective. */
  readonly slaMs: number | null;
}

/** Rules that hold nobody back but those who blocked each other. */
export const defaultMatchRules = {
  equal: [],
  near: {},
  avoid: "blocks",
  slaMs: null,
} as const satisfies MatchRules;

const MAX_EQUAL = 8;
/** Finding who is near in several ways at once costs more with each. */
const MAX_NEAR = 4;
/** Becomes part of a label and of sentences. No name of a property that each object has begins so, but `constructor` and its like, which are no values. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;
/** Longest time that both Postgres and JavaScript's timers can count: 2^31 - 1 ms, 24 days. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Fills in the defaults. Takes anything, because a fleet file may be JavaScript.
 *
 * @throws MATCH_INVALID_RULES `details.problems` has all that is wrong, each with a `field` such as `near.skill.max` and what is `expected`
 */
export function checkRules(given: Partial<MatchRules>): MatchRules {
  const problems = isPlain(given) ? [...problemsOf(given)] : [{ field: "match", expected: "an object of rules" }];
  if (problems.length > 0) throw invalidRules(problems);
  const { equal, near, avoid, slaMs }: MatchRules = { ...defaultMatchRules, ...given };
  return { equal: [...equal], near: { ...near }, avoid, slaMs };
}

function* problemsOf(given: Partial<MatchRules>): Generator<RuleProblem> {
  yield* problemsOfOthers("match", given, Object.keys(defaultMatchRules));
  const { equal, near, avoid, slaMs }: MatchRules = { ...defaultMatchRules, ...given };
  yield* problemsOfEqual(equal);
  yield* problemsOfNear(near, Array.isArray(equal) ? equal : []);
  if (avoid !== "blocks" && avoid !== "nothing") yield { field: "avoid", expected: `"blocks" or "nothing"` };
  if (slaMs !== null && !(Number.isInteger(slaMs) && slaMs >= SECOND_MS && slaMs <= MAX_MS)) {
    yield { field: "slaMs", expected: `null, or a whole number from ${SECOND_MS} to ${MAX_MS}` };
  }
}

function* problemsOfEqual(equal: unknown): Generator<RuleProblem> {
  const field = "equal";
  if (!Array.isArray(equal) || equal.length > MAX_EQUAL) return yield { field, expected: `at most ${MAX_EQUAL} names` };
  if (!equal.every(isName)) yield { field, expected: NAMES };
  if (new Set(equal).size < equal.length) yield { field, expected: "names that differ" };
}

function* problemsOfNear(near: unknown, equal: readonly unknown[]): Generator<RuleProblem> {
  if (!isPlain(near) || Object.keys(near).length > MAX_NEAR) {
    return yield { field: "near", expected: `an object of at most ${MAX_NEAR} attributes` };
  }
  for (const [name, rule] of Object.entries(near)) {
    const field = `near.${name}`;
    if (!isName(name)) yield { field: "near", expected: NAMES };
    else if (equal.includes(name)) yield { field, expected: "an attribute that need not be equal as well" };
    if (isPlain(rule)) yield* problemsOfWindow(field, rule);
    else yield { field, expected: "{ within, widenPerSecond, max }" };
  }
}

function* problemsOfWindow(field: string, rule: Partial<NearRule>): Generator<RuleProblem> {
  yield* problemsOfOthers(field, rule, PARTS);
  const wrong = PARTS.filter((part) => !isFromZero(rule[part]));
  for (const part of wrong) yield { field: `${field}.${part}`, expected: "a number from 0 on" };
  const { within = 0, max = 0 } = rule;
  if (wrong.length === 0 && max < within) yield { field: `${field}.max`, expected: "at least what within is" };
}

function* problemsOfOthers(field: string, value: object, known: readonly string[]): Generator<RuleProblem> {
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) yield { field, expected: `of the parts ${known.join(", ")} only` };
}

const PARTS = ["within", "widenPerSecond", "max"] as const;
const NAMES = "names of 1 to 40 letters, digits, _, . and -, a letter first";
const isName = (name: unknown) => typeof name === "string" && NAME.test(name);
const isFromZero = (value: unknown) => typeof value === "number" && Number.isFinite(value) && value >= 0;

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns how far apart two people may be, by the wait of one of them; both must accept. */
export function windowOf({ within, widenPerSecond, max }: NearRule, waitedMs: number): number {
  return Math.min(max, within + (widenPerSecond * Math.max(0, waitedMs)) / SECOND_MS);
}
