import { StrategyError } from "@shoal/strategy-runner";
import { missingText } from "../../strategies/replay/missing-candles.ts";
import { replayRun } from "../../strategies/replay/replay-run.ts";
import type { Answer } from "../answer.ts";
import type { Sandbox } from "../backtest/sandbox.ts";
import type { DeskClient } from "./desk-client.ts";
import { StrategiesError } from "./errors.ts";
import { drawReplay, replayBody } from "./replay-view.ts";
import { getKeptRun } from "./run-inputs.ts";

/**
 * Does a kept run again, here, and compares. Exit code 1 where something differs.
 * @throws STRATEGY_JOURNAL_CHANGED, STRATEGY_JOURNAL_INPUTS; CLI_JOURNAL_GONE; CLI_NO_SUCH_CALL
 */
export async function replayKept(
  { runId, stopAt }: { readonly runId: string; readonly stopAt?: number },
  desk: DeskClient,
  sandbox: Pick<Sandbox, "runner">,
): Promise<Answer> {
  const kept = await getKeptRun(desk, runId);
  if (!kept?.code) {
    const message = `what came into the run ${runId} is not kept: it is an older one, or was ended from outside, which leaves only figures; see: bun run shoal strategies show ${runId}`;
    throw new StrategiesError("CLI_JOURNAL_GONE", message);
  }
  const { journal, code, candles } = kept;
  const stop = stopAt === undefined ? {} : { stopAt };
  const done = await replayRun(journal, { runner: sandbox.runner, code, candles, ...stop });
  if (done.kind === "impossible") {
    const message = `the run cannot be done again on what it saw\n${done.missing.map(missingText).join("\n")}`;
    throw new StrategyError("STRATEGY_JOURNAL_INPUTS", message);
  }
  return {
    text: drawReplay(runId, journal, done, stopAt),
    json: replayBody(runId, journal, done),
    exitCode: done.isEqual ? 0 : 1,
  };
}
