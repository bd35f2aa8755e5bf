import { SECOND_MS } from "@shoal/kernel";
import type { WaitingTicket } from "../waiting-ticket.ts";
import { bucketNameOf } from "./bucket-name.ts";
import { type Excluded, excludedFrom, type RuleName, ruleNames } from "./excluded.ts";
import { type Line, type NearColumn, readLine } from "./line.ts";
import { type MatchRules, type NearRule, windowOf } from "./rules.ts";

/** What one rule does to one person, counted over all others who wait. */
export interface RuleExplanation {
  readonly rule: RuleName;
  /** Number of others that it excludes, whatever other rules do. */
  readonly excludes: number;
  /** Number of others that would fit but for this rule. */
  readonly onlyThis: number;
  /**
   * The closest of those that only this rule excludes, in units of the attribute. `needed`: by how much the narrower of the two windows must still
   * widen. Null: there is none, or the rule knows no distance.
   */
  readonly nearest: { readonly distance: number; readonly needed: number } | null;
  /** Time until both windows take in the first of those whom only this rule excludes, in ms. Null: waiting does not help. */
  readonly widensInMs: number | null;
}

/** Why one person is not matched, rule by rule. */
export interface TicketExplanation {
  readonly ticketId: string;
  readonly waitedMs: number;
  /** Number of others who wait. */
  readonly others: number;
  readonly rules: readonly RuleExplanation[];
  /** Number of others whom no rule excludes. A last partner is not among them, but is taken when nobody else is. */
  readonly compatible: number;
  /** Those who have all in common that must be equal, this person among them. `name`: as `language=de`, or `all`. */
  readonly bucket: { readonly name: string; readonly waiting: number; readonly longestWaitMs: number };
  /** Time until a bot may come, in ms; 0: now. */
  readonly botInMs: number;
}

export interface ExplainPolicy {
  /** Wait after which a person may get a bot, in ms. */
  readonly botAfterMs: number;
  readonly rules: MatchRules;
}

/**
 * Explains one ticket; undefined: it does not wait. Pure.
 *
 * @param policy `botAfterMs`: as given to `pairTickets`
 * @param nowMs the database's clock, epoch ms
 */
export function explainRules(
  ticketId: string,
  tickets: readonly WaitingTicket[],
  policy: ExplainPolicy,
  nowMs: number,
): TicketExplanation | undefined {
  const line = readLine(tickets, policy.rules, nowMs);
  const at = line.tickets.findIndex(({ id }) => id === ticketId);
  return at < 0 ? undefined : explainInLine({ line, at, gone: [], policy, nowMs });
}

/** Whom to explain, among whom, and when. */
export interface Asked {
  /** Read of the same rules, before or now. */
  readonly line: Line;
  readonly at: number;
  /** Places of those who have gone since it was read, each once. */
  readonly gone: readonly number[];
  readonly policy: ExplainPolicy;
  readonly nowMs: number;
}

/** More than the bits of all rules together. */
const GONE = 2 ** 15;

/** Explains one of a line that was read before: reading 100,000 takes ten times as long. */
export function explainInLine(asked: Asked): TicketExplanation {
  const { line, at, gone, policy, nowMs } = asked;
  const { botAfterMs, rules } = policy;
  const ticket = line.tickets[at] as WaitingTicket;
  const waitedMs = Math.max(0, nowMs - ticket.queuedAtMs);
  const excluded = excludedFrom(line, at, nowMs);
  for (const other of gone) excluded[other] = GONE;
  // One is no other of oneself.
  excluded[at] = GONE;
  const names = ruleNames(rules);
  const counts = countBySet(excluded, names.length);
  return {
    ticketId: ticket.id,
    waitedMs,
    others: line.tickets.length - 1 - gone.length,
    rules: names.map((rule, index) => ({
      rule,
      ...countsOf(counts, 2 ** index),
      ...missOf(asked, excluded, 2 ** index, line.near[index - rules.equal.length]),
    })),
    compatible: counts[0] as number,
    bucket: { name: bucketNameOf(ticket.attributes, rules), ...bucketOf(asked, excluded) },
    botInMs: Math.max(0, Math.ceil(botAfterMs - waitedMs)),
  };
}

/** Counts the others by the set of rules that exclude them. */
function countBySet(excluded: Excluded, ruleCount: number): Uint32Array {
  const counts = new Uint32Array(2 ** ruleCount);
  for (let other = 0; other < excluded.length; other += 1) {
    const bits = excluded[other] as number;
    if (bits !== GONE) (counts[bits] as number) += 1;
  }
  return counts;
}

function countsOf(counts: Uint32Array, bit: number): Pick<RuleExplanation, "excludes" | "onlyThis"> {
  const excludes = counts.reduce((sum, count, bits) => sum + (bits & bit ? count : 0), 0);
  return { excludes, onlyThis: counts[bit] as number };
}

/** Looks at those whom only this rule excludes. */
function missOf(
  { line: { queuedAtMs }, at, nowMs }: Asked,
  excluded: Excluded,
  bit: number,
  column: NearColumn | undefined,
): Pick<RuleExplanation, "nearest" | "widensInMs"> {
  if (!column) return { nearest: null, widensInMs: null };
  const { values, rule } = column;
  let distance = Infinity;
  let needed = 0;
  let widensInMs = Infinity;
  for (let other = excluded.indexOf(bit); other >= 0; other = excluded.indexOf(bit, other + 1)) {
    const apart = Math.abs((values[other] as number) - (values[at] as number));
    // All windows of a rule are the same after the same wait: the narrower one is that of the younger.
    const waitedMs = Math.max(0, nowMs - Math.max(queuedAtMs[at] as number, queuedAtMs[other] as number));
    const more = apart - windowOf(rule, waitedMs);
    if (apart < distance || (apart === distance && more < needed)) {
      distance = apart;
      needed = more;
    }
    widensInMs = Math.min(widensInMs, waitFor(rule, apart) - waitedMs);
  }
  return {
    nearest: distance === Infinity ? null : { distance, needed },
    widensInMs: widensInMs === Infinity ? null : Math.max(0, Math.ceil(widensInMs)),
  };
}

/** Returns the wait after which a window takes in a distance, in ms; Infinity: never. */
function waitFor({ within, widenPerSecond, max }: NearRule, distance: number): number {
  return distance > max ? Infinity : ((distance - within) / widenPerSecond) * SECOND_MS;
}

/** Counts those who have all in common that must be equal, oneself among them. */
function bucketOf(
  { line: { queuedAtMs }, at, policy, nowMs }: Asked,
  excluded: Excluded,
): Pick<TicketExplanation["bucket"], "waiting" | "longestWaitMs"> {
  const bits = GONE | (2 ** policy.rules.equal.length - 1);
  let waiting = 1;
  let oldestAtMs = queuedAtMs[at] as number;
  for (let other = 0; other < excluded.length; other += 1) {
    if (((excluded[other] as number) & bits) !== 0) continue;
    waiting += 1;
    oldestAtMs = Math.min(oldestAtMs, queuedAtMs[other] as number);
  }
  return { waiting, longestWaitMs: Math.max(0, nowMs - oldestAtMs) };
}
