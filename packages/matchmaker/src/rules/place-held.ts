import type { WaitingTicket } from "../waiting-ticket.ts";
import { type Around, aroundInOrder } from "./around.ts";
import { Exchanges } from "./exchange.ts";
import { type Line, mayMeet, mayMeetAnew } from "./line.ts";
import { type LineOrder, orderOf } from "./line-order.ts";
import { NearTree } from "./near-tree.ts";
import { ALONE, UNSURE } from "./neighbours.ts";

/** Steps that exchanges may take in a round: enough to find all that there are among some dozens of people, little beside the rest among 100,000. */
const FREE_STEPS = 2_500;
const STEPS_PER_TICKET = 0.05;
/** Steps of one search, first for all, then again for those for whom that was not enough: most are placed by few. */
const LIMITS = [64, 512, Infinity];
/** However many are left: enough to see that nobody is near. */
const LEAST_STEPS = 8;
/** Up to so many in line, the oldest are served best; beyond, no search goes again where one has found no way. */
const EXACT_COUNT = 256;

/** Who has waited so many times as long as another one gets that one's place. Below that, whoever is closest is better. */
const LONGER = 2.5;

/** Those who wait, and how they are paired so far. */
export interface Seating {
  readonly line: Line;
  readonly order: LineOrder;
  /** By ticket: its partner, or ALONE. */
  readonly partners: Int32Array;
}

/**
 * Finds places for those left over by exchanges, in two rounds: a last partner is better than waiting, but nobody loses a partner for one.
 * Returns the number of steps.
 */
export function placeHeld(seating: Seating): number {
  const { line, order } = seating;
  const held = heldWithHope(seating, true);
  if (held.length === 0) return 0;
  const around = line.near.length <= 1 ? aroundInOrder(line, order) : aroundByTree(new NearTree(line, order));
  const stepCount = placeBy(seating, held, around, mayMeetAnew);
  if (line.lastPartners.every((digest) => digest === 0)) return stepCount;
  return stepCount + placeBy(seating, heldWithHope(seating, false), around, mayMeet);
}

const aroundByTree =
  (tree: NearTree): Around =>
  (ticket, found, limit) =>
    tree.around(ticket, found, limit);

function placeBy(seating: Seating, given: readonly number[], around: Around, mayMeetSo: typeof mayMeet): number {
  if (given.length === 0) return 0;
  const { line, order, partners } = seating;
  const isHeld = new Set(given);
  const left = new NearTree(
    line,
    orderOf(line, order, (ticket) => isHeld.has(ticket)),
  );
  let root = ALONE;
  const exchanges = new Exchanges({
    partners,
    around,
    leftFor: (ticket) => left.closest(ticket, (one, two) => two !== root && mayMeetSo(line, one, two)),
    maySit: (one, two) => mayMeetSo(line, one, two),
  });
  const allowedCount = FREE_STEPS + STEPS_PER_TICKET * partners.length;
  let held = given;
  for (const limit of LIMITS) {
    const { length } = held;
    held = held.filter((ticket, at) => {
      if (partners[ticket] !== ALONE) return false;
      root = ticket;
      const shareCount = Math.max(LEAST_STEPS, (allowedCount - exchanges.stepCount) / (length - at));
      const other = exchanges.place(ticket, Math.min(limit, shareCount));
      if (other === UNSURE && limit < Infinity && exchanges.stepCount < allowedCount) return true;
      if (other >= 0) {
        left.remove(ticket);
        left.remove(other);
      } else {
        const ousted = exchanges.youngest();
        if (mayMeetSo === mayMeetAnew && hasWaitedLonger(line, ticket, ousted)) {
          exchanges.oust(ousted);
          left.remove(ticket);
        }
        if (partners.length > EXACT_COUNT) exchanges.close();
      }
      return false;
    });
  }
  return exchanges.stepCount + left.stepCount;
}

function hasWaitedLonger({ tickets, nowMs }: Line, one: number, two: number): boolean {
  const [here, there] = [tickets[one] as WaitingTicket, tickets[two] as WaitingTicket];
  return nowMs - here.queuedAtMs > LONGER * Math.max(0, nowMs - there.queuedAtMs);
}

/** Returns those left over in buckets where another one is, or, with `mayOust`, a younger one: for others no exchange is possible. */
function heldWithHope({ line: { buckets, bucketCount }, partners }: Seating, mayOust: boolean): number[] {
  const counts = new Uint32Array(bucketCount);
  const youngest = new Uint32Array(bucketCount);
  for (let ticket = 0; ticket < partners.length; ticket += 1) {
    const bucket = buckets[ticket] as number;
    youngest[bucket] = ticket;
    if (partners[ticket] === ALONE) (counts[bucket] as number) += 1;
  }
  const held: number[] = [];
  for (let ticket = 0; ticket < partners.length; ticket += 1) {
    const bucket = buckets[ticket] as number;
    const hasHope = (counts[bucket] as number) > 1 || (mayOust && ticket < (youngest[bucket] as number));
    if (partners[ticket] === ALONE && hasHope) held.push(ticket);
  }
  return held;
}
