import { loopBurn } from "../build/meter.ts";
import { loadEngineModule } from "../src/adapters/engine-module.ts";
import { findMemoryAccess } from "../src/adapters/memory-access.ts";
import { createEngine } from "../src/engine/engine.ts";
import type { Engine } from "../src/engine/engine.types.ts";
import { GuestFailure } from "../src/engine/guest-failure.ts";

const metered = loadEngineModule();
const compiled = new WebAssembly.Module(metered.bytes as Uint8Array<ArrayBuffer>);

/** Makes a metered engine as children have it, not yet captured. */
export function makeEngine(access = findMemoryAccess()): Engine {
  return createEngine({ module: compiled, buildId: metered.buildId, ...access });
}

/** Makes an engine of the same build whose loops burn nothing: what the attacks must not end in. */
export function makeUnmeteredEngine(): Engine {
  const NOP = 0x01;
  const bytes = metered.bytes.slice();
  // The fuel is the last global; its index is found where the first loop reads it.
  for (const fuel of Array.from({ length: 32 }, (_, index) => [index])) {
    const burn = Uint8Array.from(loopBurn(fuel));
    for (let at = Buffer.from(bytes).indexOf(burn); at !== -1; at = Buffer.from(bytes.buffer).indexOf(burn, at)) {
      bytes.fill(NOP, at, at + burn.length);
    }
  }
  return createEngine({ module: new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), buildId: "unmetered" });
}

export interface ScriptEnd {
  readonly failure: GuestFailure | undefined;
  readonly value: unknown;
  readonly fuel: number;
  readonly hash: string;
}

/** Resets a captured engine and runs a script; tells how it ended. */
export function runScript(engine: Engine, source: string, fuel = 50_000_000): ScriptEnd {
  engine.reset({ fuel, nowMs: 1_700_000_000_000 });
  let failure: GuestFailure | undefined;
  let value: unknown;
  try {
    value = engine.read(engine.evaluate(source, "test.js"));
    engine.runJobs();
  } catch (error) {
    if (!(error instanceof GuestFailure)) throw error;
    failure = error;
  }
  return { failure, value, fuel: fuel - engine.fuelLeft(), hash: engine.imageHash() };
}
