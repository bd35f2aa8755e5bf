import type { LobbyMember } from "../fleet-config.ts";

/** How long a person may be out of the lobby (a reload, a lost socket) before it counts as gone. */
export const LOBBY_GRACE_MS = 3000;

/** State of one person as the lobby shows it, and how much of it the matchmaker already has. */
export interface PersonRecord {
  /** Null once the person is no longer seen. */
  readonly seen: LobbyMember | null;
  /** Monotonic time, so that a jump of the wall clock makes no person leave. */
  readonly lastSeenMs: number;
  /** The last `since` for which a ticket was opened. */
  readonly openedSince: string | null;
  /** The match confirmed through lobby presence. */
  readonly confirmedMatchId: string | null;
  /** Whether the matchmaker may hold an open ticket or match that this lobby caused. */
  readonly isOpen: boolean;
}

export type IntakeAction =
  | { readonly kind: "open"; readonly member: LobbyMember }
  | { readonly kind: "confirm"; readonly matchId: string }
  /** Closes the wait with the mark `since`; a newer wait stays. */
  | { readonly kind: "close"; readonly reason: "idle" | "left_lobby"; readonly since: string | null }
  /** Nothing is left to do for a person who is gone. */
  | { readonly kind: "forget" };

/** Returns the next write for this person; null if the matchmaker has all that the lobby shows. Pure. */
export function nextAction(person: PersonRecord, isInRoom: () => boolean, nowMs: number): IntakeAction | null {
  const { seen } = person;
  if (!seen) return goneAction(person, isInRoom, nowMs);
  switch (seen.status) {
    case "waiting":
      return seen.since === person.openedSince ? null : { kind: "open", member: seen };
    case "matched":
      if (seen.matchId === null || seen.matchId === person.confirmedMatchId) return null;
      return { kind: "confirm", matchId: seen.matchId };
    case "idle":
      return person.isOpen ? { kind: "close", reason: "idle", since: person.openedSince } : null;
  }
}

function goneAction(person: PersonRecord, isInRoom: () => boolean, nowMs: number): IntakeAction | null {
  // A person in a room with a bot of this process is watched there; losing the lobby socket does not end the conversation.
  if (nowMs - person.lastSeenMs < LOBBY_GRACE_MS || isInRoom()) return null;
  return person.isOpen ? { kind: "close", reason: "left_lobby", since: person.openedSince } : { kind: "forget" };
}

/** Returns the record after `action` has been written. What was seen meanwhile stays. */
export function afterAction(person: PersonRecord, action: IntakeAction): PersonRecord {
  switch (action.kind) {
    case "open":
      return { ...person, openedSince: action.member.since, isOpen: true };
    case "confirm":
      return { ...person, confirmedMatchId: action.matchId, isOpen: true };
    case "close":
      // A person who comes back with the same mark is in line again, in the old place.
      return { ...person, openedSince: null, isOpen: false };
    case "forget":
      return person;
  }
}

/** Returns the record after a scan of the lobby: `member` is null if the person is not in it. */
export function afterScan(person: PersonRecord | undefined, member: LobbyMember | null, nowMs: number): PersonRecord {
  const known = person ?? { openedSince: null, confirmedMatchId: null, isOpen: false, lastSeenMs: nowMs };
  return { ...known, seen: member, lastSeenMs: member || person?.seen ? nowMs : known.lastSeenMs };
}
