import type { Timeframe } from "@shoal/market";
import type { AnsweredTurn } from "../guest/wire.ts";
import type { JsonObject, OrderView, PortfolioView, RunResult } from "../run.types.ts";

/** Candles by reference: which they are, and the sha256 of their columns. A replay needs them along. */
export interface CandlesReference {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly count: number;
  /** Start of the newest, ms since 1970; 0 where there is none. */
  readonly lastOpenMs: number;
  readonly sha256: string;
}

/** All that came into a run, and what it gave: enough to do it again to the byte. Plain JSON. */
export interface Journal {
  readonly version: 1;
  /** Of the engine and the glue. */
  readonly buildId: string;
  readonly strategyId: string;
  /** The code by reference: sha256 of the JavaScript that ran. */
  readonly codeSha256: string;
  readonly fileName: string;
  readonly fuel: number;
  readonly nowMs: number;
  readonly seed: string;
  readonly config: JsonObject;
  readonly state: JsonObject;
  readonly portfolio: PortfolioView;
  readonly openOrders: readonly OrderView[];
  readonly candles: readonly CandlesReference[];
  readonly canAsk: boolean;
  /** Calls that waited, and their answers in the order in which they were settled. */
  readonly turns: readonly AnsweredTurn[];
  readonly outcome: RunResult;
  /** sha256 of all the rest. */
  readonly digest: string;
}
