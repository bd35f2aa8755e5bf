import { RankQueue } from "./rank-queue.ts";
import type { SlotHolder } from "./socket.ts";

/** Those who wait for the same thing. */
interface Group {
  readonly name: string;
  readonly isUntried: boolean;
  readonly holders: RankQueue<SlotHolder>;
}

/** Of the same rank those go first who need not be tried: they hold nobody up. */
const UNTRIED_BEHIND = 0.5;

/**
 * Those who wait for a slot, by what stands in the way: a topic no socket has room for, or something untried, which one
 * of them tries for all. Of each group only the first is worth a look, and while nothing more may be tried not even the
 * untried groups are: 10,000 that wait to be tried would else be looked at whenever one has joined.
 */
export class Room {
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<SlotHolder, Group>();
  /** Each where its first holder belongs. */
  readonly #line = new RankQueue<Group>();

  get size(): number {
    return this.#groupOf.size;
  }

  /** `unknown` is what must be tried first; null: nothing. */
  add(holder: SlotHolder, unknown: string | null): void {
    this.delete(holder);
    const name = unknown ?? `topic ${holder.topic}`;
    const group = this.#groups.get(name) ?? { name, isUntried: unknown !== null, holders: new RankQueue() };
    this.#groups.set(name, group);
    this.#groupOf.set(holder, group);
    group.holders.add(holder, holder.rank);
    if (group.holders.first === holder) this.#lineUp(group);
  }

  /** Idempotent. */
  delete(holder: SlotHolder): void {
    const group = this.#groupOf.get(holder);
    if (!group) return;
    const wasFirst = group.holders.first === holder;
    this.#groupOf.delete(holder);
    group.holders.delete(holder);
    if (wasFirst) this.#lineUp(group);
  }

  /** It was tried and is fine: whoever waited for that waits for a slot alone. */
  proven(unknown: string): void {
    const group = this.#groups.get(unknown);
    if (group?.isUntried) for (const holder of [...group.holders]) this.add(holder, null);
  }

  /**
   * The first of each group, the most urgent first. Taken out meanwhile, the next one of its group follows. Those of
   * untried groups only while `mayTry`.
   */
  *candidates(mayTry: () => boolean): Iterable<SlotHolder> {
    for (const groups of this.#line.rows()) {
      for (const group of groups) {
        // Of one rank all are untried, or none is.
        if (group.isUntried && !mayTry()) break;
        const { first } = group.holders;
        if (first) yield first;
      }
    }
  }

  #lineUp(group: Group): void {
    const { firstRank, size } = group.holders;
    if (size > 0) return this.#line.add(group, group.isUntried ? firstRank + UNTRIED_BEHIND : firstRank);
    this.#line.delete(group);
    this.#groups.delete(group.name);
  }
}
