import type { FleetView, ReplicaBody } from "@shoal/bot-service/bodies";
import { formatCount, plural } from "../../format.ts";
import type { Tone } from "../../parts/badge.tsx";

export const REPLICA_TONES: Readonly<Record<ReplicaBody["state"], Tone>> = {
  live: "good",
  late: "warn",
  draining: "info",
  lost: "bad",
};

/** What is to be known of the fleet of replicas, the worst first. */
export interface Remark {
  readonly tone: Exclude<Tone, "off">;
  readonly text: string;
}

/** The replicas that run bots: not the lost ones, and not workers. */
const fleetOf = ({ replicas }: FleetView) =>
  replicas.filter(({ state, role }) => state !== "lost" && role !== "worker");

/** How many places of the fleet are taken, and how many are wanted; null: nobody has counted yet. */
export function placesOf(view: FleetView): { readonly taken: number; readonly wanted: number | null } {
  return { taken: fleetOf(view).reduce((sum, { places }) => sum + places, 0), wanted: view.target };
}

/** Versions, and how many replicas run each; the most frequent one first. */
export function versionsOf({ replicas }: FleetView): readonly (readonly [version: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { state, version } of replicas) if (state !== "lost") counts.set(version, (counts.get(version) ?? 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one);
}

/** Says what is to be known of the replicas; one sentence that all is well where nothing is. */
export function remarksOn(view: FleetView): readonly Remark[] {
  const { replicas, lead, wanted_replicas: wanted } = view;
  const of = (state: ReplicaBody["state"]) => replicas.filter((each) => each.state === state).length;
  const [lost, late, draining] = [of("lost"), of("late"), of("draining")];
  const unready = replicas.filter((each) => each.state === "live" && each.is_ready === false).length;
  const fleet = fleetOf(view);
  const versions = versionsOf(view);
  const { taken, wanted: target } = placesOf(view);
  const most = fleet.reduce((sum, { places_max }) => sum + places_max, 0);
  const remarks: (Remark | false)[] = [
    lead === null && fleet.length > 0 && { tone: "bad", text: "No replica leads: the number of bots is not adjusted." },
    lost > 0 && {
      tone: "bad",
      text: `${plural(lost, "replica")} lost within the last 10 min: others have taken over what they had.`,
    },
    unready > 0 && { tone: "bad", text: `${plural(unready, "replica")} not ready.` },
    late > 0 && {
      tone: "warn",
      text: `${plural(late, "replica")} late: a renewal was missed, and a term ends 10 s after the last.`,
    },
    target !== null &&
      target > most && {
        tone: "warn",
        text: `${formatCount(target)} bots are wanted, and the replicas may run ${formatCount(most)}: start another, or raise BOT_MAX_PER_REPLICA.`,
      },
    wanted !== null &&
      fleet.length > 0 &&
      fleet.length < wanted && {
        // One more than is needed to do the work: it takes over from a replica that is lost.
        tone: fleet.length + 1 === wanted && fleet.length === 1 ? "info" : "warn",
        text:
          fleet.length === 1
            ? `One replica runs, and no other takes over when it is lost: ${formatCount(wanted)} are wanted.`
            : `${plural(fleet.length, "replica")} run, and ${formatCount(wanted)} are wanted.`,
      },
    versions.length > 1 && {
      tone: "info",
      text: `Versions differ: ${versions.map(([version, count]) => `${version} (${count})`).join(", ")}.`,
    },
    draining > 0 && {
      tone: "info",
      text: `${plural(draining, "replica")} draining: conversations are handed over or end.`,
    },
    target !== null &&
      taken < Math.min(target, most) && {
        tone: "info",
        text: `${formatCount(taken)} of ${formatCount(target)} bots that are wanted have a place; the others get one within seconds.`,
      },
  ];
  const all = remarks.filter((remark) => remark !== false);
  return all.length > 0 ? all : [{ tone: "good", text: "All replicas live, and are of one version." }];
}
