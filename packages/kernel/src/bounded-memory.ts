/** Values within a limit of bytes; what was read longest ago goes first. */
export interface BoundedMemory<Value> {
  get(key: string): Value | undefined;
  /** Takes the place of what was there. `bytes` is the caller's estimate; a value above the limit is not kept. */
  set(key: string, value: Value, bytes: number): void;
  delete(key: string): void;
  /** All values, those that were read longest ago first. */
  values(): Iterable<Value>;
  readonly count: number;
  readonly bytes: number;
}

export function createBoundedMemory<Value>(maxBytes: number): BoundedMemory<Value> {
  // A Map is walked in the order of its insertions: whatever is read is put in anew.
  const entries = new Map<string, { readonly value: Value; readonly bytes: number }>();
  let total = 0;
  const remove = (key: string) => {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      if (bytes > maxBytes) return;
      entries.set(key, { value, bytes });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) return;
        remove(oldest);
      }
    },
    delete: remove,
    *values() {
      for (const { value } of entries.values()) yield value;
    },
    get count() {
      return entries.size;
    },
    get bytes() {
      return total;
    },
  };
}
