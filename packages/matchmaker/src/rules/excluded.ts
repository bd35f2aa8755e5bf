import type { WaitingTicket } from "../waiting-ticket.ts";
import { digest } from "./digest.ts";
import { type Line, type NearColumn, wereJustTogether } from "./line.ts";
import { type MatchRules, windowOf } from "./rules.ts";

/** Name of a rule, with its attribute where it has one. */
export type RuleName = `equal:${string}` | `near:${string}` | "blocks" | "last-partner";

export const ruleNames = ({ equal, near }: MatchRules): RuleName[] => [
  ...equal.map((name) => `equal:${name}` as const),
  ...Object.keys(near).map((name) => `near:${name}` as const),
  "blocks",
  "last-partner",
];

/** By the place of another one in line: a bit for each rule by which the two do not meet, in the order of `ruleNames`. */
export type Excluded = Uint16Array<ArrayBuffer>;

/**
 * Compares one with all others, rule by rule: a loop over one or two columns of numbers takes a fifth of a millisecond for 100,000, where a look at
 * each ticket takes three.
 */
export function excludedFrom(line: Line, one: number, nowMs: number): Excluded {
  const excluded = new Uint16Array(line.tickets.length);
  let bit = 1;
  for (const { codes } of line.equal) {
    markUnequal(excluded, codes, codes[one] as number, bit);
    bit <<= 1;
  }
  for (const column of line.near) {
    markFar(excluded, line, column, one, nowMs, bit);
    bit <<= 1;
  }
  markBlocked(excluded, line, one, bit);
  markRepeats(excluded, line, one, bit << 1);
  return excluded;
}

// Each loop is a function of its own, because the engine optimises small ones first.

function markUnequal(excluded: Excluded, codes: Int32Array, own: number, bit: number): void {
  for (let other = 0; other < excluded.length; other += 1) if (codes[other] !== own) (excluded[other] as number) |= bit;
}

function markFar(
  excluded: Excluded,
  { queuedAtMs }: Line,
  { values, rule }: NearColumn,
  one: number,
  nowMs: number,
  bit: number,
): void {
  const own = values[one] as number;
  const window = windowOf(rule, nowMs - (queuedAtMs[one] as number));
  for (let other = 0; other < excluded.length; other += 1) {
    const apart = Math.abs((values[other] as number) - own);
    if (apart > window || apart > windowOf(rule, nowMs - (queuedAtMs[other] as number)))
      (excluded[other] as number) |= bit;
  }
}

function markBlocked(excluded: Excluded, { tickets, users, blocks }: Line, one: number, bit: number): void {
  if (!blocks.any) return;
  const { userId, blockedIds = [] } = tickets[one] as WaitingTicket;
  for (const other of blocks.blockersOf(userId)) (excluded[other] as number) |= bit;
  const blocked = new Set(blockedIds);
  if (blocked.size === 0) return;
  const digests = new Set([...blocked].map(digest));
  for (let other = 0; other < excluded.length; other += 1) {
    const mayBe = digests.has(users[other] as number);
    if (mayBe && blocked.has((tickets[other] as WaitingTicket).userId)) (excluded[other] as number) |= bit;
  }
}

function markRepeats(excluded: Excluded, line: Line, one: number, bit: number): void {
  for (let other = 0; other < excluded.length; other += 1)
    if (wereJustTogether(line, one, other)) (excluded[other] as number) |= bit;
}
