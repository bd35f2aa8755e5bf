import { type Clock, errorFields, withTimeout } from "@shoal/kernel";
import { CHECKS, type CheckName, type CheckResult, type Finding, fail, inMs, skipped } from "./finding.ts";

/** Limit and advice of one check. */
export interface CheckTerms {
  /** Time after which the check counts as failed, in ms. */
  readonly limitMs: number;
  /** What to do if it throws or takes too long. */
  readonly todo: string;
}

/** Collects the findings of one run of the doctor. */
export interface Examination {
  /** Runs a check and keeps its finding. Never rejects: an error or a time-out is a finding. `signal` aborts at its end. */
  check(
    name: CheckName,
    terms: CheckTerms,
    work: (signal: AbortSignal) => Finding | Promise<Finding>,
  ): Promise<Finding>;
  skip(names: readonly CheckName[], why: string): void;
  /** Returns the results in the order of the report; checks that were not run say so. */
  results(): CheckResult[];
}

export interface ExaminationOptions {
  readonly clock: Clock;
  /** Ends all checks; those without a finding are then skipped. */
  readonly stop: AbortSignal;
  /** Checks that are skipped, whatever is asked of them, and why. */
  readonly others?: { readonly names: readonly CheckName[]; readonly why: string };
  /** Receives the names of the running checks. */
  readonly onProgress?: (running: readonly CheckName[]) => void;
}

const INTERRUPTED = skipped("interrupted");

export function createExamination({ clock, stop, others, onProgress = () => {} }: ExaminationOptions): Examination {
  const results = new Map<CheckName, Finding>();
  const ofOthers = new Map(others?.names.map((name) => [name, skipped(others.why)]));
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
      const other = ofOthers.get(name);
      if (other) return other;
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
    results: () => CHECKS.map((name) => ({ name, ...(ofOthers.get(name) ?? results.get(name) ?? INTERRUPTED) })),
  };
}

/** Returns whether a finding is missing that later checks need. */
export function isMissing({ status }: Finding): boolean {
  return status === "fail" || status === "skipped";
}
