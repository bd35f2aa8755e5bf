import { type Runtime, SECOND_MS } from "@shoal/kernel";
import type { Health } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import { undone, watchWrites } from "../health/watched-writes.ts";
import { botRoutes } from "../http/bots.ts";
import type { Part } from "../part.ts";
import type { Pulse } from "../pulse/pulse.ts";
import { createCommandApi } from "./command-api.ts";
import { createControl } from "./control.ts";
import { logControl } from "./log.ts";
import { observeControl } from "./metrics.ts";
import type { DeployedRunner } from "./runner.ts";

export interface ControlPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Health;
  readonly database: Database;
  readonly pulse: Pick<Pulse, "watch" | "isBeating">;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
  readonly pool: RealtimePool;
  readonly deployed: DeployedRunner & { countByStatus(): Readonly<Record<string, number>> };
}

const LEAST_WATCHED_MS = 3 * SECOND_MS;

/** Applies the commands of `bot_control`, and runs the bots that they deploy. */
export function createControlPart(options: ControlPartOptions) {
  const { config, runtime, signal, replicaId, health, database, pulse, pool, deployed } = options;
  const control = createControl({
    ...{ database, pool, runtime, replicaId, reportLoop: health.reportLoop },
    runner: deployed,
    catchUpMs: config.controlCatchUpMs,
    perOwnerCount: config.botDeployedPerOwner,
    openTo: config.controlOpenTo,
    // A pulse finds a command within 3 s; who configured less has it found by polling.
    isWatched: () => pulse.isBeating && config.controlCatchUpMs >= LEAST_WATCHED_MS,
  });
  const commands = watchWrites({
    ...{ port: control.commands, runtime, signal, report: health.reportLoop("http-commands") },
    writes: ["issue", "startStopped", "remove"],
    trial: createCommandApi({ database: undone(database), onIssued() {} }),
  });
  const stopLog = logControl(control.events, runtime);
  return {
    name: "control",
    needsSchema: true,
    observe: (metrics) => [observeControl(metrics, control.events, () => deployed.countByStatus())],
    health: { dependency: "control", isRequired: false, read: () => control.health() },
    routes: () => botRoutes(commands),
    start() {
      control.start();
      pulse.watch("control", () => control.nudge());
    },
    async drain(limitMs) {
      // The feed ends with the drain: that is no outage to log.
      stopLog();
      await control.drain(limitMs);
    },
    close: async () => stopLog(),
  } satisfies Part & Record<string, unknown>;
}
