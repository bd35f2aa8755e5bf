import { DAY_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import UPlot from "uplot";
import { formatClock, formatInstant } from "../format.ts";
import { zone } from "../preferences.ts";

export interface Series {
  readonly name: string;
  /** One for each of `times`; null where there was none. */
  readonly values: readonly (number | null)[];
  /** Filled to the bottom. */
  readonly isFilled?: boolean | undefined;
}

/** A chart on its canvas. */
export interface Plot {
  /** Draws what there is now. */
  draw(): void;
  end(): void;
}

interface Figures {
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number | null | undefined) => string;
  readonly isFitted: boolean;
}

/** Draws figures in a box, as wide as that is. `onPoint`: index of the instant that is pointed at; null for none. */
export function createPlot(
  box: HTMLElement,
  figures: () => Figures,
  heightPx: number,
  onPoint: (index: number | null) => void,
): Plot {
  const dataOf = (): UPlot.AlignedData => {
    const { times, series } = figures();
    return [times.map((ms) => ms / SECOND_MS), ...series.map(({ values }) => [...values])];
  };
  const options = optionsOf(getComputedStyle(box), figures, { width: box.clientWidth || 300, height: heightPx });
  const plot = new UPlot(
    { ...options, hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] } },
    dataOf(),
    box,
  );
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const recolour = () => plot.redraw(false);
  dark.addEventListener("change", recolour);
  const watch = new ResizeObserver(() => {
    if (box.clientWidth > 0) plot.setSize({ width: box.clientWidth, height: heightPx });
  });
  watch.observe(box);
  return {
    draw: () => plot.setData(dataOf()),
    end() {
      dark.removeEventListener("change", recolour);
      watch.disconnect();
      plot.destroy();
    },
  };
}

/** Colours are read when something is drawn, from the custom properties of the stylesheet: they follow the theme. */
function optionsOf(
  style: CSSStyleDeclaration,
  figures: () => Figures,
  size: { width: number; height: number },
): UPlot.Options {
  const colour = (name: string) => () => resolved(style, name);
  const { font } = style;
  const axis: UPlot.Axis = {
    stroke: colour("--ink-soft"),
    font: font === "" ? "11px system-ui" : `11px ${style.fontFamily}`,
    grid: { stroke: colour("--line-soft"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: { x: { time: true }, y: { range: (_plot, least, most) => rangeOf(least, most, figures().isFitted) } },
    axes: [
      {
        ...axis,
        size: 24,
        // Room for a time to the second.
        space: 72,
        values: (_plot, splits) => splits.map((at) => tickText(at * SECOND_MS, spanMs(figures().times))),
      },
      {
        ...axis,
        size: (_plot, values) => widthOf(values),
        values: (_plot, splits) => splits.map((value) => figures().format(value)),
      },
    ],
    series: [
      {},
      ...figures().series.map(
        ({ name, isFilled }, index): UPlot.Series => ({
          label: name,
          stroke: colour(`--series-${index + 1}`),
          width: 1.5,
          dash: DASHES[index] ?? [],
          points: { show: false },
          ...(isFilled && { fill: colour(`--series-${index + 1}-soft`) }),
        }),
      ),
    ],
  };
}

/** From 0 up, and below it where values are: unless it is fitted. */
function rangeOf(least: number | null, most: number | null, isFitted: boolean): [number, number] {
  const [low, high] = [least ?? 0, most ?? 0];
  if (isFitted && high > low) return [low - (high - low) * 0.1, high + (high - low) * 0.1];
  if (isFitted && high === low && high !== 0) return [low - Math.abs(low) * 0.01, high + Math.abs(high) * 0.01];
  const [from, to] = [Math.min(0, low) * 1.1, Math.max(0, high) * 1.1];
  return from === to ? [0, 1] : [from, to];
}

const spanMs = (times: readonly number[]) => (times.at(-1) ?? 0) - (times[0] ?? 0);

/** The time of a day, to the second within some minutes; the day where there are several. */
const tickText = (atMs: number, overMs: number) =>
  overMs < 2 * DAY_MS
    ? formatClock(atMs, zone.value).slice(0, overMs < 10 * MINUTE_MS ? 8 : 5)
    : formatInstant(atMs, zone.value).slice(5, 10);

/** Room for the longest label, in px. */
const widthOf = (labels: readonly string[] | null) =>
  Math.max(48, ...(labels ?? []).map((label) => 12 + label.length * 6.5));

/** Lines differ by their dashes, too: colours alone do not tell everybody. */
const DASHES: readonly number[][] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3], [12, 3]];

/** Custom properties hold `light-dark()`, which a canvas does not know: a style property of an element resolves it. */
function resolved(style: CSSStyleDeclaration, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = style.getPropertyValue(name);
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
