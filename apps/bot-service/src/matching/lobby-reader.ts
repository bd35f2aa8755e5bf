import type { PresenceState } from "@shoal/realtime-pool";
import type { LobbyMember } from "../payload-codec.ts";

/** The entries of one person: at least one. */
export type PersonEntries = readonly [LobbyMember, ...LobbyMember[]];

export interface LobbyScan {
  /** The entries of each person, those first that were there at the scan before. The same list if nothing changed. */
  readonly people: ReadonlyMap<string, PersonEntries>;
  /** Entries that cannot be read and were not there at the scan before. */
  readonly malformed: number;
  /** Entries of people with the id of a bot, which are left out, and were not there at the scan before. */
  readonly withBotId: number;
}

export interface LobbyReaderOptions {
  readonly read: (entry: unknown) => LobbyMember | null;
  /** Returns whether a bot of this process has that id. Presence proves nothing: the bot is the one who is believed. */
  readonly isBot: (userId: string) => boolean;
}

const BOT_ID = Symbol("with the id of a bot");
type Judged = LobbyMember | typeof BOT_ID | null;

/** Bounds what one user id costs, whoever makes entries in its name; each takes a socket, and people have a few tabs and devices. */
const ENTRIES_PER_PERSON = 64;

/**
 * Scans whole presence states. Reads each entry once: the server marks it with a `presence_ref` of its own, and in a
 * lobby of thousands all but a few are the same from one scan to the next. So the member of an unchanged entry is the
 * same object again, and a bad entry is counted once.
 */
export class LobbyReader {
  readonly #options: LobbyReaderOptions;
  #known = new Map<string, Judged>();
  #people: ReadonlyMap<string, PersonEntries> = new Map();

  constructor(options: LobbyReaderOptions) {
    this.#options = options;
  }

  /** Returns the people in `state` but the entry with the key `ownKey`. Yields after each entry; a scan that is not ended changes nothing. */
  *scan(state: PresenceState, ownKey: string): Generator<undefined, LobbyScan> {
    const known = new Map<string, Judged>();
    const found = new Map<string, [LobbyMember, ...LobbyMember[]]>();
    let malformed = 0;
    let withBotId = 0;
    for (const [key, entries] of Object.entries(state)) {
      if (key === ownKey) continue;
      for (const entry of entries) {
        const ref = typeof entry["presence_ref"] === "string" ? `${entry["presence_ref"]} ${key}` : undefined;
        const before = ref === undefined ? undefined : this.#known.get(ref);
        const member = before === undefined ? this.#judge(entry) : before;
        if (ref !== undefined) known.set(ref, member);
        const isNew = before === undefined ? 1 : 0;
        if (member === null) malformed += isNew;
        else if (member === BOT_ID) withBotId += isNew;
        else if (!member.isBot) add(found, member);
        yield;
      }
    }
    const people = new Map<string, PersonEntries>();
    for (const [userId, entries] of found) {
      people.set(userId, inOrder(entries, this.#people.get(userId)));
      yield;
    }
    this.#known = known;
    this.#people = people;
    return { people, malformed, withBotId };
  }

  /** A mark in the future is refused by the database: the clock of this daemon may be as wrong as that of a person. */
  #judge(entry: unknown): Judged {
    const { read, isBot } = this.#options;
    const member = read(entry);
    if (!member || member.isBot) return member;
    return isBot(member.userId) ? BOT_ID : member;
  }
}

function add(people: Map<string, [LobbyMember, ...LobbyMember[]]>, member: LobbyMember): void {
  const entries = people.get(member.userId);
  if (entries) entries.push(member);
  else people.set(member.userId, [member]);
}

/**
 * Puts those first that were there before, so that newcomers in a person's name do not push the person out, and otherwise the
 * oldest.
 */
function inOrder(entries: PersonEntries, before: PersonEntries | undefined): PersonEntries {
  const [first, ...others] = entries;
  if (others.length === 0) return before?.length === 1 && before[0] === first ? before : entries;
  const now = new Set(entries);
  const stayed = (before ?? []).filter((entry) => now.has(entry));
  const known = new Set(stayed);
  const added = byAge(entries.filter((entry) => !known.has(entry)));
  if (before && added.length === 0 && stayed.length === before.length) return before;
  const [oldest = first, ...rest] = [...stayed, ...added];
  return [oldest, ...rest.slice(0, ENTRIES_PER_PERSON - 1)];
}

/** Reads each time once: there may be thousands of entries in one name. */
function byAge(entries: readonly LobbyMember[]): LobbyMember[] {
  const dated = entries.map((entry) => ({ entry, sinceMs: Date.parse(entry.since) }));
  return dated.sort((a, b) => a.sinceMs - b.sinceMs).map(({ entry }) => entry);
}
