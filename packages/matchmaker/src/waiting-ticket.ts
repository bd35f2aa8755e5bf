/** The fields of a waiting ticket that pairing needs. No user has two tickets. */
export interface WaitingTicket {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Start of the person's wait, on the database's clock. A ticket that comes back keeps it, and so its place. */
  readonly queuedAtMs: number;
  /** Partner of the user's last match, a person or a bot. */
  readonly lastPartnerId: string | null;
  /** What rules compare: texts, numbers and booleans; anything else counts as absent. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** People and bots whom it must not meet, whoever blocked whom. */
  readonly blockedIds?: readonly string[];
}

export const isRepeat = (a: WaitingTicket, b: WaitingTicket): boolean =>
  a.lastPartnerId === b.userId || b.lastPartnerId === a.userId;

/** Sorts only if needed: sorting 100,000 tickets costs more than pairing them, and the database has sorted them already. */
export function oldestFirst<Ticket extends WaitingTicket>(tickets: readonly Ticket[]): readonly Ticket[] {
  for (let at = 1; at < tickets.length; at += 1) {
    if (compareAge(tickets[at - 1] as WaitingTicket, tickets[at] as WaitingTicket) > 0)
      return tickets.toSorted(compareAge);
  }
  return tickets;
}

export const compareAge = (a: WaitingTicket, b: WaitingTicket): number =>
  a.queuedAtMs - b.queuedAtMs || compareText(a.id, b.id);

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Returns where a ticket is among those in their order; -1: it is not. */
export function placeOf(tickets: readonly WaitingTicket[], ticket: WaitingTicket): number {
  let low = 0;
  let high = tickets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareAge(tickets[middle] as WaitingTicket, ticket) < 0) low = middle + 1;
    else high = middle;
  }
  return tickets[low] === ticket ? low : -1;
}
