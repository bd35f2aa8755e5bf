/**
 * Runs one fleet in a separate process, so that its memory and CPU are measured alone: `bun fleet.ts <kind> <url> <key>
 * <options as JSON>`. Answers the requests of `fleet-process.ts`, and ends when its parent does.
 */
import { createSystemRuntime, every, sleep } from "@shoal/kernel";
import { answerParent } from "../child.ts";
import type { FleetFigures, FleetKind, FleetOptions, FleetRequest } from "./fleet-process.ts";
import { openFleet } from "./fleets.ts";

/** Resolution of the time of "all joined". */
const LOOK_EVERY_MS = 10;
const REST_MS = 500;

const [kind, url = "", key = "", options = "{}"] = process.argv.slice(2);
const runtime = createSystemRuntime();
const fleet = openFleet(kind as FleetKind, { url, key, runtime, options: JSON.parse(options) as FleetOptions });
let wanted = 0;
/** Watches since when the number of joined channels has been right. */
let allJoinedSinceMs: number | null = null;

function look(): void {
  const isWhole = wanted > 0 && fleet.joined() >= wanted;
  if (!isWhole) allJoinedSinceMs = null;
  else allJoinedSinceMs ??= runtime.clock.now();
}

async function figures(): Promise<FleetFigures> {
  const { user, system } = process.cpuUsage();
  look();
  return {
    joined: fleet.joined(),
    dead: fleet.dead(),
    allJoinedSinceMs,
    cpuMs: Math.round((user + system) / 1000),
    residentBytes: process.memoryUsage.rss(),
  };
}

/** Reads memory after garbage collection, when nothing runs any more, the watch included. */
async function rest(): Promise<FleetFigures> {
  watching.cancel();
  for (let turn = 0; turn < 3; turn += 1) {
    Bun.gc(true);
    await sleep(runtime.clock, REST_MS);
  }
  return figures();
}

async function answer(request: FleetRequest): Promise<unknown> {
  switch (request.kind) {
    case "grow":
      wanted += request.channels;
      fleet.grow(request.channels);
      return null;
    case "figures":
      return figures();
    case "rest":
      return rest();
    case "echo":
      return fleet.echo(request.messages, request.everyMs);
  }
}

const watching = every(runtime.clock, LOOK_EVERY_MS, look, () => {});
answerParent(answer);
