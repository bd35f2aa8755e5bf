import type { Clock, Timer } from "@shoal/kernel";
import type { ReadProcess } from "./child.types.ts";
import type { OuterLimits, RunFailure } from "./run-failure.ts";
import type { RunCost } from "./run-task.ts";

/** How often a run that lasts is looked at; most are over before the first look. A limit is noticed at most that long after it was crossed. */
const LOOK_MS = 50;
/** How long a run that was told that no answers will come may take to say so. */
const STOP_GRACE_MS = 100;

export interface WatchOptions {
  readonly clock: Clock;
  readonly readProcess: ReadProcess;
  readonly pid: number;
  readonly limits: OuterLimits;
  /** Resident memory of the child before its first run. */
  readonly restingBytes: number;
  /** Whether the run waits for answers, and its child listens. */
  readonly isWaiting: () => boolean;
  /** Tells a run that waits that its time is over: its child need not be killed. */
  readonly stopWaiting: () => void;
  readonly onOver: (failure: RunFailure) => void;
}

export interface RunWatch {
  cancel(): void;
  /** What the run has taken so far, as seen from outside: to the last look. */
  cost(): RunCost;
  /** Whether its child held more than half of what a run may take when it was last looked at. */
  isSwollen(): boolean;
}

/** Watches one run from outside until it is cancelled or over one of its limits. */
export function watchRun(options: WatchOptions): RunWatch {
  const { clock, limits } = options;
  const startedAtMs = clock.monotonicMs();
  let deadlineMs = startedAtMs + limits.wallMs;
  let isToldToStop = false;
  let cpuAtStartMs: number | undefined;
  let cpuMs = 0;
  let takenBytes = 0;
  let timer: Timer;

  const failureNow = (): RunFailure | undefined => {
    if (clock.monotonicMs() >= deadlineMs) return overWall(limits);
    const reading = options.readProcess(options.pid);
    if (reading === undefined) return undefined;
    // Until the first look at most LOOK_MS of it can have passed: reading at the start of each run would cost more than most runs.
    cpuAtStartMs ??= reading.cpuMs;
    cpuMs = reading.cpuMs - cpuAtStartMs;
    if (cpuMs >= limits.cpuMs) return overCpu(limits);
    takenBytes = reading.residentBytes - options.restingBytes;
    return takenBytes >= limits.memoryBytes ? overMemory(limits) : undefined;
  };
  const look = () => {
    const failure = failureNow();
    if (failure === undefined) return schedule();
    if (failure.code === "STRATEGY_TIME_LIMIT" && options.isWaiting() && !isToldToStop) {
      isToldToStop = true;
      deadlineMs += STOP_GRACE_MS;
      options.stopWaiting();
      return schedule();
    }
    options.onOver(failure);
  };
  const schedule = () => {
    timer = clock.after(Math.min(LOOK_MS, deadlineMs - clock.monotonicMs()), look);
  };
  schedule();
  return {
    cancel: () => timer.cancel(),
    cost: () => ({ wallMs: clock.monotonicMs() - startedAtMs, cpuMs }),
    isSwollen: () => takenBytes >= limits.memoryBytes / 2,
  };
}

const overWall = ({ wallMs }: OuterLimits): RunFailure => ({
  code: "STRATEGY_TIME_LIMIT",
  message: `took longer than ${wallMs} ms, and was ended`,
});

const overCpu = ({ cpuMs }: OuterLimits): RunFailure => ({
  code: "STRATEGY_CPU_LIMIT",
  message: `used more than ${cpuMs} ms of processor time, and was ended`,
});

const overMemory = ({ memoryBytes }: OuterLimits): RunFailure => ({
  code: "STRATEGY_MEMORY_LIMIT",
  message: `took more than ${Math.round(memoryBytes / 1024 / 1024)} MB of memory, and was ended`,
});
