/** One tracked state of one channel: the payload it tracked, under the reference the server gave it. */
export type PresenceMeta = Readonly<Record<string, unknown>> & { readonly phx_ref: string };

/** Metas by presence key, as `presence_state` carries them. */
export type PresenceEntries = Readonly<Record<string, { readonly metas: readonly PresenceMeta[] }>>;

/** A change, as `presence_diff` carries it. */
export interface PresenceDiff {
  readonly joins: PresenceEntries;
  readonly leaves: PresenceEntries;
}

interface Tracked {
  readonly key: string;
  readonly payloadJson: string;
  readonly meta: PresenceMeta;
}

/**
 * The entries tracked in one topic. An `Owner` tracks at most one entry. Several owners may share a key, which then has
 * several metas.
 */
export class TopicPresence<Owner> {
  readonly #tracked = new Map<Owner, Tracked>();

  get size(): number {
    return this.#tracked.size;
  }

  /** Tracks or updates. Undefined when the payload is already tracked, so that there is nothing to announce. */
  track(owner: Owner, key: string, payload: Readonly<Record<string, unknown>>, ref: string): PresenceDiff | undefined {
    const before = this.#tracked.get(owner);
    const payloadJson = JSON.stringify(payload);
    if (before?.payloadJson === payloadJson) return undefined;
    const refs = before ? { phx_ref: ref, phx_ref_prev: before.meta.phx_ref } : { phx_ref: ref };
    const meta: PresenceMeta = { ...payload, ...refs };
    this.#tracked.set(owner, { key, payloadJson, meta });
    return { joins: entry(key, meta), leaves: before ? entry(before.key, before.meta) : {} };
  }

  /** Whether the owner already tracks this payload. */
  holds(owner: Owner, payload: Readonly<Record<string, unknown>>): boolean {
    return this.#tracked.get(owner)?.payloadJson === JSON.stringify(payload);
  }

  /** Removes the entry of the owner. Undefined when it had none. */
  untrack(owner: Owner): PresenceDiff | undefined {
    const before = this.#tracked.get(owner);
    if (!before) return undefined;
    this.#tracked.delete(owner);
    return { joins: {}, leaves: entry(before.key, before.meta) };
  }

  /** Removes all entries without a diff. */
  clear(): void {
    this.#tracked.clear();
  }

  /** Returns all entries, oldest first within a key. */
  state(): PresenceEntries {
    const metasByKey = new Map<string, PresenceMeta[]>();
    for (const { key, meta } of this.#tracked.values()) {
      const metas = metasByKey.get(key) ?? [];
      metas.push(meta);
      metasByKey.set(key, metas);
    }
    return Object.fromEntries([...metasByKey].map(([key, metas]) => [key, { metas }]));
  }
}

function entry(key: string, meta: PresenceMeta): PresenceEntries {
  return { [key]: { metas: [meta] } };
}
