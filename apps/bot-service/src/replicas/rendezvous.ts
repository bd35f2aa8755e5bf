/**
 * Returns the items in the order in which they are preferred for a key: by rendezvous hashing, so that all replicas agree without asking,
 * and an item that goes changes the order of no others. Pure.
 */
export function rendezvousOrder<T>(key: string, items: readonly T[], idOf: (item: T) => string): T[] {
  const scored = items.map((item) => ({ item, id: idOf(item), score: scoreOf(`${key}\n${idOf(item)}`) }));
  scored.sort((left, right) => right.score - left.score || (left.id < right.id ? -1 : 1));
  return scored.map(({ item }) => item);
}

/** FNV-1a of UTF-16 units, mixed so that keys that differ at their ends alone have unlike scores; the same on each machine and version. */
function scoreOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
