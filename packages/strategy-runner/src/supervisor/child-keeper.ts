import { type Backoff, backoffDelayMs, fullJitter, type Runtime, type Timer, toError } from "@shoal/kernel";
import { type FromChild, readFromChild, type ToChild } from "../child/child-protocol.ts";
import { encodeFrame, type Frame, FrameWriter } from "../child/frames.ts";
import { type ChildEffect, type ChildEvent, type ChildState, childTransition, firstChild } from "./child.state.ts";
import type { Child, ChildListener, ReadProcess, SpawnChild } from "./child.types.ts";
import { KnownParts, type RunPart } from "./known-parts.ts";
import type { OuterLimits, RunFailure } from "./run-failure.ts";
import type { RunCost, RunTask } from "./run-task.ts";
import { type RunWatch, watchRun } from "./run-watch.ts";

/** A child that is not ready by then never will be; a loaded machine needs a second. */
const START_LIMIT_MS = 15_000;
const START_BACKOFF: Backoff = fullJitter(100, 30_000);
/** A run with 1,000 candles and its settings. */
const ROOM_BYTES = 64 * 1024;
/** Twice what a run may ask: a child that was taken over does not keep the parent busy with more. */
const MOST_ASKS = 2000;

export interface KeeperOptions {
  readonly runtime: Runtime;
  readonly place: number;
  readonly spawn: SpawnChild;
  readonly readProcess: ReadProcess;
  readonly limits: OuterLimits;
  /** Takes the next run off the queue. */
  readonly nextTask: () => RunTask | undefined;
  /** Takes back a run that was taken off the queue, and has not begun as far as anybody can tell. */
  readonly giveBack: (task: RunTask) => void;
  readonly onChange: () => void;
}

/** What became of the children of a place. */
export interface KeeperCounts {
  /** Runs that came to an end of their own. */
  doneCount: number;
  /** Runs that were ended from outside, by a limit or by the death of their child. */
  failedCount: number;
  /** Children that did not start or died without a run. */
  lostCount: number;
}

/** Keeps one child alive and gives it one run at a time. */
export class ChildKeeper {
  readonly counts: KeeperCounts = { doneCount: 0, failedCount: 0, lostCount: 0 };
  /** Why the last child did not start or died without a run; undefined once one has done a run since. */
  trouble: string | undefined;
  readonly #options: KeeperOptions;
  #state: ChildState = { status: "resting", failureCount: 0 };
  #child: Child | undefined;
  readonly #writer = new FrameWriter(ROOM_BYTES);
  /** Of the present child. */
  #parts = new KnownParts();
  #restingBytes = 0;
  #task: RunTask | undefined;
  /** How often the run has asked more than it was answered: above 0 its child does nothing but listen. */
  #waitCount = 0;
  #askCount = 0;
  #watch: RunWatch | undefined;
  #timer: Timer | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get status(): ChildState["status"] {
    return this.#state.status;
  }

  get task(): RunTask | undefined {
    return this.#task;
  }

  start(): void {
    this.#apply(firstChild(this.#nowMs()));
  }

  /** There is something in the queue. */
  offer(): void {
    if (this.#state.status !== "idle") return;
    const task = this.#options.nextTask();
    if (task !== undefined) this.#run(task);
  }

  /** Ends the present run, whose task has been settled. */
  stopRun(failure: RunFailure): void {
    this.#send({ kind: "stop-run", failure });
  }

  close(): void {
    this.#send({ kind: "close" });
  }

  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }

  #send(event: ChildEvent): void {
    this.#apply(childTransition(this.#state, event, this.#nowMs()));
  }

  /** The one place where the state is assigned. */
  #apply({ state, effects }: { state: ChildState; effects: readonly ChildEffect[] }): void {
    const isEndOfRun = this.#state.status === "running" && state.status !== "running";
    this.#state = state;
    const [task, cost] = [this.#task, this.#cost()];
    if (isEndOfRun) this.#forgetRun();
    if (state.status !== "starting" && state.status !== "resting") this.#timer?.cancel();
    for (const effect of effects) this.#perform(effect, task, cost);
    this.#options.onChange();
  }

  #perform(effect: ChildEffect, task: RunTask | undefined, cost: RunCost): void {
    switch (effect.kind) {
      case "spawn":
        return this.#spawn();
      case "kill":
        return this.#child?.kill();
      case "offer":
        return this.offer();
      case "fail-run":
        this.counts.failedCount += 1;
        return task?.fail(effect.failure, cost);
      case "rest":
        return this.#rest(effect.failureCount);
    }
  }

  #cost(): RunCost {
    return this.#watch?.cost() ?? { wallMs: 0, cpuMs: 0 };
  }

  #forgetRun(): void {
    this.#watch?.cancel();
    this.#watch = undefined;
    this.#task = undefined;
    this.#waitCount = 0;
    this.#askCount = 0;
  }

  #spawn(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.runtime.clock.after(START_LIMIT_MS, () => {
      this.#noteTrouble(`was not ready within ${START_LIMIT_MS} ms`);
      this.#send({ kind: "overdue" });
    });
    const child: Child = this.#options.spawn(
      this.#options.place,
      this.#listener(() => this.#child === child),
    );
    this.#child = child;
    this.#parts = new KnownParts();
  }

  /** Hears a child as long as it is the present one; a late word of its predecessor is nobody's. */
  #listener(isPresent: () => boolean): ChildListener {
    return {
      onFrame: (frame) => {
        if (isPresent()) this.#hear(frame);
      },
      onBadFrame: (why) => {
        if (isPresent()) this.#hearNonsense(why);
      },
      onExit: ({ why }) => {
        if (!isPresent()) return;
        this.#child = undefined;
        if (this.#isWithoutWork()) this.#noteTrouble(why);
        else this.#options.runtime.log.debug({ place: this.#options.place, why }, LOST);
        // Its last words are of this machine, and the message is for the owner of the code.
        const message = `its process ended in the middle of the run (${why.split(":", 1)[0]})`;
        this.#send({ kind: "exited", failure: { code: "STRATEGY_PROCESS_LOST", message } });
      },
    };
  }

  #hear(frame: Frame): void {
    const message = readFromChild(frame.message);
    switch (message?.kind) {
      case "ready":
        if (this.#state.status !== "starting") return this.#hearNonsense("it was ready twice");
        this.#restingBytes = this.#reading()?.residentBytes ?? 0;
        return this.#send({ kind: "ready" });
      case "calls":
        return this.#hearCalls(message.calls);
      case "done":
        return this.#hearDone(message);
      default:
        return this.#hearNonsense("its message is of no known kind");
    }
  }

  #hearCalls(calls: readonly unknown[]): void {
    const task = this.#task;
    if (task === undefined) return this.#hearNonsense("it called without a run");
    this.#askCount += 1;
    if (this.#askCount > MOST_ASKS) return this.#hearNonsense(`it called more than ${MOST_ASKS} times`);
    this.#waitCount += 1;
    task.answer(calls, (answers) => {
      if (this.#task !== task) return;
      this.#waitCount -= 1;
      this.#tell({ kind: "answers", answers });
    });
  }

  #hearDone({ outcome, cpuMs }: Extract<FromChild, { kind: "done" }>): void {
    const task = this.#task;
    // A run that was settled by its limit may still be answered before the child is gone; then this changes nothing.
    if (task === undefined) return this.#hearNonsense("it answered without a run");
    const cost = { ...this.#cost(), cpuMs };
    // The next run goes first, so that the child has work while this one's outcome is read.
    this.#send({ kind: "done", isSwollen: this.#watch?.isSwollen() === true });
    try {
      task.finish(outcome, cost);
    } catch (error) {
      return this.#hearLie(task, cost, toError(error).message);
    }
    this.counts.doneCount += 1;
    this.trouble = undefined;
  }

  /** What the child said came of a run cannot be. A run that it was given since is not to blame, and is done by another child. */
  #hearLie(task: RunTask, cost: RunCost, why: string): void {
    this.counts.failedCount += 1;
    task.fail(invalidAnswer(why), cost);
    const next = this.#task;
    this.#task = undefined;
    if (next !== undefined) this.#options.giveBack(next);
    this.#send({ kind: "lied" });
  }

  #hearNonsense(why: string): void {
    if (this.#isWithoutWork()) this.#noteTrouble(why);
    this.#send({ kind: "nonsense", failure: invalidAnswer(why) });
  }

  /** What goes wrong now is nobody's but the child's. */
  #isWithoutWork(): boolean {
    return this.#state.status === "starting" || this.#state.status === "idle";
  }

  #run(task: RunTask): void {
    const child = this.#child;
    if (child === undefined) return;
    this.#task = task;
    this.#send({ kind: "run" });
    const { runtime, readProcess, limits } = this.#options;
    this.#watch = watchRun({
      ...{ clock: runtime.clock, readProcess, pid: child.pid, limits, restingBytes: this.#restingBytes },
      isWaiting: () => this.#waitCount > 0,
      stopWaiting: () => this.#tell({ kind: "stop" }),
      onOver: (failure) => this.#send({ kind: "stop-run", failure }),
    });
    const { draft, source, candles } = task;
    const numbers = { source: this.#numberOf(child, source), candles: this.#numberOf(child, candles) };
    child.send(this.#writer.write(draft, numbers));
  }

  /** Sends a part of a run, unless the child has it or there is none. */
  #numberOf(child: Child, part: RunPart | undefined): number {
    if (part === undefined) return 0;
    const known = this.#parts.take(part);
    if (known.frame !== undefined) child.send(known.frame);
    return known.number;
  }

  #tell(message: ToChild): void {
    this.#child?.send(encodeFrame(message));
  }

  #rest(failureCount: number): void {
    const { clock, rng } = this.#options.runtime;
    const delayMs = backoffDelayMs(START_BACKOFF, failureCount, rng);
    this.#timer?.cancel();
    this.#timer = clock.after(delayMs, () => this.#send({ kind: "rested" }));
  }

  #noteTrouble(why: string): void {
    this.counts.lostCount += 1;
    this.trouble = why;
    const fields = { place: this.#options.place, why };
    this.#options.runtime.log.warn(fields, "a strategy process ended without a run; another one is started");
  }

  #reading() {
    return this.#child === undefined ? undefined : this.#options.readProcess(this.#child.pid);
  }
}

const LOST = "a strategy process ended in the middle of a run, which fails; another one is started";

function invalidAnswer(why: string): RunFailure {
  const message = `its process gave an answer that cannot be (${why}), and was ended`;
  return { code: "STRATEGY_ANSWER_INVALID", message };
}
