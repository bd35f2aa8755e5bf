import { type ColumnName, INDICATORS, indicatorParameters, MarketError, runIndicator } from "@shoal/market";
import type { PlainValue } from "../engine/engine.types.ts";
import { LIMITS } from "../limits.ts";
import type { RunMeter } from "./run-meter.ts";
import { told } from "./shown-text.ts";

/** The columns of a candle, in the order of their handles. */
export const COLUMN_NAMES: readonly ColumnName[] = ["openMs", "open", "high", "low", "close", "volume"];

/** Work of an indicator for one value, besides what it reads: units of fuel. */
const UNITS_PER_VALUE = 8;
const READS_PER_UNIT = 2;
/** Fuel of reading a series' length, its newest value or all of it, besides what is copied. */
const READ_FUEL = 150;
const VALUES_PER_UNIT = 8;

/**
 * Series of a run by their handles, which are all that the strategy has of them until it asks for values. Handles 6 n to 6 n + 5 are the columns of
 * the n-th market of the run.
 */
export class RunSeries {
  readonly #meter: RunMeter;
  readonly #series: Float64Array[];
  readonly #candles = new Map<string, number>();
  #addedCount = 0;
  #addedValues = 0;

  constructor(
    meter: RunMeter,
    markets: readonly { symbol: string; timeframe: string }[],
    columns: readonly Float64Array[],
  ) {
    this.#meter = meter;
    this.#series = [...columns];
    for (const [index, { symbol, timeframe }] of markets.entries()) {
      this.#candles.set(`${timeframe} ${symbol}`, index * COLUMN_NAMES.length);
    }
  }

  candles(symbol: PlainValue, timeframe: PlainValue): number {
    this.#meter.call("market.candles", [symbol, timeframe]);
    const isText = typeof symbol === "string" && typeof timeframe === "string";
    const handle = isText ? this.#candles.get(`${timeframe} ${symbol}`) : undefined;
    if (handle !== undefined) return handle;
    const named = [...this.#candles.keys()].map((key) => key.split(" ").reverse().join(" "));
    // Never the text of what is no text: that of a million numbers takes half a second.
    const asked = isText ? `${symbol.slice(0, 40)} ${timeframe.slice(0, 10)}` : `${told(symbol)} ${told(timeframe)}`;
    return this.#meter.refuse(
      "STRATEGY_CANDLES_UNKNOWN",
      `needs does not name candles of ${asked}; it names ${named.join(", ") || "none"}`,
    );
  }

  last(handle: PlainValue): number {
    this.#meter.burn(READ_FUEL);
    return this.#at(handle).at(-1) ?? Number.NaN;
  }

  length(handle: PlainValue): number {
    this.#meter.burn(READ_FUEL);
    return this.#at(handle).length;
  }

  values(handle: PlainValue): Float64Array {
    const series = this.#at(handle);
    this.#meter.burn(READ_FUEL + series.length / VALUES_PER_UNIT);
    return series;
  }

  /** Takes numbers of the strategy's own. */
  add(values: PlainValue): number {
    if (!(values instanceof Float64Array)) this.#refuse("an indicator is computed of a series or an array of numbers");
    return this.#add([values]);
  }

  /** Adds candles that were fetched; returns the handle of their first column. */
  addCandles(columns: readonly Float64Array[]): number {
    return this.#add(columns);
  }

  /** Computes an indicator: its index, how many parameters were given, all parameters, the handles of its inputs. */
  indicator(...args: PlainValue[]): number {
    const [index, givenCount, ...rest] = args;
    const definition = INDICATORS[Number(index)];
    if (definition === undefined) this.#refuse("there is no such indicator");
    this.#meter.call(`ta.${definition.name}`, rest.slice(0, definition.parameters.length));
    if (Number(givenCount) > definition.parameters.length) {
      this.#refuse(`ta.${definition.name} takes at most ${definition.parameters.length} parameters`);
    }
    const given = rest.slice(0, definition.parameters.length);
    const inputs = rest.slice(definition.parameters.length, definition.parameters.length + definition.inputs.length);
    const series = inputs.map((handle) => this.#at(handle, `ta.${definition.name}`));
    const length = series[0]?.length ?? 0;
    try {
      const parameters = indicatorParameters(definition, given.map(asParameter));
      this.#checkRoom(definition.outputs.length, length * definition.outputs.length);
      this.#meter.burn(length * (UNITS_PER_VALUE + definition.readsPerCandle(...parameters) / READS_PER_UNIT));
      return this.#add(Object.values(runIndicator(definition, series, parameters)));
    } catch (error) {
      if (error instanceof MarketError) this.#refuse(error.message);
      throw error;
    }
  }

  /** Candles as one line, by the handle of their first column: how many there are, and the newest. */
  shownCandles(handle: PlainValue): string {
    const columnOf = (name: ColumnName) => this.#series[Number(handle) + COLUMN_NAMES.indexOf(name)];
    const openMs = columnOf("openMs")?.at(-1);
    if (openMs === undefined) return "no candles";
    const at = new Date(openMs);
    const from = Number.isNaN(at.getTime()) ? `${openMs}` : at.toISOString();
    return `${columnOf("openMs")?.length} candles, the newest from ${from}: close ${columnOf("close")?.at(-1)}`;
  }

  /** What an indicator gave as one line: how many values, and the newest of each series. */
  shownIndicator(handle: PlainValue, index: PlainValue): string {
    const outputs = INDICATORS[Number(index)]?.outputs ?? [];
    const newest = outputs.map((name, at) => {
      const value = this.#series[Number(handle) + at]?.at(-1);
      return outputs.length === 1 ? `${value}` : `${name} ${value}`;
    });
    return `${this.#series[Number(handle)]?.length} values, the newest ${newest.join(", ")}`;
  }

  #at(handle: PlainValue, user = "an indicator"): Float64Array {
    const series = typeof handle === "number" ? this.#series[handle] : undefined;
    return series ?? this.#refuse(`${user} is computed of candles or series of this run`);
  }

  #add(columns: readonly Float64Array[]): number {
    const valueCount = columns.reduce((sum, column) => sum + column.length, 0);
    this.#checkRoom(columns.length, valueCount);
    this.#addedCount += columns.length;
    this.#addedValues += valueCount;
    this.#meter.burn(valueCount / VALUES_PER_UNIT);
    return this.#series.push(...columns) - columns.length;
  }

  #checkRoom(count: number, valueCount: number): void {
    if (this.#addedCount + count <= LIMITS.seriesCount && this.#addedValues + valueCount <= LIMITS.seriesValues) return;
    this.#meter.refuse(
      "STRATEGY_TA_TOO_MANY",
      `a run makes at most ${LIMITS.seriesCount} series of ${LIMITS.seriesValues} values in all`,
    );
  }

  #refuse(message: string): never {
    return this.#meter.refuse("STRATEGY_TA_INVALID", message);
  }
}

/** What is no number is refused as a parameter like any that is out of its bounds. */
function asParameter(value: PlainValue): number | undefined {
  return value === undefined || typeof value === "number" ? value : Number.NaN;
}
