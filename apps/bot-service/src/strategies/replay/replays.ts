import { abortable, type Clock, SECOND_MS, withTimeLimit } from "@shoal/kernel";
import { journalFromText, StrategyError, type StrategyRunner } from "@shoal/strategy-runner";
import pLimit from "p-limit";
import { StrategyDeskError } from "../desk/errors.ts";
import { OPERATOR_ID } from "../desk/sql.ts";
import { createUserLimits } from "../desk/user-limits.ts";
import { missingText } from "./missing-candles.ts";
import { type ReplayBody, replayBodyOf } from "./replay-body.ts";
import { replayRun } from "./replay-run.ts";
import type { ReadRunInputs, RunInputs } from "./run-inputs.ts";

/** How long who asks waits. The processes do first what is due. */
const LIMIT_MS = 20 * SECOND_MS;
/** Replays that wait for the one under way. */
const MOST_WAITING = 20;

/** Why a process ended a run from outside, which says nothing of the run: no such run has a journal. */
const ENDED_FROM_OUTSIDE: ReadonlySet<string> = new Set([
  ...["STRATEGY_PROCESS_LOST", "STRATEGY_CPU_LIMIT", "STRATEGY_MEMORY_LIMIT"],
]);

export interface AskedReplay {
  /** Null: the operator asks. */
  readonly userId: string | null;
  /** Stops before this call of `ctx`, counted from 1. Default: goes to the end. */
  readonly stopAt?: number;
}

/**
 * Does a kept run again in the sandbox of this daemon, by its journal: it asks no market and no exchange, and changes nothing.
 * @throws STRATEGY_UNKNOWN, STRATEGY_JOURNAL_GONE, STRATEGY_JOURNAL_INPUTS, STRATEGY_JOURNAL_CHANGED, STRATEGY_TOO_MANY_REPLAYS,
 *   STRATEGY_REPLAY_UNAVAILABLE (retryable)
 */
export type Replay = (runId: string, asked: AskedReplay) => Promise<ReplayBody>;

export interface ReplayOptions {
  readonly clock: Clock;
  readonly readInputs: ReadRunInputs;
  readonly runner: () => Promise<Pick<StrategyRunner, "buildId" | "execute" | "run">>;
}

/** Makes what does runs again: one at a time, so that the other processes stay for what is due. */
export function createReplays({ clock, readInputs, runner }: ReplayOptions): Replay {
  const limited = createUserLimits({ clock, what: "replays", code: "STRATEGY_TOO_MANY_REPLAYS" });
  const oneAtATime = pLimit(1);
  const act = async (runId: string, { userId, stopAt }: AskedReplay) => {
    const inputs = await readInputs(runId, { userId, needs: [] });
    const { journal, code } = recordedBy(inputs);
    const stop = stopAt === undefined ? {} : { stopAt };
    const { candles } = inputs;
    const done = await replayRun(journal, { runner: await runner(), code, candles, listsCalls: true, ...stop });
    if (done.kind === "impossible") {
      const message = `the run cannot be done again on what it saw: ${done.missing.map(missingText).join("; ")}`;
      throw new StrategyError("STRATEGY_JOURNAL_INPUTS", message);
    }
    if (ENDED_FROM_OUTSIDE.has(done.replayed.error?.code ?? "")) throw unavailable();
    return replayBodyOf(inputs.runId, journal, done);
  };
  return (runId, asked) =>
    limited(asked.userId ?? OPERATOR_ID, async (inTurn) => {
      if (oneAtATime.pendingCount >= MOST_WAITING) throw unavailable();
      return withTimeLimit({ clock, limitMs: LIMIT_MS, late: unavailable() }, (signal) => {
        const inOrder = () => {
          // Nobody waits for it any more.
          signal.throwIfAborted();
          return act(runId, asked);
        };
        // One that was begun keeps its place until it has ended.
        return abortable(
          inTurn(() => oneAtATime(inOrder)),
          signal,
        );
      });
    });
}

function recordedBy({ journal, code }: RunInputs) {
  if (journal !== null && code !== null) return { journal: journalFromText(journal), code };
  const message =
    journal === null
      ? "Only the figures of this run are kept: it is an older one, or was ended from outside."
      : "No version has the code of this run any more.";
  throw new StrategyDeskError("STRATEGY_JOURNAL_GONE", message, { details: { field: "id" } });
}

function unavailable(): StrategyDeskError {
  const message = "the sandbox does not do the run again in time: it is busy with what is due, or does not start";
  return new StrategyDeskError("STRATEGY_REPLAY_UNAVAILABLE", message, { retryable: true });
}
