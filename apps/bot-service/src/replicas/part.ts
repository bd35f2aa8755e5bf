import { errorFields, type Runtime, withTimeout } from "@shoal/kernel";
import { createWakeListener, type Database, statement } from "@shoal/store";
import { shared } from "../http/health.ts";
import { replicaRoutes } from "../http/replicas.ts";
import type { Part } from "../part.ts";
import { readFleet } from "./fleet-view.ts";
import { createMembers, type ReplicaRole } from "./members.ts";
import { observeReplicas } from "./metrics.ts";

/** On which replicas announce what the others should know at once: the payload is the id of the one. */
const CHANNEL = "shoal_replicas";

const GONE = statement("replica_gone", "select shoal.replica_gone($1::text)");

export interface ReplicasPartOptions {
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly version: string;
  readonly role: ReplicaRole;
  /** Most bots of the fleet that it runs. */
  readonly botMax: number;
  readonly database: Pick<Database, "listen" | "query">;
}

/** Knows the replicas that share the database, and is one of them from its first pulse to its close. */
export function createReplicasPart(options: ReplicasPartOptions) {
  const { runtime, replicaId, version, role, botMax, database } = options;
  const log = runtime.log.child({ part: "replicas", replica_id: replicaId });
  const members = createMembers({ runtime, replicaId, version, role, botMax });
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL },
    onWake: (payload) => {
      if (payload !== replicaId) members.refresh();
    },
    onUnsupported: () =>
      log.info(
        {},
        "what other replicas announce is found with the next pulse, up to 3 s later: this connection cannot LISTEN",
      ),
  });
  let isStarted = false;
  return {
    members,
    name: "replicas",
    needsSchema: true,
    observe: (metrics) => [observeReplicas(metrics, members)],
    routes: () => replicaRoutes(shared(runtime.clock, () => readFleet(database))),
    start() {
      isStarted = true;
      listener.start();
    },
    async close(limitMs) {
      await listener.close();
      members.close();
      if (!isStarted) return;
      // The others find out in some seconds if they are not told.
      await withTimeout(runtime.clock, limitMs, database.query(GONE, [replicaId])).catch((thrown) =>
        log.debug(errorFields(thrown), "the other replicas could not be told that this one has ended"),
      );
    },
  } satisfies Part & Record<string, unknown>;
}
