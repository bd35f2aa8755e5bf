import type { Unsubscribe } from "@shoal/kernel";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Members } from "../members.ts";

/** Returns how many replicas spend the limits of Realtime, this one included; null while it is not known. */
export function replicaCountOf({
  replicaId,
  live,
  fleet,
}: Pick<Members, "replicaId" | "live" | "fleet">): number | null {
  if (live.length === 0) return null;
  // One that drains has channels until its end.
  return fleet.length + (fleet.some((member) => member.replicaId === replicaId) ? 0 : 1);
}

/** Has the pool spend its part of events and presence events, whoever comes and goes: to ask for each message would take too long. */
export function shareWithMembers(
  members: Pick<Members, "replicaId" | "live" | "fleet" | "events">,
  pool: Pick<RealtimePool, "setShare">,
): Unsubscribe {
  let shared = 1;
  const share = () => {
    const count = replicaCountOf(members);
    if (count === null || count === shared) return;
    shared = count;
    pool.setShare(1 / count);
  };
  const offs = [members.events.on("members:changed", share), members.events.on("members:updated", share)];
  share();
  return () => {
    for (const off of offs) off();
  };
}
