import { errorFields, every, logOutage, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import type { DependencyState, Health } from "@shoal/monitor";
import type { PartHealth } from "../part.ts";

const CHECK_INTERVAL_MS = 2 * SECOND_MS;

export interface DependencyOptions {
  readonly health: Health;
  readonly runtime: Runtime;
  readonly checks: readonly PartHealth[];
  /** Aborts when the daemon drains: it then takes its dependencies down by itself, which is not logged. */
  readonly signal: AbortSignal;
}

const UNCHECKED = "the dependencies could not be checked: /readyz shows their last state until the next check";
const CHECKED = "the dependencies are checked again";

/** Checks each dependency every 2 s, for `/readyz`. Cancel to stop. */
export function watchDependencies(options: DependencyOptions): Timer {
  const { health, runtime, checks } = options;
  const watched = checks.map((check) => watch(options, check));
  const loop = health.loop("probes", 10 * CHECK_INTERVAL_MS);
  const outage = logOutage({ log: runtime.log, level: "error", failing: UNCHECKED, over: CHECKED });
  const checkAll = async () => {
    await Promise.all(watched.map((check) => check()));
    outage.worked();
    loop.beat();
  };
  const onError = (thrown: unknown) => outage.failed(errorFields(thrown));
  checkAll().catch(onError);
  const timer = every(runtime.clock, CHECK_INTERVAL_MS, checkAll, onError);
  return {
    cancel() {
      timer.cancel();
      loop.end();
    },
  };
}

/** Makes the check of one dependency, which logs a line when its state changes. */
function watch({ health, runtime, signal }: DependencyOptions, { dependency: name, isRequired, read }: PartHealth) {
  const dependency = health.dependency(name, { required: isRequired });
  let logged: DependencyState | "unknown" = "unknown";
  let wasTrouble = false;
  return async () => {
    const { isExpected = false, ...report } = await read();
    dependency.set(report);
    const { state, detail, errorCode } = report;
    const isQuiet = isExpected && state !== "ok" && logged !== "down";
    const isTrouble = state !== "ok" && !isQuiet;
    // Trouble is logged when a second check finds it too: at the first one the dependency may still be starting.
    const isCertain = !isTrouble || wasTrouble;
    wasTrouble = isTrouble;
    if (signal.aborted || state === logged || isQuiet || !isCertain) return;
    const fields = { dependency: name, state, was: logged, detail, error_code: errorCode };
    runtime.log[state === "down" ? "warn" : "info"](fields, "a dependency changed its state");
    logged = state;
  };
}
