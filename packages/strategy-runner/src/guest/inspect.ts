import { GuestFailure } from "../engine/guest-failure.ts";
import { LIMITS } from "../limits.ts";
import type { RunError } from "../run.types.ts";
import type { GuestEngine } from "./guest-engine.ts";
import { loadModule, RunEnded, runError } from "./run-error.ts";
import type { InspectMessage, RunReply } from "./wire.ts";

/** Evaluates a module, for the check at deploy, and answers JSON of what it exports. */
export function inspectInEngine(guest: GuestEngine, message: InspectMessage): RunReply {
  const { engine } = guest;
  engine.reset({ fuel: message.fuel, nowMs: 0 });
  const end = inspect(guest, message);
  return {
    ...{ intents: [], statePatch: {}, logs: [], notifications: [], imageHash: "", turns: [] },
    ...(typeof end === "string" ? { result: "ok", exports: end } : { result: "failed", error: end }),
    fuel: Math.min(message.fuel, message.fuel - engine.fuelLeft()),
  };
}

/** `needs` at its largest is a few kB. */
export const MOST_EXPORT_CHARACTERS = 2 * LIMITS.configBytes;

function bounded(exports: string): string | RunError {
  if (exports.length <= MOST_EXPORT_CHARACTERS) return exports;
  return {
    code: "STRATEGY_CONFIG_INVALID",
    message: `\`needs\` and \`config\` have ${exports.length} characters of JSON: \`config\` may have ${LIMITS.configBytes} bytes, and \`needs\` ${LIMITS.needCount} series`,
  };
}

function inspect({ engine, inspect }: GuestEngine, message: InspectMessage): string | RunError {
  try {
    const module = loadModule(engine, message);
    engine.runJobs();
    const state = engine.promiseState(module);
    if (state?.kind === "rejected") throw state.failure;
    if (state?.kind === "fulfilled") return bounded(String(engine.read(engine.call(inspect, state.value))));
    return { code: "STRATEGY_NEVER_SETTLES", message: "the module waits for something when it is loaded" };
  } catch (thrown) {
    if (thrown instanceof RunEnded) return thrown.error;
    if (thrown instanceof GuestFailure) return runError(thrown, message);
    throw thrown;
  }
}
