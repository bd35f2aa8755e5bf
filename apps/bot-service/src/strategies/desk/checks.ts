import type { Clock } from "@shoal/kernel";
import type { CheckResult, Language } from "@shoal/strategy-runner";
import pLimit from "p-limit";
import { StrategyDeskError } from "./errors.ts";
import { createUserLimits } from "./user-limits.ts";

/** Sources that are checked at the same time; each takes a processor core for a third of a second. */
const CHECK_CONCURRENCY = 2;
/** Sources that wait for their check. */
const MOST_WAITING = 100;

/** `checkStrategy`, with a compiler and a sandbox. */
export type Check = (source: string, language: Language) => Promise<CheckResult>;

/** Does what needs a check of a source. `userId` null: somebody whose deploys are not bounded. @throws STRATEGY_TOO_MANY_DEPLOYS, STRATEGY_UNAVAILABLE */
export type WithCheck = <T>(userId: string | null, work: (check: Check) => Promise<T>) => Promise<T>;

/** Bounds what checks of sources, by deploys and without, take of this daemon. */
export function createChecks({ clock, check }: { readonly clock: Clock; readonly check: Check }): WithCheck {
  const limited = createUserLimits({ clock, what: "deploys and checks", code: "STRATEGY_TOO_MANY_DEPLOYS" });
  const limit = pLimit(CHECK_CONCURRENCY);
  const bounded: Check = async (source, language) => {
    if (limit.pendingCount < MOST_WAITING) return limit(() => check(source, language));
    throw new StrategyDeskError("STRATEGY_UNAVAILABLE", "Too many deploys wait for their check; try again shortly.", {
      retryable: true,
    });
  };
  return (userId, work) =>
    limited(userId, (inTurn) => work((source, language) => inTurn(() => bounded(source, language))));
}
