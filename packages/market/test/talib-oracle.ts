/**
 * A program that computes with TA-Lib what `CASES` lists and prints it as JSON, by market and case.
 *
 * It calls the C functions itself: the functions of talib-web let them read one value behind the end and write index and number of
 * the results to one address, which spoils those that use them (BBANDS, STOCH), and do not tell the index of the first value. And
 * it is a program because talib-web puts handlers of uncaught errors on its process, and reads a file only where there is no `fetch`.
 */
import { fileURLToPath } from "node:url";
import { init } from "talib-web";
import type { Candles } from "../src/index.ts";
import { CASES, caseName, type TalibCall } from "./cases.ts";
import { MARKETS } from "./series.ts";

export interface TalibSeries {
  /** Index of the first value. */
  readonly first: number;
  readonly values: readonly number[];
}

interface Module {
  readonly HEAPF64: Float64Array;
  readonly HEAP32: Int32Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  ccall(name: string, result: "number", types: readonly "number"[], args: readonly number[]): number;
}

Reflect.deleteProperty(globalThis, "fetch");
const talib: Module = await init(fileURLToPath(import.meta.resolve("talib-web/lib/talib.wasm")));

function run({ name, inputs, options, outputCount }: TalibCall, candles: Candles): TalibSeries[] {
  const addresses = Array.from({ length: inputs.length + outputCount }, () => talib._malloc(candles.length * 8));
  const results = talib._malloc(8);
  inputs.forEach((input, index) => {
    talib.HEAPF64.set(candles[input], (addresses[index] as number) / 8);
  });
  const [from, to] = [addresses.slice(0, inputs.length), addresses.slice(inputs.length)];
  const args = [0, candles.length - 1, ...from, ...options, results, results + 4, ...to];
  const code = talib.ccall(`TA_${name}`, "number", Array(args.length).fill("number"), args);
  if (code !== 0) throw new Error(`TA_${name} answers ${code}`);
  const [first, count] = [talib.HEAP32[results / 4] as number, talib.HEAP32[results / 4 + 1] as number];
  const series = to.map((address) => ({
    first,
    values: [...talib.HEAPF64.subarray(address / 8, address / 8 + count)],
  }));
  for (const address of [...addresses, results]) talib._free(address);
  return series;
}

const answers = Object.entries(MARKETS).flatMap(([market, candles]) =>
  CASES.map((each) => [`${market}: ${caseName(each)}`, each.calls.flatMap((one) => run(one, candles))]),
);

process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
