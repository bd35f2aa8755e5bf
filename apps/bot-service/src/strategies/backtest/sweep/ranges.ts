import { BacktestError } from "../errors.ts";

/** A number of the strategy's config and the values that it takes, in order. */
export interface SweepRange {
  readonly name: string;
  readonly values: readonly number[];
}

/** The values of the config of one try. */
export type TryConfig = Readonly<Record<string, number>>;

/** More would run for days: 10,000 tries over 10,000 candles are 9 hours at 3,000 steps a second. */
const MOST_TRIES = 10_000;

const NUMBER = String.raw`-?\d{1,15}(?:\.\d{1,12})?`;
const PIECE = new RegExp(`^(${NUMBER})(?:\\.\\.(${NUMBER})(?::(${NUMBER}))?)?$`);
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Reads ranges such as `fast=5..20`, `slow=20..60:5` and `stop=0.5,1,2`, each a name of the strategy's config and its values.
 * @throws BACKTEST_SWEEP_INVALID naming the word and what is expected
 * @throws BACKTEST_SWEEP_TOO_LARGE beyond `MOST_TRIES` combinations
 */
export function parseSweep(words: readonly string[]): SweepRange[] {
  const ranges = words.map(parseRange);
  const names = ranges.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw invalid(`${twice} has two ranges; write one, such as ${twice}=5..20,30`);
  refuseBeyond(ranges.reduce((product, { values }) => product * values.length, 1));
  return ranges;
}

/** Returns the combinations of all ranges; the last range changes fastest. */
export function tryConfigs(ranges: readonly SweepRange[]): TryConfig[] {
  return ranges.reduce<TryConfig[]>(
    (configs, { name, values }) => configs.flatMap((config) => values.map((value) => ({ ...config, [name]: value }))),
    [{}],
  );
}

function parseRange(word: string): SweepRange {
  const [name = "", list, ...rest] = word.split("=");
  if (list === undefined || rest.length > 0 || !NAME.test(name)) {
    throw invalid(`"${word}" is not a range; write the name of a config value and its values, such as fast=5..20`);
  }
  const values = list.split(",").flatMap((piece) => parsePiece(word, piece));
  return { name, values: [...new Set(values)] };
}

function parsePiece(word: string, piece: string): number[] {
  const [, first, last, step = "1"] = PIECE.exec(piece) ?? [];
  if (first === undefined) throw invalid(`"${piece}" in "${word}" is not 5, 5..20 or 5..20:5`);
  if (last === undefined) return [Number(first)];
  // Counted in the last digit that is written: 0.1..0.3:0.1 ends at 0.3, which sums of doubles miss.
  const digits = Math.max(...[first, last, step].map((text) => text.split(".")[1]?.length ?? 0));
  const units = (text: string) => Math.round(Number(text) * 10 ** digits);
  const [from, to, by] = [units(first), units(last), units(step)];
  if (![from, to, by].every(Number.isSafeInteger)) throw invalid(`"${piece}" in "${word}" has more than 15 digits`);
  if (by <= 0) throw invalid(`the step of "${piece}" in "${word}" is not above 0`);
  if (to < from) throw invalid(`"${piece}" in "${word}" ends before it begins; write the smaller number first`);
  const count = Math.floor((to - from) / by) + 1;
  refuseBeyond(count);
  return Array.from({ length: count }, (_, index) => Number(((from + index * by) / 10 ** digits).toFixed(digits)));
}

function invalid(message: string): BacktestError {
  return new BacktestError("BACKTEST_SWEEP_INVALID", message);
}

function refuseBeyond(tryCount: number): void {
  if (tryCount <= MOST_TRIES) return;
  const message = `the ranges make ${tryCount} tries, and a sweep takes at most ${MOST_TRIES}; widen the steps or vary fewer values`;
  throw new BacktestError("BACKTEST_SWEEP_TOO_LARGE", message, { details: { tryCount, most: MOST_TRIES } });
}

/**
 * Refuses ranges of what is not a number of the strategy's config.
 * @throws BACKTEST_SWEEP_UNKNOWN naming those there are
 */
export function checkSweepNames(ranges: readonly SweepRange[], config: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(config).filter((name) => typeof config[name] === "number");
  const unknown = ranges.find(({ name }) => !names.includes(name));
  if (unknown === undefined) return;
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  const message = `the strategy's config has no number "${unknown.name}" to try values of; ${known}`;
  throw new BacktestError("BACKTEST_SWEEP_UNKNOWN", message, { details: { name: unknown.name, names } });
}
