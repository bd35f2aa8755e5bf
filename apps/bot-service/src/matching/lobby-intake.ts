import type { OpenOutcome } from "@shoal/matchmaker";
import type { LobbyMember } from "../payload-codec.ts";

/** How long a person may be out of the lobby (a reload, a lost socket) before it counts as gone. */
export const LOBBY_GRACE_MS = 3000;

/** State of one person as the lobby shows it, and how much of it the matchmaker already has. */
export interface PersonRecord {
  /** The entries in the person's name; none once the person is no longer seen. */
  readonly seen: readonly LobbyMember[];
  /** Monotonic time, so that a jump of the wall clock makes no person leave. */
  readonly lastSeenMs: number;
  /** The last `since` for which a ticket was opened. */
  readonly openedSince: string | null;
  /** The marks of `seen` that the matchmaker has answered for. */
  readonly settled: ReadonlySet<string>;
  /** The matches of `seen` confirmed through lobby presence. */
  readonly confirmed: ReadonlySet<string>;
  /** Whether the matchmaker may hold an open ticket or match that this lobby caused. */
  readonly isOpen: boolean;
  /**
   * Until when, at least, what `seen` asks for waits, because it may come from somebody else: the entry that the person had
   * is gone, and those left were not made in its place. It waits on while the person is in a room. Null: the person's own.
   */
  readonly doubtedUntilMs: number | null;
  /** When the matchmaker may be asked again for a wait that it held back. */
  readonly heldUntilMs: number | null;
}

export type IntakeAction =
  /** `shown`: the person's other entries. `isDoubted`: it may be of somebody else, and so must end nothing that goes on in a room. */
  | {
      readonly kind: "open";
      readonly member: LobbyMember;
      readonly shown: readonly LobbyMember[];
      readonly isDoubted: boolean;
    }
  | { readonly kind: "confirm"; readonly matchId: string }
  /** Closes the wait with the mark `since`; another wait stays. `isDoubted`: the person may be in a room, and then nothing is closed. */
  | {
      readonly kind: "close";
      readonly reason: "idle" | "left_lobby";
      readonly since: string | null;
      readonly isDoubted: boolean;
    }
  /** Nothing is left to do for a person who is gone. */
  | { readonly kind: "forget" };

/** Returns the next write for this person; null if the matchmaker has all that the lobby shows, or must wait for it. Pure. */
export function nextAction(person: PersonRecord, isInRoom: () => boolean, nowMs: number): IntakeAction | null {
  const { seen, heldUntilMs } = person;
  const isDoubted = person.doubtedUntilMs !== null;
  if (seen.length === 0) return goneAction(person, isInRoom, nowMs);
  const isHeld = heldUntilMs !== null && nowMs < heldUntilMs;
  const member = isHeld ? undefined : unsettled(person);
  if (member && !mustWait(person, isInRoom, nowMs)) {
    return { kind: "open", member, shown: seen.filter((other) => other !== member), isDoubted };
  }
  const matchId = seen.map((entry) => matchOf(entry)).find((id) => id !== null && !person.confirmed.has(id));
  if (matchId) return { kind: "confirm", matchId };
  if (!isIdle(person) || !person.isOpen || mustWait(person, isInRoom, nowMs)) return null;
  return { kind: "close", reason: "idle", since: person.openedSince, isDoubted };
}

/** Returns whether something that the lobby shows is to be looked at again after a while, though nothing changes. */
export function isPending(person: PersonRecord): boolean {
  return person.seen.length === 0 || unsettled(person) !== undefined || (isIdle(person) && person.isOpen);
}

const isIdle = ({ seen }: PersonRecord): boolean => seen.every(({ status }) => status === "idle");

/** Finds a wait that the matchmaker has not answered for. The latest to come is asked for last, and so replaces the others. */
function unsettled({ seen, settled }: PersonRecord): LobbyMember | undefined {
  return seen.find(({ status, since }) => status === "waiting" && !settled.has(since));
}

/** Returns whether what is doubted waits yet. The matchmaker has the last word: the room may be with a bot of another replica. */
function mustWait({ doubtedUntilMs }: PersonRecord, isInRoom: () => boolean, nowMs: number): boolean {
  return doubtedUntilMs !== null && (nowMs < doubtedUntilMs || isInRoom());
}

const matchOf = ({ status, matchId }: LobbyMember): string | null => (status === "matched" ? matchId : null);

function goneAction(person: PersonRecord, isInRoom: () => boolean, nowMs: number): IntakeAction | null {
  // A person in a room with a bot of this process is watched there; losing the lobby socket does not end the conversation.
  if (nowMs - person.lastSeenMs < LOBBY_GRACE_MS || isInRoom()) return null;
  if (!person.isOpen) return { kind: "forget" };
  return { kind: "close", reason: "left_lobby", since: person.openedSince, isDoubted: true };
}

/** What became of a write. `refused`: its values can never be written, and nothing has changed. */
export type WriteOutcome = OpenOutcome | "refused";

/** Returns the record after `action` has been written, or refused. What was seen meanwhile stays. */
export function afterAction(
  person: PersonRecord,
  action: IntakeAction,
  nowMs: number,
  outcome: WriteOutcome = "opened",
): PersonRecord {
  switch (action.kind) {
    case "open": {
      if (outcome === "held") return { ...person, heldUntilMs: nowMs + LOBBY_GRACE_MS };
      const { since } = action.member;
      const settled = new Set([...person.settled, since]);
      // The wait that was open before still is.
      if (outcome === "refused") return { ...person, settled, heldUntilMs: null };
      return { ...person, settled, openedSince: since, isOpen: true, heldUntilMs: null, doubtedUntilMs: null };
    }
    case "confirm":
      return { ...person, confirmed: new Set([...person.confirmed, action.matchId]), isOpen: true };
    case "close":
      // A person who comes back with the same mark is in line again, in the old place.
      return { ...person, openedSince: null, settled: new Set(), isOpen: false };
    case "forget":
      return person;
  }
}

const NEW: PersonRecord = {
  ...{ seen: [], lastSeenMs: 0, openedSince: null, settled: new Set(), confirmed: new Set() },
  ...{ isOpen: false, doubtedUntilMs: null, heldUntilMs: null },
};

/** Returns what the lobby shows of the person, without what was thought to be written of it: another replica may have written since. */
export function afterPause({ seen, lastSeenMs, doubtedUntilMs }: PersonRecord): PersonRecord {
  return { ...NEW, seen, lastSeenMs, doubtedUntilMs };
}

/** Returns the record after a scan of the lobby: `entries` is empty if the person is not in it. */
export function afterScan(
  person: PersonRecord | undefined,
  entries: readonly LobbyMember[],
  nowMs: number,
): PersonRecord {
  if (!person) return { ...NEW, seen: entries, lastSeenMs: nowMs };
  const { seen } = person;
  const isSeen = entries.length > 0;
  const hasNew = entries.some((entry) => !seen.includes(entry));
  const hasLost = seen.some((entry) => !entries.includes(entry));
  return {
    ...person,
    seen: entries,
    lastSeenMs: isSeen || seen.length > 0 ? nowMs : person.lastSeenMs,
    doubtedUntilMs: doubt(person, { isSeen, hasNew, hasLost }, nowMs),
    // The entry that held the others back may be gone.
    heldUntilMs: hasLost ? null : person.heldUntilMs,
    settled: isSeen
      ? kept(
          person.settled,
          entries.map(({ since }) => since),
        )
      : person.settled,
    confirmed: isSeen ? kept(person.confirmed, entries.map(matchOf)) : person.confirmed,
  };
}

interface ScanChange {
  readonly isSeen: boolean;
  readonly hasNew: boolean;
  readonly hasLost: boolean;
}

function doubt(person: PersonRecord, { isSeen, hasNew, hasLost }: ScanChange, nowMs: number): number | null {
  if (!isSeen) return person.doubtedUntilMs;
  // The person may be in a room and out of the lobby, and this somebody else.
  if (person.seen.length === 0) return nowMs;
  // A client that tracks anew replaces its entry: the old one goes as the new one comes.
  if (hasLost) return hasNew ? null : nowMs + LOBBY_GRACE_MS;
  return person.doubtedUntilMs;
}

/** Bounds what is remembered by what is shown. */
function kept(known: ReadonlySet<string>, shown: readonly (string | null)[]): ReadonlySet<string> {
  return known.size === 0 ? known : new Set(shown.filter((each): each is string => each !== null && known.has(each)));
}
