import { fileURLToPath } from "node:url";
import { type Candles, INDICATORS, type IndicatorDefinition, runIndicator, syntheticCandles } from "@shoal/market";
import * as talib from "talib-web";
import * as technical from "technicalindicators";
import type { Benchmark } from "./benchmark.ts";

const CANDLES = 10_000;

type Rows = Record<"high" | "low" | "close" | "volume", number[]>;

/** The calls of the peers with our defaults; those that a peer does not have are not measured with it. */
interface Peers {
  readonly talib?: (rows: Rows) => unknown;
  readonly technical?: (rows: Rows) => unknown;
}

const PEERS: Readonly<Record<string, Peers>> = {
  sma: {
    talib: ({ close }) => talib.SMA({ inReal: close, timePeriod: 20 }),
    technical: ({ close }) => technical.SMA.calculate({ values: close, period: 20 }),
  },
  ema: {
    talib: ({ close }) => talib.EMA({ inReal: close, timePeriod: 20 }),
    technical: ({ close }) => technical.EMA.calculate({ values: close, period: 20 }),
  },
  wma: {
    talib: ({ close }) => talib.WMA({ inReal: close, timePeriod: 20 }),
    technical: ({ close }) => technical.WMA.calculate({ values: close, period: 20 }),
  },
  rsi: {
    talib: ({ close }) => talib.RSI({ inReal: close, timePeriod: 14 }),
    technical: ({ close }) => technical.RSI.calculate({ values: close, period: 14 }),
  },
  macd: {
    talib: ({ close }) => talib.MACD({ inReal: close }),
    technical: ({ close }) =>
      technical.MACD.calculate({
        values: close,
        fastPeriod: 12,
        slowPeriod: 26,
        signalPeriod: 9,
        SimpleMAOscillator: false,
        SimpleMASignal: false,
      }),
  },
  bollinger: {
    talib: ({ close }) => talib.BBANDS({ inReal: close, timePeriod: 20 }),
    technical: ({ close }) => technical.BollingerBands.calculate({ values: close, period: 20, stdDev: 2 }),
  },
  atr: {
    talib: ({ high, low, close }) => talib.ATR({ high, low, close, timePeriod: 14 }),
    technical: ({ high, low, close }) => technical.ATR.calculate({ high, low, close, period: 14 }),
  },
  adx: {
    talib: ({ high, low, close }) => talib.ADX({ high, low, close, timePeriod: 14 }),
    technical: ({ high, low, close }) => technical.ADX.calculate({ high, low, close, period: 14 }),
  },
  stochastic: {
    talib: ({ high, low, close }) => talib.STOCH({ high, low, close, fastK_Period: 14 }),
    technical: ({ high, low, close }) =>
      technical.Stochastic.calculate({ high, low, close, period: 14, signalPeriod: 3 }),
  },
  obv: {
    talib: ({ close, volume }) => talib.OBV({ inReal: close, volume }),
    technical: ({ close, volume }) => technical.OBV.calculate({ close, volume }),
  },
  vwap: {},
  donchian: {
    talib: ({ high, low }) => [talib.MAX({ inReal: high, timePeriod: 20 }), talib.MIN({ inReal: low, timePeriod: 20 })],
  },
};

export default {
  name: "indicators",
  summary: "each indicator over 10,000 candles, beside TA-Lib as WebAssembly and technicalindicators",
  async run({ quick }) {
    // talib-web reads its file only where there is no fetch.
    Reflect.deleteProperty(globalThis, "fetch");
    await talib.init(fileURLToPath(import.meta.resolve("talib-web/lib/talib.wasm")));
    const candles = syntheticCandles({ symbol: "BTC/USDT", timeframe: "1m" }, { seed: 1, fromMs: 0 }, CANDLES);
    const rows = {
      high: [...candles.high],
      low: [...candles.low],
      close: [...candles.close],
      volume: [...candles.volume],
    };
    const rounds = quick ? 5 : 101;
    const results = INDICATORS.map((definition) => {
      const peers = PEERS[definition.name] ?? {};
      const leastOf = (work: ((rows: Rows) => unknown) | undefined) => work && leastMs(rounds, () => work(rows));
      return {
        indicator: definition.name,
        shoalMs: leastMs(rounds, () => compute(definition, candles)),
        talibMs: leastOf(peers.talib),
        technicalindicatorsMs: leastOf(peers.technical),
      };
    });
    for (const result of results) process.stderr.write(`${JSON.stringify(result)}\n`);
    return { candles: CANDLES, rounds, results };
  },
} satisfies Benchmark;

function compute(definition: IndicatorDefinition, candles: Candles): unknown {
  const inputs = definition.inputs.map((input) => candles[input === "values" ? "close" : input]);
  return runIndicator(definition, inputs);
}

/** The least of several runs is what the code costs; the others are what else the machine did. */
function leastMs(rounds: number, work: () => unknown): number {
  let leastSoFarMs = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    work();
    leastSoFarMs = Math.min(leastSoFarMs, performance.now() - startedMs);
  }
  return Math.round(leastSoFarMs * 1_000) / 1_000;
}
