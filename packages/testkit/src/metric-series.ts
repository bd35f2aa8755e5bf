/** By series, `name{label="value"}`; of a histogram its count and sum. */
export type MetricSeries = Readonly<Record<string, number | readonly [count: number, sum: number]>>;

/** For each event of a part, what it is like and which series it moves, from 0: the compiler refuses a missing event. */
export type EventTable<Events> = {
  readonly [Name in keyof Events]: readonly (readonly [event: Events[Name], moves: MetricSeries])[];
};

/** The rows of an `EventTable`. */
export function eventRows<Events>(table: EventTable<Events>) {
  const names = Object.keys(table) as (keyof Events & string)[];
  return names.flatMap((name) => table[name].map(([event, moves]) => ({ name, event, moves })));
}

/** Reads all series of `shoal_` but the process's own. */
export async function readSeries(metrics: { render(): Promise<{ readonly body: string }> }): Promise<MetricSeries> {
  const { body } = await metrics.render();
  const histograms = new Set([...body.matchAll(/^# TYPE (\w+) histogram$/gm)].map(([, name]) => name));
  const values = new Map<string, number>();
  const series: Record<string, number | readonly [number, number]> = {};
  for (const [, name = "", labels = "", value] of body.matchAll(/^(shoal_\w+)(\{.*\})? (\S+)$/gm)) {
    if (/^shoal_(?:build_info|heap_used_bytes)$/.test(name)) continue;
    const [, metric = "", figure] = /^(\w+)_(bucket|sum|count)$/.exec(name) ?? [];
    if (!histograms.has(metric)) series[`${name}${labels}`] = Number(value);
    else if (figure !== "bucket") values.set(`${name}${labels}`, Number(value));
    if (figure === "count") series[`${metric}${labels}`] = [Number(value), values.get(`${metric}_sum${labels}`) ?? 0];
  }
  return series;
}

/** Reads the series that are not 0. */
export async function movedSeries(metrics: Parameters<typeof readSeries>[0]): Promise<MetricSeries> {
  const series = Object.entries(await readSeries(metrics));
  return Object.fromEntries(series.filter(([, value]) => value !== 0 && String(value) !== "0,0"));
}

/** The names of the metrics whose series these are. */
export const metricNames = (...series: readonly MetricSeries[]) =>
  new Set(series.flatMap(Object.keys).map((name) => name.replace(/\{.*/, "")));
