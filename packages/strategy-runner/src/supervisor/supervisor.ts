import { type Runtime, withTimeout } from "@shoal/kernel";
import type { FrameDraft } from "../child/frames.ts";
import { StrategyError } from "../strategy-error.ts";
import type { ReadProcess, SpawnChild } from "./child.types.ts";
import { ChildKeeper } from "./child-keeper.ts";
import type { OuterLimits, RunFailure } from "./run-failure.ts";
import type { RunCost, RunTask } from "./run-task.ts";

/** How long the close waits for the end of processes that it has killed. */
const KILL_WAIT_MS = 2000;

export interface SupervisorOptions {
  readonly runtime: Runtime;
  readonly childCount: number;
  readonly limits: OuterLimits;
  readonly spawn: SpawnChild;
  readonly readProcess: ReadProcess;
}

/** What the children do at this moment, and what became of their runs. */
export interface SupervisorHealth {
  /** False while no child can take a run and the last one did not start or died without a run. */
  readonly isOk: boolean;
  /** What is wrong, in words; undefined if nothing is. */
  readonly trouble: string | undefined;
  readonly queuedCount: number;
  readonly runningCount: number;
  readonly idleCount: number;
  readonly doneCount: number;
  readonly failedCount: number;
  readonly lostCount: number;
}

/** A run as its caller brings it: `T` is what comes of it. */
export interface Run<T> {
  /** What starts it, as JSON before it waits in line: a child that is free gets the next run at once. */
  readonly draft: FrameDraft;
  /** JavaScript that goes with it, where it is not in it: a child that has it from a former run is not sent it again. */
  readonly source?: string;
  /** The columns of the draft, as the same object for the same candles: a child that has them is not sent them again. Undefined where no other run will have them. */
  readonly candles?: readonly Float64Array[] | undefined;
  answer(calls: readonly unknown[], reply: (answers: readonly unknown[]) => void, signal: AbortSignal): void;
  /** Makes the result of what the child says came of the run. Throws if that cannot be. */
  finish(outcome: unknown, cost: RunCost): T;
  /** Makes the result of a run that was ended from outside. */
  fail(failure: RunFailure, cost: RunCost): T;
}

/** Keeps the children and the line of runs before them: one run a child, in the order in which they came. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #keepers: readonly ChildKeeper[];
  #queue = new Set<SubmittedRun<unknown>>();
  #isClosed = false;
  #onChange: () => void = () => {};

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { runtime, spawn, readProcess, limits } = options;
    this.#keepers = Array.from({ length: options.childCount }, (_, place) => {
      const nextTask = () => this.#nextTask();
      return new ChildKeeper({
        ...{ runtime, place, spawn, readProcess, limits, nextTask },
        giveBack: (task) => this.#giveBack(task as SubmittedRun<unknown>),
        onChange: () => this.#onChange(),
      });
    });
    for (const keeper of this.#keepers) keeper.start();
  }

  /**
   * Runs it when its turn comes. Rejects with the reason of `signal`, and then the run has no result; with
   * `STRATEGY_RUNNER_CLOSED` if the supervisor is or was closed first.
   */
  submit<T>(run: Run<T>, signal?: AbortSignal): Promise<T> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (signal?.aborted) return Promise.reject(signal.reason);
    const submitted = new SubmittedRun(run, signal, () => this.#drop(submitted));
    this.#queue.add(submitted);
    for (const keeper of this.#keepers) {
      if (this.#queue.size === 0) break;
      keeper.offer();
    }
    return submitted.result;
  }

  health(): SupervisorHealth {
    const count = (status: ChildKeeper["status"]) => this.#keepers.filter((keeper) => keeper.status === status).length;
    const sum = (name: keyof ChildKeeper["counts"]) =>
      this.#keepers.reduce((total, keeper) => total + keeper.counts[name], 0);
    const runningCount = count("running");
    const idleCount = count("idle");
    const trouble = this.#keepers.find((keeper) => keeper.trouble !== undefined)?.trouble;
    return {
      isOk: trouble === undefined || runningCount + idleCount > 0,
      trouble,
      queuedCount: this.#queue.size,
      ...{ runningCount, idleCount },
      ...{ doneCount: sum("doneCount"), failedCount: sum("failedCount"), lostCount: sum("lostCount") },
    };
  }

  /** Takes no more runs, gives those it has `limitMs` to end, and ends every process. Idempotent. */
  async close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    const { clock } = this.#options.runtime;
    const isRunning = (keeper: ChildKeeper) => keeper.task !== undefined;
    await withTimeout(
      clock,
      limitMs,
      this.#until(() => this.#queue.size === 0 && !this.#keepers.some(isRunning)),
    );
    for (const submitted of this.#queue) submitted.refuse(closedError());
    this.#queue.clear();
    for (const keeper of this.#keepers) {
      if (keeper.task instanceof SubmittedRun) keeper.task.refuse(closedError());
      keeper.close();
    }
    const isClosed = (keeper: ChildKeeper) => keeper.status === "closed";
    await withTimeout(
      clock,
      KILL_WAIT_MS,
      this.#until(() => this.#keepers.every(isClosed)),
    );
  }

  #nextTask(): RunTask | undefined {
    const [next] = this.#queue;
    if (next !== undefined) this.#queue.delete(next);
    return next;
  }

  /** Puts a run back to where it was taken from, before all others. */
  #giveBack(run: SubmittedRun<unknown>): void {
    this.#queue = new Set([run, ...this.#queue]);
  }

  /** The caller does not want this run any more. */
  #drop(run: SubmittedRun<unknown>): void {
    if (this.#queue.delete(run)) return;
    const keeper = this.#keepers.find(({ task }) => task === run);
    keeper?.stopRun({ code: "STRATEGY_PROCESS_LOST", message: "was cancelled" });
  }

  /** Resolves once the condition holds, looking at each change. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#onChange;
      this.#onChange = () => {
        before();
        if (!holds()) return;
        this.#onChange = before;
        resolve();
      };
      this.#onChange();
    });
  }
}

/** A run in the queue or in a child, and the promise of its result, which is settled once. */
class SubmittedRun<T> implements RunTask {
  readonly result: Promise<T>;
  readonly #run: Run<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  /** Made when the run asks something: most do not, and one for each would cost more than all else that is done here. */
  #over: AbortController | undefined;
  readonly #settle: { resolve(value: T): void; reject(reason: unknown): void };

  constructor(run: Run<T>, signal: AbortSignal | undefined, onAbort: () => void) {
    this.#run = run;
    this.#signal = signal;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.result = promise;
    this.#settle = { resolve, reject };
    this.#onAbort = () => {
      this.refuse(signal?.reason);
      onAbort();
    };
    signal?.addEventListener("abort", this.#onAbort);
  }

  get draft(): FrameDraft {
    return this.#run.draft;
  }

  get source(): string | undefined {
    return this.#run.source;
  }

  get candles(): readonly Float64Array[] | undefined {
    return this.#run.candles;
  }

  answer(calls: readonly unknown[], reply: (answers: readonly unknown[]) => void): void {
    this.#over ??= new AbortController();
    this.#run.answer(calls, reply, this.#over.signal);
  }

  finish(outcome: unknown, cost: RunCost): void {
    this.#settle.resolve(this.#run.finish(outcome, cost));
    this.#end();
  }

  fail(failure: RunFailure, cost: RunCost): void {
    this.#settle.resolve(this.#run.fail(failure, cost));
    this.#end();
  }

  refuse(reason: unknown): void {
    this.#settle.reject(reason);
    this.#end();
  }

  #end(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#over?.abort();
  }
}

function closedError(): StrategyError {
  return new StrategyError("STRATEGY_RUNNER_CLOSED", "the strategy runner is closed; the run did not take place");
}
