import type { Members } from "../replicas/members.ts";

/**
 * What one replica does about the lobby. `write`: watches it and gives its people tickets. `listen`: watches it, to write at once when the
 * writer is late, gone or blind. `none`: others watch. `wait`: has missed a renewal, so that another writes by now.
 */
export type LobbyDuty = "write" | "listen" | "none" | "wait";

type Known = Pick<Members, "replicaId" | "seniors" | "isLate">;

/** Returns what this replica does. Two watch, so that nobody need join while people wait; more would cost joins and presence for nothing. */
export function lobbyDuty(members: Known): LobbyDuty {
  const { replicaId, seniors, isLate } = members;
  if (isLate && seniors.length > 1) return "wait";
  const [first] = seniors;
  const place = seniors.findIndex((member) => member.replicaId === replicaId);
  // It decides how many bots there are, and sees no people: Realtime does not reach it. Both writing for a moment harms nobody.
  if (place === 1 && first?.target !== null && first?.people === null) return "write";
  return (["write", "listen"] as const)[place] ?? "none";
}

/** Returns whether the lobby is left to other replicas. This one may then have no channel at all, and no socket. */
export function isLeftToOthers(members: Known): boolean {
  return members.seniors.length > 0 && lobbyDuty(members) === "none";
}
