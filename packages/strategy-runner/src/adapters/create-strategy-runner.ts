import { join } from "node:path";
import type { Runtime } from "@shoal/kernel";
import { buildIdOf } from "../guest/guest-engine.ts";
import { DEFAULT_FUEL } from "../limits.ts";
import { assembleStrategyRunner, type RunLimits, requireJail, type StrategyRunner } from "../strategy-runner.ts";
import type { JailReport, Wall } from "../supervisor/jail.types.ts";
import { DEFAULT_OUTER_LIMITS } from "../supervisor/run-failure.ts";
import { childSpawner } from "./child-process.ts";
import { bundleChild } from "./child-script.ts";
import { loadEngineModule } from "./engine-module.ts";
import { readGlueSource } from "./guest-source.ts";
import { findJailHere, type Jail } from "./jail.ts";
import { readProcess, tellsChildren } from "./process-readings.ts";

export interface StrategyRunnerOptions {
  readonly runtime: Runtime;
  /** Child processes, 1 or more. Each holds 60 MB and does one run at a time; more than there are processors brings nothing. */
  readonly childCount: number;
  /** Default: 150,000,000 units of fuel, 3 s, 30 s of processor time, 100 MB. */
  readonly limits?: Partial<RunLimits>;
  /** `required` throws `STRATEGY_JAIL_INCOMPLETE` where a wall is missing. Default: `best-effort`, which logs what is missing and goes on. */
  readonly jail?: "required" | "best-effort";
}

/** Starts the children and returns at once: runs wait in line until a child is ready, after about 0.1 s. */
export async function createStrategyRunner(options: StrategyRunnerOptions): Promise<StrategyRunner> {
  const { runtime, childCount } = options;
  const jail = findJailHere();
  const report: JailReport = { walls: [...jail.report.walls, measured(jail)] };
  if (options.jail === "required") requireJail(report);
  logMissing(runtime, report);
  const [engine, glueSource] = [loadEngineModule(), readGlueSource()];
  const script = await bundleChild(join(import.meta.dirname, "child-main.ts"));
  return assembleStrategyRunner({
    ...{ runtime, childCount, readProcess },
    limits: { fuel: DEFAULT_FUEL, ...DEFAULT_OUTER_LIMITS, ...options.limits },
    buildId: buildIdOf(engine.buildId, glueSource),
    jail: report,
    spawn: childSpawner({ script, engine, glueSource, jail }),
  });
}

function measured({ isNested }: Jail): Wall {
  const name = "measured";
  if (readProcess(process.pid) === undefined) return { name, holds: false, why: "this system has no /proc" };
  if (isNested && !tellsChildren())
    return { name, holds: false, why: "/proc does not tell what a process has started" };
  return { name, holds: true };
}

function logMissing({ log }: Runtime, { walls }: JailReport): void {
  const missing = walls.flatMap((wall) => (wall.holds ? [] : [`${wall.name}: ${wall.why}`]));
  if (missing.length === 0) return;
  log.warn(
    { missing },
    "strategies run without some walls around their processes; the engine alone keeps them in where these would help",
  );
}
