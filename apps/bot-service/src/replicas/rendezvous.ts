/**
 * Returns the items in the order in which they are preferred for a key: by rendezvous hashing, so that all replicas agree without asking,
 * and an item that goes changes the order of no others. Pure.
 */
export function rendezvousOrder<T>(key: string, items: readonly T[], idOf: (item: T) => string): T[] {
  const weighed = items.map((item) => ({ item, id: idOf(item), weight: rendezvousWeight(key, idOf(item)) }));
  weighed.sort((left, right) => right.weight - left.weight || (left.id < right.id ? -1 : 1));
  return weighed.map(({ item }) => item);
}

/**
 * Returns how much a key prefers an id, 0 to 2^32 - 1: FNV-1a of the UTF-16 units, mixed so that keys that differ at their ends alone have
 * unlike weights. The same on each machine and version.
 */
export function rendezvousWeight(key: string, id: string): number {
  let hash = 0x811c9dc5;
  for (const text of [key, "\n", id]) {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return mixBits(hash);
}

/** Spreads each of 32 bits over all of them: a cheap weight for a number and an id whose own weight is known, combined by xor. */
export function mixBits(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
