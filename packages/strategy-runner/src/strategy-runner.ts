import type { Runtime } from "@shoal/kernel";
import { draftFrame } from "./child/frames.ts";
import type { RunReply, WireRequest } from "./guest/wire.ts";
import type { RunOutcome } from "./outcome.types.ts";
import { readRunReply } from "./parent/run-reply.ts";
import { failedRun, type RunEnd, refusedRun, StrategyRun } from "./parent/strategy-run.ts";
import type { RunRequest } from "./run.types.ts";
import { StrategyError } from "./strategy-error.ts";
import type { ReadProcess, SpawnChild } from "./supervisor/child.types.ts";
import type { JailReport } from "./supervisor/jail.types.ts";
import type { OuterLimits } from "./supervisor/run-failure.ts";
import { Supervisor, type SupervisorHealth } from "./supervisor/supervisor.ts";

/** What a run may take. */
export interface RunLimits extends OuterLimits {
  /** Units of work, counted in the engine: one each time a loop begins again. */
  readonly fuel: number;
}

export interface StrategyRunnerHealth extends SupervisorHealth {
  readonly jail: JailReport;
}

/** Runs strategies in child processes. */
export interface StrategyRunner {
  /**
   * Runs a strategy when a child is free, in the order of the calls. What the strategy did wrong, and what ended it, is in the outcome. Rejects only with the
   * reason of `signal`, which takes the run out of the line or ends it, or with `STRATEGY_RUNNER_CLOSED`.
   */
  run(request: RunRequest, signal?: AbortSignal): Promise<RunOutcome>;
  /** Carries out a message that asks nobody, for `checkStrategy` and `replay`. */
  execute(message: WireRequest, columns: readonly Float64Array[]): Promise<RunReply>;
  /** Of the engine and what is loaded into it: fuel and image hashes compare only between equal builds. */
  readonly buildId: string;
  readonly jail: JailReport;
  health(): StrategyRunnerHealth;
  /** Takes no more runs, gives those it has `limitMs` to end, and leaves no process. Idempotent. */
  close(limitMs: number): Promise<void>;
}

export interface RunnerParts {
  readonly runtime: Runtime;
  readonly childCount: number;
  readonly limits: RunLimits;
  readonly buildId: string;
  readonly jail: JailReport;
  readonly spawn: SpawnChild;
  readonly readProcess: ReadProcess;
}

/** Puts a runner together of its parts; `createStrategyRunner` brings real ones. */
export function assembleStrategyRunner(parts: RunnerParts): StrategyRunner {
  const { buildId, jail, limits } = parts;
  const supervisor = new Supervisor(parts);
  return {
    buildId,
    jail,
    run(request, signal) {
      const run = beginRun(request, { buildId, fuel: limits.fuel });
      if (!(run instanceof StrategyRun)) return Promise.resolve({ ...run, wallMs: 0, cpuMs: 0 });
      const { message, javascript, columns, isRepeated } = run.prepared;
      return supervisor.submit<RunOutcome>(
        {
          draft: draftFrame({ kind: "run", request: message }, columns),
          source: javascript,
          candles: isRepeated ? columns : undefined,
          answer: (calls, reply, over) => run.answer(calls, reply, over),
          finish: (outcome, cost) => ({ ...requireOutcome(run.finish(outcome)), ...cost }),
          fail: (failure, cost) => ({ ...failedRun(failure), ...cost }),
        },
        signal,
      );
    },
    execute(message, columns) {
      return supervisor.submit<RunReply>({
        draft: draftFrame({ kind: "run", request: message }, columns),
        answer() {},
        finish: (outcome) => requireOutcome(readRunReply(outcome)),
        fail: (failure) => ({ ...failedRun(failure), turns: [] }),
      });
    },
    health: () => ({ ...supervisor.health(), jail }),
    close: (limitMs) => supervisor.close(limitMs),
  };
}

/** Returns the end of a request that no run can be made of. */
function beginRun(request: RunRequest, options: { buildId: string; fuel: number }): StrategyRun | RunEnd {
  try {
    return new StrategyRun(request, options);
  } catch (error) {
    return refusedRun(error);
  }
}

function requireOutcome<T>(outcome: T | undefined): T {
  if (outcome === undefined) throw new Error("no outcome of a run");
  return outcome;
}

/** Throws `STRATEGY_JAIL_INCOMPLETE` if a wall is missing. */
export function requireJail({ walls }: JailReport): void {
  const missing = walls.filter(({ holds }) => !holds).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new StrategyError(
    "STRATEGY_JAIL_INCOMPLETE",
    `strategies do not run, because this system lacks walls around their processes: ${missing.join(", ")}; start as root with unshare, prlimit and setpriv (util-linux) installed, or allow to run without them`,
    { details: { missing } },
  );
}
