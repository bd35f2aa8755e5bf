import type { Unsubscribe } from "@shoal/kernel";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Members } from "../members.ts";

/** Returns how many replicas spend the limits of Realtime, this one included; null while it is not known. */
export function replicaCountOf({ replicaId, live }: Pick<Members, "replicaId" | "live">): number | null {
  if (live.length === 0) return null;
  // Those that drain, too: they send, and have channels, until their end.
  const others = live.filter((member) => member.role !== "worker" && member.replicaId !== replicaId);
  return others.length + 1;
}

/** Has the pool spend its part of events and presence events, whoever comes and goes: to ask for each message would take too long. */
export function shareWithMembers(
  members: Pick<Members, "replicaId" | "live" | "events">,
  pool: Pick<RealtimePool, "setShare">,
): Unsubscribe {
  let shared = 1;
  const share = () => {
    const count = replicaCountOf(members);
    if (count === null || count === shared) return;
    shared = count;
    pool.setShare(1 / count);
  };
  share();
  return members.events.on("members:changed", share);
}
