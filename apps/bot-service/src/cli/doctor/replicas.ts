import { type Database, statement } from "@shoal/store";
import type { FleetView } from "../../http/replica-bodies.ts";
import { fleetViewOf, readReplicas } from "../../replicas/fleet-view.ts";
import { type Finding, inNumber, ok, skipped, warn } from "./finding.ts";

/** Reads the daemons that share the database, as `shoal status --all` shows them. */
export async function checkReplicas(database: Database): Promise<Finding> {
  const [found] = await database.query<{ is_there: boolean }>(
    statement("doctor_replicas", "select to_regclass('shoal.replicas') is not null as is_there"),
  );
  if (!found?.is_there) return skipped("the daemon has not set up this database yet");
  return judgeReplicas(fleetViewOf(await readReplicas(database), null));
}

/** Judges whether the replicas are one fleet that is well. */
export function judgeReplicas({ replicas, target }: FleetView): Finding {
  if (replicas.length === 0) return skipped("no daemon runs on this database, or only older ones that do not say so");
  const living = replicas.filter(({ state }) => state !== "lost");
  const held = living.reduce((sum, { places }) => sum + places, 0);
  const versions = [...new Set(living.map(({ version }) => version))].sort();
  const notReady = living.filter(({ is_ready: isReady }) => isReady === false).length;
  const count = (wanted: string) => replicas.filter(({ state }) => state === wanted).length;
  const figures = {
    ...{ live: count("live"), late: count("late"), draining: count("draining"), lost: count("lost") },
    ...{ not_ready: notReady, bots: held, versions: versions.length },
  };
  const states = (["live", "late", "draining", "lost"] as const).filter((state) => count(state) > 0);
  const counts = states.map((state) => `${inNumber(count(state))} ${state}`).join(", ");
  const bots = target === null ? "" : `; ${inNumber(held)} of ${inNumber(target)} bots`;
  const found = `replicas: ${counts}${bots}`;
  const look = "see them with: bun run shoal status --all";
  const missing = missingWork(living);
  if (missing) return warn(`${found}; ${missing.found}`, missing.todo, figures);
  if (figures.lost + figures.late > 0) {
    return warn(found, `${look}; a lost one has ended without a word: docs/runbooks/ShoalReplicaLost.md`, figures);
  }
  if (versions.length > 1)
    return warn(
      `${found}; versions ${versions.join(", ")}`,
      "end the deploy: docs/runbooks/ShoalVersionsMixed.md",
      figures,
    );
  if (notReady > 0) return warn(`${found}; ${inNumber(notReady)} not ready`, look, figures);
  const most = living.filter(isRunningBots).reduce((sum, { places_max: max }) => sum + max, 0);
  if (target !== null && most < target) {
    const todo = "start another one, or raise BOT_MAX_PER_REPLICA: people may wait";
    return warn(`${found}; they may run ${inNumber(most)} of ${inNumber(target)}`, todo, figures);
  }
  return ok(found, figures);
}

const isRunningBots = ({ role, state }: FleetView["replicas"][number]) => role !== "worker" && state !== "draining";

/** Says what no replica does that goes on; undefined when all is done. */
function missingWork(living: FleetView["replicas"]): { readonly found: string; readonly todo: string } | undefined {
  const staying = living.filter(({ state }) => state !== "draining");
  const isDone = (role: "fleet" | "worker") =>
    staying.some((replica) => replica.role === "all" || replica.role === role);
  if (living.length === 0 || (isDone("fleet") && isDone("worker"))) return undefined;
  if (isDone("fleet")) {
    return { found: "none runs jobs and strategies", todo: "start a daemon with SHOAL_ROLE=worker, or with all" };
  }
  return isDone("worker")
    ? { found: "none runs bots", todo: "nobody is matched: start a daemon with SHOAL_ROLE=fleet, or with all" }
    : { found: "none runs bots, nor jobs and strategies", todo: "nobody is matched: start a daemon; bun start" };
}
