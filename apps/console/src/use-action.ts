import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type ApiError, asApiError } from "./api.ts";
import { type Confirmation, confirm } from "./parts/dialog.tsx";
import { toast } from "./parts/toasts.tsx";

export interface ActionOptions<Given, Result> {
  readonly act: (given: Given) => Promise<Result>;
  /** What is asked first. Null: nothing, because it can be undone. */
  readonly confirm?: (given: Given) => Confirmation | null;
  /** What has happened, in words: "3 jobs will be retried". */
  readonly done: (result: Result, given: Given) => string;
  /** What is read again afterwards: `list.refresh`. */
  readonly after?: (result: Result, given: Given) => unknown;
}

/** How the last one went, to be shown in place by `<Outcome>`. */
export type ActionOutcome =
  | { readonly kind: "done"; readonly text: string }
  | { readonly kind: "failed"; readonly error: ApiError };

export interface Action<Given> {
  run(given: Given): Promise<void>;
  readonly isBusy: ReadonlySignal<boolean>;
  readonly outcome: ReadonlySignal<ActionOutcome | null>;
}

/** Runs one at a time of what may be refused. */
export function useAttempt(): {
  readonly isBusy: ReadonlySignal<boolean>;
  readonly attempt: (work: () => Promise<void>, failed: (error: ApiError) => void) => Promise<void>;
} {
  const isBusy = useSignal(false);
  const attempt = useRef(async (work: () => Promise<void>, failed: (error: ApiError) => void) => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      await work();
    } catch (thrown) {
      failed(asApiError(thrown));
    } finally {
      isBusy.value = false;
    }
  });
  return { isBusy, attempt: attempt.current };
}

/** An action on the daemon: asks, acts, and says how it went, as a toast and in `outcome`. One at a time. */
export function useAction<Given, Result>(options: ActionOptions<Given, Result>): Action<Given> {
  const { isBusy, attempt } = useAttempt();
  const outcome = useSignal<ActionOutcome | null>(null);
  const latest = useRef(options);
  latest.current = options;
  const run = useRef(async (given: Given) => {
    const { act, confirm: question, done, after } = latest.current;
    if (isBusy.peek()) return;
    const asked = question?.(given);
    if (asked && !(await confirm(asked))) return;
    await attempt(
      async () => {
        const result = await act(given);
        const text = done(result, given);
        outcome.value = { kind: "done", text };
        toast({ tone: "good", text });
        // What is read again may fail, and shows that by itself: the action is done nevertheless.
        await Promise.resolve(after?.(result, given)).catch(() => {});
      },
      (error) => {
        outcome.value = { kind: "failed", error };
        toast({ tone: "bad", text: error.message, code: error.code });
      },
    );
  });
  return { run: run.current, isBusy, outcome };
}
