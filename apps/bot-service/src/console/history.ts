import { MINUTE_MS, percentile, SECOND_MS } from "@shoal/kernel";
import type { Series } from "./history-series.ts";

/** The latest values of each series: a value a second, and one for each ten seconds. */
export interface History<Name extends string, Figures> {
  /** Takes the figures of a second since the start; those of seconds that were left out are missing. */
  add(second: number, figures: Figures): void;
  /** Values of the steps so far, oldest first, and the second of the first; at most `mostCount`. */
  read(step: Step, name: Name, mostCount?: number): { readonly fromSecond: number; readonly values: (number | null)[] };
  /** Sum of a series per second over the last seconds: by how much its total has grown. */
  increase(name: Name, ms: number): number;
  /** The lowest, and the highest, of the last seconds; null where one of them, or all of them, are missing. */
  lowest(name: Name, ms: number): number | null;
  highest(name: Name, ms: number): number | null;
  /** The value that a part of those of the last seconds does not exceed; NaN where all are missing. */
  quantile(name: Name, ratio: number, ms: number): number;
  readonly byteCount: number;
}

export type Step = "1s" | "10s";

export const STEP_MS = { "1s": SECOND_MS, "10s": 10 * SECOND_MS } as const;
/** 15 minutes of seconds, and 24 hours of ten of them. */
const KEPT = { "1s": (15 * MINUTE_MS) / SECOND_MS, "10s": 8640 } as const;
/** In Float32 they take half of the room; three digits behind the point are what is left of most. */
const rounded = (value: number) => Math.round(value * 1000) / 1000;

export function createHistory<Name extends string, Figures>(
  table: Readonly<Record<Name, Omit<Series, "read"> & { readonly read: (figures: Figures) => number | null }>>,
): History<Name, Figures> {
  const names = Object.keys(table) as Name[];
  const rings = new Map(names.map((name) => [name, createRings(table[name])]));
  let last = -1;

  const windowOf = (name: Name, ms: number): Float32Array => {
    const ring = rings.get(name)?.seconds ?? new Float32Array();
    const count = Math.min(ms / SECOND_MS, last + 1, ring.length);
    return Float32Array.from({ length: count }, (_, index) => ring[(last - count + 1 + index) % ring.length] ?? NaN);
  };
  const known = (name: Name, ms: number) => windowOf(name, ms).filter((value) => !Number.isNaN(value));

  return {
    add(second, figures) {
      if (second <= last) return;
      for (const name of names) rings.get(name)?.add(second, second - last, table[name].read(figures));
      last = second;
    },
    read(step, name, mostCount = Infinity) {
      const size = STEP_MS[step] / SECOND_MS;
      const ring = rings.get(name)?.[step === "1s" ? "seconds" : "tens"] ?? new Float32Array();
      // The ten seconds that are not over have no value.
      const end = step === "1s" ? last + 1 : Math.floor((last + 1) / size);
      const count = Math.max(0, Math.min(end, ring.length, mostCount));
      const values = Array.from({ length: count }, (_, index) => {
        const value = ring[(end - count + index) % ring.length] ?? Number.NaN;
        return Number.isNaN(value) ? null : rounded(value);
      });
      return { fromSecond: (end - count) * size, values };
    },
    increase: (name, ms) => known(name, ms).reduce((sum, value) => sum + value, 0),
    lowest(name, ms) {
      const values = windowOf(name, ms);
      return values.length < ms / SECOND_MS || values.some(Number.isNaN) ? null : Math.min(...values);
    },
    highest(name, ms) {
      const values = known(name, ms);
      return values.length === 0 ? null : Math.max(...values);
    },
    quantile: (name, ratio, ms) => percentile(known(name, ms).sort(), ratio),
    byteCount: names.length * 4 * (KEPT["1s"] + KEPT["10s"]),
  };
}

/** The rings of one series, with NaN for what is missing. */
function createRings({ unit, isMost }: Omit<Series, "read">) {
  const seconds = new Float32Array(KEPT["1s"]).fill(NaN);
  const tens = new Float32Array(KEPT["10s"]).fill(NaN);
  const ten = createTen(isMost === true);
  let total = Number.NaN;
  const put = (second: number, value: number) => {
    seconds[second % seconds.length] = value;
    ten.add(value);
    if (second % 10 === 9) tens[Math.floor(second / 10) % tens.length] = ten.take();
  };
  return {
    seconds,
    tens,
    add(second: number, passed: number, read: number | null) {
      // After more than a day nothing of before is left.
      const missing = Math.min(passed - 1, 10 * KEPT["10s"]);
      for (let left = missing; left > 0; left -= 1) put(second - left, Number.NaN);
      const now = read ?? Number.NaN;
      const grown = Math.max(0, now - total) / passed;
      put(second, unit === "per second" ? grown : now);
      if (read !== null) total = read;
    },
  };
}

/** Makes one value of ten. */
function createTen(isMost: boolean) {
  let [sum, most, count] = [0, -Infinity, 0];
  return {
    add(value: number) {
      if (Number.isNaN(value)) return;
      sum += value;
      most = Math.max(most, value);
      count += 1;
    },
    take(): number {
      const value = count === 0 ? Number.NaN : isMost ? most : sum / count;
      [sum, most, count] = [0, -Infinity, 0];
      return value;
    },
  };
}
