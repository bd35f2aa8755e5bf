import type { Members } from "../replicas/members.ts";

/**
 * What one replica does about the lobby. `write`: watches it and gives its people tickets. `listen`: watches it, to write at once when the
 * writer is late, gone or blind. `none`: others watch. `wait`: has missed a renewal, so that another writes by now.
 */
export type LobbyDuty = "write" | "listen" | "none" | "wait";

type Known = Pick<Members, "replicaId" | "seniors" | "isLate">;

/** Returns what this replica does. Two watch, so that nobody need join while people wait; more would cost joins and presence for nothing. */
export function lobbyDuty(members: Known): LobbyDuty {
  if (isOvertaken(members)) return "wait";
  const { replicaId, seniors } = members;
  const [first] = seniors;
  const place = seniors.findIndex((member) => member.replicaId === replicaId);
  // It decides how many bots there are, and sees no people: Realtime does not reach it. Both writing for a moment harms nobody.
  if (place === 1 && first?.target !== null && first?.people === null) return "write";
  return (["write", "listen"] as const)[place] ?? "none";
}

/**
 * Returns whether this replica has missed a renewal, so that another does by now what was its turn. By a look at the clock, unlike all else of
 * the duty: after a freeze any timer may fire before the one that tells of it.
 */
export function isOvertaken(members: Known): boolean {
  return members.isLate && members.seniors.length > 1;
}

/** Returns whether the lobby is left to other replicas. This one may then have no channel at all, and no socket. */
export function isLeftToOthers(members: Known): boolean {
  return members.seniors.length > 0 && lobbyDuty(members) === "none";
}
