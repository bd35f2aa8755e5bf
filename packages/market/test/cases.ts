import type { ColumnName } from "../src/index.ts";

/** A call of TA-Lib's C function: its inputs, its parameters, and how many series it answers. */
export interface TalibCall {
  readonly name: string;
  readonly inputs: readonly ColumnName[];
  readonly options: readonly number[];
  readonly outputCount: number;
}

/** An indicator with parameters, and the calls whose series one after the other are its outputs. */
export interface Case {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly calls: readonly TalibCall[];
}

export const caseName = ({ name, parameters }: Case): string => `${name}(${parameters.join(", ")})`;

const call = (name: string, inputs: readonly ColumnName[], options: readonly number[], outputCount = 1): TalibCall => ({
  name,
  inputs,
  options,
  outputCount,
});

const RANGE = ["high", "low", "close"] as const;
const SIMPLE_AVERAGE = 0;

const cases = (name: string, all: readonly number[][], calls: (...parameters: number[]) => TalibCall[]): Case[] =>
  all.map((parameters) => ({ name, parameters, calls: calls(...parameters) }));

/** What is compared with TA-Lib; VWAP and the middle of Donchian's channel are not among its functions. */
export const CASES: readonly Case[] = [
  ...["sma", "ema", "wma", "rsi"].flatMap((name) =>
    cases(name, [[2], [14], [200]], (period) => [call(name.toUpperCase(), ["close"], [period as number])]),
  ),
  ...cases(
    "macd",
    [
      [12, 26, 9],
      [2, 3, 2],
      [5, 90, 20],
    ],
    (...periods) => [call("MACD", ["close"], periods, 3)],
  ),
  ...cases(
    "bollinger",
    [
      [20, 2],
      [2, 0.5],
      [100, 3],
    ],
    (period = 0, deviations = 0) => [call("BBANDS", ["close"], [period, deviations, deviations, SIMPLE_AVERAGE], 3)],
  ),
  ...cases("atr", [[1], [14], [100]], (...period) => [call("ATR", RANGE, period)]),
  ...cases("adx", [[2], [14], [50]], (...period) => [
    call("ADX", RANGE, period),
    call("PLUS_DI", RANGE, period),
    call("MINUS_DI", RANGE, period),
  ]),
  ...cases(
    "stochastic",
    [
      [14, 3, 3],
      [1, 1, 1],
      [60, 5, 10],
    ],
    (period = 0, smoothing = 0, signal = 0) => [
      call("STOCH", RANGE, [period, smoothing, SIMPLE_AVERAGE, signal, SIMPLE_AVERAGE], 2),
    ],
  ),
  ...cases("obv", [[]], () => [call("OBV", ["close", "volume"], [])]),
  ...cases("donchian", [[2], [20], [55]], (...period) => [
    call("MAX", ["high"], period),
    call("MIDPRICE", ["high", "low"], period),
    call("MIN", ["low"], period),
  ]),
];
