import { printable } from "@shoal/kernel";
import type { Journal, RunResult, StoppedAt } from "@shoal/strategy-runner";
import { timeText } from "../../strategies/backtest/report/page.ts";
import type { Replayed } from "../../strategies/replay/replay-run.ts";
import { row } from "../drawing.ts";
import { entryText, intentText, logText, rows } from "./run-view.ts";

type Done = Extract<Replayed, { readonly kind: "replayed" }>;

/** Draws a replay: what it came to and what differs, or what the strategy saw where it was stopped. */
export function drawReplay(runId: string, journal: Journal, done: Done, stopAt: number | undefined): string {
  const title = `run ${runId} at ${timeText(journal.nowMs)}`;
  if (done.stopped) return `${[printable(title), ...stoppedLines(done.stopped)].join("\n")}\n`;
  const lines = [
    printable(`${title}: ${verdictText(done)}`),
    ...(stopAt === undefined ? [] : [noStopText(done, stopAt)]),
    ...done.differences.flatMap(({ field, recorded, replayed }) =>
      rows(field, [`recorded ${valueText(recorded)}`, `replayed ${valueText(replayed)}`]),
    ),
    ...resultLines(done.replayed, done.recordedBuildId === undefined),
  ];
  return `${lines.join("\n")}\n`;
}

function verdictText({ isEqual, differences, recordedBuildId }: Done): string {
  if (recordedBuildId === undefined) {
    return isEqual
      ? "equal, down to the fuel and each byte of memory"
      : `not equal: ${differences.length} of its parts differ`;
  }
  const what = isEqual
    ? "result, orders, state, log and notifications are equal"
    : `${differences.length} of its parts differ`;
  return `${what}; engine build ${recordedBuildId.slice(0, 12)} recorded it, so that fuel and memory cannot be compared here`;
}

function noStopText({ recordedBuildId }: Done, stopAt: number): string {
  return recordedBuildId === undefined
    ? `it makes fewer than ${stopAt} calls of ctx: it was done to its end`
    : "it can be stopped only by the version of Shoal that recorded it: it was done to its end";
}

const valueText = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

function resultLines(result: RunResult, isComparable: boolean): string[] {
  const { error, intents, statePatch, logs, notifications, fuel, imageHash } = result;
  return [
    row("result", result.result),
    ...(error ? rows("error", [`${error.code}: ${error.message}`]) : []),
    ...rows("orders", intents.map(intentText)),
    ...rows("state", Object.entries(statePatch).map(entryText)),
    ...rows("log", logs.map(logText)),
    ...rows("notifications", notifications),
    ...(isComparable
      ? [row("fuel", fuel.toLocaleString("en-US")), ...rows("memory", [imageHash || "not compared"])]
      : []),
  ];
}

function stoppedLines({ call, nowMs, config, portfolio, openOrders, state }: StoppedAt): string[] {
  const { currency, cash, equity, positions } = portfolio;
  return [
    printable(`stopped before call ${call.number} of ctx: ${call.name}(${call.arguments.join(", ")})`),
    row("ctx.now", `${nowMs} (${new Date(nowMs).toISOString()})`),
    ...rows("ctx.config", Object.entries(config).map(entryText)),
    ...rows("ctx.portfolio", [
      `cash ${cash}, equity ${equity} ${currency}`,
      ...positions.map(({ symbol, quantity, averagePrice }) => `${quantity} ${symbol} at ${averagePrice} on average`),
    ]),
    ...rows(
      "ctx.orders",
      openOrders.map(
        ({ id, side, quantity, symbol, type, price, filledQuantity }) =>
          `${id}: ${side} ${quantity} ${symbol} ${type}${price === undefined ? "" : ` ${price}`}, ${filledQuantity} of it filled`,
      ),
    ),
    ...rows("ctx.state", Object.entries(state).map(entryText)),
  ];
}

/** A replay as JSON. */
export function replayBody(runId: string, journal: Journal, done: Done) {
  return {
    run_id: runId,
    strategy_id: journal.strategyId,
    at: new Date(journal.nowMs).toISOString(),
    is_equal: done.isEqual,
    /** Fuel and memory compare only within one build. */
    is_same_build: done.recordedBuildId === undefined,
    differences: done.differences,
    stopped: done.stopped ?? null,
    replayed: done.stopped ? null : done.replayed,
  };
}
