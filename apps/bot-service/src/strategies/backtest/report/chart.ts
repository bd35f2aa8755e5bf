import { DAY_MS } from "@shoal/kernel";
import { type Html, html } from "./html.ts";
import { thinLine } from "./thin.ts";

/** A buy or a sell on the chart of a price. */
export interface Mark {
  readonly atMs: number;
  readonly price: number;
  readonly side: "buy" | "sell";
  readonly label: string;
}

/** A line over time; both columns have the same length. */
export interface Chart {
  readonly title: string;
  readonly atMs: Float64Array;
  readonly values: Float64Array;
  /** Whether the line hangs from 0 and is filled: for what has a bottom. */
  readonly isDepth?: boolean;
  readonly marks?: readonly Mark[];
  readonly format: (value: number) => string;
}

const [WIDTH, HEIGHT] = [1000, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [80, 16, 12, 28];
/** Twice the width: more points than that cannot be told apart. */
const MOST_POINTS = 2 * WIDTH;
/** Marks nearer to each other than this would cover each other. */
const MARK_WIDTH = 6;
const MARK_SHAPES = { buy: "M-5 12L0 4L5 12Z", sell: "M-5 -12L0 -4L5 -12Z" } as const;

/** Draws a chart as SVG, thinned to what the eye can see. */
export function drawChart(chart: Chart): Html {
  const indices = thinLine(chart.values, MOST_POINTS);
  const values = indices.map((index) => chart.values[index] ?? 0);
  const [fromMs, toMs] = [chart.atMs[0] ?? 0, chart.atMs.at(-1) ?? 0];
  const marked = (chart.marks ?? []).map(({ price }) => price);
  const ticks = niceTicks(lowestOf([...values, ...marked]), chart.isDepth ? 0 : highestOf([...values, ...marked]));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const x = (atMs: number) => LEFT + ((atMs - fromMs) / Math.max(1, toMs - fromMs)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((high - value) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const points = indices.map((index, at) => `${text(x(chart.atMs[index] ?? 0))} ${text(y(values[at] ?? 0))}`);
  const line = points.length === 0 ? "" : `M${points.join("L")}`;
  const area = `${line}V${text(y(0))}H${text(x(chart.atMs[indices[0] ?? 0] ?? 0))}Z`;
  return html`<figure><figcaption>${chart.title}</figcaption>
<div class="scroll"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">
${ticks.map((tick) => html`<path class="grid" d="M${LEFT} ${text(y(tick))}H${WIDTH - RIGHT}"/><text x="${LEFT - 8}" y="${text(y(tick) + 4)}" text-anchor="end">${chart.format(tick)}</text>`)}
${timeTicks(fromMs, toMs).map(({ atMs, label }) => html`<text x="${text(x(atMs))}" y="${HEIGHT - 8}" text-anchor="middle">${label}</text>`)}
${chart.isDepth && line !== "" ? html`<path class="area" d="${area}"/>` : html``}
<path class="${chart.isDepth ? "depth" : "line"}" d="${line}"/>
${drawMarks(chart.marks ?? [], x, y)}
</svg></div></figure>`;
}

/** Draws one mark for those that would cover each other; its label tells how many there are. */
function drawMarks(marks: readonly Mark[], x: (atMs: number) => number, y: (value: number) => number): Html[] {
  const places = new Map<string, { mark: Mark; count: number }>();
  for (const mark of marks) {
    const place = `${mark.side} ${Math.round(x(mark.atMs) / MARK_WIDTH)}`;
    const drawn = places.get(place);
    if (drawn) drawn.count += 1;
    else places.set(place, { mark, count: 1 });
  }
  return [...places.values()].map(({ mark, count }) => {
    const at = `translate(${text(x(mark.atMs))} ${text(y(mark.price))})`;
    const label = count > 1 ? `${mark.label}, and ${count - 1} more beside it` : mark.label;
    return html`<path class="${mark.side}" transform="${at}" d="${MARK_SHAPES[mark.side]}"><title>${label}</title></path>`;
  });
}

const text = (coordinate: number) => coordinate.toFixed(1);
const lowestOf = (values: readonly number[]) =>
  values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
const highestOf = (values: readonly number[]) =>
  values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);

/** Returns four to eight round values (1, 2 or 5 by a power of ten apart) that enclose all values. */
export function niceTicks(low: number, high: number): number[] {
  if (!(Number.isFinite(low) && Number.isFinite(high))) return [0, 1];
  // A flat line gets room above and below, so that it is drawn in the middle.
  const spread = high > low ? high - low : Math.abs(high) * 0.1 || 1;
  const [from, to] = high > low ? [low, high] : [low - spread / 2, high + spread / 2];
  const power = 10 ** Math.floor(Math.log10(spread / 4));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((each) => spread / each <= 5) ?? spread;
  const first = Math.floor(from / step);
  const count = Math.ceil(to / step) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function timeTicks(fromMs: number, toMs: number): { atMs: number; label: string }[] {
  const isLong = toMs - fromMs > 7 * DAY_MS;
  return [0.06, 0.28, 0.5, 0.72, 0.94].map((ratio) => {
    const atMs = fromMs + ratio * (toMs - fromMs);
    const iso = new Date(atMs).toISOString();
    return { atMs, label: isLong ? iso.slice(0, 10) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}` };
  });
}
