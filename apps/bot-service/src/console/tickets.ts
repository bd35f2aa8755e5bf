import { type Clock, SECOND_MS } from "@shoal/kernel";

/** How long a ticket may be used. */
export const TICKET_MS = 60 * SECOND_MS;
/** Tickets that wait to be used, at most; the oldest one goes for a new one. */
const MOST_TICKETS = 100;

export interface LoginTickets {
  /** Makes a ticket that opens the console once, within a minute. */
  issue(): string;
  /** Returns who comes with the ticket, which is used up; undefined where it is no good. */
  use(ticket: string): "operator" | undefined;
}

/** Keeps the tickets of links that are printed or opened in a browser, so that no token ever stands in an address. */
export function createLoginTickets(clock: Clock, random: () => string): LoginTickets {
  const untilMs = new Map<string, number>();
  return {
    issue() {
      const ticket = random();
      const [oldest] = untilMs.keys();
      if (untilMs.size >= MOST_TICKETS && oldest !== undefined) untilMs.delete(oldest);
      untilMs.set(ticket, clock.monotonicMs() + TICKET_MS);
      return ticket;
    },
    use(ticket) {
      const until = untilMs.get(ticket);
      untilMs.delete(ticket);
      return until !== undefined && clock.monotonicMs() < until ? "operator" : undefined;
    },
  };
}
