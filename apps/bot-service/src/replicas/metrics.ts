import type { Unsubscribe } from "@shoal/kernel";
import { allOf, type Metrics, subscribe } from "@shoal/monitor";
import type { Member, Members, MembersEvents, ReplicaRole } from "./members.ts";
import { stateOf } from "./seniority.ts";

type Watched = Pick<Members, "replicaId" | "live" | "granted" | "seniors" | "events">;

/** Shows the replicas as this one knows them, and counts what it sees of their ends. Once per `metrics`. */
export function observeReplicas(metrics: Metrics, members: Watched): Unsubscribe {
  const offs = [showMembers(metrics, members), countEnds(metrics, members)];
  return () => {
    for (const off of offs) off();
  };
}

function showMembers({ gauge, beforeScrape }: Metrics, members: Watched): Unsubscribe {
  const roles = allOf<ReplicaRole>({ all: true, fleet: true, worker: true });
  const states = allOf<ReturnType<typeof stateOf>>({ live: true, late: true, draining: true });
  const replicas = gauge({
    name: "shoal_replicas",
    help: "Replicas of the whole fleet as this one knows them, by role and state: take the maximum.",
    labels: { role: roles, state: states },
  });
  const versions = gauge({
    name: "shoal_replica_versions",
    help: "Versions that run side by side in the fleet: take the maximum.",
  });
  const lead = gauge({
    name: "shoal_replica_lead",
    help: "1 where this replica counts people and wants the number of bots for all; one of the fleet does.",
  });
  const places = gauge({
    name: "shoal_replica_places",
    help: "Bots of the fleet's own that this replica has taken.",
  });
  return beforeScrape(() => {
    const { live, replicaId } = members;
    for (const role of roles.known) {
      for (const state of states.known) {
        const count = live.filter((member) => member.role === role && stateOf(member) === state).length;
        replicas.set({ role, state }, count);
      }
    }
    versions.set({}, new Set(live.map(({ version }) => version)).size);
    lead.set({}, members.seniors[0]?.replicaId === replicaId ? 1 : 0);
    places.set({}, members.granted.size);
  });
}

function countEnds({ counter }: Metrics, members: Watched): Unsubscribe {
  const lost = counter({
    name: "shoal_replicas_lost_total",
    help: "Replicas that ended without a drain, as each of the others saw it: take the maximum.",
  });
  const takeovers = counter({
    name: "shoal_replica_takeovers_total",
    help: "Bots of the fleet's own that this replica took over from a lost one.",
  });
  const termsOver = counter({
    name: "shoal_replica_terms_over_total",
    help: "Times that this replica did not renew its term, so that the others took it for lost.",
  });
  let before: readonly Member[] = members.live;
  /** Numbers of bots whose replica was lost, until somebody has them. */
  const orphans = new Set<number>();
  const follow = () => {
    before = members.live;
    if (orphans.size === 0) return;
    takeovers.inc({}, orphans.intersection(members.granted).size);
    for (const { places } of before) for (const number of places) orphans.delete(number);
    // Nobody takes what the fleet no longer wants.
    const target = members.seniors[0]?.target ?? 0;
    for (const number of orphans) if (number > target) orphans.delete(number);
  };
  return subscribe<MembersEvents>(members.events, {
    "members:changed": ({ gone }) => {
      for (const member of before) {
        if (!gone.includes(member.replicaId) || member.isDraining) continue;
        lost.inc({});
        for (const number of member.places) orphans.add(number);
      }
      follow();
    },
    "members:updated": follow,
    "members:term-over": () => termsOver.inc({}),
    "members:stale": null,
  });
}
