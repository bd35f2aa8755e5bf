import { RankQueue } from "../rank-queue.ts";
import type { SlotHolder } from "../socket.ts";

/** Channels that the same obstacle keeps from a slot: one topic that fits nowhere, or one subject that needs a probe. */
interface Group {
  readonly name: string;
  readonly needsProbe: boolean;
  readonly holders: RankQueue<SlotHolder>;
}

/** Of the same rank those go first who need no probe: they hold nobody up. */
const PROBES_BEHIND = 0.5;

/**
 * The channels that wait for a slot, grouped by what keeps them from one. Of each group only the first is worth a look, and
 * while no further probe may start the groups that need one are not looked at: with 10,000 of them a look at each, whenever
 * a channel has joined, took 40 s of CPU.
 */
export class SlotWaitlist {
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<SlotHolder, Group>();
  /** Each where its first holder belongs. */
  readonly #line = new RankQueue<Group>();

  get size(): number {
    return this.#groupOf.size;
  }

  /** `probeSubject` is what a probe must prove first; null: nothing. */
  add(holder: SlotHolder, probeSubject: string | null): void {
    this.delete(holder);
    const name = probeSubject ?? `topic ${holder.topic}`;
    const group = this.#groups.get(name) ?? { name, needsProbe: probeSubject !== null, holders: new RankQueue() };
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

  /** A probe has joined: all that waited for it now wait for a slot alone. */
  proven(probeSubject: string): void {
    const group = this.#groups.get(probeSubject);
    if (group?.needsProbe) for (const holder of [...group.holders]) this.add(holder, null);
  }

  /**
   * The first of each group, the most urgent first. When it is deleted meanwhile, the next one of its group follows. Groups
   * that need a probe are left out while not `canProbe`.
   */
  *candidates(canProbe: () => boolean): Iterable<SlotHolder> {
    for (const groups of this.#line.rows()) {
      for (const group of groups) {
        // Of one rank all need a probe, or none does.
        if (group.needsProbe && !canProbe()) break;
        const { first } = group.holders;
        if (first) yield first;
      }
    }
  }

  #lineUp(group: Group): void {
    const { firstRank, size } = group.holders;
    if (size > 0) return this.#line.add(group, group.needsProbe ? firstRank + PROBES_BEHIND : firstRank);
    this.#line.delete(group);
    this.#groups.delete(group.name);
  }
}
