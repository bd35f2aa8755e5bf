import { type Clock, errorFields, type LoopReport, SECOND_MS } from "@shoal/kernel";
import { redactText } from "../log/redact-text.ts";

/** How the latest runs of a loop ended, as `/readyz` shows it. */
export interface LoopOutcome {
  readonly name: string;
  readonly state: "ok" | "failing";
  /** ISO time since when it is in this state; of a failing one, of its first failure. */
  readonly since: string;
  /** ISO time; null before the first success. */
  readonly lastSuccessAt: string | null;
  /** In a row, 0 when the latest run succeeded. */
  readonly failureCount: number;
  /** Of the latest failure, while it is not followed by a success. */
  readonly errorCode?: string;
  /** For people; secrets are taken out. */
  readonly detail?: string;
}

/** Called when a loop begins to fail, and when it works again. */
export type OnLoopChanged = (now: LoopOutcome, before: LoopOutcome) => void;

/**
 * A loop is failing from its second failure in a row on, at least this long after the first: one failure is a moment's trouble
 * (a server that restarts, a lock).
 */
const FAILING_AFTER_MS = SECOND_MS;

/** Keeps what the loops of a process report of themselves, by name. */
export function createLoopOutcomes(clock: Clock, onChanged: OnLoopChanged) {
  const loops = new Map<string, { readonly report: LoopReport; readonly read: () => LoopOutcome }>();
  const isoNow = () => new Date(clock.now()).toISOString();

  const open = (name: string) => {
    let outcome: LoopOutcome = { name, state: "ok", since: isoNow(), lastSuccessAt: null, failureCount: 0 };
    let firstFailure = { atMs: 0, at: "" };
    const change = (next: LoopOutcome) => {
      const before = outcome;
      outcome = next;
      if (next.state !== before.state) onChanged(next, before);
    };
    const report: LoopReport = {
      succeeded() {
        const at = isoNow();
        const since = outcome.state === "ok" ? outcome.since : at;
        change({ name, state: "ok", since, lastSuccessAt: at, failureCount: 0 });
      },
      failed(error) {
        if (outcome.failureCount === 0) firstFailure = { atMs: clock.monotonicMs(), at: isoNow() };
        const failureCount = outcome.failureCount + 1;
        const isFailing = failureCount > 1 && clock.monotonicMs() - firstFailure.atMs >= FAILING_AFTER_MS;
        const { error_code: errorCode, error_message: message } = errorFields(error);
        const failing = { ...outcome, failureCount, errorCode, detail: redactText(message) };
        change(
          isFailing || outcome.state === "failing" ? { ...failing, state: "failing", since: firstFailure.at } : failing,
        );
      },
    };
    return { report, read: () => outcome };
  };

  return {
    reportLoop(name: string): LoopReport {
      const loop = loops.get(name) ?? open(name);
      loops.set(name, loop);
      return loop.report;
    },
    list: (): LoopOutcome[] => [...loops.values()].map(({ read }) => read()),
  };
}
