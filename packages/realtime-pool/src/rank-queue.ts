/** A queue in which the lowest rank is first and equal ranks keep their order of arrival. An item keeps the rank it came with. */
export class RankQueue<Item> implements Iterable<Item> {
  readonly #ranks = new Map<Item, number>();
  /** By rank. Ranks are few, so empty rows may stay. */
  readonly #rows: { readonly rank: number; readonly items: Set<Item> }[] = [];

  get size(): number {
    return this.#ranks.size;
  }

  get first(): Item | null {
    const row = this.#firstRow;
    if (row) for (const item of row.items) return item;
    return null;
  }

  /** The rank of the first item; Infinity when there is none. */
  get firstRank(): number {
    return this.#firstRow?.rank ?? Number.POSITIVE_INFINITY;
  }

  /** How many items have at most this rank. */
  countUpTo(rank: number): number {
    let count = 0;
    for (const row of this.#rows) if (row.rank <= rank) count += row.items.size;
    return count;
  }

  add(item: Item, rank: number): void {
    this.delete(item);
    this.#ranks.set(item, rank);
    this.#rowOf(rank).add(item);
  }

  delete(item: Item): boolean {
    const rank = this.#ranks.get(item);
    if (rank === undefined) return false;
    this.#ranks.delete(item);
    return this.#rowOf(rank).delete(item);
  }

  /** The items of each rank, the lowest rank first. Includes what is added behind while it runs. */
  *rows(): Iterable<Iterable<Item>> {
    for (const { items } of this.#rows) yield items;
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (const { items } of this.#rows) yield* items;
  }

  /** Looked for several times per join: a loop that makes no closure and no iterator. */
  get #firstRow() {
    for (let at = 0; at < this.#rows.length; at += 1) {
      const row = this.#rows[at];
      if (row && row.items.size > 0) return row;
    }
    return null;
  }

  #rowOf(rank: number): Set<Item> {
    const at = this.#rows.findIndex((row) => row.rank >= rank);
    const found = this.#rows[at];
    if (found?.rank === rank) return found.items;
    const items = new Set<Item>();
    this.#rows.splice(at === -1 ? this.#rows.length : at, 0, { rank, items });
    return items;
  }
}
