import { drawdowns, type EquityCurve } from "../statistics/equity.ts";
import { type Chart, drawChart, type Mark } from "./chart.ts";
import { type Html, html } from "./html.ts";

/** One row of the table of trades, as people read it. */
export interface TradeRow {
  readonly symbol: string;
  readonly entryAtMs: number;
  readonly exitAtMs: number;
  readonly quantity: string;
  readonly entryPrice: string;
  readonly exitPrice: string;
  readonly fees: string;
  readonly profit: string;
  readonly returnRatio: number;
}

/** What the page shows. All text may be from outside. */
export interface Report {
  /** The strategy. */
  readonly title: string;
  /** What was run: symbols, time, costs. */
  readonly subtitle: string;
  /** The unit of all money. */
  readonly currency: string;
  readonly figures: readonly (readonly [label: string, value: string])[];
  readonly curve: EquityCurve;
  readonly prices: readonly {
    readonly symbol: string;
    readonly atMs: Float64Array;
    readonly close: Float64Array;
    readonly marks: readonly Mark[];
  }[];
  readonly trades: readonly TradeRow[];
}

/** More rows make a page that browsers are slow with. */
const MOST_ROWS = 2000;

/** No script, no font, no image: nothing on the page can ask for anything. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1e23; --faint: #5c6470; --grid: #e2e5ea; --line: #1f5fbf; --gain: #0a7538; --loss: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --ink: #e7eaee; --faint: #9aa4b0; --grid: #2b3139; --line: #82b1ff; --gain: #62d491; --loss: #ff8d84; }
}
body { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.1rem; }
p { margin: 0.25rem 0; color: var(--faint); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; margin: 1.5rem 0; }
dt { color: var(--faint); font-size: 0.85rem; }
dt::first-letter { text-transform: uppercase; }
dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0 0; }
figcaption { font-weight: 600; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 40rem; }
svg text { fill: var(--faint); font-size: 12px; }
.grid { stroke: var(--grid); }
.line, .depth { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round; }
.depth { stroke: var(--loss); }
.area { fill: var(--loss); fill-opacity: 0.15; }
.buy { fill: var(--gain); stroke: var(--page); }
.sell { fill: var(--loss); stroke: var(--page); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--grid); text-align: right; }
th { color: var(--faint); font-weight: 600; }
th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left; }
.gain { color: var(--gain); }
.loss { color: var(--loss); }
`;

/** Draws the report of a backtest: one page that needs nothing else, not even a network. */
export function drawReport(report: Report): string {
  const { title, subtitle, figures, trades } = report;
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}: backtest</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<h1>${title}</h1>
<p>${subtitle}</p>
<dl>
${figures.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}
</dl>
${chartsOf(report).map(drawChart)}
<h2>Trades</h2>
${trades.length === 0 ? html`<p>Nothing was bought and sold again.</p>` : drawTrades(trades)}
</body>
</html>`.html
  }\n`;
}

function chartsOf({ curve, prices, currency }: Report): Chart[] {
  const { atMs, equity } = curve;
  const depth = drawdowns(equity).map((each) => -each);
  return [
    { title: `Equity, ${currency}`, atMs, values: equity, format: amountText },
    { title: "Drawdown", atMs, values: depth, isDepth: true, format: percentText },
    ...prices.map(({ symbol, atMs, close, marks }) => {
      const title = `${symbol}, close, with what was bought (▲) and sold (▼)`;
      return { title, atMs, values: close, marks, format: amountText };
    }),
  ];
}

function drawTrades(trades: readonly TradeRow[]): Html {
  const shown = trades.slice(-MOST_ROWS);
  const note =
    shown.length < trades.length ? `The last ${shown.length} of ${trades.length} trades.` : `${trades.length} in all.`;
  return html`<p>${note}</p>
<div class="scroll"><table>
<thead><tr>${COLUMNS.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${shown.map(drawTrade)}
</tbody>
</table></div>`;
}

const COLUMNS = [
  "Symbol",
  "Entry, UTC",
  "Exit, UTC",
  "Quantity",
  "Entry price",
  "Exit price",
  "Fees",
  "Profit",
  "Return",
];

function drawTrade(trade: TradeRow): Html {
  const kind = trade.returnRatio < 0 ? "loss" : "gain";
  return html`<tr><td>${trade.symbol}</td><td>${timeText(trade.entryAtMs)}</td><td>${timeText(trade.exitAtMs)}</td><td>${trade.quantity}</td><td>${trade.entryPrice}</td><td>${trade.exitPrice}</td><td>${trade.fees}</td><td class="${kind}">${trade.profit}</td><td class="${kind}">${percentText(trade.returnRatio)}</td></tr>`;
}

/** Writes an instant as `2026-01-31 12:00`. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
}

/** Writes a ratio as `12.3 %`, with at most `digits` after the point where it is one of a few. */
export function percentText(ratio: number, digits?: number): string {
  const percent = digits === undefined ? (ratio * 100).toFixed(1) : String(Number((ratio * 100).toFixed(digits)));
  return `${percent === "-0.0" ? "0.0" : percent} %`;
}

function amountText(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 6 });
}
