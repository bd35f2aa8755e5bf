import { printable } from "@shoal/kernel";
import { timeText } from "../../strategies/backtest/report/page.ts";
import { missingText } from "../../strategies/replay/missing-candles.ts";
import { countText } from "../backtest/figures-view.ts";
import { when } from "./desk-view.ts";
import { intentText } from "./run-view.ts";
import { isSame, type Shadow, type ShadowedRun, totalsOf } from "./shadow.ts";

/** JSON has all of them. */
const MOST_RUNS = 50;

/** Draws what the new code would have done otherwise: run by run where something differs, and in all. */
export function drawShadow(path: string, shadow: Shadow): string {
  const { strategy, sinceMs, runs } = shadow;
  const { name, version, owner_id } = strategy;
  const differing = runs.filter(isShown);
  const lines = [
    `${path} in the runs of ${name} (version ${version}, of ${owner_id ?? "the operator"}) since ${timeText(sinceMs)}`,
    ...differing.slice(0, MOST_RUNS).flatMap(runLines),
    ...(differing.length > MOST_RUNS ? [`… and ${differing.length - MOST_RUNS} more (--json has them)`] : []),
    ...totalLines(shadow),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function isShown({ shadow }: ShadowedRun): boolean {
  return shadow.kind === "impossible" || (shadow.kind === "compared" && (shadow.error !== null || !isSame(shadow)));
}

function runLines({ run, shadow }: ShadowedRun): string[] {
  const title = `${when(run.started_at)}  run ${run.id}`;
  if (shadow.kind === "gone") return [];
  if (shadow.kind === "impossible") return [title, ...shadow.missing.map((each) => `  ! ${missingText(each)}`)];
  const { error, unansweredCount } = shadow;
  return [
    title,
    ...(error ? [`  ! fails with ${error.code}: ${error.message}`] : []),
    ...(unansweredCount > 0
      ? [`  ! asks the market ${countText(unansweredCount, "time")} for what that run did not ask`]
      : []),
    ...shadow.onlyOld.map((intent) => `  - ${intentText(intent)}`),
    ...shadow.onlyNew.map((intent) => `  + ${intentText(intent)}`),
    ...shadow.changed.map((each) => `  ~ ${intentText(each.old)} -> ${intentText(each.new)}`),
  ];
}

function totalLines({ runs, config, forgottenCount }: Shadow): string[] {
  const totals = totalsOf(runs);
  const { runCount, sameCount, otherCount, failedCount, goneCount, impossibleCount, shortCount, orders } = totals;
  const forgotten = `${countText(forgottenCount, "earlier run")} no longer kept (STRATEGY_RUNS_KEPT)`;
  const short = `in ${countText(shortCount, "run")} the new code saw fewer candles than it wants: no run has seen those, so they were not kept`;
  const compared = [
    `${countText(runCount, "run")}: ${sameCount} with the same orders, ${otherCount} with others, ${failedCount} in which the new code fails, ${impossibleCount} whose candles are not as they were, ${goneCount} of which nothing is kept but figures`,
    `orders: ${orders.equal} equal, ${orders.onlyOld} only of the old code (-), ${orders.onlyNew} only of the new code (+), ${orders.changed} changed (~)`,
    `with the settings ${JSON.stringify(config)}, and each run alone, with the money and the state that it had then`,
  ];
  return [
    ...(runCount === 0 ? ["no run of that time is kept: there is nothing to compare"] : compared),
    ...(shortCount > 0 ? [short] : []),
    ...(forgottenCount > 0 ? [forgotten] : []),
  ];
}

/** A shadow as JSON. */
export function shadowBody({ strategy, config, sinceMs, runs, forgottenCount }: Shadow) {
  const { orders, ...counts } = totalsOf(runs);
  return {
    strategy_id: strategy.strategy_id,
    config,
    since: new Date(sinceMs).toISOString(),
    totals: {
      ...{ runs: counts.runCount, same: counts.sameCount, other: counts.otherCount, failed: counts.failedCount },
      ...{ impossible: counts.impossibleCount, gone: counts.goneCount, short: counts.shortCount },
      forgotten: forgottenCount,
      orders: { equal: orders.equal, only_old: orders.onlyOld, only_new: orders.onlyNew, changed: orders.changed },
    },
    runs: runs.map(({ run, shadow }) => ({ run_id: run.id, started_at: run.started_at, ...runShadowBody(shadow) })),
  };
}

function runShadowBody(shadow: ShadowedRun["shadow"]) {
  switch (shadow.kind) {
    case "gone":
      return { kind: shadow.kind };
    case "impossible":
      return { kind: shadow.kind, missing: shadow.missing };
    case "compared":
      return {
        ...{ kind: shadow.kind, error: shadow.error, unanswered_calls: shadow.unansweredCount },
        short: shadow.short.map(({ givenCount, ...need }) => ({ ...need, given: givenCount })),
        ...{ equal: shadow.equalCount, only_old: shadow.onlyOld, only_new: shadow.onlyNew, changed: shadow.changed },
      };
  }
}
