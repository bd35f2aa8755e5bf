import type { WaitingTicket } from "../waiting-ticket.ts";
import { type Line, mayMeetAnew, readLine } from "./line.ts";
import { orderLine, orderOf } from "./line-order.ts";
import { NearTree } from "./near-tree.ts";
import { ALONE, Neighbours, UNSURE } from "./neighbours.ts";
import { placeHeld, type Seating } from "./place-held.ts";
import type { MatchRules } from "./rules.ts";

export interface PairedByRules {
  /** The older one first; oldest pairs first. */
  readonly pairs: [WaitingTicket, WaitingTicket][];
  /** Those who go on waiting, oldest first. */
  readonly held: WaitingTicket[];
  /** All of them, as rules compare them. */
  readonly line: Line;
  /** What the work was, whatever the machine: number of people, nodes and edges looked at. */
  readonly stepCount: number;
}

/**
 * Pairs all whom rules let meet: the oldest first, each with the closest; then those left over, by exchanges of partners. Pure; the order of the list does
 * not matter.
 *
 * Nobody is passed over for ever: whoever is left although somebody whom it may meet is in line has seen an older one paired in the same cycle.
 * O(n log n) with one number that must be close, and with several unless values are made to be bad.
 */
export function pairByRules(given: readonly WaitingTicket[], rules: MatchRules, nowMs: number): PairedByRules {
  const line = readLine(given, rules, nowMs);
  const seating = { line, order: orderLine(line), partners: new Int32Array(line.tickets.length).fill(ALONE) };
  const neighbours = new Neighbours(line, seating.order);
  // The order of several numbers at once does not say who is closest.
  const open = line.near.length <= 1 ? pairNeighbours(seating, neighbours) : [...line.tickets.keys()];
  const stepCount = pairByTree(seating, open) + placeHeld(seating) + neighbours.stepCount;
  return { ...seated(seating), line, stepCount };
}

/** Returns those left over who have not looked at everybody. */
function pairNeighbours({ partners }: Seating, neighbours: Neighbours): number[] {
  const unsure: number[] = [];
  for (let ticket = 0; ticket < partners.length; ticket += 1) {
    if (partners[ticket] !== ALONE) continue;
    const other = neighbours.closest(ticket);
    if (other === UNSURE) {
      unsure.push(ticket);
      continue;
    }
    neighbours.remove(ticket);
    if (other === ALONE) continue;
    neighbours.remove(other);
    join(partners, ticket, other);
  }
  return unsure.filter((ticket) => partners[ticket] === ALONE);
}

/** Pairs those who have not looked at everybody. Returns the number of steps. */
function pairByTree({ line, order, partners }: Seating, open: readonly number[]): number {
  if (open.length === 0) return 0;
  const isOpen = new Uint8Array(partners.length);
  for (const ticket of open) isOpen[ticket] = 1;
  const tree = new NearTree(
    line,
    orderOf(line, order, (ticket) => isOpen[ticket] === 1),
  );
  for (const ticket of open) {
    if (partners[ticket] !== ALONE) continue;
    tree.remove(ticket);
    const other = tree.closest(ticket, (one, two) => mayMeetAnew(line, one, two));
    if (other === ALONE) continue;
    tree.remove(other);
    join(partners, ticket, other);
  }
  return tree.stepCount;
}

function join(partners: Int32Array, one: number, two: number): void {
  partners[one] = two;
  partners[two] = one;
}

function seated({ line: { tickets }, partners }: Seating): Pick<PairedByRules, "pairs" | "held"> {
  const pairs: PairedByRules["pairs"] = [];
  const held: WaitingTicket[] = [];
  for (let at = 0; at < tickets.length; at += 1) {
    const partner = partners[at] as number;
    const ticket = tickets[at] as WaitingTicket;
    if (partner === ALONE) held.push(ticket);
    else if (partner > at) pairs.push([ticket, tickets[partner] as WaitingTicket]);
  }
  return { pairs, held };
}
