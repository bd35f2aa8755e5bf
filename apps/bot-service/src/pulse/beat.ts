import { createLoop, errorFields, fullJitter, MINUTE_MS, type Runtime, SECOND_MS } from "@shoal/kernel";
import type { Health, LoopBeat } from "@shoal/monitor";
import type { Part } from "../part.ts";
import type { Members } from "../replicas/members.ts";
import type { Pulse } from "./pulse.ts";

export interface BeatPartOptions {
  readonly runtime: Runtime;
  readonly health: Pick<Health, "loop" | "reportLoop">;
  readonly pulse: Pick<Pulse, "beat">;
  readonly members: Pick<Members, "events">;
}

/** As the sweeps of an idle matchmaker. */
const BEAT_EVERY_MS = 3 * SECOND_MS;
const BACKOFF = fullJitter(200, 2 * SECOND_MS);
/** Several replicas that announce something together make one beat. */
const NUDGE_MS = 20;
/** Bounds the silence of the loop: a beat may take as long as a failing query. */
const LOOP_SILENCE_MS = MINUTE_MS;

/** Sends the pulse of a replica that has no matchmaker, whose sweeps are the pulse of the others. */
export function createBeatPart({ runtime, health, pulse, members }: BeatPartOptions) {
  let alive: LoopBeat | undefined;
  const loop = createLoop({
    runtime,
    work: async () => {
      await pulse.beat();
      alive?.beat();
      return BEAT_EVERY_MS;
    },
    onError(thrown) {
      alive?.beat();
      runtime.log.debug(errorFields(thrown), "a pulse failed; it is tried again");
    },
    report: health.reportLoop("pulse"),
    backoff: BACKOFF,
    nudgeMs: NUDGE_MS,
  });
  return {
    name: "beat",
    needsSchema: true,
    observe: () => [members.events.on("members:stale", () => loop.nudge())],
    start() {
      alive = health.loop("pulse", LOOP_SILENCE_MS);
      loop.start();
    },
    // Not with the drain: what is handed back then is still this replica's until it has ended.
    async close() {
      alive?.end();
      await loop.stop();
    },
  } satisfies Part;
}
