import { MarketError } from "../errors.ts";
import type { IndicatorDefinition, Kernel } from "./indicator.types.ts";

/** An indicator that is fed candle by candle. */
export interface IndicatorStream {
  /** Takes the inputs of the next candle, in the order of the definition; returns its outputs, NaN before the first value. */
  next(...inputs: number[]): readonly number[];
}

/**
 * Returns an indicator to be fed one by one: the same bits as `runIndicator` over all at once. An input that is not finite (the
 * start of another indicator's series, say) gives NaN and starts the indicator anew. Throws `MARKET_INDICATOR_INVALID`.
 */
export function indicatorStream(
  definition: IndicatorDefinition,
  parameters: readonly (number | undefined)[] = [],
): IndicatorStream {
  const step = restarting(definition, indicatorParameters(definition, parameters));
  const outputs = new Float64Array(definition.outputs.length);
  return {
    next(...inputs) {
      checkInputCount(definition, inputs.length);
      step(outputs, ...inputs);
      return [...outputs];
    },
  };
}

/**
 * Computes an indicator over whole series: one of the same length for each output, by its name. Inputs that are not finite are taken
 * as by `indicatorStream`. Throws `MARKET_INDICATOR_INVALID`.
 */
export function runIndicator<Output extends string>(
  definition: IndicatorDefinition<Output>,
  inputs: readonly Float64Array[],
  parameters: readonly (number | undefined)[] = [],
): Record<Output, Float64Array> {
  checkInputCount(definition, inputs.length);
  const length = inputs[0]?.length ?? 0;
  if (inputs.some((input) => input.length !== length))
    throw invalid(definition, "inputs", "its inputs differ in length");
  const step = restarting(definition, indicatorParameters(definition, parameters));
  const series = definition.outputs.map(() => new Float64Array(length));
  const outputs = new Float64Array(series.length);
  // No indicator reads more than five inputs; those it does not have are passed as the first, because a spread for each candle costs more than the work.
  const [a, b = a, c = a, d = a, e = a] = inputs as [Float64Array, ...Float64Array[]];
  for (let at = 0; at < length; at += 1) {
    step(outputs, a[at] as number, b[at] as number, c[at] as number, d[at] as number, e[at] as number);
    for (let output = 0; output < outputs.length; output += 1) {
      (series[output] as Float64Array)[at] = outputs[output] as number;
    }
  }
  return Object.fromEntries(definition.outputs.map((name, index) => [name, series[index]])) as Record<
    Output,
    Float64Array
  >;
}

/** Returns all parameters by position, defaults filled in. Throws `MARKET_INDICATOR_INVALID` if one is out of its bounds. */
export function indicatorParameters(
  definition: IndicatorDefinition,
  given: readonly (number | undefined)[] = [],
): number[] {
  if (given.length > definition.parameters.length) {
    throw invalid(
      definition,
      "parameters",
      `it takes at most ${definition.parameters.length} parameters, not ${given.length}`,
    );
  }
  const parameters = definition.parameters.map((parameter, index) => {
    const { name, kind, min, max } = parameter;
    const value = given[index] ?? parameter.default;
    // The types do not hold for what a strategy passes: "2" would be compared as a number.
    if (
      typeof value !== "number" ||
      !(value >= min && value <= max) ||
      (kind === "integer" && !Number.isInteger(value))
    ) {
      throw invalid(
        definition,
        name,
        `${name} is ${value}, not ${kind === "integer" ? "a whole number" : "a number"} from ${min} to ${max}`,
      );
    }
    return value;
  });
  const problem = definition.problem?.(...parameters);
  if (problem !== undefined) throw invalid(definition, "parameters", problem);
  return parameters;
}

/** Keeps what is not finite away from a kernel, which would carry it on for ever. */
function restarting(definition: IndicatorDefinition, parameters: readonly number[]): Kernel {
  const inputCount = definition.inputs.length;
  let kernel = definition.kernel(...parameters);
  let isFresh = true;
  return (outputs, a: number, b: number, c: number, d: number, e: number) => {
    const areNumbers =
      Number.isFinite(a) &&
      (inputCount < 2 || Number.isFinite(b)) &&
      (inputCount < 3 || Number.isFinite(c)) &&
      (inputCount < 4 || Number.isFinite(d)) &&
      (inputCount < 5 || Number.isFinite(e));
    if (areNumbers) {
      kernel(outputs, a, b, c, d, e);
      isFresh = false;
      return;
    }
    outputs.fill(Number.NaN);
    if (isFresh) return;
    kernel = definition.kernel(...parameters);
    isFresh = true;
  };
}

function checkInputCount(definition: IndicatorDefinition, count: number): void {
  const expected = definition.inputs.length;
  if (count !== expected) {
    throw invalid(definition, "inputs", `it reads ${definition.inputs.join(", ")}: ${expected} series, not ${count}`);
  }
}

function invalid(definition: IndicatorDefinition, field: string, problem: string): MarketError {
  return new MarketError("MARKET_INDICATOR_INVALID", `indicator ${definition.name}: ${problem}`, {
    details: { indicator: definition.name, field },
  });
}
