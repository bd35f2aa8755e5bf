import { printable } from "@shoal/kernel";
import type { Difference } from "../../strategies/backtest/prove.ts";
import { percentText, timeText } from "../../strategies/backtest/report/page.ts";
import type { TryConfig } from "../../strategies/backtest/sweep/ranges.ts";
import type { SweepResult, TryFigures } from "../../strategies/backtest/sweep/sweep.ts";
import { table } from "../table.ts";
import { type About, aboutText, fuelText, ratioText } from "./figures-view.ts";

/** JSON has all of them. */
const MOST_ROWS = 20;

const IN_SAMPLE = ["Sharpe", "return", "drawdown"];
const OUT_OF_SAMPLE = ["out: Sharpe", "return", "drawdown"];

/** Draws a sweep: the best tries, the walk, and how far the best one can be believed. */
export function drawSweep(about: About, result: SweepResult, instantsMs: Float64Array): string {
  const { rows, folds, tryCount } = result;
  const names = Object.keys(rows[0]?.config ?? {});
  const failed = rows.filter(({ failedCount }) => failedCount > 0).length;
  const hasFolds = folds.length > 0;
  const shown = rows
    .slice(0, MOST_ROWS)
    .map(({ config, inSample, outOfSample }) => [
      ...valuesOf(names, config),
      ...cells(inSample),
      ...(outOfSample ? cells(outOfSample) : []),
    ]);
  const parts = [
    `${printable(about.file)}\n  ${printable(aboutText(about))}\n  ${triesText(tryCount)}, fuel ${fuelText(result.fuel)}\n`,
    table([...names, ...IN_SAMPLE, ...(hasFolds ? OUT_OF_SAMPLE : [])], shown),
    ...(rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more (--json has them)\n`] : []),
    ...(hasFolds ? ["", drawFolds(result, names, instantsMs)] : []),
    "",
    `deflated Sharpe of the best: ${belief(result.deflatedSharpe)} after ${triesText(tryCount)} (0.95 and more is evidence, the best of luck is below)\n`,
    hasFolds
      ? `walk-forward, out of sample: Sharpe ${ratioText(result.walkForward?.sharpe ?? null)}, return ${percentText(result.walkForward?.returnRatio ?? 0)}\n`
      : "nothing was tried out of sample: add --walk-forward 4\n",
    ...(failed > 0 ? [`${triesText(failed)} had runs that failed\n`] : []),
  ];
  return parts.map((part) => part || "\n").join("");
}

const triesText = (count: number) => (count === 1 ? "1 try" : `${count} tries`);

function drawFolds({ folds }: SweepResult, names: readonly string[], instantsMs: Float64Array): string {
  const time = (index: number) => timeText(instantsMs[Math.min(index, instantsMs.length - 1)] ?? 0);
  const headings = ["chosen before", "tried until", ...names, ...IN_SAMPLE, "deflated", ...OUT_OF_SAMPLE];
  return table(
    headings,
    folds.map(({ cut, end, config, inSample, deflatedSharpe, outOfSample }) => [
      ...[time(cut), time(end), ...valuesOf(names, config)],
      ...[...cells(inSample), belief(deflatedSharpe), ...cells(outOfSample)],
    ]),
  );
}

const valuesOf = (names: readonly string[], config: TryConfig) => names.map((name) => config[name] ?? "");

const cells = ({ sharpe, returnRatio, drawdownRatio }: TryFigures) => [
  ratioText(sharpe),
  percentText(returnRatio),
  percentText(drawdownRatio),
];

const belief = (probability: number | null) => (probability === null ? "none" : probability.toFixed(3));

/** Says which step looked ahead, and how it was seen. */
export function drawDifference({ future, cut, atMs, fields }: Difference): string {
  const how = future === "absent" ? "without the candles after it" : "with NaN in the candles after it";
  return `something looks ahead: the step at ${timeText(atMs)}, one of ${cut} before a cut, comes out otherwise ${how}; what differs: ${fields.join(", ")}\n`;
}
