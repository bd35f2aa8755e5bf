/** Somebody who shares what is dealt. */
export interface Party {
  readonly id: string;
  /** What it asks for. Infinity: it has not asked yet, and may. */
  readonly wanted: number;
  /** What it had of late. */
  readonly had: number;
}

/**
 * Deals `free` among those who want some, so that afterwards all of them had the same: who had least comes first, and what
 * somebody does not want goes to the others. What cannot be divided goes one each to those who ask, by what they had and by id.
 */
export function dealJoins(free: number, parties: readonly Party[]): ReadonlyMap<string, number> {
  const level = levelOf(free, parties);
  const dealt = new Map(parties.map((party) => [party.id, upTo(level, party)]));
  let left = free - total(level, parties);
  for (const party of parties.toSorted(byTurn)) {
    const most = upTo(level + 1, party);
    if (left === 0 || most === dealt.get(party.id)) continue;
    dealt.set(party.id, most);
    left -= 1;
  }
  return dealt;
}

/** What a party is given until it had `level`. */
function upTo(level: number, { wanted, had }: Party): number {
  return Math.min(wanted, Math.max(0, level - had));
}

function total(level: number, parties: readonly Party[]): number {
  return parties.reduce((sum, party) => sum + upTo(level, party), 0);
}

/** The highest level for which there is enough. */
function levelOf(free: number, parties: readonly Party[]): number {
  let low = 0;
  let high = Math.max(0, ...parties.map(({ had }) => had)) + free;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (total(middle, parties) <= free) low = middle;
    else high = middle - 1;
  }
  return low;
}

function byTurn(one: Party, other: Party): number {
  const isUnasked = Number(one.wanted === Number.POSITIVE_INFINITY) - Number(other.wanted === Number.POSITIVE_INFINITY);
  return isUnasked || one.had - other.had || (one.id < other.id ? -1 : 1);
}
