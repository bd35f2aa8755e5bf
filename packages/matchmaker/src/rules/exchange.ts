import { ALONE, UNSURE } from "./neighbours.ts";

const NONE = -1;

/** Mark of those whom a search has been through that saw everything and found nobody: no later one finds anybody there either. */
const DONE = 0xffffffff;

/** What exchanges ask of those who wait. Tickets are known by their place in line. */
export interface ExchangeGraph {
  /** By ticket, oldest first: its partner, or ALONE. Changed in place. */
  readonly partners: Int32Array;
  /** Returns somebody left over who may sit with a ticket, or a negative number. */
  leftFor(ticket: number): number;
  /** Writes those who may be near enough to a ticket into `found`, and returns their number: at most `limit`. */
  around(ticket: number, found: Uint32Array, limit: number): number;
  /** Whether two who are near enough may sit together. */
  maySit(one: number, two: number): boolean;
}

/**
 * Finds partners for those left over by exchanging those of others: a search for an augmenting path through a general graph (J. Edmonds, Paths, trees, and
 * flowers, 1965). Nobody who had a partner is left without one by it, so each path adds a pair.
 *
 * ```
 *  left ┄┄ a ━━ b ┄┄ left      becomes      left ━━ a ┄┄ b ━━ left
 * ```
 *
 * Outer: reached by an even number of steps, so that it could be left in place of the first one. An odd circle of the path makes all on it outer.
 */
export class Exchanges {
  /** Number of tickets and edges looked at so far. */
  stepCount = 0;
  readonly #graph: ExchangeGraph;
  readonly #partners: Int32Array;
  /** By ticket: the search that last came to it, or DONE. All other columns hold for that search only. */
  readonly #seenBy: Uint32Array;
  readonly #isOuter: Uint8Array;
  /** By ticket: the one it was found from. */
  readonly #parents: Int32Array;
  /** By ticket: the next one on the way to the one that stands for its circle, or itself. */
  readonly #bases: Uint32Array;
  readonly #marks: Uint32Array;
  readonly #found: Uint32Array;
  #search = 0;
  #mark = 0;
  /** Outer tickets in the order in which their edges are followed. */
  #outer: number[] = [];
  /** How many of them were asked for somebody left over. */
  #askedCount = 0;

  constructor(graph: ExchangeGraph) {
    const { length } = graph.partners;
    this.#graph = graph;
    this.#partners = graph.partners;
    this.#seenBy = new Uint32Array(length);
    this.#isOuter = new Uint8Array(length);
    this.#parents = new Int32Array(length);
    this.#bases = new Uint32Array(length);
    this.#marks = new Uint32Array(length);
    this.#found = new Uint32Array(length);
  }

  /**
   * Gives somebody left over a partner, if `limit` steps are enough to find how. Returns who of those left has one now besides; ALONE: there is no way;
   * UNSURE: none was found so far.
   */
  place(root: number, limit: number): number {
    const untilCount = this.stepCount + limit;
    this.#search += 1;
    this.#outer = [];
    this.#askedCount = 0;
    this.#see(root, NONE);
    this.#makeOuter(root);
    let other = this.#askForLeft();
    for (let at = 0; at < this.#outer.length && other < 0; at += 1) {
      if (this.stepCount >= untilCount) return UNSURE;
      other = this.#grow(this.#outer[at] as number, untilCount);
    }
    return other;
  }

  /** After `place` has failed: returns the youngest who could be left in place of the root, which may be the root itself. */
  youngest(): number {
    let youngest = ALONE;
    for (const ticket of this.#outer) youngest = Math.max(youngest, ticket);
    return youngest;
  }

  /** Gives the root the partner of one who was found by `youngest`, by exchanges. */
  oust(ticket: number): void {
    const partner = this.#partners[ticket] as number;
    this.#partners[ticket] = ALONE;
    this.#flip(partner);
  }

  /** After `place` has found that there is no way: spares later ones the search there. */
  close(): void {
    for (const ticket of this.#outer) {
      this.#seenBy[ticket] = DONE;
      const partner = this.#partners[ticket] as number;
      if (partner >= 0) this.#seenBy[partner] = DONE;
    }
  }

  /** Follows the edges of one outer ticket. Returns who was left over and has a partner now, or ALONE. */
  #grow(outer: number, untilCount: number): number {
    const limit = untilCount - this.stepCount;
    const count = this.#graph.around(outer, this.#found, limit);
    this.stepCount += count;
    for (let at = 0; at < count; at += 1) {
      const next = this.#found[at] as number;
      if (this.#seenBy[next] === DONE) continue;
      if (this.#seenBy[next] !== this.#search) {
        const partner = this.#partners[next] as number;
        if (partner === ALONE || !this.#graph.maySit(outer, next)) continue;
        this.#see(next, outer);
        this.#see(partner, NONE);
        this.#makeOuter(partner);
      } else if (this.#isOuter[next] === 1 && this.#baseOf(next) !== this.#baseOf(outer)) {
        if (!this.#graph.maySit(outer, next)) continue;
        const base = this.#commonBase(outer, next);
        this.#closeCircle(outer, next, base);
        this.#closeCircle(next, outer, base);
      }
      const left = this.#askForLeft();
      if (left >= 0) return left;
    }
    return ALONE;
  }

  /** Looks for somebody left over beside each new outer ticket: far cheaper than to come there by following all edges. */
  #askForLeft(): number {
    for (; this.#askedCount < this.#outer.length; this.#askedCount += 1) {
      const outer = this.#outer[this.#askedCount] as number;
      const left = this.#graph.leftFor(outer);
      this.stepCount += 1;
      if (left < 0) continue;
      this.#see(left, outer);
      this.#flip(left);
      return left;
    }
    return ALONE;
  }

  #see(ticket: number, parent: number): void {
    this.#seenBy[ticket] = this.#search;
    this.#isOuter[ticket] = 0;
    this.#parents[ticket] = parent;
    this.#bases[ticket] = ticket;
  }

  #makeOuter(ticket: number): void {
    this.#isOuter[ticket] = 1;
    this.#outer.push(ticket);
  }

  /** Shortens the way on the way, so that it is short for the next. */
  #baseOf(ticket: number): number {
    let at = ticket;
    while (this.#bases[at] !== at) {
      const next = this.#bases[this.#bases[at] as number] as number;
      this.#bases[at] = next;
      at = next;
    }
    return at;
  }

  /** Returns where the ways of two outer tickets to the root meet, by a step of each in turn. */
  #commonBase(one: number, two: number): number {
    this.#mark += 1;
    let here = this.#baseOf(one);
    let there = this.#baseOf(two);
    let isHereDone = false;
    let isThereDone = false;
    for (;;) {
      if (!isHereDone) {
        if (this.#marks[here] === this.#mark) return here;
        this.#marks[here] = this.#mark;
        const partner = this.#partners[here] as number;
        isHereDone = partner === ALONE;
        if (!isHereDone) here = this.#baseOf(this.#parents[partner] as number);
      }
      [here, there] = [there, here];
      [isHereDone, isThereDone] = [isThereDone, isHereDone];
    }
  }

  /** Joins the way from an outer ticket to the base into the circle: all on it are outer, by the other side. */
  #closeCircle(from: number, other: number, base: number): void {
    let child = other;
    for (let at = from; this.#baseOf(at) !== base; at = this.#parents[child] as number) {
      const partner = this.#partners[at] as number;
      this.#parents[at] = child;
      if (this.#isOuter[partner] === 0) this.#makeOuter(partner);
      if (this.#bases[at] === at) this.#bases[at] = base;
      if (this.#bases[partner] === partner) this.#bases[partner] = base;
      child = partner;
    }
  }

  /** Exchanges partners along the path from the root to this ticket. */
  #flip(end: number): void {
    for (let at = end; at !== ALONE; ) {
      const parent = this.#parents[at] as number;
      const next = this.#partners[parent] as number;
      this.#partners[at] = parent;
      this.#partners[parent] = at;
      at = next;
    }
  }
}
