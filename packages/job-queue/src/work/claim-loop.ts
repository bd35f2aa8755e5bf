import { type Alarm, createAlarm, MINUTE_MS, type Runtime } from "@shoal/kernel";
import type { ClaimedWork } from "./attempt.ts";
import {
  type Ask,
  type ClaimLimits,
  claimRoomBytes,
  idleDelayMs,
  type PlannedAsk,
  planClaim,
  withRoom,
} from "./claim-plan.ts";
import type { InFlight, Pass } from "./in-flight.ts";
import type { Lane } from "./lane.ts";
import { Pause } from "./pause.ts";
import type { Turn, WorkSource } from "./work-source.ts";
import { type Write, Writings } from "./writings.ts";

/** What one claim brought from one lane. */
export interface LaneClaim<Work extends ClaimedWork> {
  readonly works: readonly Work[];
  /** As many as were asked for, or as much: there may be more. */
  readonly isFull: boolean;
  readonly expiresAtMs: number;
  /** The pass it is for. */
  readonly pass: Pass | undefined;
}

export interface ClaimLoopOptions<Work extends ClaimedWork> {
  readonly source: WorkSource<Work>;
  readonly runtime: Runtime;
  readonly lanes: readonly Lane<Work>[];
  readonly limits: ClaimLimits;
  /** Bytes of payloads that are here. */
  readonly heldBytes: () => number;
  readonly onClaimed: (lane: Lane<Work>, claim: LaneClaim<Work>) => void;
  /** A claim takes up no room any more, also when it brought nothing or failed. */
  readonly onClaimEnded: () => void;
  /** The database has the outcome, or the work is not ours any more. */
  readonly onWritten: (item: InFlight<Work>, isLost: boolean) => void;
}

/** Two statements, so that the database works on one while the answer to the other is worked on here. */
const MAX_IN_FLIGHT = 2;

/**
 * Pause while a source is told of all its work. It claims all the same now and then, because health knows of its statement by its outcomes
 * alone: one that fails each time is to be known before there is work.
 */
const TOLD_IDLE_MS = 2 * MINUTE_MS;
const NO_ASKS: readonly PlannedAsk[] = [];

/**
 * All traffic of an engine with its source: claims while there may be work and there is room for it, and writes what is done. A source
 * that writes with its claims has two statements under way at most; any other one claim, and one write for each lane.
 */
export class ClaimLoop<Work extends ClaimedWork> {
  readonly #options: ClaimLoopOptions<Work>;
  readonly #writings: Writings<Work>;
  readonly #claimPause: Pause;
  #inFlightCount = 0;
  #passClaimCount = 0;
  /** Work that claims under way may bring. */
  #claimingCount = 0;
  #claimingBytes = 0;
  #emptyCount = 0;
  #isOpen = false;
  #isClosed = false;
  #isPumpDue = false;
  /** Nothing says that there is no work. */
  #mayHaveWork = false;
  /** Only a worthwhile claim is made before `#pacing` rings. */
  #isPaced = false;
  readonly #pacing: Alarm;
  readonly #polling: Alarm;
  #allWritten: PromiseWithResolvers<void> | undefined;

  constructor(options: ClaimLoopOptions<Work>) {
    const { runtime, limits } = options;
    const onDue = () => this.#pumpSoon();
    this.#options = options;
    this.#claimPause = new Pause(runtime, onDue);
    this.#polling = createAlarm(runtime.clock, () => this.#pollSoon());
    this.#pacing = createAlarm(runtime.clock, () => {
      this.#isPaced = false;
      this.#pumpSoon();
    });
    const { batchSize } = limits;
    this.#writings = new Writings({ ...options, batchSize, claimPause: this.#claimPause, onDue });
  }

  /** Work that statements under way may bring. */
  get claimingCount(): number {
    return this.#claimingCount;
  }

  /** Claims from now on, as room allows. */
  open(): void {
    if (this.#isClosed) return;
    this.#isOpen = true;
    this.#pollSoon();
  }

  /** There may be work: claims now, however slow the pace was. */
  nudge(): void {
    this.#emptyCount = 0;
    if (this.#isOpen) this.#pollSoon();
  }

  /** Work is due in `delayMs`: claims then, unless it does so earlier. */
  dueIn(delayMs: number): void {
    if (delayMs <= 0) return this.nudge();
    if (this.#isOpen) this.#polling.setIfEarlier(delayMs);
  }

  /** There is room. */
  onCapacity(): void {
    if (this.#mayHaveWork) this.#pumpSoon();
  }

  /** Writes the outcome of this work. */
  write(item: InFlight<Work>): void {
    this.#writings.add(item);
    this.#pumpSoon();
  }

  /** Claims for a pass, as far as there is room in bytes; undefined: there is none. Rejects as the source does. */
  async claimForPass(wanted: readonly Ask[], passes: ReadonlyMap<string, Pass>): Promise<Turn<Work> | undefined> {
    const { source, runtime } = this.#options;
    const asks = withRoom(wanted, this.#roomBytes);
    if (asks.length === 0) return undefined;
    this.#claiming(asks, 1);
    this.#passClaimCount += 1;
    const sentAtMs = runtime.clock.monotonicMs();
    try {
      const turn = await source.completeAndClaim([], asks, true).finally(() => this.#claiming(asks, -1));
      this.#handOver(turn, asks, sentAtMs, passes);
      return turn;
    } finally {
      this.#passClaimCount -= 1;
      this.#options.onClaimEnded();
      this.#pumpSoon();
    }
  }

  /** Claims no more. What is done is written all the same, without waiting for a whole batch. */
  stopClaiming(): void {
    this.#isOpen = false;
    this.#stopTimers();
    this.#pumpSoon();
  }

  /** Tries now what waits for the end of a pause. */
  endPauses(): void {
    this.#writings.endPauses();
    this.#pumpSoon();
  }

  /** Resolves when no statement is under way and no outcome waits. */
  allWritten(): Promise<void> {
    this.#allWritten ??= Promise.withResolvers();
    this.#pumpSoon();
    return this.#allWritten.promise;
  }

  /** Sends no statement any more and leaves no timer; answers under way are ignored. */
  close(): void {
    this.#isOpen = false;
    this.#isClosed = true;
    this.#stopTimers();
    this.#claimPause.cancel();
    this.#writings.close();
  }

  #stopTimers(): void {
    this.#polling.cancel();
    this.#pacing.cancel();
  }

  // A step later: handlers that end together are written by one statement.
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    this.#isPumpDue = false;
    if (!this.#isClosed) {
      if (this.#options.source.traits.writesWithClaims) this.#pumpTogether();
      else this.#pumpApart();
    }
    if (this.#inFlightCount + this.#passClaimCount === 0 && this.#writings.isEmpty) this.#allWritten?.resolve();
  }

  #pumpTogether(): void {
    while (this.#inFlightCount < MAX_IN_FLIGHT && !this.#claimPause.isOn) {
      const due = this.#nextWrite(false);
      // Also when nothing says that there is work: the question costs nothing here, and work may have come unannounced.
      const asks = due?.batch.isAlone ? NO_ASKS : this.#plan(due !== undefined);
      if (!due && (asks.length === 0 || !this.#mayHaveWork)) return;
      // A claim takes along what would wait for others.
      void this.#turn(due ?? this.#nextWrite(true), asks);
    }
  }

  #pumpApart(): void {
    for (let due = this.#nextWrite(false); due; due = this.#nextWrite(false)) void this.#turn(due, NO_ASKS);
    if (this.#claimingCount > 0 || !this.#mayHaveWork || this.#claimPause.isOn) return;
    const asks = this.#plan();
    if (asks.length > 0) void this.#turn(undefined, asks);
  }

  #nextWrite(goesAlong: boolean): Write<Work> | undefined {
    return this.#writings.next((lane) => !goesAlong && this.#isMoreExpected(lane));
  }

  #isMoreExpected(lane: Lane<Work>): boolean {
    // While no statement is under way nothing waits for the last that run: the next one takes them.
    const isLastAwaited =
      lane.running > 0 && (this.#inFlightCount > 0 || !this.#options.source.traits.writesWithClaims);
    return this.#isOpenFor(lane) || lane.waiting > 0 || isLastAwaited;
  }

  #isOpenFor(lane: Lane<Work>): boolean {
    return this.#isOpen && lane.hasMore;
  }

  /** What to claim now. While paced: what goes along with a write, what is worth a statement, or what there is room for after a moment. */
  #plan(goesAlong = false): readonly PlannedAsk[] {
    if (!this.#isOpen) return NO_ASKS;
    const { source, lanes, limits } = this.#options;
    const there = source.isAvailable ? lanes.filter(({ name }) => source.isAvailable?.(name)) : lanes;
    if (there.length === 0) {
      this.#mayHaveWork = false;
      this.#emptyCount += 1;
      this.#foundNothing(undefined);
      return NO_ASKS;
    }
    const asks = withRoom(planClaim(there, limits, this.#claimingCount), this.#roomBytes);
    if (asks.length === 0) this.#isPaced = source.traits.paceMs > 0;
    if (!this.#isPaced || goesAlong || asks.some(({ isWorthwhile }) => isWorthwhile)) return asks;
    if (asks.length > 0 && !this.#pacing.isSet) this.#pacing.set(source.traits.paceMs);
    return NO_ASKS;
  }

  async #turn(write: Write<Work> | undefined, asks: readonly PlannedAsk[]): Promise<void> {
    const { source, runtime } = this.#options;
    const items = write?.batch.items ?? [];
    const isClaim = asks.length > 0;
    this.#sending(write, asks);
    const sentAtMs = runtime.clock.monotonicMs();
    try {
      const turn = await source.completeAndClaim(items, asks, false).finally(() => this.#claiming(asks, -1));
      if (this.#isClosed) return;
      source.emitTurn?.({
        durationMs: runtime.clock.monotonicMs() - sentAtMs,
        writtenCount: items.length,
        claimedCount: turn.claimed.length,
      });
      if (write) this.#writings.wrote(write, turn);
      if (isClaim) this.#claimed(turn, asks, sentAtMs);
    } catch (error) {
      if (!this.#isClosed) this.#failed(write, asks, error);
    } finally {
      this.#inFlightCount -= 1;
      if (write) this.#writings.ended(write);
      if (isClaim) this.#options.onClaimEnded();
      this.#pumpSoon();
    }
  }

  get #roomBytes(): number {
    return claimRoomBytes(this.#options.heldBytes() + this.#claimingBytes);
  }

  /** Counts what a claim that begins (1) or has ended (-1) may bring. */
  #claiming(asks: readonly Ask[], sign: 1 | -1): void {
    for (const { quantity, maxBytes = 0 } of asks) {
      this.#claimingCount += sign * quantity;
      this.#claimingBytes += sign * maxBytes;
    }
  }

  #sending(write: Write<Work> | undefined, asks: readonly Ask[]): void {
    this.#inFlightCount += 1;
    this.#claiming(asks, 1);
    if (write) this.#writings.sending(write);
    if (asks.length === 0) return;
    this.#mayHaveWork = false;
    this.#pacing.cancel();
  }

  #claimed(turn: Turn<Work>, asks: readonly Ask[], sentAtMs: number): void {
    this.#claimPause.forget();
    this.#options.source.reports.claims.succeeded();
    const isFull = this.#handOver(turn, asks, sentAtMs);
    if (turn.claimed.length > 0) this.#emptyCount = 0;
    if (isFull) {
      this.#mayHaveWork = true;
      this.#isPaced = this.#options.source.traits.paceMs > 0;
    } else {
      if (turn.claimed.length === 0) this.#emptyCount += 1;
      this.#foundNothing(turn.nextDueMs);
    }
  }

  /** True: one of the lanes was full. */
  #handOver(
    { claimed, cutLanes }: Turn<Work>,
    asks: readonly Ask[],
    sentAtMs: number,
    passes?: ReadonlyMap<string, Pass>,
  ): boolean {
    const { source, lanes, onClaimed } = this.#options;
    const expiresAtMs = sentAtMs + source.traits.leaseMs;
    const byLane = asks.length > 1 ? Map.groupBy(claimed, (work) => source.laneOf(work)) : undefined;
    let isAnyFull = false;
    for (const { lane, quantity } of asks) {
      const works = byLane ? (byLane.get(lane) ?? []) : claimed;
      const isFull = works.length === quantity || cutLanes?.has(lane) === true;
      isAnyFull ||= isFull;
      const claiming = lanes.find(({ name }) => name === lane);
      if (claiming) onClaimed(claiming, { works, isFull, expiresAtMs, pass: passes?.get(lane) });
    }
    return isAnyFull;
  }

  #failed(write: Write<Work> | undefined, asks: readonly PlannedAsk[], error: unknown): void {
    if (write) this.#writings.failed(write, asks.length === 0, error);
    if (asks.length > 0) {
      this.#mayHaveWork = true;
      this.#claimPause.begin();
      if (!write) this.#options.source.reports.claims.failed(error);
    }
    const laneNames = write ? [write.writing.lane.name] : asks.map(({ lane }) => lane);
    this.#options.source.emitFailed(error, laneNames);
  }

  #pollSoon(): void {
    this.#polling.cancel();
    this.#mayHaveWork = true;
    this.#pumpSoon();
  }

  #foundNothing(nextDueMs: number | undefined): void {
    const { idleMinMs, idleMaxMs, isAnnounced } = this.#options.source.traits;
    this.#polling.cancel();
    if (!this.#isOpen || this.#isClosed) return;
    const idleMs = isAnnounced?.() ? TOLD_IDLE_MS : idleDelayMs(this.#emptyCount, idleMinMs, idleMaxMs);
    const delayMs = Math.min(nextDueMs ?? Infinity, idleMs);
    if (delayMs < Infinity) this.#polling.set(delayMs);
  }
}
