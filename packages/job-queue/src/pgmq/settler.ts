import { backoffDelayMs, fullJitter, type LoopReport, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import { isRefusedForGood } from "@shoal/store";
import type { Held, Outcome } from "./held.ts";
import type { DeadLetter, QueueStatements, ReadOf, Timed } from "./statements.ts";

export interface SettlerOptions {
  readonly queue: string;
  readonly statements: Pick<QueueStatements, "archive" | "setVisibility" | "bury">;
  readonly runtime: Runtime;
  /** Messages in one read, 1 or more. */
  readonly batchSize: number;
  /** Whether more outcomes are to be expected soon. */
  readonly isBusy: () => boolean;
  /** `isOurs`: false where the message was somebody else's by then, or gone, and nothing was done to it. */
  readonly onSettled: (held: Held, outcome: Outcome, isOurs: boolean) => void;
  /** Of a statement, all are told of. */
  readonly onWritten: () => void;
  readonly onError: (error: unknown) => void;
  /** Hears how each write ends. */
  readonly report: LoopReport;
}

/** Writes what became of the messages of one queue, in batches, one at a time: while one is written, the next one grows. */
export interface Settler {
  /** Outcomes that are not written yet. */
  readonly unwritten: number;
  add(held: Held, outcome: Outcome): void;
  /** There may be nothing more to expect: writes what there is. */
  check(): void;
  /** Writes what there is once more, without another try after a failure. */
  finish(): Promise<void>;
}

interface Entry {
  readonly held: Held;
  readonly outcome: Outcome;
  /** A write of it got no answer: it may have happened. */
  isUncertain: boolean;
}

/**
 * While more is to be expected, outcomes wait for a whole batch, but so long at most: the fence costs less for each message
 * the more there are. More than a batch would cost the readers, who step over all that is here. @source `bun run bench queue`
 */
const LINGER_MS = 20;

const failureBackoff = fullJitter(200, 2 * SECOND_MS);

export function createSettler(options: SettlerOptions): Settler {
  const { queue, statements, runtime, batchSize, isBusy, onSettled, onWritten, onError, report } = options;
  let entries: Entry[] = [];
  let unwritten = 0;
  let writing: Promise<void> | undefined;
  let timer: Timer | undefined;
  let failures = 0;
  let isFinishing = false;

  const stopTimer = () => {
    timer?.cancel();
    timer = undefined;
  };

  const end = ({ held, outcome }: Entry, isOurs: boolean) => {
    unwritten -= 1;
    onSettled(held, outcome, isOurs);
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
      settle(of("completed"), (part) => statements.archive(queue, part.map(heldOf))),
      settle(of("failed", "released"), (part) => statements.setVisibility(queue, part.map(timedOf))),
      settle(of("dead"), (part) => statements.bury(queue, part.map(letterOf))),
    ]);
    if (failures !== failuresBefore) return;
    failures = 0;
    report.succeeded();
  };

  const settle = async (part: Entry[], ask: (part: Entry[]) => Promise<Set<string>>): Promise<void> => {
    if (part.length === 0) return;
    try {
      const ours = await ask(part);
      const areAllOurs = ours.size === part.length;
      for (const entry of part) {
        // Nobody else could have taken it yet, so it was the write without an answer that did.
        const wasOurs = entry.isUncertain && runtime.clock.monotonicMs() < entry.held.expiresAtMs;
        end(entry, areAllOurs || wasOurs || ours.has(entry.held.id));
      }
    } catch (thrown) {
      onError(thrown);
      if (isRefusedForGood(thrown)) {
        // Another try would fail as well. The message comes back when its visibility timeout is over.
        for (const entry of part) end(entry, false);
      } else {
        failures += 1;
        report.failed(thrown);
        entries = [...part.map((entry) => ({ ...entry, isUncertain: true })), ...entries];
      }
    }
    onWritten();
  };

  return {
    get unwritten() {
      return unwritten;
    },
    add(held, outcome) {
      unwritten += 1;
      entries.push({ held, outcome, isUncertain: false });
      next();
    },
    check: next,
    async finish() {
      isFinishing = true;
      stopTimer();
      while (writing) await writing;
      if (entries.length > 0) flush();
      while (writing) await writing;
      for (const entry of entries.splice(0)) end(entry, false);
      onWritten();
    },
  };
}

const heldOf = ({ held }: Entry): ReadOf => held;

function timedOf({ held: { id, reads }, outcome }: Entry): Timed {
  return { id, reads, seconds: outcome.kind === "failed" ? outcome.retrySeconds : 0 };
}

function letterOf({ held: { id, reads, key }, outcome }: Entry): DeadLetter {
  const { code, words } = outcome.kind === "dead" ? outcome : { code: "", words: "" };
  return { id, reads, key, code, words };
}
