import { backoffDelayMs, fullJitter, isFleetError, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import type { Held, Outcome } from "./held.ts";
import type { DeadLetter, QueueStatements, Timed } from "./statements.ts";

export interface SettlerOptions {
  readonly queue: string;
  readonly statements: Pick<QueueStatements, "archive" | "setVisibility" | "bury">;
  readonly runtime: Runtime;
  /** Outcomes that are written without waiting for more, 1 or more. */
  readonly batchSize: number;
  /** Whether more outcomes are to be expected soon. */
  readonly isBusy: () => boolean;
  /** `isOurs`: false where the message was somebody else's by then, or gone, and nothing was done to it. */
  readonly onSettled: (held: Held, outcome: Outcome, isOurs: boolean) => void;
  /** Of a statement, all are told of. */
  readonly onWritten: () => void;
  readonly onError: (error: unknown) => void;
}

/** Writes what became of the messages of one queue, in batches, one at a time: while one is written, the next one grows. */
export interface Settler {
  add(held: Held, outcome: Outcome): void;
  /** Writes what there is once more, without another try after a failure. */
  finish(): Promise<void>;
}

interface Entry {
  readonly held: Held;
  readonly outcome: Outcome;
  /** A write of it got no answer: it may have happened. */
  isUncertain: boolean;
}

/** Outcomes within this time are written together. */
const LINGER_MS = 5;

const failureBackoff = fullJitter(200, 2 * SECOND_MS);

export function createSettler(options: SettlerOptions): Settler {
  const { queue, statements, runtime, batchSize, isBusy, onSettled, onWritten, onError } = options;
  let entries: Entry[] = [];
  let writing: Promise<void> | undefined;
  let timer: Timer | undefined;
  let failures = 0;
  let isFinishing = false;

  const stopTimer = () => {
    timer?.cancel();
    timer = undefined;
  };

  const flush = () => {
    stopTimer();
    writing ??= write().then(() => {
      writing = undefined;
      next();
    });
  };

  /** When to write what there is. */
  const next = () => {
    if (entries.length === 0 || writing) return;
    if (failures > 0) {
      if (!isFinishing) timer ??= runtime.clock.after(backoffDelayMs(failureBackoff, failures, runtime.rng), flush);
    } else if (entries.length >= batchSize || !isBusy()) flush();
    else timer ??= runtime.clock.after(LINGER_MS, flush);
  };

  const write = async (): Promise<void> => {
    const batch = entries;
    entries = [];
    const failuresBefore = failures;
    const of = (...kinds: Outcome["kind"][]) => batch.filter(({ outcome }) => kinds.includes(outcome.kind));
    await Promise.all([
      settle(of("completed"), (part) => statements.archive(queue, part)),
      settle(of("failed", "released"), (part) => statements.setVisibility(queue, part)),
      settle(of("dead"), (part) => statements.bury(queue, part)),
    ]);
    if (failures === failuresBefore) failures = 0;
  };

  const settle = async (part: Entry[], ask: (rows: Written[]) => Promise<Set<string>>): Promise<void> => {
    if (part.length === 0) return;
    try {
      const ours = await ask(part.map(writtenOf));
      for (const { held, outcome, isUncertain } of part) {
        // Nobody else could have taken it yet, so it was the write without an answer that did.
        const wasOurs = isUncertain && runtime.clock.monotonicMs() < held.expiresAtMs;
        onSettled(held, outcome, wasOurs || ours.has(held.id));
      }
    } catch (thrown) {
      onError(thrown);
      if (isFleetError(thrown) && thrown.retryable) {
        failures += 1;
        entries = [...part.map((entry) => ({ ...entry, isUncertain: true })), ...entries];
      } else {
        // Another try would fail as well. The message comes back when its visibility timeout is over.
        for (const { held, outcome } of part) onSettled(held, outcome, false);
      }
    }
    onWritten();
  };

  return {
    add(held, outcome) {
      entries.push({ held, outcome, isUncertain: false });
      next();
    },
    async finish() {
      isFinishing = true;
      stopTimer();
      while (writing) await writing;
      if (entries.length > 0) flush();
      while (writing) await writing;
      for (const { held, outcome } of entries.splice(0)) onSettled(held, outcome, false);
      onWritten();
    },
  };
}

/** All that one of the statements may want. */
interface Written extends Timed, DeadLetter {}

function writtenOf({ held: { id, reads, key }, outcome }: Entry): Written {
  const seconds = outcome.kind === "failed" ? outcome.retrySeconds : 0;
  return { id, reads, key, seconds, code: "", words: "", ...(outcome.kind === "dead" && outcome) };
}
