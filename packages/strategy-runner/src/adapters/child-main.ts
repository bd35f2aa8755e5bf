import type { RunOne } from "../child/child-loop.ts";
import { warmUp } from "../child/warm-up.ts";
import { createGuestEngine } from "../guest/guest-engine.ts";
import { type RunPorts, runInEngine } from "../guest/run.ts";
import type { WireRequest } from "../guest/wire.ts";
import { serveChild } from "./serve-child.ts";

/** The program of a child that runs strategies. What it is sent comes from its parent, and is what it says it is. */
serveChild((engine, glueSource) => {
  const guest = createGuestEngine(engine, glueSource);
  const runOne: RunOne = (request, columns, ports) =>
    runInEngine(guest, request as WireRequest, columns, ports as RunPorts);
  warmUp(runOne);
  Bun.gc(true);
  return runOne;
});
