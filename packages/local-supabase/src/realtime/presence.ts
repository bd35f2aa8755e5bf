/** One tracked state of one channel: the payload it tracked, under the reference the server gave it. */
export type PresenceMeta = Readonly<Record<string, unknown>> & { readonly phx_ref: string };

/** Metas by presence key, as `presence_state` carries them. */
export type PresenceEntries = Readonly<Record<string, { readonly metas: readonly PresenceMeta[] }>>;

/** What changed, as `presence_diff` carries it. */
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
 * Who is tracked in one topic. `Owner` is whatever tracks, one entry each; several owners may share a key, which then
 * has several metas.
 */
export class TopicPresence<Owner> {
  readonly #tracked = new Map<Owner, Tracked>();

  get size(): number {
    return this.#tracked.size;
  }

  /** Tracks or updates. Undefined when the payload is the one already tracked: nobody needs to hear of it. */
  track(owner: Owner, key: string, payload: Readonly<Record<string, unknown>>, ref: string): PresenceDiff | undefined {
    const before = this.#tracked.get(owner);
    const payloadJson = JSON.stringify(payload);
    if (before?.payloadJson === payloadJson) return undefined;
    const refs = before ? { phx_ref: ref, phx_ref_prev: before.meta.phx_ref } : { phx_ref: ref };
    const meta: PresenceMeta = { ...payload, ...refs };
    this.#tracked.set(owner, { key, payloadJson, meta });
    return { joins: entry(key, meta), leaves: before ? entry(before.key, before.meta) : {} };
  }

  /** Whether that is what the owner tracks already. */
  holds(owner: Owner, payload: Readonly<Record<string, unknown>>): boolean {
    return this.#tracked.get(owner)?.payloadJson === JSON.stringify(payload);
  }

  /** Forgets the owner. Undefined when it tracked nothing. */
  untrack(owner: Owner): PresenceDiff | undefined {
    const before = this.#tracked.get(owner);
    if (!before) return undefined;
    this.#tracked.delete(owner);
    return { joins: {}, leaves: entry(before.key, before.meta) };
  }

  /** Forgets everybody, with nothing to tell anybody. */
  clear(): void {
    this.#tracked.clear();
  }

  /** Everybody, oldest first within a key. */
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
