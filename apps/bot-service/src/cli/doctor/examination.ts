import { type Clock, errorFields, withTimeout } from "@shoal/kernel";
import { CHECKS, type CheckName, type CheckResult, type Finding, fail, inMs, skipped } from "./finding.ts";

/** How one check is run. */
export interface CheckTerms {
  /** It counts as failed after this, ms. */
  readonly limitMs: number;
  /** What to do when it throws or takes too long. */
  readonly todo: string;
}

/** One run of the doctor: collects what the checks find. */
export interface Examination {
  /** Runs a check and keeps what it found. Never rejects: what it throws, and a time-out, are findings. `signal` aborts then. */
  check(
    name: CheckName,
    terms: CheckTerms,
    work: (signal: AbortSignal) => Finding | Promise<Finding>,
  ): Promise<Finding>;
  skip(names: readonly CheckName[], why: string): void;
  /** In the order of the report; what has not been run says so. */
  results(): CheckResult[];
}

export interface ExaminationOptions {
  readonly clock: Clock;
  /** Ends all checks; they are then skipped. */
  readonly stop: AbortSignal;
  /** Hears the names of the checks that run now. */
  readonly onProgress?: (running: readonly CheckName[]) => void;
}

const INTERRUPTED = skipped("interrupted");

export function createExamination({ clock, stop, onProgress = () => {} }: ExaminationOptions): Examination {
  const results = new Map<CheckName, Finding>();
  const running = new Set<CheckName>();

  const run = async ({ limitMs, todo }: CheckTerms, work: (signal: AbortSignal) => Finding | Promise<Finding>) => {
    const ending = new AbortController();
    const signal = AbortSignal.any([stop, ending.signal]);
    const interrupted = Promise.withResolvers<Finding>();
    const interrupt = () => interrupted.resolve(INTERRUPTED);
    stop.addEventListener("abort", interrupt, { once: true });
    try {
      const worked = Promise.race([(async () => work(signal))(), interrupted.promise]);
      const outcome = await withTimeout(clock, limitMs, worked);
      return outcome.kind === "value" ? outcome.value : fail(`no answer within ${inMs(limitMs)}`, todo);
    } catch (thrown) {
      const { error_code: code, error_message: message } = errorFields(thrown);
      return stop.aborted ? INTERRUPTED : fail(`${message} (${code})`, todo);
    } finally {
      stop.removeEventListener("abort", interrupt);
      ending.abort(new Error("the check is over"));
    }
  };

  return {
    async check(name, terms, work) {
      running.add(name);
      onProgress([...running]);
      const finding = stop.aborted ? INTERRUPTED : await run(terms, work);
      running.delete(name);
      results.set(name, finding);
      onProgress([...running]);
      return finding;
    },
    skip(names, why) {
      for (const name of names) results.set(name, skipped(why));
    },
    results: () => CHECKS.map((name) => ({ name, ...(results.get(name) ?? INTERRUPTED) })),
  };
}

/** Nothing was found that a later check could build on. */
export function isMissing({ status }: Finding): boolean {
  return status === "fail" || status === "skipped";
}
