import { printable } from "@shoal/kernel";
import type { Candles } from "@shoal/market";
import { DEFAULT_FUEL, type LogLine, type OrderIntent, type RunOutcome } from "@shoal/strategy-runner";
import { percentText, timeText } from "../../strategies/backtest/report/page.ts";
import type { StepResult } from "../../strategies/step.ts";
import { errorLines } from "../backtest/source-frame.ts";
import { row } from "../drawing.ts";

/** A run of a file, with what it was run on. */
export interface LocalRun {
  readonly path: string;
  readonly source: string;
  readonly series: readonly Candles[];
  readonly nowMs: number;
  readonly step: Pick<StepResult, "outcome" | "refused" | "portfolio">;
  /** Whether the candles are those of a market that does not exist. */
  readonly isMadeUp: boolean;
}

/** Draws a run for its owner: what came of it, and what it cost beside what it may. */
export function drawRun({ path, source, series, nowMs, step, isMadeUp }: LocalRun): string {
  const { outcome, portfolio } = step;
  const names = series.map(({ symbol, timeframe, length }) => `${symbol} ${timeframe} (${length})`).join(", ");
  const lines = [
    printable(path),
    printable(`  ${names}, ${isMadeUp ? "made up, " : ""}at ${timeText(nowMs)}`),
    row("result", outcome.result),
    ...(outcome.error ? errorLines(path, source, outcome.error) : []),
    ...rows("orders", ordersOf(step).map(orderText)),
    ...rows("state", Object.entries(outcome.statePatch).map(entryText)),
    ...rows("log", outcome.logs.map(logText)),
    ...rows("notifications", outcome.notifications),
    row("portfolio", printable(`cash ${portfolio.cash}, equity ${portfolio.equity} ${portfolio.currency} before it`)),
    row("fuel", fuelText(outcome)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Says what a run burned, and what that means. */
export function fuelText({ fuel }: Pick<RunOutcome, "fuel">): string {
  const share = fuel / DEFAULT_FUEL;
  const counts = `${fuel.toLocaleString("en-US")} of ${DEFAULT_FUEL.toLocaleString("en-US")}, ${percentText(share, 3)}`;
  if (share >= 1) return `${counts}: used up, so the run was ended; look for a loop that does not end, and use ctx.ta`;
  if (share > NARROW_SHARE) {
    return `${counts}: little is left for a run with more candles, orders or state; use ctx.ta for loops over candles`;
  }
  return `${counts}: the same on the server, whatever the machine`;
}

/** Above it another run of the same strategy may come to the end of its fuel. */
const NARROW_SHARE = 0.5;

interface LocalOrder {
  readonly intent: OrderIntent;
  /** Why the paper broker did not take it. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

function ordersOf({ outcome, refused }: LocalRun["step"]): LocalOrder[] {
  return outcome.intents.map((intent) => ({
    intent,
    refusal: refused.find((each) => each.intent === intent)?.refusal ?? null,
  }));
}

function orderText({ intent, refusal }: LocalOrder): string {
  const end = refusal === null ? "taken by the paper broker" : `refused, ${refusal.code}: ${refusal.message}`;
  return `${intentText(intent)}   ${end}`;
}

/** Writes an intent as `buy 0.5 BTC/USDT limit 60000`. */
export function intentText(intent: OrderIntent): string {
  if (intent.kind === "cancel") return `cancel ${intent.orderId}`;
  const { side, quantity, symbol, type, price } = intent;
  return `${side} ${quantity} ${symbol} ${type}${price === undefined ? "" : ` ${price}`}`;
}

/** Writes an entry of a state or of settings as `runs = 3`. */
export const entryText = ([key, value]: [string, unknown]) => `${key} = ${JSON.stringify(value)}`;

/** Writes a line of a strategy's log, with its level where that says something. */
export const logText = ({ level, text }: LogLine) => (level === "info" ? text : `${level}: ${text}`);

/** Draws several texts under one label; what others wrote is in them. */
export function rows(label: string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [row(label, "none")];
  return texts.map((text, index) => row(index === 0 ? label : "", printable(text)));
}

/** The run as JSON. */
export function runBody({ path, series, nowMs, step, isMadeUp }: LocalRun) {
  const { result, error, statePatch, logs, notifications, fuel } = step.outcome;
  return {
    strategy: path,
    series: series.map(({ symbol, timeframe, length }) => ({ symbol, timeframe, count: length })),
    is_made_up: isMadeUp,
    at: new Date(nowMs).toISOString(),
    result,
    error: error ?? null,
    orders: ordersOf(step).map(({ intent, refusal }) => ({
      ...intent,
      refusal: refusal && { code: refusal.code, message: refusal.message },
    })),
    state: statePatch,
    logs,
    notifications,
    portfolio: step.portfolio,
    fuel,
    fuel_limit: DEFAULT_FUEL,
  };
}
