import type { Service } from "@shoal/bot-service/daemon";
import { type Clock, createSystemRuntime, integer, invariant, MINUTE_MS, seededRng } from "@shoal/kernel";
import type { PeopleProcess } from "../adapters/people-process.ts";
import type { DemoOptions } from "../demo-options.ts";
import { startChaos } from "./chaos.ts";
import type { ChaosView } from "./chaos.types.ts";
import { type ChaosOutcome, chaosOutcome, recordText } from "./chaos-report.ts";
import { drawPlan, planChaos } from "./schedule.ts";

const DEFAULT_DURATION_MS = 2 * MINUTE_MS;
const MAX_SEED = 999_999;

interface Stage {
  readonly clock: Clock;
  readonly service: Service;
  readonly people: PeopleProcess;
  /** Writes a line for people. */
  readonly note: (text: string) => void;
}

/** The faults of one demo. */
export interface DemoChaos {
  /** Resolves when all faults are over and every person was served, or after `end`. */
  run(): Promise<void>;
  view(): ChaosView | undefined;
  /** Ends the faults, because of `trouble` or by hand, and returns their results. Undefined if they never began. */
  end(trouble: string | null): Promise<ChaosOutcome | undefined>;
}

/** Prints the plan when the options ask for faults. */
export function planDemoChaos(options: DemoOptions, stage: Stage): DemoChaos | undefined {
  if (!options.chaos) return undefined;
  const { realtime: server, pool } = stage.service;
  invariant(server, "the demo runs on the embedded backend");
  const seed = options.chaos.seed ?? integer(createSystemRuntime().rng, 0, MAX_SEED);
  const rng = seededRng(seed);
  const plan = planChaos(options.durationMs ?? DEFAULT_DURATION_MS, rng);
  stage.note(drawPlan(plan, seed).join("\n"));
  const ending = new AbortController();
  let chaos: ReturnType<typeof startChaos> | undefined;
  return {
    async run() {
      const { clock, people } = stage;
      chaos = startChaos({ clock, rng, server, pool: pool.events, people, plan, signal: ending.signal });
      await chaos.finished;
    },
    view: () => chaos?.view(),
    async end(trouble) {
      ending.abort(new Error("the demo ends"));
      if (!chaos) return undefined;
      const result = await chaos.finished;
      if (options.isJson) for (const record of result.records) stage.note(`  ${recordText(record)}`);
      return chaosOutcome({ ...result, failure: result.failure ?? trouble }, seed);
    },
  };
}
