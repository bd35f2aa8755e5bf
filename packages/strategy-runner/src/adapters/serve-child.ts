import { type RunOne, runChild } from "../child/child-loop.ts";
import { createEngine } from "../engine/engine.ts";
import type { Engine } from "../engine/engine.types.ts";
import { childPipes, readSized } from "./child-pipes.ts";
import { findMemoryAccess } from "./memory-access.ts";
import { giveBackProgramPages } from "./program-pages.ts";

/** Compilers are at work for some thousand runs, and are large. */
const RUNS_PER_GIVE_BACK = 2000;

/** What a child's program makes of its engine: something that does runs, and that has done a few to be warm. */
export type MakeRunOne = (engine: Engine, glueSource: string) => RunOne;

/** The whole life of a child: reads from its socket what it is made of, prepares it, and does runs until its parent closes that. */
export function serveChild(makeRunOne: MakeRunOne): void {
  const [module, buildId, glueSource] = [readSized(), readSized().toString(), readSized().toString()];
  const engine = createEngine({ module: new WebAssembly.Module(module), buildId, ...findMemoryAccess() });
  const runOne = makeRunOne(engine, glueSource);
  const restingBytes = engine.memoryBytes();
  let runCount = 0;
  const tidyUp = () => {
    runCount += 1;
    if (runCount % RUNS_PER_GIVE_BACK === 0) giveBackProgramPages();
    if (engine.memoryBytes() <= restingBytes) return;
    // What a run took is given back before the next: it must not count as the next one's memory.
    engine.reset({ fuel: 0, nowMs: 0 });
    Bun.gc(true);
  };
  runChild(childPipes, runOne, { cpuMs, tidyUp });
}

/** Processor time of this process, of the threads that compile for it, too. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
