import type { PresenceState } from "@shoal/realtime-pool";
import type { LobbyMember } from "../fleet-config.ts";

export interface LobbyScan {
  /** One member per person. */
  readonly people: ReadonlyMap<string, LobbyMember>;
  /** Entries that cannot be read and were not there at the scan before. */
  readonly malformed: number;
}

/**
 * Scans whole presence states. Reads each entry once: the server marks it with a `presence_ref` of its own, and in a
 * lobby of thousands all but a few are the same from one scan to the next. So the member of an unchanged entry is the
 * same object again, and a bad entry is counted once.
 */
export class LobbyReader {
  readonly #read: (entry: unknown) => LobbyMember | null;
  #known = new Map<string, LobbyMember | null>();

  constructor(read: (entry: unknown) => LobbyMember | null) {
    this.#read = read;
  }

  /** Returns the people in `state` but the entry with the key `ownKey`. */
  scan(state: PresenceState, ownKey: string): LobbyScan {
    const known = new Map<string, LobbyMember | null>();
    const people = new Map<string, LobbyMember>();
    let malformed = 0;
    for (const [key, entries] of Object.entries(state)) {
      if (key === ownKey) continue;
      for (const entry of entries) {
        const ref = typeof entry["presence_ref"] === "string" ? `${entry["presence_ref"]} ${key}` : undefined;
        const before = ref === undefined ? undefined : this.#known.get(ref);
        const member = before === undefined ? this.#read(entry) : before;
        if (ref !== undefined) known.set(ref, member);
        if (member === null) malformed += before === undefined ? 1 : 0;
        else if (!member.isBot) people.set(member.userId, preferred(people.get(member.userId), member));
      }
    }
    this.#known = known;
    return { people, malformed };
  }
}

/** Chooses between two entries of one person (tabs, devices): waiting or matched before idle, then the newest. */
function preferred(known: LobbyMember | undefined, member: LobbyMember): LobbyMember {
  if (!known) return member;
  const [isKnownIdle, isIdle] = [known.status === "idle", member.status === "idle"];
  if (isKnownIdle !== isIdle) return isIdle ? known : member;
  return Date.parse(member.since) >= Date.parse(known.since) ? member : known;
}
