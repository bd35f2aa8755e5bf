import {
  backoffDelayMs,
  createBoundedMemory,
  errorFields,
  FleetError,
  isFleetError,
  type Runtime,
} from "@shoal/kernel";
import type { RunOutcome } from "@shoal/strategy-runner";
import { isZero } from "@shoal/trading";
import { orderIdOf, runIdOf } from "../ids.ts";
import { type StepResult, type StrategyAccount, stepStrategy } from "../step.ts";
import { type FilterFacts, whySkip } from "./filter.ts";
import type { MarketData } from "./market-data.ts";
import { candlesWanted, nextCandleMs, nextCloseMs, settleSince } from "./market-needs.ts";
import { fillRows, orderRows, refusedRows } from "./order-rows.ts";
import type { Sandbox } from "./sandbox.ts";
import { FAILURE_BACKOFF, UNABLE_BACKOFF } from "./schedule.ts";
import {
  abandoned,
  bookRows,
  type ClaimTimes,
  isChange,
  type Limits,
  NO_BOOK,
  nextTick,
  pauseAfter,
  released,
  runRows,
  type Settled,
  skipped,
  type Timing,
  unable,
  writtenMissedCount,
} from "./settled-run.ts";
import type { RanRun } from "./settled-run.types.ts";
import type { StrategyClaim } from "./statements.ts";
import { NO_NEWS, type RunSubject } from "./strategy-memory.ts";
import { takeNews, VENUE_RULES } from "./venue.ts";

/** A claim, and what its run needs. */
export interface ClaimedStrategy extends StrategyClaim {
  readonly subject: Promise<RunSubject>;
  /** When it was claimed, on the monotonic clock. */
  readonly claimedAtMs: number;
}

export interface RunnerOfStrategiesOptions {
  readonly runtime: Runtime;
  readonly market: MarketData;
  readonly sandbox: Sandbox;
  readonly limits: Limits;
  /** Whether orders reach exchanges from here: keys can be opened. Default true. */
  readonly hasSecrets?: boolean;
}

/** What came of one claim. */
export interface RunSettlement extends Settled {
  /** What the database has of the strategy once this is written; undefined: that is to be read again. */
  readonly after?: { readonly subject: RunSubject; readonly characters: number } | undefined;
}

/** Runs claimed strategies: each claim once, and never two of one strategy at a time. */
export interface RunnerOfStrategies {
  /** Rejects only with the reason of `signal`, which ends the run. */
  run(work: ClaimedStrategy, signal: AbortSignal): Promise<RunSettlement>;
  /** What to write of a claim whose run has brought no outcome. */
  failed(work: ClaimedStrategy, failure: { readonly code: string; readonly message: string }): RunSettlement;
}

/** Claims in a row without an outcome, after which a strategy counts as what kills daemons. */
const MAX_LOST_CLAIMS = 5;

export function createRunnerOfStrategies(options: RunnerOfStrategiesOptions): RunnerOfStrategies {
  const { runtime } = options;
  const underWay = new Map<string, Promise<unknown>>();
  let lastSuspect: Promise<unknown> = Promise.resolve();
  const unableCounts = createBoundedMemory<number>(10_000);
  const losses = createLosses();

  const failed: RunnerOfStrategies["failed"] = (work, failure) => {
    const count = (unableCounts.get(work.id) ?? 0) + 1;
    unableCounts.set(work.id, count, 1);
    const retryInMs = Math.round(backoffDelayMs(UNABLE_BACKOFF, count, runtime.rng));
    return { settled: unable(work, { ...failure, retryInMs }), missedCount: 0 };
  };

  const attempt = async (work: ClaimedStrategy, signal: AbortSignal): Promise<RunSettlement> => {
    // A newer claim of the same strategy, after a deploy: the older run is about to end. What may kill the daemon runs by itself, so
    // that it takes no other of those with it again.
    await Promise.all([underWay.get(work.id), work.lostClaims > 0 && lastSuspect]);
    signal.throwIfAborted();
    if (work.lostClaims >= MAX_LOST_CLAIMS) return abandoned(work, runIdOf(work.id, work.epoch), runtime.clock.now());
    try {
      const settlement = await runOnce({ ...options, losses }, work, signal);
      unableCounts.delete(work.id);
      return settlement;
    } catch (error) {
      signal.throwIfAborted();
      if (isFleetError(error, "STRATEGY_RUNNER_CLOSED")) return { settled: released(work), missedCount: 0 };
      return failed(work, reasonOf(error, work, runtime));
    }
  };

  return {
    failed,
    run(work, signal) {
      const run = attempt(work, signal);
      const ended = run.then(
        () => {},
        () => {},
      );
      underWay.set(work.id, ended);
      if (work.lostClaims > 0) lastSuspect = ended;
      void ended.then(() => {
        if (underWay.get(work.id) === ended) underWay.delete(work.id);
      });
      return run;
    },
  };
}

/** An owner is told what errors of ours mean to say; what an unexpected one says is for the log. */
function reasonOf(error: unknown, { id }: StrategyClaim, { log }: Runtime): { code: string; message: string } {
  if (isFleetError(error)) return { code: error.code, message: error.message };
  const message =
    "a run of a strategy ended by an error of the daemon itself; its tick is tried again, please report this";
  log.error({ strategy_id: id, ...errorFields(error) }, message);
  return { code: "STRATEGY_DAEMON_ERROR", message: "The daemon could not run it; its log says why." };
}

async function runOnce(
  options: RunnerOfStrategiesOptions & { readonly losses: Losses },
  work: ClaimedStrategy,
  signal: AbortSignal,
): Promise<RunSettlement> {
  const { clock } = options.runtime;
  const subject = await work.subject;
  const { settings, code } = subject;
  // Never before what has happened to the book, though the clocks of daemons differ.
  const nowMs = Math.max(clock.now(), subject.settledUntilMs);
  const times = (timing: Timing) => ({
    ...{ claim: work, timing },
    databaseNowMs: work.nowMs + clock.monotonicMs() - work.claimedAtMs,
  });
  const skip = whySkip(settings.filter, filterFacts(work, subject, nowMs));
  if (skip) {
    const ofDatabaseMs = skip.untilMs - nowMs + times(settings).databaseNowMs;
    return skipped(times(settings), { ...skip, untilMs: Math.ceil(ofDatabaseMs) });
  }
  if (settings.venue !== "paper" && options.hasSecrets === false) throw secretsOff();
  const { settledUntilMs } = subject;
  const wanted = candlesWanted(code.needs.candles, subject.book, settledUntilMs, nowMs);
  const series = await options.market.candles(settings.market, wanted, nowMs, signal);
  const isPaper = settings.venue === "paper";
  const happened = settleSince(subject.book, series, { settledUntilMs, nowMs, isPaper });
  const told = takeNews(happened.book, subject.news);
  const runner = await options.sandbox.runner();
  requireHealthy(options.sandbox);
  const runId = runIdOf(work.id, work.epoch);
  const account: StrategyAccount = { book: told.book, state: subject.state };
  const result = await stepStrategy(
    (request, ofRun) => runner.run(request, ofRun),
    {
      ...{ strategyId: work.id, code, config: settings.config, account, currency: settings.currency },
      ...{ series, nowMs, seed: runId, orderId: (number: number) => orderIdOf(runId, number), keepJournal: true },
      answer: options.market.answer(settings.market, nowMs),
      ...(!isPaper && { rules: VENUE_RULES }),
    },
    signal,
  );
  requireItsFault(result.outcome, options.losses.count(work.id, result.outcome));
  const ran = { work, subject, result, happened, nowMs, runId, buildId: runner.buildId, isPaper };
  const { rows, figures } = rowsOf({ ...ran, booked: told.booked });
  const { settled: run, missedCount } = withSchedule(options, times(settings), rows);
  if (run.pause !== null) return { settled: run, missedCount };
  const next: RunSubject = {
    ...{ ...subject, figures, news: NO_NEWS, state: result.account.state, book: result.account.book },
    settledUntilMs: run.settledUntilMs ?? settledUntilMs,
    lastOrderMs: run.orders.some((order) => order.runId === runId) ? nowMs : subject.lastOrderMs,
    nextCandleMs: nextCandleMs(code.needs.candles, series, nowMs),
    revision: subject.revision + (isChange(run) ? 1 : 0),
  };
  const characters = JSON.stringify([next.state, run.book ?? subject.book.orders.length]).length;
  return { settled: run, missedCount, after: { subject: next, characters } };
}

interface Ran {
  readonly work: ClaimedStrategy;
  readonly subject: RunSubject;
  readonly result: StepResult;
  readonly happened: ReturnType<typeof settleSince>;
  readonly nowMs: number;
  readonly runId: string;
  readonly buildId: string;
  readonly isPaper: boolean;
  readonly booked: ReturnType<typeof takeNews>["booked"];
}

type Rows = Omit<RanRun, "nextAtMs" | "notBeforeMs" | "missedCount" | "pause">;

/** Makes what is written of a run but its schedule. */
function rowsOf(ran: Ran): { readonly rows: Rows; readonly figures: RunSubject["figures"] } {
  const { work, subject, result, happened, nowMs, runId, buildId, isPaper, booked } = ran;
  const { id, epoch, version, codeId, plannedAtMs } = work;
  const { placed, cancelled, refused, account } = result;
  const orderId = (number: number) => orderIdOf(runId, number);
  const numbers = numbersOf(result.outcome, orderId);
  const orders = isPaper ? [...happened.changedOrders, ...placed, ...cancelled] : placed;
  const traded = orderRows({
    ...{ runId, fills: happened.fills, figures: subject.figures, orders },
    numbers: new Map(placed.flatMap((order) => [[order.id, numbers.get(order.id) ?? 0] as const])),
  });
  const atVenue = isPaper ? traded.rows : traded.rows.map((row) => ({ ...row, status: "intended" as const }));
  const rows: Rows = {
    ...{ kind: "run", id, epoch, runId, version, codeId, buildId, plannedAtMs, startedAtMs: nowMs, ...booked },
    ...runRows(result),
    ...(account.book === subject.book ? NO_BOOK : bookRows(account.book, nowMs)),
    orders: [...atVenue, ...refusedRows(refused, { runId, nowMs, orderId })],
    cancels: isPaper ? [] : cancelled.map((order) => order.id),
    fills: fillRows(happened.fills, epoch, (symbol) => subject.book.instruments.get(symbol)?.quote),
  };
  return { rows, figures: traded.figures };
}

function numbersOf({ intents }: RunOutcome, orderId: (number: number) => string): ReadonlyMap<string, number> {
  return new Map(
    intents.flatMap((intent) => (intent.kind === "place" ? [[orderId(intent.number), intent.number] as const] : [])),
  );
}

/** Adds when it runs next: later after failures, and no more after too many. */
function withSchedule({ runtime, limits }: RunnerOfStrategiesOptions, times: ClaimTimes, rows: Rows): Settled<RanRun> {
  const { consecutiveFailures } = times.claim;
  const waitMs = rows.outcome === "ok" ? 0 : backoffDelayMs(FAILURE_BACKOFF, consecutiveFailures + 1, runtime.rng);
  const notBeforeMs = waitMs === 0 ? null : Math.ceil(times.databaseNowMs + waitMs);
  const { nextAtMs, missedCount } = nextTick(times, notBeforeMs);
  const pause = pauseAfter(times.claim, rows.outcome, rows.error, limits);
  const written = writtenMissedCount(times, missedCount);
  return { settled: { ...rows, nextAtMs, notBeforeMs, missedCount: written, pause }, missedCount };
}

function filterFacts(work: ClaimedStrategy, subject: RunSubject, nowMs: number): FilterFacts {
  const { isManual, lastExecutionAtMs, skippedSinceMs, fuelLeft } = work;
  const { book, code, lastOrderMs } = subject;
  const isHeld = [...book.positions.values()].some(({ quantity }) => !isZero(quantity));
  const next = lastExecutionAtMs === null ? null : nextCloseMs(code.needs.candles, lastExecutionAtMs);
  return {
    ...{ nowMs, isManual, lastRunMs: lastExecutionAtMs, lastOrderMs, skippedSinceMs, fuelLeft },
    nextCandleMs: subject.nextCandleMs ?? next,
    isFlat: !isHeld && book.orders.length === 0,
  };
}

/** Says nothing of the strategy: what we gave it was wrong. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set(["STRATEGY_CANDLES_MISSING", "STRATEGY_CANDLES_INVALID"]);
/** Runs in a row in which the process was lost: the last of so many is no chance any more, but what the strategy does to it. */
const MAX_LOSSES = 5;

type Losses = ReturnType<typeof createLosses>;

/** Counts runs in a row of one strategy that lost their process. */
function createLosses() {
  const counts = createBoundedMemory<number>(10_000);
  return {
    /** Notes an outcome, and returns how many losses in a row there are now. */
    count(id: string, { error }: RunOutcome): number {
      if (error?.code !== "STRATEGY_PROCESS_LOST") {
        counts.delete(id);
        return 0;
      }
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count, 1);
      return count;
    },
  };
}

/** Throws where an outcome says nothing of the strategy. */
function requireItsFault({ error }: RunOutcome, lossCount: number): void {
  const isLoss = lossCount > 0 && lossCount < MAX_LOSSES;
  if (error && (isLoss || NOT_ITS_FAULT.has(error.code)))
    throw new FleetError(error.code, error.message, { retryable: true });
}

function secretsOff(): FleetError {
  const message = "ENCRYPTION_KEY is not set: nobody would send its orders to the exchange. Its runs wait for the key.";
  return new FleetError("STRATEGY_SECRETS_OFF", message, { retryable: true });
}

/** Throws `STRATEGY_SANDBOX_UNAVAILABLE` while no child can take a run: it would wait in line for as long. */
function requireHealthy(sandbox: Sandbox): void {
  const trouble = sandbox.trouble();
  if (trouble === undefined) return;
  const message = `No process can run strategies: ${trouble}. Runs are tried again until one can.`;
  throw new FleetError("STRATEGY_SANDBOX_UNAVAILABLE", message, { retryable: true });
}
