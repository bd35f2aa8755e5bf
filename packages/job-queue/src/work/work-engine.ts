import { type Clock, invariant, type Runtime, SECOND_MS, withTimeout } from "@shoal/kernel";
import type { JobOutcome, PassReport } from "../types.ts";
import { ActiveLeases } from "./active-leases.ts";
import { Attempt, type ClaimedWork } from "./attempt.ts";
import { ClaimLoop, type LaneClaim } from "./claim-loop.ts";
import { type ClaimLimits, nextToRun, planClaim } from "./claim-plan.ts";
import { InFlight, kindOf, type OutcomeKind, Pass } from "./in-flight.ts";
import { Lane } from "./lane.ts";
import { createTimeLimits, type TimeLimits } from "./time-limits.ts";
import type { WorkSource } from "./work-source.ts";

export interface WorkEngineOptions<Work extends ClaimedWork> {
  readonly source: WorkSource<Work>;
  readonly runtime: Runtime;
  /** Handlers at once, all lanes together, 1 or more. */
  readonly concurrency: number;
  /** Work in one claim of a lane, 1 or more. */
  readonly batchSize: number;
}

/** What a drain keeps of its time for aborting handlers and giving back their work. */
const HAND_BACK_SHARE = 0.25;
const HAND_BACK_MAX_MS = 2 * SECOND_MS;

/** As many as a claim brings. 100 jobs of 1 MB and 30 ms in a daemon of their own peak at 229 to 267 MB resident, without it at 265 to 305. */
const COLLECT_AFTER_BYTES = 1_000_000;

/**
 * The one engine behind jobs, messages and calls: claims work of a source, runs its handlers with a signal and a time limit, extends
 * leases, writes outcomes in batches, and gives back at its end what is not done. It never dies: while the database is away it
 * keeps what is done, and writes it when the database is back.
 */
export class WorkEngine<Work extends ClaimedWork> {
  readonly #source: WorkSource<Work>;
  readonly #runtime: Runtime;
  readonly #limits: ClaimLimits;
  readonly #lanes: readonly Lane<Work>[];
  readonly #laneByName: ReadonlyMap<string, Lane<Work>>;
  readonly #loop: ClaimLoop<Work>;
  readonly #leases: ActiveLeases<Work>;
  readonly #timeLimits: TimeLimits;
  readonly #handedBack: Work[] = [];
  #runningCount = 0;
  /** Of the payloads of all that is in flight. */
  #heldBytes = 0;
  /** Of the large payloads that have gone since the platform was asked to collect them. */
  #goneBytes = 0;
  /** The lane whose turn is next. */
  #nextLane = 0;
  #isDraining = false;
  #isClosed = false;
  #change: PromiseWithResolvers<void> | undefined;

  constructor({ source, runtime, concurrency, batchSize }: WorkEngineOptions<Work>) {
    invariant(concurrency >= 1 && batchSize >= 1, "an engine has room for work, and claims some");
    this.#source = source;
    this.#runtime = runtime;
    this.#limits = { concurrency, batchSize, readAheadMs: source.traits.readAheadMs };
    this.#lanes = source.lanes.map((name) => new Lane<Work>(name));
    this.#laneByName = new Map(this.#lanes.map((lane) => [lane.name, lane]));
    this.#timeLimits = createTimeLimits(runtime.clock);
    this.#loop = new ClaimLoop<Work>({
      ...{ source, runtime, lanes: this.#lanes, limits: this.#limits },
      heldBytes: () => this.#heldBytes,
      onClaimed: (lane, claim) => this.#admit(lane, claim),
      onClaimEnded: () => this.#changed(),
      onWritten: (item, isLost) => (isLost ? this.#lose(item) : this.#conclude(item)),
    });
    this.#leases = new ActiveLeases<Work>({
      ...{ source, clock: runtime.clock },
      onLost: (item) => this.#lose(item),
      onExpired: (item) => this.#expire(item),
      onExtended: () => this.#onCapacity(),
    });
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#runningCount;
  }

  /** Claims from now on. Idempotent; does nothing after `drain`. */
  start(): void {
    if (!this.#isDraining && this.#lanes.length > 0) this.#loop.open();
  }

  /** There may be work: claims now. */
  nudge(): void {
    this.#loop.nudge();
  }

  /** Work is due in `delayMs`: claims then, or now if that is 0 or less. */
  dueIn(delayMs: number): void {
    this.#loop.dueIn(delayMs);
  }

  /**
   * Claims up to `quantity` of what is due in each lane and resolves when all of that is over, also without or beside `start`.
   * Rejects as the source does, if that happens before the first work was claimed.
   */
  async runPass(quantity: number): Promise<ReadonlyMap<string, PassReport>> {
    invariant(quantity >= 1, "the batch of a pass is 1 or more");
    const there = this.#isDraining ? [] : this.#lanes.filter(({ name }) => this.#source.isAvailable?.(name) ?? true);
    const passes = new Map(there.map(({ name }) => [name, new Pass()]));
    await this.#claimForPass(passes, quantity);
    await Promise.all([...passes.values()].map((pass) => pass.ended()));
    return new Map([...passes].map(([lane, { report }]) => [lane, report]));
  }

  /**
   * Claims no more, gives back what has not begun, waits for handlers, aborts what still runs shortly before `limitMs` is over, gives
   * back what does not end then, and resolves at `limitMs` at the latest with the work that was given back. Leaves no timer.
   */
  async drain(limitMs: number): Promise<readonly Work[]> {
    const { clock } = this.#runtime;
    const endMs = clock.monotonicMs() + limitMs;
    const leftMs = () => Math.max(0, endMs - clock.monotonicMs());
    const reserveMs = Math.min(limitMs * HAND_BACK_SHARE, HAND_BACK_MAX_MS);
    this.#isDraining = true;
    this.#loop.stopClaiming();
    this.#giveBackWaiting();
    this.#changed();
    await this.#idle(clock, leftMs() - reserveMs);
    if (this.#runningCount > 0) {
      for (const item of this.#leases.all()) item.attempt?.abort(this.#source.drained(item.work));
      await this.#idle(clock, Math.min(leftMs(), reserveMs / 2));
      // An extension that comes after a release would hide the work from others for a whole term. One that hangs leaves time to release.
      await withTimeout(clock, leftMs() / 2, this.#leases.stop());
      for (const item of this.#leases.all()) if (item.phase === "running") this.#release(item);
    }
    this.#loop.endPauses();
    await withTimeout(clock, leftMs(), this.#loop.allWritten());
    this.#isClosed = true;
    this.#loop.close();
    await withTimeout(clock, leftMs(), this.#leases.stop());
    for (const item of this.#leases.all()) item.pass?.end("lost");
    return this.#handedBack;
  }

  async #claimForPass(passes: ReadonlyMap<string, Pass>, quantity: number): Promise<void> {
    const open = new Set(passes.keys());
    const leftOf = (lane: string) => quantity - (passes.get(lane)?.report.claimed ?? 0);
    while (open.size > 0 && !this.#isDraining) {
      const asks = this.#roomForPass([...open], leftOf);
      if (asks.length === 0) {
        await this.#nextChange();
        continue;
      }
      const turn = await this.#loop.claimForPass(asks, passes);
      if (!turn) {
        await this.#nextChange();
        continue;
      }
      const counts = Map.groupBy(turn.claimed, (work) => this.#source.laneOf(work));
      for (const ask of asks) {
        const isDry = (counts.get(ask.lane)?.length ?? 0) < ask.quantity && !turn.cutLanes?.has(ask.lane);
        if (isDry || leftOf(ask.lane) <= 0) open.delete(ask.lane);
      }
    }
  }

  /** Where work may wait here, a pass claims all at once; else as much as can begin. */
  #roomForPass(names: readonly string[], leftOf: (lane: string) => number) {
    const { concurrency, readAheadMs } = this.#limits;
    if (readAheadMs > 0) return names.map((lane) => ({ lane, quantity: leftOf(lane) }));
    const loads = this.#lanes.filter(({ name }) => names.includes(name));
    const limits = { concurrency, batchSize: Infinity, readAheadMs };
    return planClaim(loads, limits, this.#loop.claimingCount).map(({ lane, quantity }) => ({
      lane,
      quantity: Math.min(quantity, leftOf(lane)),
    }));
  }

  #admit(lane: Lane<Work>, { works, isFull, expiresAtMs, pass }: LaneClaim<Work>): void {
    lane.hasMore = isFull && !pass;
    if (works.length === 0) return;
    if (this.#isClosed) return pass?.addLost(works.length);
    this.#dropEarlierClaims(lane, works);
    for (const work of works) {
      const item = new InFlight(work, lane.name, expiresAtMs, pass);
      pass?.add();
      this.#heldBytes += item.payloadBytes;
      this.#leases.add(item);
      lane.push(item);
    }
    this.#source.emitClaimed(lane.name, works);
    if (this.#isDraining) this.#giveBackWaiting();
    else this.#runWaiting();
  }

  /** Work whose lease ran out unnoticed may have been claimed again by ourselves: the newer claim counts. */
  #dropEarlierClaims(lane: Lane<Work>, works: readonly Work[]): void {
    if (!works.some(isRepeated)) return;
    const ids = new Set(works.filter(isRepeated).map(({ id }) => id));
    for (const item of this.#leases.all()) if (item.lane === lane.name && ids.has(item.work.id)) this.#lose(item);
  }

  #runWaiting(): void {
    for (;;) {
      const next = nextToRun(this.#lanes, this.#nextLane, this.#limits.concurrency);
      const lane = next === undefined ? undefined : this.#lanes[next];
      if (next === undefined || !lane) return;
      this.#nextLane = (next + 1) % this.#lanes.length;
      const item = lane.shift();
      if (item?.phase === "waiting") this.#begin(lane, item);
    }
  }

  #begin(lane: Lane<Work>, item: InFlight<Work>): void {
    const { work } = item;
    const startedMs = this.#runtime.clock.monotonicMs();
    // Others may have it by now. Given back, it is theirs at once if they have not.
    if (item.expiresAtMs <= startedMs) return this.#release(item);
    if (work.attempt > work.maxAttempts) return this.#finish(lane, item, neverFinished(work));
    lane.running += 1;
    this.#runningCount += 1;
    item.phase = "running";
    item.attempt = new Attempt({
      work,
      handler: this.#source.handlerOf(work),
      context: this.#source.contextOf(work),
      runtime: this.#runtime,
      timeLimits: this.#timeLimits,
      startedMs,
    });
    void item.attempt.outcome.then((outcome) => {
      // Lost or given back meanwhile: the outcome is of no use.
      if (item.phase !== "running") return;
      lane.noteDuration(outcome.durationMs);
      this.#finish(lane, item, outcome);
      this.#onCapacity();
    });
  }

  /** Has the outcome written. */
  #finish(lane: Lane<Work>, item: InFlight<Work>, outcome: JobOutcome): void {
    this.#stopRunning(lane, item);
    item.outcome = outcome;
    item.phase = "done";
    lane.unwritten += 1;
    this.#loop.write(item);
  }

  #release(item: InFlight<Work>): void {
    const lane = this.#laneByName.get(item.lane);
    if (lane) this.#finish(lane, item, { kind: "aborted", durationMs: 0 });
  }

  /** The database has the outcome. */
  #conclude(item: InFlight<Work>): void {
    const kind = kindOf(item.outcome);
    this.#remove(item);
    this.#source.emitOutcome(item, false);
    if (kind === "released" && this.#isDraining) this.#handedBack.push(item.work);
    this.#ended(item, kind);
  }

  #lose(item: InFlight<Work>): void {
    this.#remove(item);
    item.attempt?.abort(this.#source.leaseLost(item.work));
    this.#source.emitOutcome(item, true);
    this.#ended(item, "lost");
    this.#onCapacity();
  }

  #expire(item: InFlight<Work>): void {
    if (item.phase === "waiting" || !this.#source.traits.takesLateOutcomes) return this.#lose(item);
    item.isExpired = true;
    item.attempt?.abort(this.#source.leaseLost(item.work));
  }

  #remove(item: InFlight<Work>): void {
    const lane = this.#laneByName.get(item.lane);
    if (lane) {
      if (item.phase === "done" || item.phase === "writing") lane.unwritten -= 1;
      this.#stopRunning(lane, item);
    }
    if (item.phase !== "over") {
      this.#heldBytes -= item.payloadBytes;
      this.#forget(item);
    }
    item.phase = "over";
    this.#leases.remove(item);
  }

  /** Has large payloads collected as they go: parsed they are many times their size, and the platform lets several hundred MB come together. */
  #forget(item: InFlight<Work>): void {
    if (!item.isHeavy) return;
    this.#goneBytes += item.payloadBytes;
    if (this.#goneBytes < COLLECT_AFTER_BYTES) return;
    this.#goneBytes = 0;
    this.#runtime.collectGarbage?.();
  }

  #stopRunning(lane: Lane<Work>, item: InFlight<Work>): void {
    if (item.phase !== "running") return;
    lane.running -= 1;
    this.#runningCount -= 1;
  }

  #ended(item: InFlight<Work>, kind: OutcomeKind | "lost"): void {
    item.pass?.end(kind);
    this.#changed();
  }

  #onCapacity(): void {
    if (!this.#isDraining) {
      this.#runWaiting();
      this.#loop.onCapacity();
    }
    this.#changed();
  }

  #giveBackWaiting(): void {
    for (const lane of this.#lanes) {
      lane.hasMore = false;
      for (let item = lane.shift(); item; item = lane.shift()) if (item.phase === "waiting") this.#release(item);
    }
  }

  async #idle(clock: Clock, limitMs: number): Promise<void> {
    const untilIdle = async () => {
      while (this.#runningCount > 0) await this.#nextChange();
    };
    if (this.#runningCount > 0) await withTimeout(clock, limitMs, untilIdle());
  }

  #nextChange(): Promise<void> {
    this.#change ??= Promise.withResolvers();
    return this.#change.promise;
  }

  #changed(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}

const isRepeated = ({ attempt }: ClaimedWork) => attempt > 1;

/** Claimed again and again, and never finished by those who had it: it may be what kills them. */
function neverFinished({ attempt }: ClaimedWork): JobOutcome {
  const message = `It was claimed ${attempt - 1} times and never finished.`;
  return { kind: "failed", durationMs: 0, code: "JOB_WORKER_LOST", message, retryInMs: null };
}
