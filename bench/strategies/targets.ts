import type { Backend } from "@shoal/testkit";

/** What is measured on one server. */
export interface StrategyFigures {
  readonly backend: Backend;
  readonly postgres: string;
  /** From the claim to the written outcome, at a moderate rate, of a strategy that looks at 500 closes. */
  readonly claimToWrittenP50Ms: number;
  readonly claimToWrittenP99Ms: number;
  /** With more due than can be run, of the same strategy. */
  readonly runsPerSecond: number;
  readonly emptyRunsPerHour: number;
  readonly cycleRunsPerHour: number;
  /** Of 10,000 strategies that are deployed and not due, over none. */
  readonly idleBytes: number;
  readonly idleQueriesPerSecond: number;
  readonly claimP50Ms: number;
  readonly claimP99Ms: number;
  /** How late owners with one strategy each are served beside one with 20,000 that are due. */
  readonly othersLagP50Ms: number;
  readonly othersLagP99Ms: number;
  readonly othersRunCount: number;
  /** From the call that deploys, with the check of types, to the first written run. */
  readonly deployToRunMs: number;
  readonly floorRunsPerSecond: number;
}

const AT_MOST = {
  claimToWrittenP50Ms: 2,
  claimToWrittenP99Ms: 10,
  idleBytes: 5_000_000,
  idleQueriesPerSecond: 1.1,
  claimP99Ms: 5,
  othersLagP99Ms: 1000,
  deployToRunMs: 300,
} as const satisfies Partial<Record<keyof StrategyFigures, number>>;

const AT_LEAST = {
  runsPerSecond: 1500,
  emptyRunsPerHour: 5_000_000,
  cycleRunsPerHour: 600,
} as const satisfies Partial<Record<keyof StrategyFigures, number>>;

/** Returns the missed targets, in words. @source issue 13, Figures */
export function missedTargets(all: readonly StrategyFigures[]): string[] {
  return all.flatMap((figures) => {
    const miss = (name: keyof StrategyFigures, target: number) =>
      `${figures.backend}: ${name} is ${figures[name]}, target ${target}`;
    return [
      ...(Object.keys(AT_MOST) as (keyof typeof AT_MOST)[]).flatMap((name) =>
        figures[name] <= AT_MOST[name] ? [] : [miss(name, AT_MOST[name])],
      ),
      ...(Object.keys(AT_LEAST) as (keyof typeof AT_LEAST)[]).flatMap((name) =>
        figures[name] >= AT_LEAST[name] ? [] : [miss(name, AT_LEAST[name])],
      ),
    ];
  });
}
