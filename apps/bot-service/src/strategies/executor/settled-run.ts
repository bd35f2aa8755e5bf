import { toStorableText } from "@shoal/kernel";
import type { RunOutcome } from "@shoal/strategy-runner";
import { bookToJson, type PaperBook } from "@shoal/trading";
import { packJournal } from "../packed-journal.ts";
import type { StepResult } from "../step.ts";
import { cronTimes } from "./schedule.ts";
import type { RanRun, ReleasedRun, SettledRun, SkippedTick, UnableRun } from "./settled-run.types.ts";
import type { StrategyClaim } from "./statements.ts";
import { fuelOfMs } from "./void-runs.ts";

/** When a strategy runs: at each interval, or by cron. */
export interface Timing {
  readonly intervalMs: number | null;
  readonly cron: string | null;
  readonly zone: string;
}

/** Of one claim: what every outcome of it says. */
export interface ClaimTimes {
  readonly claim: StrategyClaim;
  /** By the clock of the database, at about this moment. */
  readonly databaseNowMs: number;
  /** Undefined where it could not be read: the schedule is not touched then. */
  readonly timing: Timing | undefined;
}

interface NextTick {
  readonly nextAtMs: number | null;
  readonly missedCount: number;
}

/** Returns the next tick of cron, and how many were missed; of intervals the database knows the grid. */
export function nextTick({ claim, databaseNowMs, timing }: ClaimTimes, notBeforeMs: number | null): NextTick {
  const { plannedAtMs, isManual } = claim;
  if (!timing) return { nextAtMs: null, missedCount: 0 };
  if (timing.cron === null) {
    // As the database counts them, which knows the grid; here only to be told.
    const passedMs = isManual ? 0 : databaseNowMs - plannedAtMs;
    return { nextAtMs: null, missedCount: Math.max(0, Math.floor(passedMs / (timing.intervalMs ?? Infinity))) };
  }
  const { cron, zone } = timing;
  const next = cronTimes({ cron, zone }, { plannedAtMs, nowMs: databaseNowMs, notBeforeMs });
  return isManual ? { ...next, missedCount: 0 } : next;
}

/** What is written of missed ticks: of an interval the database counts them itself. */
export function writtenMissedCount({ timing }: ClaimTimes, missedCount: number): number {
  return timing?.cron === null ? 0 : missedCount;
}

/** What a settled claim says, and how many ticks went by unseen. */
export interface Settled<Run extends SettledRun = SettledRun> {
  readonly settled: Run;
  readonly missedCount: number;
}

export function skipped(times: ClaimTimes, skip: { reason: string; untilMs: number }): Settled<SkippedTick> {
  const { id, epoch } = times.claim;
  const { nextAtMs, missedCount } = nextTick(times, skip.untilMs);
  const written = writtenMissedCount(times, missedCount);
  return {
    settled: { kind: "skip", id, epoch, nextAtMs, notBeforeMs: null, missedCount: written, ...skip },
    missedCount,
  };
}

export function unable(
  { id, epoch }: StrategyClaim,
  { code, message, retryInMs }: Pick<UnableRun, "code" | "message" | "retryInMs">,
): UnableRun {
  const words = toStorableText(message.slice(0, MESSAGE_CHARACTERS));
  return {
    kind: "unable",
    id,
    epoch,
    nextAtMs: null,
    notBeforeMs: null,
    missedCount: 0,
    code,
    message: words,
    retryInMs,
  };
}

export function released({ id, epoch }: StrategyClaim): ReleasedRun {
  return { kind: "release", id, epoch, nextAtMs: null, notBeforeMs: null, missedCount: 0 };
}

const MESSAGE_CHARACTERS = 1_000;

/** Ended from outside: what a strategy may not do again and again. A process that is lost counts here only where it is so each time. */
const KILLED: ReadonlySet<string> = new Set([
  "STRATEGY_TIME_LIMIT",
  "STRATEGY_CPU_LIMIT",
  "STRATEGY_MEMORY_LIMIT",
  "STRATEGY_PROCESS_LOST",
]);

export function outcomeOf({ result, error }: RunOutcome): RanRun["outcome"] {
  if (result === "ok") return "ok";
  return error !== undefined && KILLED.has(error.code) ? "killed" : "failed";
}

export interface Limits {
  /** Failed runs in a row that pause a strategy. */
  readonly maxFailures: number;
  /** Killed runs in a row that quarantine it. */
  readonly maxKills: number;
}

/** Returns whether this outcome, after those in a row before it, is the one too many. */
export function pauseAfter(
  { consecutiveFailures, consecutiveKills }: Pick<StrategyClaim, "consecutiveFailures" | "consecutiveKills">,
  outcome: RanRun["outcome"],
  error: { readonly code: string; readonly message: string } | null,
  { maxFailures, maxKills }: Limits,
): RanRun["pause"] {
  if (outcome === "ok") return null;
  const last = error ? `; the last one: ${error.code}: ${error.message}` : "";
  if (outcome === "killed" && consecutiveKills + 1 >= maxKills) {
    const reason = `STRATEGY_TOO_MANY_KILLS: ${maxKills} runs in a row were ended from outside${last}`;
    return { status: "quarantined", reason: reason.slice(0, MESSAGE_CHARACTERS) };
  }
  if (consecutiveFailures + 1 < maxFailures) return null;
  const reason = `STRATEGY_TOO_MANY_FAILURES: ${maxFailures} runs in a row failed${last}`;
  return { status: "paused", reason: reason.slice(0, MESSAGE_CHARACTERS) };
}

/** Returns what says that whoever claimed the strategy never came back, again and again: it may be what kills them. */
export function abandoned(claim: StrategyClaim, runId: string, startedAtMs: number): Settled<RanRun> {
  const { id, epoch, version, codeId, plannedAtMs, lostClaims } = claim;
  const message = `It was claimed ${lostClaims} times in a row, and each time the daemon ended before it could write what came of it.`;
  const error = { code: "STRATEGY_CLAIMS_LOST", message };
  return {
    missedCount: 0,
    settled: {
      ...{ kind: "run", id, epoch, nextAtMs: null, notBeforeMs: null, missedCount: 0 },
      ...{ runId, version, codeId, buildId: "", plannedAtMs, startedAtMs, durationMs: 0, outcome: "killed", error },
      ...{ fuel: 0, imageHash: "", journal: null, logs: [], notifications: [], equity: null, statePatch: {} },
      ...{ ...NO_BOOK, orders: [], cancels: [], fills: [], bookedFillIds: [], bookedProfits: {} },
      pause: { status: "quarantined", reason: `${error.code}: ${message}` },
    },
  };
}

/** What is written of a book that is as it was. */
export const NO_BOOK = { book: null, settledUntilMs: null, positions: [], balances: [] } as const;

/** What is written of a book that has changed. */
export function bookRows(
  book: PaperBook,
  settledUntilMs: number,
): Pick<RanRun, "book" | "settledUntilMs" | "positions" | "balances"> {
  const json = bookToJson(book);
  return { book: json, settledUntilMs, positions: json.positions, balances: json.balances };
}

/** What is written of a run beside money and orders. */
export function runRows({
  outcome,
  portfolio,
}: Pick<StepResult, "outcome" | "portfolio">): Pick<
  RanRun,
  | "outcome"
  | "error"
  | "durationMs"
  | "fuel"
  | "imageHash"
  | "journal"
  | "logs"
  | "notifications"
  | "equity"
  | "statePatch"
> {
  const { error, wallMs, imageHash, journal, logs, notifications, statePatch } = outcome;
  const result = outcomeOf(outcome);
  return {
    outcome: result,
    error: error ?? null,
    durationMs: wallMs,
    // Whoever ends a run from outside cannot ask it what it burnt.
    fuel: result === "killed" ? fuelOfMs(wallMs) : outcome.fuel,
    ...{ imageHash, logs, notifications, statePatch },
    equity: portfolio.equity,
    journal: journal ? packJournal(journal) : null,
  };
}

/** Whether state, book or settings are other than before: as the database sees it, whose revision grows then. */
export function isChange({ statePatch, book }: Pick<RanRun, "statePatch" | "book">): boolean {
  return book !== null || Object.keys(statePatch).length > 0;
}
