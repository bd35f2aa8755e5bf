import type { EventSource, Log, Unsubscribe } from "@shoal/kernel";
import type { StrategyEvents } from "./events.ts";

/** Writes a line for what an operator may have to act on; what fails once is in the strategy's row, for its owner. */
export function logStrategies(events: EventSource<StrategyEvents>, log: Log): Unsubscribe {
  return events.on("strategy:halted", ({ strategyId, status, code }) =>
    log.warn(
      { strategy_id: strategyId, status, reason: code },
      "a strategy runs no more, because its runs failed or were ended from outside too often in a row; its status says why, and it waits until its owner starts or deploys it again",
    ),
  );
}
