import { errorFields, logOutage, type Runtime } from "@shoal/kernel";
import { createSharedAllowance } from "@shoal/realtime-pool";
import { createWakeListener, type Database } from "@shoal/store";
import type { Config } from "../../config.ts";
import type { Part } from "../../part.ts";
import { sharedLimitsOf } from "../../pool/options.ts";
import type { Members } from "../members.ts";
import { observeGrants } from "./metrics.ts";
import { replicaCountOf } from "./share.ts";
import { takeJoinsTurn } from "./statements.ts";

/** On which a replica announces what it has seen of Realtime: the payload is its id. */
const CHANNEL = "shoal_budget";

export interface BudgetPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly members: Pick<Members, "replicaId" | "live">;
  readonly database: Pick<Database, "listen" | "query">;
}

/** Has this daemon join within what all replicas on this database may join together. */
export function createBudgetPart({ config, runtime, replicaId, members, database }: BudgetPartOptions) {
  const limits = sharedLimitsOf(config);
  const allowance = createSharedAllowance({
    clock: runtime.clock,
    limits,
    applyTurn: (turn) => takeJoinsTurn(database, { replicaId, limits }, turn),
    replicaCount: () => replicaCountOf(members),
  });
  const outage = logOutage({
    log: runtime.log.child({ part: "joins", replica_id: replicaId }),
    level: "warn",
    failing:
      "the database does not grant joins: this daemon joins its part of what the fleet may by itself, rooms and the lobby first, until it does",
    over: "the database grants joins again",
  });
  const offs = [
    allowance.events.on("ledger:lost", ({ error }) => outage.failed(errorFields(error))),
    allowance.events.on("ledger:found", outage.worked),
  ];
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL },
    onWake: (payload) => {
      if (payload !== replicaId) allowance.changed();
    },
    // What was granted before is used up within two seconds all the same.
    onUnsupported: () => {},
  });
  return {
    allowance,
    name: "joins",
    role: "fleet",
    needsSchema: true,
    observe: (metrics) => [observeGrants(metrics, allowance.events)],
    start() {
      listener.start();
    },
    async close() {
      allowance.close();
      for (const off of offs) off();
      await listener.close();
    },
  } satisfies Part & Record<string, unknown>;
}
