/** What a child is told of a run: JSON, and the candles as columns of numbers beside it, six for each market. */
import type { Timeframe } from "@shoal/market";
import type { HostCall, JsonObject, OrderView, PortfolioView, RunResult } from "../run.types.ts";

/** A run, or a look at what a module exports. */
export type WireRequest = RunMessage | InspectMessage;

interface Source {
  readonly javascript: string;
  readonly fileName: string;
  readonly fuel: number;
}

export interface InspectMessage extends Source {
  readonly entry: "inspect";
}

export interface RunMessage extends Source {
  readonly entry: "run";
  readonly config: JsonObject;
  readonly state: JsonObject;
  readonly nowMs: number;
  readonly seed: string;
  readonly markets: readonly { readonly symbol: string; readonly timeframe: Timeframe }[];
  readonly portfolio: PortfolioView;
  readonly openOrders: readonly OrderView[];
  /** Whether anybody answers calls that wait. */
  readonly canAsk: boolean;
  /** The reply says how the calls went, and what the memory is like at the end. */
  readonly keepJournal: boolean;
  /** Recorded answers, for a replay: nobody is asked. */
  readonly recorded?: readonly AnsweredTurn[];
  /** The run ends before this call of `ctx`, counted from 1. */
  readonly stopAt?: number;
  /** The reply has the calls of `ctx`, with their answers. */
  readonly listsCalls?: boolean;
}

/** An answer to a call, as it comes into the run. */
export type WireAnswer =
  | { readonly number: number; readonly kind: "candles"; readonly columns: AnsweredColumns }
  | { readonly number: number; readonly kind: "ticker"; readonly ticker: AnsweredTicker }
  | { readonly number: number; readonly kind: "failed"; readonly code: string; readonly message: string };

export interface AnsweredTicker {
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  readonly timeMs: number;
}

export type AnsweredColumns = Readonly<
  Record<"openMs" | "open" | "high" | "low" | "close" | "volume", readonly number[]>
>;

/** The calls that went out together, and the answers that were settled before anything else ran. */
export interface AnsweredTurn {
  readonly calls: readonly HostCall[];
  readonly answers: readonly WireAnswer[];
}

/** The calls that went out together, and the numbers of those that were settled before anything else ran. */
export interface SettledTurn {
  readonly calls: readonly HostCall[];
  readonly settled: readonly number[];
}

/** What a child answers; the parent reads it with `readRunReply`. */
export interface RunReply extends RunResult {
  /** Empty unless a journal is kept. */
  readonly turns: readonly SettledTurn[];
  /** Present where the run stopped at `stopAt`. */
  readonly stopped?: StoppedAt;
  /** The newest calls of `ctx`, in their order; present where they were to be listed. */
  readonly calls?: readonly SeenCall[];
  /** JSON of what the module exports, for `inspect`. */
  readonly exports?: string;
}

/** A call of `ctx` that a run has made. */
export interface SeenCall {
  /** From 1, of all calls of the run. */
  readonly number: number;
  readonly name: string;
  /** As they stand in a source, long ones cut. */
  readonly arguments: readonly string[];
  /** Units burned before it. */
  readonly fuel: number;
  /** `refused`: it threw in the strategy. `waits`: there was no answer yet. `ended`: the run ended in it. */
  readonly outcome: "answered" | "refused" | "waits" | "ended";
  /** The value as it stands in a source, or what was refused; of candles and indicators how many there are and the newest. Empty while there is none. */
  readonly answer: string;
}

/** What a run shows that was stopped before a call. */
export interface StoppedAt {
  readonly call: {
    readonly number: number;
    readonly name: string;
    /** As they stand in a source, long ones cut. */
    readonly arguments: readonly string[];
  };
  readonly config: JsonObject;
  readonly nowMs: number;
  readonly portfolio: PortfolioView;
  readonly openOrders: readonly OrderView[];
  /** As the strategy would read it now. */
  readonly state: JsonObject;
}
