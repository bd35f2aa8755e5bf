import type { Clock } from "@shoal/kernel";
import {
  afterQuiet,
  COOL_DOWN_MS,
  KEPT_RATIO,
  letInAgain,
  limitReached,
  serverStarted,
  spend,
  type Usage,
  usage,
  type WindowBudget,
  type WindowLimits,
  windowBudget,
} from "./window-budget.ts";

/**
 * Grants joins out of the project's limit. The default counts what this process sends (`createWindowAllowance`). Replicas that
 * share one limit fetch grants in batches: `take` spends one that was fetched, or starts to fetch more, and `onGranted` tells
 * when they are there. The implementation gives back the grants that are not taken.
 */
export interface JoinAllowance {
  /** Spends one join, or says when to ask again. */
  take(line: JoinLine): JoinGrant;
  /** Calls back whenever joins were granted that an earlier `take` had to do without. */
  onGranted(listener: () => void): void;
  /** The server said "too many joins". Returns what that leaves; null while an earlier signal still cools down. */
  rateLimited(): Throttled | null;
  /** After that signal the server was seen to let joins in again. */
  letInAgain(): void;
  /** The server answers after a restart, seen (`isCertain`) or possible: its counter starts anew. */
  serverStarted(isCertain: boolean): void;
  readonly usage: Usage;
}

/** The channels whose join could be sent now. */
export interface JoinLine {
  /** Of the first of them; lower is more urgent. */
  readonly rank: number;
  readonly count: number;
  /** Those of them up to `URGENT_RANK`. */
  readonly urgentCount: number;
}

/** Ranks up to this are rooms, the lobby and what else must not wait for idle channels: part of each window is kept for them. */
export const URGENT_RANK = 3;

/** `retryAtMs` is in the clock's monotonic ms; null: `onGranted` tells. */
export type JoinGrant = { readonly isGranted: true } | { readonly isGranted: false; readonly retryAtMs: number | null };

export interface Throttled {
  /** 0 to 1: what is left of our share. */
  readonly ratio: number;
  /** Nothing is granted for so long. */
  readonly coolDownMs: number;
}

const GRANTED: JoinGrant = { isGranted: true };

/** The allowance of a pool that is alone on its project: the server's window, counted in this process. */
export function createWindowAllowance(clock: Clock, limits: WindowLimits): JoinAllowance {
  let budget: WindowBudget = windowBudget(limits);
  return {
    take({ rank }) {
      budget = afterQuiet(budget, clock.monotonicMs());
      const verdict = spend(budget, clock.monotonicMs(), 1, rank <= URGENT_RANK ? 0 : KEPT_RATIO);
      if (!verdict.granted) return { isGranted: false, retryAtMs: verdict.retryAtMs };
      budget = verdict.budget;
      return GRANTED;
    },
    onGranted() {},
    rateLimited() {
      const before = budget;
      budget = limitReached(before, clock.monotonicMs());
      return budget === before ? null : { ratio: usage(budget, clock.monotonicMs()).ratio, coolDownMs: COOL_DOWN_MS };
    },
    letInAgain() {
      budget = letInAgain(budget, clock.monotonicMs());
    },
    serverStarted(isCertain) {
      budget = serverStarted(budget, clock.monotonicMs(), isCertain);
    },
    get usage() {
      return usage(budget, clock.monotonicMs());
    },
  };
}
