import type { LobbyMember } from "../fleet-config.ts";

/** How long a person may be out of the lobby (a reload, a lost socket) before it counts as gone. */
export const LOBBY_GRACE_MS = 3000;

/** What the lobby shows of one person, and what of it the matchmaker already has. */
export interface PersonRecord {
  /** Null once the person is no longer seen. */
  readonly seen: LobbyMember | null;
  /** By monotonic time: a jump of the wall clock makes nobody leave. */
  readonly lastSeenMs: number;
  /** The last `since` for which a ticket was opened. */
  readonly openedSince: string | null;
  /** The match confirmed through lobby presence. */
  readonly confirmedMatchId: string | null;
  /** Whether the matchmaker may hold an open ticket or match for this person because of us. */
  readonly isOpen: boolean;
}

export type IntakeAction =
  | { readonly kind: "open"; readonly member: LobbyMember }
  | { readonly kind: "confirm"; readonly matchId: string }
  /** `since`: the mark it is about; a newer wait stays. */
  | { readonly kind: "close"; readonly reason: "idle" | "left_lobby"; readonly since: string | null }
  /** Nothing is left to do for a person who is gone. */
  | { readonly kind: "forget" };

/** What has to be written next for this person; null when all is as the lobby shows it. Pure. */
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
  // Whoever talks to one of our bots is watched in the room itself; losing the lobby socket does not end the talk.
  if (nowMs - person.lastSeenMs < LOBBY_GRACE_MS || isInRoom()) return null;
  return person.isOpen ? { kind: "close", reason: "left_lobby", since: person.openedSince } : { kind: "forget" };
}

/** The record once `action` has been written. What was seen meanwhile stays. */
export function afterAction(person: PersonRecord, action: IntakeAction): PersonRecord {
  switch (action.kind) {
    case "open":
      return { ...person, openedSince: action.member.since, isOpen: true };
    case "confirm":
      return { ...person, confirmedMatchId: action.matchId, isOpen: true };
    case "close":
      // Whoever comes back with the same mark is in line again, in the old place.
      return { ...person, openedSince: null, isOpen: false };
    case "forget":
      return person;
  }
}

/** The record after the lobby was looked at: `member` is null when the person is not in it. */
export function afterLook(person: PersonRecord | undefined, member: LobbyMember | null, nowMs: number): PersonRecord {
  const known = person ?? { openedSince: null, confirmedMatchId: null, isOpen: false, lastSeenMs: nowMs };
  return { ...known, seen: member, lastSeenMs: member || person?.seen ? nowMs : known.lastSeenMs };
}
