import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatCompact, formatInstant } from "../format.ts";
import { theme, zone } from "../preferences.ts";
import type { Plot, Series } from "./plot.ts";
import { Scroll } from "./scroll.tsx";

export interface ChartProps {
  /** What is shown: "Joins per second". */
  readonly title: string;
  /** Instants in ms, rising. */
  readonly times: readonly number[];
  /** At most six: more could not be told apart. */
  readonly series: readonly Series[];
  /** How values are written: `formatBytes`. */
  readonly format?: (value: number | null | undefined) => string;
  readonly heightPx?: number | undefined;
  /** The axis goes from the least to the greatest value, in the place of beginning at 0: for what is never near it. */
  readonly isFitted?: boolean | undefined;
}

/** Rows of the table of values, at most: every n-th instant where there are more. */
const MOST_ROWS = 60;

/**
 * A chart over time. Its library is loaded when the first chart is shown; its room is there before. The names and latest values stand
 * below it as text, and all values in a table that can be opened.
 */
export function Chart({ title, times, series, format = formatCompact, heightPx = 160, isFitted = false }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const isReady = useSignal(false);
  const isLost = useSignal(false);
  const pointed = useSignal<number | null>(null);
  const shape = series.map(({ name, isFilled }) => `${name}|${isFilled}`).join();
  const latest = useRef({ times, series, format, isFitted });
  latest.current = { times, series, format, isFitted };
  const look = useComputed(() => `${theme.value} ${zone.value}`).value;
  const hasFigures = times.length > 0;
  useEffect(() => {
    // Drawn once there is something: its axis would become wider by the first figures, and all else move.
    if (!hasFigures) return;
    let isOver = false;
    const start = async () => {
      const { createPlot } = await import("./plot.ts");
      if (isOver || !box.current) return;
      plot.current = createPlot(
        box.current,
        () => latest.current,
        heightPx,
        (index) => {
          pointed.value = index;
        },
      );
      isReady.value = true;
    };
    start().catch(() => {
      isLost.value = true;
    });
    return () => {
      isOver = true;
      plot.current?.end();
      plot.current = null;
    };
  }, [shape, look, heightPx, hasFigures]);
  useEffect(() => plot.current?.draw(), [times, series, isReady.value]);
  const at = pointed.value ?? times.length - 1;
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} class="plot" style={{ height: `${heightPx}px` }} aria-hidden="true">
        {!hasFigures && <p class="hint">No figures yet.</p>}
        {isLost.value && <p class="hint">The chart cannot be drawn. Its values are below.</p>}
      </div>
      <ul class="legend">
        {series.map(({ name, values }, index) => (
          <li key={name}>
            <span class={`line-of-series series-${index + 1}`} aria-hidden="true" />
            {name} <strong>{format(values[at])}</strong>
          </li>
        ))}
      </ul>
      <Values {...{ title, times, series, format }} />
    </figure>
  );
}

function Values({ title, times, series, format }: Required<Omit<ChartProps, "heightPx" | "isFitted">>) {
  const isOpen = useSignal(false);
  const step = Math.ceil(times.length / MOST_ROWS) || 1;
  const shown = times.map((_, index) => index).filter((index) => (times.length - 1 - index) % step === 0);
  return (
    <details
      class="values"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>
        Values<span class="unseen">{` of the chart ${title}`}</span>
      </summary>
      {isOpen.value && (
        <Scroll class="values-box" label={`Values: ${title}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.map(({ name }) => (
                  <th key={name} scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.toReversed().map((index) => (
                <tr key={times[index]}>
                  <th scope="row">{formatInstant(times[index] ?? Number.NaN, zone.value)}</th>
                  {series.map(({ name, values }) => (
                    <td key={name} class="number">
                      {format(values[index])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </details>
  );
}
