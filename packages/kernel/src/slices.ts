import type { Clock, Timer } from "./clock.ts";

/** How long a slice keeps the event loop, in ms; anything else in the process may need it meanwhile. */
const SLICE_MS = 8;
/** Steps between two looks at the clock. So many are done in one go however long they take: short work is never cut. */
const STEPS_AT_ONCE = 16;

export interface SlicesOptions {
  readonly clock: Clock;
  /** Of the time, what work that takes more than one slice may take, from 0 to 1: at 0.1 nine times as long as a slice is left to others. */
  readonly loadRatio: number;
  /** Receives what a piece of work throws in a slice after its first one; the piece is over then, and the next one goes on. */
  readonly onError: (error: unknown) => void;
}

/** Does pieces of work one after the other, those that take long in slices, so that they stall nothing else. */
export interface Slices {
  /**
   * Adds a piece of work, which yields wherever it may pause. It begins at once if it is the only one: short work is done when this
   * returns, and what it throws is thrown here.
   */
  add(work: Iterator<unknown>): void;
  /** Drops all work, also what is under way. Leaves no timer. Idempotent. */
  cancel(): void;
}

export function createSlices({ clock, loadRatio, onError }: SlicesOptions): Slices {
  const works: Iterator<unknown>[] = [];
  let timer: Timer | undefined;
  let isRunning = false;

  /** Takes some steps of the first piece, which leaves the list when it is over, however it ends. */
  const step = (work: Iterator<unknown>) => {
    let isOver = true;
    try {
      for (let steps = 0; steps < STEPS_AT_ONCE; steps += 1) {
        if (works[0] !== work || work.next().done) return;
      }
      isOver = false;
    } finally {
      if (isOver && works[0] === work) works.shift();
    }
  };

  const run = () => {
    const startedMs = clock.monotonicMs();
    let tookMs = 0;
    isRunning = true;
    try {
      for (let work = works[0]; work && tookMs < SLICE_MS; work = works[0]) {
        step(work);
        tookMs = clock.monotonicMs() - startedMs;
      }
    } finally {
      isRunning = false;
      if (works.length > 0) timer = clock.after(tookMs / loadRatio - tookMs, runAgain);
    }
  };

  const runAgain = () => {
    timer = undefined;
    try {
      run();
    } catch (thrown) {
      onError(thrown);
    }
  };

  return {
    add(work) {
      works.push(work);
      if (!timer && !isRunning) run();
    },
    cancel() {
      timer?.cancel();
      timer = undefined;
      works.length = 0;
    },
  };
}
