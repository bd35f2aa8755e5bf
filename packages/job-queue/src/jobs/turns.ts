import { backoffDelayMs, fullJitter, type LoopReport, type Runtime, SECOND_MS, type Timer } from "@shoal/kernel";
import { isAboutTheValues, type Sql } from "@shoal/store";
import type { HeldJob } from "./holdings.ts";
import { type Claim, type Cursor, type FailedJob, type Fence, takeTurn } from "./job-sql.ts";

export interface TurnsOptions {
  readonly sql: Pick<Sql, "query">;
  readonly runtime: Runtime;
  readonly workerId: string;
  readonly leaseMs: number;
  /** Of one claim. */
  readonly batchSize: number;
  /** How many jobs there is room for now. */
  readonly getRoom: () => number;
  readonly onClaimed: (claims: readonly Claim[], sentAtMs: number) => void;
  readonly onSettled: (job: HeldJob, isLost: boolean) => void;
  readonly onTurn: (turn: { durationMs: number; settled: number; claimed: number }) => void;
  readonly onFailed: (error: unknown) => void;
  /** Hears how each turn ends. */
  readonly report: LoopReport;
}

/** The traffic of a worker with the database: one statement after the other that settles what is done and claims more. */
export interface Turns {
  /** Jobs that may be claimed by statements under way. */
  readonly claiming: number;
  /** Claims from now on, as room allows. */
  open(): void;
  /** There may be work, or room. */
  nudge(): void;
  /** This one is done. */
  finish(job: HeldJob): void;
  /** Claims no more; what is done is settled all the same. */
  stopClaiming(): void;
  /** Resolves when nothing is waiting to be settled. */
  settled(): Promise<void>;
  /** No statement and no timer any more. */
  close(): void;
}

/** Two, so that the database works on one while the answer to the other is worked on here. */
const MAX_IN_FLIGHT = 2;

/** Of one turn: keeps the statement short where a crowd finishes at once. */
const MAX_SETTLED = 1000;

/** Without a nudge. */
const POLL_MS = SECOND_MS;

/** Looks at the whole line take a tenth of the time at most, however slow a long transaction of somebody else makes them. */
const FULL_LOOK_RATIO = 10;

const failureBackoff = fullJitter(100, 2 * SECOND_MS);

export function createTurns(options: TurnsOptions): Turns {
  const { sql, runtime, workerId, leaseMs, batchSize, getRoom } = options;
  const { clock } = runtime;
  let finished: HeldJob[] = [];
  /** So many at the head of `finished` go one by one: one of them was refused, and must not keep the others. */
  let suspectCount = 0;
  let inFlight = 0;
  let claiming = 0;
  let failures = 0;
  let cursor: Cursor = null;
  let nextFullLookMs = 0;
  let isOpen = false;
  let isClosed = false;
  /** Nothing says that there is no work. */
  let isHopeful = false;
  let isPumping = false;
  let backingOff: Timer | undefined;
  let waiting: Timer | undefined;
  let drained: PromiseWithResolvers<void> | undefined;

  const room = () => (isOpen ? Math.min(batchSize, getRoom() - claiming) : 0);

  const pump = () => {
    isPumping = false;
    if (!isClosed && !backingOff) {
      while (inFlight < MAX_IN_FLIGHT && (finished.length > 0 || (isHopeful && room() > 0))) void turn();
    }
    if (finished.length + inFlight === 0) drained?.resolve();
  };

  // A step later: handlers that end in one go are settled in one statement.
  const pumpSoon = () => {
    if (isPumping) return;
    isPumping = true;
    void Promise.resolve().then(pump);
  };

  const hope = () => {
    waiting?.cancel();
    waiting = undefined;
    isHopeful = true;
    pumpSoon();
  };

  const lookAgainIn = (delayMs: number) => {
    waiting?.cancel();
    waiting = isOpen && !isClosed ? clock.after(Math.min(delayMs, POLL_MS), hope) : undefined;
  };

  const turn = async () => {
    const isAlone = suspectCount > 0;
    // Of what was lost meanwhile the result is of no use.
    const batch = finished.splice(0, isAlone ? 1 : MAX_SETTLED).filter(({ isPresent }) => isPresent);
    if (isAlone) suspectCount -= 1;
    // Also without hope: the question comes with the answer to another one, and a job may have come unannounced.
    const limit = isAlone ? 0 : Math.max(0, room());
    if (batch.length + limit === 0) return;
    isHopeful &&= limit === 0;
    inFlight += 1;
    claiming += limit;
    for (const job of batch) job.isBeingSettled = true;
    const sentAtMs = clock.monotonicMs();
    const isFull = sentAtMs >= nextFullLookMs;
    if (isFull && limit > 0) nextFullLookMs = Number.POSITIVE_INFINITY;
    try {
      const answer = await takeTurn(sql, { workerId, leaseMs, limit }, settlementOf(batch), { cursor, isFull });
      failures = 0;
      options.report.succeeded();
      claiming -= limit;
      if (limit > 0) seen(answer.cursor, isFull, sentAtMs);
      if (isClosed) return;
      options.onTurn({
        durationMs: clock.monotonicMs() - sentAtMs,
        settled: batch.length,
        claimed: answer.claimed.length,
      });
      for (const job of batch) options.onSettled(job, answer.lost.has(job.claim.id));
      if (answer.claimed.length > 0) options.onClaimed(answer.claimed, sentAtMs);
      if (limit > 0 && answer.claimed.length === limit) isHopeful = true;
      else if (limit > 0) lookAgainIn(Math.min(answer.nextDueMs ?? POLL_MS, isFull ? POLL_MS : untilFullLookMs()));
    } catch (error) {
      claiming -= limit;
      if (!isClosed) failed(batch, error, isAlone);
    } finally {
      inFlight -= 1;
      pumpSoon();
    }
  };

  const seen = (now: Cursor, isFull: boolean, sentAtMs: number) => {
    cursor = now;
    const answeredAtMs = clock.monotonicMs();
    if (isFull) nextFullLookMs = answeredAtMs + (answeredAtMs - sentAtMs) * FULL_LOOK_RATIO;
  };

  // While a full look is under way, nobody knows; its answer brings on the next turn.
  const untilFullLookMs = () => Math.max(1, nextFullLookMs - clock.monotonicMs());

  /** Whether it happened, nobody knows: the same is settled again, and what was claimed comes back by its lease. */
  const failed = (batch: readonly HeldJob[], error: unknown, isAlone: boolean) => {
    for (const job of batch) job.isBeingSettled = false;
    if (isAboutTheValues(error) && isAlone) for (const job of batch) options.onSettled(job, true);
    else {
      finished = [...batch, ...finished];
      if (isAboutTheValues(error) || isAlone) suspectCount += batch.length;
    }
    failures += 1;
    isHopeful = true;
    nextFullLookMs = 0;
    backingOff ??= clock.after(backoffDelayMs(failureBackoff, failures, runtime.rng), () => {
      backingOff = undefined;
      pumpSoon();
    });
    options.report.failed(error);
    options.onFailed(error);
  };

  return {
    get claiming() {
      return claiming;
    },
    open() {
      if (isClosed) return;
      isOpen = true;
      hope();
    },
    nudge() {
      if (isOpen) hope();
    },
    finish(job) {
      finished.push(job);
      pumpSoon();
    },
    stopClaiming() {
      isOpen = false;
      waiting?.cancel();
      waiting = undefined;
    },
    settled() {
      drained ??= Promise.withResolvers<void>();
      pumpSoon();
      return drained.promise;
    },
    close() {
      isOpen = false;
      isClosed = true;
      waiting?.cancel();
      backingOff?.cancel();
    },
  };
}

function settlementOf(batch: readonly HeldJob[]) {
  const completed: Fence[] = [];
  const failed: FailedJob[] = [];
  const released: Fence[] = [];
  for (const { claim, outcome } of batch) {
    const fence = { id: claim.id, epoch: claim.epoch };
    if (outcome?.kind === "completed") completed.push(fence);
    else if (outcome?.kind === "failed") failed.push({ ...fence, ...outcome });
    else released.push(fence);
  }
  return { completed, failed, released };
}
