import type { ColumnName } from "../candles.types.ts";

/** What an indicator reads of each candle: a column, or `values`, which may be any series of numbers. */
export type IndicatorInput = ColumnName | "values";

/** A numeric setting of an indicator. */
export interface IndicatorParameter {
  readonly name: string;
  readonly kind: "integer" | "number";
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** Takes the inputs of the next candle in their order, and writes what the indicator is there into `outputs`: NaN before its first value. */
export type Kernel = (outputs: Float64Array, ...inputs: number[]) => void;

/**
 * An indicator as data: functions, the sandbox's `ctx.ta` and the documentation are made from it. Parameters and inputs are given
 * by position, in the order of the lists.
 */
export interface IndicatorDefinition<Output extends string = string> {
  readonly name: string;
  /** One line for the documentation. */
  readonly title: string;
  readonly inputs: readonly IndicatorInput[];
  readonly parameters: readonly IndicatorParameter[];
  /** Names of the series it answers, one or more. */
  readonly outputs: readonly Output[];
  /** How it is computed, in one line. */
  readonly formula: string;
  /** Whose rules it follows. */
  readonly source: string;
  /** Index of the first value of each output, as a formula for the documentation. */
  readonly firstIndexFormula: string;
  /** Index of the first value of each output that is not NaN when all inputs are numbers. */
  firstIndex(...parameters: number[]): readonly number[];
  /** Numbers that are read for one candle: a measure of the work, for whoever counts it. */
  readsPerCandle(...parameters: number[]): number;
  /** What is wrong with parameters that are each within their bounds; absent where nothing can be. */
  problem?(...parameters: number[]): string | undefined;
  /** Makes the kernel. Inputs are finite numbers: `indicatorStream` keeps others away from it. */
  kernel(...parameters: number[]): Kernel;
}
