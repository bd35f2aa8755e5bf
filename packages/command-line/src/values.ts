import { InvalidArgumentError } from "@commander-js/extra-typings";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Reads a whole number from `least` to `most`. For `option` and `argument` of a command. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** Reads a time such as 90s or 10m, of `leastMs` or more, as ms. For `option` and `argument` of a command. */
export function duration(leastMs = 0): (text: string) => number {
  return (text) => {
    const [, count = "", unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
    const value = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
    if (value >= leastMs) return value;
    throw new InvalidArgumentError(
      `Expected a time in ms, s, m, h or d, such as 90s or 10m, of ${leastMs} ms or more.`,
    );
  };
}
