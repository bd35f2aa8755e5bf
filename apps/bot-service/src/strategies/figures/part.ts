import type { Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { watchFigures } from "../../health/watched-figures.ts";
import type { Part } from "../../part.ts";
import { observeStrategyFigures } from "./metrics.ts";
import { readStrategyFigures } from "./read-figures.ts";

export interface StrategyFiguresPartOptions {
  readonly runtime: Runtime;
  readonly database: Database;
}

export type StrategyFiguresPart = ReturnType<typeof createStrategyFiguresPart>;

/** Shows the figures of all strategies in the database, whoever runs them: also of a daemon that runs none. */
export function createStrategyFiguresPart({ runtime, database }: StrategyFiguresPartOptions) {
  const figures = watchFigures({ runtime, of: "strategies", read: () => readStrategyFigures(database) });
  const stop = async () => figures.stop();
  return {
    /** Undefined until they were first read. */
    latest: figures.latest,
    name: "strategy figures",
    needsSchema: true,
    observe: (metrics) => [observeStrategyFigures(metrics, figures.latest)],
    start: () => figures.start(),
    drain: stop,
    close: stop,
  } satisfies Part & Record<string, unknown>;
}
