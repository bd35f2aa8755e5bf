import type { IdleBot, MatchPolicy } from "./types.ts";

/** The fields of a waiting ticket that pairing needs. No user has two tickets. */
export interface WaitingTicket {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Start of the person's wait, on the database's clock. A ticket that comes back keeps it, and so its place. */
  readonly queuedAtMs: number;
  /** Partner of the user's last match, a person or a bot. */
  readonly lastPartnerId: string | null;
}

/** A match to commit. Never bot with bot: `first` is a person by type. */
export type Decision =
  | { readonly kind: "people"; readonly first: WaitingTicket; readonly second: WaitingTicket }
  | { readonly kind: "bot"; readonly first: WaitingTicket; readonly bot: IdleBot };

export interface Pairing {
  readonly decisions: readonly Decision[];
  /** Tickets that go on waiting, at most one: a last partner is better than waiting. */
  readonly left: readonly WaitingTicket[];
}

type People = [WaitingTicket, WaitingTicket];

/**
 * Decides one cycle. Pure and deterministic: the order of the lists does not matter. O(n) when `tickets` come oldest
 * first, O(n log n) otherwise.
 *
 * 1. People with people, oldest first; a person's last partner only when no other choice is left.
 * 2. A person who is left and has waited `botAfterMs` gets the bot that has been idle longest, preferably not the last one
 *    again, and never one of the person's own id.
 *
 * @param nowMs the database's clock, epoch ms
 */
export function pairTickets(
  tickets: readonly WaitingTicket[],
  bots: readonly IdleBot[],
  policy: Pick<MatchPolicy, "botAfterMs">,
  nowMs: number,
): Pairing {
  const { pairs, held } = pairOldestFirst(inOrder(tickets));
  if (held.length >= 2) placeHeld(pairs, held);
  const decisions = pairs.map(([first, second]): Decision => ({ kind: "people", first, second }));
  const left: WaitingTicket[] = [];
  const idle = [...bots].sort((a, b) => a.idleSinceMs - b.idleSinceMs || compareText(a.botId, b.botId));
  for (const first of held) {
    const bot = nowMs - first.queuedAtMs >= policy.botAfterMs ? takeBot(idle, first) : undefined;
    if (bot) decisions.push({ kind: "bot", first, bot });
    else left.push(first);
  }
  return { decisions, left };
}

/**
 * Pairs in one pass: each ticket joins the oldest one held back that it may join, or is held back itself. All held tickets
 * avoid each other, and a ticket names only one last partner, so at most three are held: k tickets name at most k pairs, and
 * k held ones need k(k-1)/2.
 */
function pairOldestFirst(tickets: readonly WaitingTicket[]): { pairs: People[]; held: WaitingTicket[] } {
  const pairs: People[] = [];
  const held: WaitingTicket[] = [];
  for (const ticket of tickets) {
    const at = held.findIndex((other) => maySit(other, ticket));
    const [partner] = at < 0 ? [] : held.splice(at, 1);
    if (partner) pairs.push([partner, ticket]);
    else held.push(ticket);
  }
  return { pairs, held };
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

/** Takes the best bot, but none with the person's own id: presence and confirmations could not tell the two apart. */
function takeBot(idle: IdleBot[], { userId, lastPartnerId }: WaitingTicket): IdleBot | undefined {
  const fresh = idle.findIndex(({ botId }) => botId !== userId && botId !== lastPartnerId);
  const at = fresh < 0 ? idle.findIndex(({ botId }) => botId !== userId) : fresh;
  return at < 0 ? undefined : idle.splice(at, 1)[0];
}

const maySit = (a: WaitingTicket, b: WaitingTicket): boolean =>
  a.lastPartnerId !== b.userId && b.lastPartnerId !== a.userId;

const inSeatOrder = (a: WaitingTicket, b: WaitingTicket): People => (compareAge(a, b) <= 0 ? [a, b] : [b, a]);

/** Sorts only if needed: sorting 100,000 tickets costs more than pairing them, and the database has sorted them already. */
function inOrder(tickets: readonly WaitingTicket[]): readonly WaitingTicket[] {
  for (let at = 1; at < tickets.length; at += 1) {
    if (compareAge(tickets[at - 1] as WaitingTicket, tickets[at] as WaitingTicket) > 0)
      return tickets.toSorted(compareAge);
  }
  return tickets;
}

const compareAge = (a: WaitingTicket, b: WaitingTicket): number =>
  a.queuedAtMs - b.queuedAtMs || compareText(a.id, b.id);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
