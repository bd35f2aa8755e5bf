import type { StrategyBody } from "@shoal/bot-service/bodies";

/** What each part of the page of a strategy is given. */
export interface PartProps {
  readonly strategy: StrategyBody;
  /** Reads the strategy again; call it after a change. */
  readonly refresh: () => Promise<void>;
}
