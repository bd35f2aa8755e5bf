import { type Backoff, backoffDelayMs } from "./backoff.ts";
import type { Timer } from "./clock.ts";
import type { LoopReport } from "./loop-report.ts";
import type { Runtime } from "./runtime.ts";

/** Runs one piece of work again and again, never twice at a time. */
export interface Loop {
  /** Runs now, and then at the intervals that the work returns. Idempotent. */
  start(): void;
  /** Runs soon. During a run: once more after it. During a backoff: ignored, because the work would only fail again. */
  nudge(): void;
  /** Runs in `delayMs`, unless it does so earlier; 0 or less is a nudge. During a run or a backoff: ignored. */
  dueIn(delayMs: number): void;
  /** Begins no further run; resolves when a running one has settled. Idempotent; a stopped loop does not start again. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly runtime: Runtime;
  /** Does the work and returns how long to wait for the next run, in ms. */
  readonly work: () => Promise<number>;
  /** Called after a failed run. `retryInMs`: time until the next one; 0 if the loop is stopped and there is none. */
  readonly onError: (error: unknown, retryInMs: number) => void;
  /** Receives how each run ends. */
  readonly report?: LoopReport;
  /** Waits between failed runs. */
  readonly backoff: Backoff;
  /** Time in which nudges after a first one make one run, in ms. */
  readonly nudgeMs: number;
}

type State =
  | { readonly kind: "new" }
  | { readonly kind: "waiting"; readonly timer: Timer; readonly atMs: number; readonly isNudged: boolean }
  | { readonly kind: "backing-off"; readonly timer: Timer }
  | { readonly kind: "running"; readonly isNudged: boolean }
  | { readonly kind: "stopped" };

/** Makes a loop that does not run yet. */
export function createLoop({ runtime, work, onError, report, backoff, nudgeMs }: LoopOptions): Loop {
  let state: State = { kind: "new" };
  let failures = 0;
  let running: Promise<void> = Promise.resolve();

  const waitFor = (delayMs: number, isNudged: boolean) => {
    const { clock } = runtime;
    state = { kind: "waiting", timer: clock.after(delayMs, run), atMs: clock.monotonicMs() + delayMs, isNudged };
  };

  const run = () => {
    state = { kind: "running", isNudged: false };
    running = work().then(succeeded, failed);
  };

  const succeeded = (delayMs: number) => {
    failures = 0;
    report?.succeeded();
    if (state.kind === "running") waitFor(state.isNudged ? Math.min(nudgeMs, delayMs) : delayMs, state.isNudged);
  };

  const failed = (error: unknown) => {
    failures += 1;
    const retryInMs = state.kind === "running" ? backoffDelayMs(backoff, failures, runtime.rng) : 0;
    if (state.kind === "running") state = { kind: "backing-off", timer: runtime.clock.after(retryInMs, run) };
    report?.failed(error);
    onError(error, retryInMs);
  };

  const nudge = () => {
    if (state.kind === "running") state = { kind: "running", isNudged: true };
    if (state.kind !== "waiting" || state.isNudged) return;
    state.timer.cancel();
    waitFor(nudgeMs, true);
  };

  return {
    start() {
      if (state.kind === "new") waitFor(0, true);
    },
    nudge,
    dueIn(delayMs) {
      if (delayMs <= 0) return nudge();
      if (state.kind !== "waiting" || runtime.clock.monotonicMs() + delayMs >= state.atMs) return;
      state.timer.cancel();
      waitFor(delayMs, state.isNudged);
    },
    async stop() {
      if (state.kind === "waiting" || state.kind === "backing-off") state.timer.cancel();
      state = { kind: "stopped" };
      await running;
    },
  };
}
