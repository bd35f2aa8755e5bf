import { type Runtime, SECOND_MS, type Unsubscribe } from "@shoal/kernel";
import type { Health } from "@shoal/monitor";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { Database } from "@shoal/store";
import type { Config } from "../config.ts";
import { undone, watchWrites } from "../health/watched-writes.ts";
import { botRoutes } from "../http/bots.ts";
import type { Part } from "../part.ts";
import type { Pulse } from "../pulse/pulse.ts";
import type { Members } from "../replicas/members.ts";
import { createCommandApi } from "./command-api.ts";
import { type Control, createControl } from "./control.ts";
import { logControl } from "./log.ts";
import { observeControl } from "./metrics.ts";
import type { DeployedRunner } from "./runner.ts";

export interface ControlPartOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly health: Health;
  readonly database: Database;
  readonly members: Members;
  readonly pulse: Pick<Pulse, "watch" | "isBeating">;
  /** Aborts when the daemon drains. */
  readonly signal: AbortSignal;
  readonly pool: RealtimePool;
  readonly deployed: DeployedRunner & { countByStatus(): Readonly<Record<string, number>> };
}

const LEAST_WATCHED_MS = 3 * SECOND_MS;

export type ControlPart = ReturnType<typeof createControlPart>;

/** Applies the commands of `bot_control`, and runs the bots that they deploy. */
export function createControlPart(options: ControlPartOptions) {
  const { config, runtime, signal, replicaId, health, database, members, pulse, pool, deployed } = options;
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
  const countBots = () => Object.values(deployed.countByStatus()).reduce((sum, count) => sum + count, 0);
  const offs = shareBots(members, control, countBots);
  return {
    events: control.events,
    name: "control",
    role: "fleet",
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
    async close() {
      stopLog();
      for (const off of offs) off();
    },
  } satisfies Part & Record<string, unknown>;
}

/** Tells the other replicas how many bots run here, and looks for work when those that take bots up are others than before. */
function shareBots(members: Members, control: Pick<Control, "events" | "nudge">, count: () => number): Unsubscribe[] {
  let takers = "";
  const look = () => {
    const before = takers;
    takers = members.fleet.flatMap(({ replicaId, isLate }) => (isLate ? [] : replicaId)).join();
    if (takers !== before) control.nudge();
  };
  let told = 0;
  const tell = () => {
    const deployed = count();
    if (deployed !== told) members.report({ deployed });
    told = deployed;
  };
  return [
    members.events.on("members:changed", look),
    members.events.on("members:updated", look),
    control.events.on("control:round", tell),
  ];
}
