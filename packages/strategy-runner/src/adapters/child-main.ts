import type { RunOne } from "../child/child-loop.ts";
import { warmUp } from "../child/warm-up.ts";
import { createGuestEngine } from "../guest/guest-engine.ts";
import { type RunPorts, runInEngine } from "../guest/run.ts";
import type { WireRequest } from "../guest/wire.ts";
import { giveBackProgramPages } from "./program-pages.ts";
import { serveChild } from "./serve-child.ts";

/** The engine's code is compiled in steps as it is used: the first run of a new child takes 30 to 100 ms, one after these a third of one. */
const WARM_UP_RUNS = 60;

/** The program of a child that runs strategies. What it is sent comes from its parent, and is what it says it is. */
serveChild((engine, glueSource) => {
  const guest = createGuestEngine(engine, glueSource);
  const runOne: RunOne = (request, columns, ports, source) => {
    const whole = source === undefined ? request : { ...(request as object), javascript: source };
    return runInEngine(guest, whole as WireRequest, columns, ports as RunPorts);
  };
  warmUp(runOne, WARM_UP_RUNS);
  Bun.gc(true);
  giveBackProgramPages();
  // What runs need of the program is back before the parent looks how much a child at rest has.
  warmUp(runOne, 2);
  return runOne;
});
