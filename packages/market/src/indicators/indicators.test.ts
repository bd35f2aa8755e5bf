import { fileURLToPath } from "node:url";
import { soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CASES, caseName } from "../../test/cases.ts";
import { MARKETS, walk } from "../../test/series.ts";
import type { TalibSeries } from "../../test/talib-oracle.ts";
import {
  adx,
  atr,
  bollinger,
  type Candles,
  columnsOf,
  createCandles,
  donchian,
  ema,
  INDICATORS,
  type IndicatorDefinition,
  indicatorParameters,
  indicatorStream,
  macd,
  obv,
  rsi,
  runIndicator,
  sma,
  stochastic,
  vwap,
  wma,
} from "../index.ts";

const definitionOf = (name: string) => INDICATORS.find((each) => each.name === name) as IndicatorDefinition;

const inputsOf = (definition: IndicatorDefinition, candles: Candles) =>
  definition.inputs.map((input) => candles[input === "values" ? "close" : input]);

function askTalib(): Record<string, readonly TalibSeries[]> {
  const program = fileURLToPath(new URL("../../test/talib-oracle.ts", import.meta.url));
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, program]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

/** Distance of two values, relative where they are large. */
const distance = (ours: number, theirs: number) => Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs));

describe("equals TA-Lib to 1e-9, and begins where it begins", () => {
  const talib = askTalib();
  const rows = Object.keys(MARKETS).flatMap((market) => CASES.map((each) => [market, caseName(each), each] as const));

  test.each(rows)("%s: %s", (market, name, { name: indicator, parameters }) => {
    const candles = MARKETS[market] as Candles;
    const definition = definitionOf(indicator);
    const outputs = runIndicator(definition, inputsOf(definition, candles), parameters);
    for (const [index, output] of definition.outputs.entries()) {
      const { first, values } = (talib[`${market}: ${name}`] as readonly TalibSeries[])[index] as TalibSeries;
      const ours = outputs[output] as Float64Array;
      if (values.length > 0) expect(definition.firstIndex(...parameters)[index]).toBe(first);
      expect(ours.filter((value) => !Number.isNaN(value))).toHaveLength(values.length);
      const far = values.filter((theirs, at) => !(distance(ours[first + at] as number, theirs) <= 1e-9));
      expect(far).toEqual([]);
    }
  });
});

test("every indicator but VWAP is compared with TA-Lib", () => {
  const names = INDICATORS.map(({ name }) => name).filter((name) => name !== "vwap");
  expect([...new Set(CASES.map(({ name }) => name))].sort()).toEqual(names.sort());
});

/** The sheet of StockCharts' school: closes of QQQQ and their RSI of 14 days, to two digits. */
test("gives the published values of RSI", () => {
  const closes = [
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.614,
    46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548,
    44.0288, 44.1783, 44.2181, 44.5672, 43.4205, 42.6628, 43.1314,
  ];
  const published = [
    70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46, 41.87, 45.46,
    37.3, 33.08, 37.77,
  ];
  const ours = rsi(Float64Array.from(closes)).slice(14);
  expect([...ours].map((value) => Math.round(value * 100) / 100)).toEqual(published);
});

describe("VWAP", () => {
  const candle = (openMs: number, price: number, volume: number) => ({
    openMs,
    open: price,
    high: price + 3,
    low: price - 3,
    close: price + 3,
    volume,
  });
  const hour = 3_600_000;
  const of = (...rows: Parameters<typeof candle>[]) =>
    vwap(createCandles({ symbol: "BTC/USDT", timeframe: "1h" }, columnsOf(rows.map((row) => candle(...row)))));

  test("weighs the mean of high, low and close by volume, from midnight UTC on", () => {
    const yesterday = of([22 * hour, 99, 10], [23 * hour, 199, 30], [24 * hour, 49, 5], [25 * hour, 59, 5]);
    expect([...yesterday]).toEqual([100, 175, 50, 55]);
  });

  test("is not a number until something was traded that day", () => {
    expect([...of([0, 99, 0], [hour, 99, 1], [24 * hour, 99, 0])]).toEqual([Number.NaN, 100, Number.NaN]);
  });
});

/** Parameters within the bounds of a definition, small enough for short series. */
const parametersOf = (definition: IndicatorDefinition): fc.Arbitrary<number[]> =>
  fc
    .tuple(
      ...definition.parameters.map(({ kind, min, max }) =>
        kind === "integer" ? fc.integer({ min, max: min + 20 }) : fc.double({ min, max, noNaN: true }),
      ),
    )
    .filter((parameters) => definition.problem?.(...parameters) === undefined);

/** An indicator, its parameters and a market. */
const anyRun = fc.constantFrom(...INDICATORS).chain((definition) =>
  fc.record({
    definition: fc.constant(definition),
    parameters: parametersOf(definition),
    candles: fc
      .record({
        seed: fc.integer({ min: 0 }),
        length: fc.integer({ min: 0, max: 90 }),
        step: fc.constantFrom(0.001, 0.3),
      })
      .map(({ seed, length, step }) => walk(seed, length, step)),
  }),
);

/** Values that no indicator can count with, by where they are put. */
const holes = fc.array(
  fc.tuple(fc.nat({ max: 89 }), fc.nat({ max: 4 }), fc.constantFrom(Number.NaN, Infinity, -Infinity)),
  { maxLength: 4 },
);

const series = (definition: IndicatorDefinition, inputs: readonly Float64Array[], parameters: readonly number[]) =>
  Object.values(runIndicator(definition, inputs, parameters)).map((output) => [...output]);

const part = (inputs: readonly Float64Array[], from: number, to?: number) =>
  inputs.map((input) => input.subarray(from, to));

describe("properties of every indicator", () => {
  const runs = { numRuns: soakRuns(600, 100_000) };

  test("fed one by one it gives the same bits as all at once, also around what is not a number", () => {
    const property = fc.property(anyRun, holes, ({ definition, parameters, candles }, put) => {
      const inputs = inputsOf(definition, candles).map((input) => input.slice());
      for (const [at, which, value] of put) {
        const input = inputs[which % inputs.length] as Float64Array;
        if (at < input.length) input[at] = value;
      }
      const stream = indicatorStream(definition, parameters);
      const fed = definition.outputs.map((): number[] => []);
      for (let at = 0; at < candles.length; at += 1) {
        const outputs = stream.next(...inputs.map((input) => input[at] as number));
        outputs.forEach((value, index) => {
          fed[index]?.push(value);
        });
      }
      expect(series(definition, inputs, parameters)).toEqual(fed);
    });
    fc.assert(property, runs);
  });

  test("has its first value where it says, and one from there on", () => {
    const property = fc.property(anyRun, ({ definition, parameters, candles }) => {
      const volume = candles.volume.map((traded) => traded + 1);
      const outputs = series(definition, inputsOf(definition, { ...candles, volume }), parameters);
      const first = definition.firstIndex(...parameters);
      expect(outputs.map((output) => output.map(Number.isFinite))).toEqual(
        outputs.map((output, index) => output.map((_, at) => at >= (first[index] as number))),
      );
    });
    fc.assert(property, runs);
  });

  test("does not look ahead: what comes later changes no value", () => {
    const property = fc.property(anyRun, fc.nat({ max: 90 }), ({ definition, parameters, candles }, length) => {
      const inputs = inputsOf(definition, candles);
      const whole = series(definition, inputs, parameters).map((output) => output.slice(0, length));
      expect(series(definition, part(inputs, 0, length), parameters)).toEqual(whole);
    });
    fc.assert(property, runs);
  });

  test("begins anew after what is not a number, as if the series began there", () => {
    const property = fc.property(anyRun, fc.nat({ max: 89 }), ({ definition, parameters, candles }, at) => {
      const inputs = inputsOf(definition, candles).map((input) => input.slice());
      (inputs[0] as Float64Array).fill(Number.NaN, at, at + 1);
      const after = series(definition, inputs, parameters).map((output) => output.slice(at + 1));
      expect(after).toEqual(series(definition, part(inputs, at + 1), parameters));
    });
    fc.assert(property, runs);
  });

  const WINDOWED = ["sma", "wma", "bollinger", "donchian", "stochastic"];

  test("with a finite memory it gives the same bits wherever the series began", () => {
    const windowed = anyRun.filter(({ definition }) => WINDOWED.includes(definition.name));
    const property = fc.property(windowed, fc.nat({ max: 60 }), ({ definition, parameters, candles }, from) => {
      const inputs = inputsOf(definition, candles);
      const whole = series(definition, inputs, parameters).map((output) => output.slice(from));
      const first = Math.max(...definition.firstIndex(...parameters));
      const later = series(definition, part(inputs, from), parameters);
      expect(later.map((output) => output.slice(first))).toEqual(whole.map((output) => output.slice(first)));
    });
    fc.assert(property, runs);
  });

  test("as a percentage it does not depend on the unit of the price", () => {
    const percentages = anyRun.filter(({ definition }) => ["rsi", "adx", "stochastic"].includes(definition.name));
    const property = fc.property(percentages, fc.integer({ min: -80, max: 80 }), (run, power) => {
      const inputs = inputsOf(run.definition, run.candles);
      const scaled = inputs.map((input) => input.map((value) => value * 2 ** power));
      const expected = series(run.definition, inputs, run.parameters);
      expect(series(run.definition, scaled, run.parameters)).toEqual(expected);
    });
    fc.assert(property, runs);
  });

  test("reads at least its inputs for a candle", () => {
    const property = fc.property(anyRun, ({ definition, parameters }) => {
      expect(definition.readsPerCandle(...parameters)).toBeGreaterThanOrEqual(1);
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe("parameters and inputs", () => {
  const five = new Float64Array(5);

  test.each<[problem: string, name: string, inputs: Float64Array[], parameters: number[], field: string]>([
    ["a period of 0", "sma", [five], [0], "period"],
    ["a negative period", "ema", [five], [-3], "period"],
    ["a period beyond the bound", "sma", [five], [5_001], "period"],
    ["half a period", "wma", [five], [2.5], "period"],
    ["a period that is not a number", "rsi", [five], [Number.NaN], "period"],
    ["an endless period", "donchian", [five, five], [Infinity], "period"],
    ["a fast mean that is not faster", "macd", [five], [26, 12], "parameters"],
    ["endless deviations", "bollinger", [five], [20, Infinity], "deviations"],
    ["a text that looks like a number", "bollinger", [five], [20, JSON.parse('"2"')], "deviations"],
    ["one parameter too many", "sma", [five], [3, 4], "parameters"],
    ["one series too few", "atr", [five, five], [14], "inputs"],
    ["one series too many", "sma", [five, five], [3], "inputs"],
    ["series that differ in length", "obv", [five, new Float64Array(4)], [], "inputs"],
  ])("%s is refused by name: %s", (_, name, inputs, parameters, field) => {
    const run = () => runIndicator(definitionOf(name), inputs, parameters);
    expect(run).toThrow(
      expect.objectContaining({ code: "MARKET_INDICATOR_INVALID", details: { indicator: name, field } }),
    );
  });

  test("a stream refuses the wrong number of inputs", () => {
    const stream = indicatorStream(definitionOf("atr"));
    expect(() => stream.next(1, 2)).toThrow(expect.objectContaining({ code: "MARKET_INDICATOR_INVALID" }));
  });

  test("what is not given is the default", () => {
    expect(indicatorParameters(definitionOf("macd"), [undefined, 30])).toEqual([12, 30, 9]);
    expect(INDICATORS.every((definition) => indicatorParameters(definition).length >= 0)).toBe(true);
  });
});

test("each function gives what its definition gives", () => {
  const candles = MARKETS["calm"] as Candles;
  const functions: Record<string, () => Float64Array | Record<string, Float64Array>> = {
    sma: () => sma(candles.close, 7),
    ema: () => ema(candles.close, 7),
    wma: () => wma(candles.close, 7),
    rsi: () => rsi(candles.close, 7),
    macd: () => macd(candles.close, 7, 9, 4),
    bollinger: () => bollinger(candles.close, 7, 3),
    atr: () => atr(candles, 7),
    adx: () => adx(candles, 7),
    stochastic: () => stochastic(candles, 7, 2, 4),
    obv: () => obv(candles),
    vwap: () => vwap(candles),
    donchian: () => donchian(candles, 7),
  };
  const parameters: Record<string, number[]> = {
    macd: [7, 9, 4],
    bollinger: [7, 3],
    stochastic: [7, 2, 4],
    obv: [],
    vwap: [],
  };
  for (const definition of INDICATORS) {
    const given = parameters[definition.name] ?? [7];
    const expected = runIndicator(definition, inputsOf(definition, candles), given);
    const result = functions[definition.name]?.();
    expect(result instanceof Float64Array ? { value: result } : result).toEqual(expected);
  }
});
