import type { Line } from "./rules/line.ts";
import { pairByRules } from "./rules/pair-by-rules.ts";
import { defaultMatchRules, type MatchRules } from "./rules/rules.ts";
import type { IdleBot, MatchPolicy } from "./types.ts";
import { compareAge, compareText, isRepeat, oldestFirst, type WaitingTicket } from "./waiting-ticket.ts";

export type { WaitingTicket } from "./waiting-ticket.ts";

/** A match to commit. Never bot with bot: `first` is a person by type. */
export type Decision =
  | { readonly kind: "people"; readonly first: WaitingTicket; readonly second: WaitingTicket }
  | { readonly kind: "bot"; readonly first: WaitingTicket; readonly bot: IdleBot };

export interface Pairing {
  readonly decisions: readonly Decision[];
  /** Tickets that go on waiting, oldest first; without rules at most one: a last partner is better than waiting. */
  readonly left: readonly WaitingTicket[];
  /** All of them, as rules compared them; null where none had to. */
  readonly line: Line | null;
}

type People = [WaitingTicket, WaitingTicket];

interface PairedPeople {
  readonly pairs: People[];
  readonly held: WaitingTicket[];
  readonly line: Line | null;
}

/**
 * Decides one cycle. Pure and deterministic: the order of the lists does not matter. O(n) when `tickets` come oldest
 * first, O(n log n) otherwise.
 *
 * 1. People with people, oldest first; a person's last partner only when no other choice is left. With rules: those whom these let meet, the oldest
 *    with the closest (`pairByRules`).
 * 2. A person who is left and has waited `botAfterMs` gets the bot that has been idle longest, preferably not the last one
 *    again, and never one of the person's own id or one that is blocked.
 *
 * @param nowMs the database's clock, epoch ms
 */
export function pairTickets(
  tickets: readonly WaitingTicket[],
  bots: readonly IdleBot[],
  policy: Pick<MatchPolicy, "botAfterMs"> & { readonly rules?: MatchRules },
  nowMs: number,
): Pairing {
  const { botAfterMs, rules = defaultMatchRules } = policy;
  const { pairs, held, line } = pairPeople(tickets, rules, nowMs);
  const decisions = pairs.map(([first, second]): Decision => ({ kind: "people", first, second }));
  const left: WaitingTicket[] = [];
  const idle = [...bots].sort((a, b) => a.idleSinceMs - b.idleSinceMs || compareText(a.botId, b.botId));
  for (const first of held) {
    const bot = nowMs - first.queuedAtMs >= botAfterMs ? takeBot(idle, first, rules) : undefined;
    if (bot) decisions.push({ kind: "bot", first, bot });
    else left.push(first);
  }
  return { decisions, left, line };
}

/** What holds nobody back needs no search. */
function pairPeople(tickets: readonly WaitingTicket[], rules: MatchRules, nowMs: number): PairedPeople {
  const hasBlocks = rules.avoid === "blocks" && tickets.some(({ blockedIds }) => blockedIds && blockedIds.length > 0);
  if (hasBlocks || rules.equal.length > 0 || Object.keys(rules.near).length > 0)
    return pairByRules(tickets, rules, nowMs);
  const paired = pairOldestFirst(oldestFirst(tickets));
  if (paired.held.length >= 2) placeHeld(paired.pairs, paired.held);
  return paired;
}

/**
 * Pairs in one pass: each ticket joins the oldest one held back that it may join, or is held back itself. All held tickets
 * avoid each other, and a ticket names only one last partner, so at most three are held: k tickets name at most k pairs, and
 * k held ones need k(k-1)/2.
 */
function pairOldestFirst(tickets: readonly WaitingTicket[]): PairedPeople {
  const pairs: People[] = [];
  const held: WaitingTicket[] = [];
  for (const ticket of tickets) {
    const at = held.findIndex((other) => maySit(other, ticket));
    const [partner] = at < 0 ? [] : held.splice(at, 1);
    if (partner) pairs.push([partner, ticket]);
    else held.push(ticket);
  }
  return { pairs, held, line: null };
}

/**
 * Places the two oldest held back, who avoid each other. They exchange partners with another pair if they can: all four are
 * matched now either way. If no pair can exchange, they get each other after all.
 */
function placeHeld(pairs: People[], held: WaitingTicket[]): void {
  const [one, two] = held.splice(0, 2);
  if (!one || !two) return;
  for (let at = pairs.length - 1; at >= 0; at -= 1) {
    const [first, second] = pairs[at] as People;
    const isStraight = maySit(first, one) && maySit(second, two);
    if (!isStraight && !(maySit(first, two) && maySit(second, one))) continue;
    pairs[at] = inSeatOrder(first, isStraight ? one : two);
    pairs.push(inSeatOrder(second, isStraight ? two : one));
    return;
  }
  pairs.push([one, two]);
}

/** Takes the best bot, but none with the person's own id: presence and confirmations could not tell the two apart. And none that is blocked. */
function takeBot(idle: IdleBot[], ticket: WaitingTicket, { avoid }: MatchRules): IdleBot | undefined {
  if (idle.length === 0) return undefined;
  const { userId, lastPartnerId, blockedIds } = ticket;
  const refused = new Set(avoid === "blocks" ? blockedIds : []).add(userId);
  const fresh = idle.findIndex(({ botId }) => !refused.has(botId) && botId !== lastPartnerId);
  const at = fresh < 0 ? idle.findIndex(({ botId }) => !refused.has(botId)) : fresh;
  return at < 0 ? undefined : idle.splice(at, 1)[0];
}

const maySit = (a: WaitingTicket, b: WaitingTicket): boolean => !isRepeat(a, b);

const inSeatOrder = (a: WaitingTicket, b: WaitingTicket): People => (compareAge(a, b) <= 0 ? [a, b] : [b, a]);
