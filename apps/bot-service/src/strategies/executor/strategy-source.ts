import {
  type Ask,
  AttemptContext,
  type ClaimedWork,
  type InFlight,
  type SourceReports,
  type SourceTraits,
  type Turn,
  type WorkHandler,
  type WorkSource,
} from "@shoal/job-queue/work";
import { type Emitter, errorFields, FleetError, type Rng, type Runtime, SECOND_MS, silentLog } from "@shoal/kernel";
import { isAboutTheValues, type Sql } from "@shoal/store";
import type { StrategyEvents } from "./events.ts";
import type { ClaimedStrategy, RunSettlement } from "./run-strategy.ts";
import { extendLeases, settleAndClaim } from "./statements.ts";
import type { StrategyMemory } from "./strategy-memory.ts";
import { createVoidRuns } from "./void-runs.ts";

/** A claim as the engine holds it. Its id is the strategy's. */
export type StrategyWork = ClaimedStrategy & ClaimedWork;

export interface StrategySourceOptions {
  readonly database: Pick<Sql, "query">;
  readonly runtime: Runtime;
  /** An id that no other live process uses. */
  readonly holder: string;
  /** After so long without an extension others may claim a strategy, in ms. */
  readonly leaseMs: number;
  readonly keptRunCount: number;
  readonly memory: StrategyMemory;
  readonly handler: WorkHandler<StrategyWork>;
  /** What to write of a claim. */
  readonly settle: (work: StrategyWork, outcome: InFlight<StrategyWork>["outcome"]) => RunSettlement;
  readonly events: Emitter<StrategyEvents>;
  readonly reports: SourceReports;
  /** Whether it is told of all that is due. False: it asks each second. */
  readonly isAnnounced: () => boolean;
  /** There are orders to be sent to an exchange, or to be cancelled there. */
  readonly onOrdered: () => void;
  /** What the database's clock said in a claim that was sent at `sentAtMs` on the monotonic one. */
  readonly onDatabaseNow?: (nowMs: number, sentAtMs: number) => void;
}

const LANE = "strategies";
/** In one statement: the largest journals and books together are some 30 MB then. */
const MAX_WRITE_COUNT = 32;
/** As long as a claim and the wait before it take, twice: children of short runs never wait for the next one. */
const READ_AHEAD_MS = 40;
/** A statement costs about as much as four settled runs, so that those which end together share one. What ends while there is room for all that is due is written at once. */
const GATHER_MS = 10;
const POLL_MS = SECOND_MS;
/** What is due and not claimed is locked by others, mostly for as long as a claim takes. */
const LOCKED_MS = SECOND_MS / 10;
/** Claims that look at all owners take a tenth of the time, at most: while dead rows pile up behind a backup, each takes long. */
const FULL_LOOK_RATIO = 10;

/** Strategies that are due. */
export class StrategySource implements WorkSource<StrategyWork> {
  readonly traits: SourceTraits;
  readonly reports: SourceReports;
  readonly lanes: readonly string[] = [LANE];
  readonly #options: StrategySourceOptions;
  readonly #held = new Set<string>();
  readonly #settlements = new WeakMap<StrategyWork, RunSettlement>();
  /** On the monotonic clock. */
  readonly #begunAtMs = new WeakMap<StrategyWork, number>();
  readonly #voidRuns = createVoidRuns();
  /** Where the latest claim found the first owners. */
  #seen: string | null = null;
  #nextFullLookMs = -Infinity;

  constructor(options: StrategySourceOptions) {
    this.#options = options;
    this.reports = options.reports;
    const { leaseMs, isAnnounced } = options;
    this.traits = {
      ...{ leaseMs, writesWithClaims: true, takesLateOutcomes: true, extendsWhileWriting: true },
      ...{ maxWriteCount: MAX_WRITE_COUNT, lingerMs: GATHER_MS, paceMs: GATHER_MS },
      ...{ readAheadMs: READ_AHEAD_MS, idleMinMs: POLL_MS, idleMaxMs: POLL_MS, isAnnounced },
    };
  }

  /** Strategies that are claimed and not settled. */
  get heldCount(): number {
    return this.#held.size;
  }

  laneOf(): string {
    return LANE;
  }

  async completeAndClaim(
    done: readonly InFlight<StrategyWork>[],
    asks: readonly Ask[],
    isThorough = false,
  ): Promise<Turn<StrategyWork>> {
    const { database, runtime, holder, leaseMs, keptRunCount, memory, onOrdered } = this.#options;
    const limit = asks[0]?.quantity ?? 0;
    const settled = done.map((item) => this.#settlementOf(item).settled);
    await this.#voidRuns.charge(database);
    const claimedAtMs = runtime.clock.monotonicMs();
    const isFull = isThorough || claimedAtMs >= this.#nextFullLookMs;
    const seen = isFull ? null : this.#seen;
    const turn = await settleAndClaim(database, { holder, leaseMs, limit, keptRunCount }, settled, seen);
    if (limit > 0) this.#looked(turn.seen, isFull, claimedAtMs);
    const [first] = turn.claimed;
    if (first) this.#options.onDatabaseNow?.(first.nowMs, claimedAtMs);
    const subjects = memory.load(turn.claimed);
    if (turn.hasOrdered) onOrdered();
    const claimed = turn.claimed.map((claim): StrategyWork => {
      const subject = subjects.get(claim.id) ?? Promise.reject(new FleetError("STRATEGY_GONE", "It was not loaded."));
      // The engine drops an earlier claim of its own for one that was tried before: after a deploy in the middle of a run there is one.
      const attempt = this.#held.has(claim.id) ? 2 : 1;
      return { ...claim, subject, claimedAtMs, payload: null, attempt, maxAttempts: attempt };
    });
    return {
      claimed: suspectsLast(claimed, runtime.rng),
      lostIds: turn.lostIds,
      nextDueMs: this.#nextLookMs(turn.nextDueMs, isFull),
    };
  }

  #looked(seen: string | null, isFull: boolean, sentAtMs: number): void {
    const answeredAtMs = this.#options.runtime.clock.monotonicMs();
    this.#seen = seen;
    if (isFull) this.#nextFullLookMs = answeredAtMs + (answeredAtMs - sentAtMs) * FULL_LOOK_RATIO;
  }

  #nextLookMs(nextDueMs: number | undefined, isFull: boolean): number | undefined {
    // A moment later than the database says: its clock and ours are read at different times.
    const dueMs = nextDueMs === undefined ? undefined : nextDueMs <= 0 ? LOCKED_MS : Math.ceil(nextDueMs) + 1;
    if (isFull) return dueMs;
    return Math.min(dueMs ?? Infinity, Math.max(1, this.#nextFullLookMs - this.#options.runtime.clock.monotonicMs()));
  }

  extend(_lane: string, held: readonly InFlight<StrategyWork>[]): Promise<ReadonlySet<string>> {
    const { database, holder, leaseMs } = this.#options;
    return extendLeases(
      database,
      { holder, leaseMs },
      held.map(({ work }) => work),
    );
  }

  isRefused(error: unknown): boolean {
    return isAboutTheValues(error);
  }

  handlerOf(): WorkHandler<StrategyWork> {
    return this.#options.handler;
  }

  contextOf(work: StrategyWork): AttemptContext {
    this.#begunAtMs.set(work, this.#options.runtime.clock.monotonicMs());
    return new RunContext(work, this.#options.runtime);
  }

  leaseLost({ id }: StrategyWork): Error {
    const message = `The run of strategy ${id} ends: others hold it, or a deploy or a stop has made it out of date.`;
    return new FleetError("STRATEGY_LOST", message, { details: { strategy_id: id } });
  }

  drained({ id }: StrategyWork): Error {
    const message = `The run of strategy ${id} ends because this process does; another one runs it.`;
    return new FleetError("STRATEGY_DRAINED", message, { retryable: true, details: { strategy_id: id } });
  }

  emitClaimed(_lane: string, works: readonly StrategyWork[]): void {
    for (const { id } of works) this.#held.add(id);
    const dueForMs = works.map((work) => Math.max(0, work.dueForMs));
    this.#options.events.emit("strategies:claimed", { count: works.length, dueForMs });
  }

  emitOutcome(item: InFlight<StrategyWork>, isLost: boolean): void {
    const { events, memory } = this.#options;
    const { id } = item.work;
    this.#held.delete(id);
    if (isLost) {
      this.#chargeLost(item);
      memory.forget(id);
      return events.emit("strategy:lost", { strategyId: id });
    }
    const { settled, missedCount, after } = this.#settlementOf(item);
    if (after) memory.remember(id, after.subject, after.characters);
    else if (settled.kind === "run") memory.forget(id);
    emitSettled(events, settled, missedCount);
  }

  emitFailed(error: unknown): void {
    const { events, runtime } = this.#options;
    const fields = errorFields(error);
    runtime.log.debug(fields, "the database did not answer the executor of strategies; it is asked again");
    events.emit("strategies:failed", { code: fields.error_code });
  }

  emitTurn(turn: { readonly durationMs: number; readonly writtenCount: number; readonly claimedCount: number }): void {
    const { durationMs, writtenCount: settledCount, claimedCount } = turn;
    this.#options.events.emit("strategies:turn", { durationMs, settledCount, claimedCount });
  }

  #chargeLost({ work, outcome }: InFlight<StrategyWork>): void {
    const known = this.#settlements.get(work)?.settled;
    if (known !== undefined) {
      if (known.kind === "run") this.#voidRuns.add(work.ownerId, known.durationMs, known.fuel);
      return;
    }
    const begunAtMs = this.#begunAtMs.get(work);
    if (begunAtMs === undefined || outcome !== undefined) return;
    this.#voidRuns.add(work.ownerId, this.#options.runtime.clock.monotonicMs() - begunAtMs);
  }

  /** Made once: a statement of which no answer came is sent again as it was. */
  #settlementOf({ work, outcome }: InFlight<StrategyWork>): RunSettlement {
    const known = this.#settlements.get(work) ?? this.#options.settle(work, outcome);
    this.#settlements.set(work, known);
    return known;
  }
}

/**
 * Orders what was claimed so that those come last whose claims were lost most often, equals at random: one of them may be what kills the daemon, and
 * whatever has run before it is settled and not under suspicion any more.
 */
function suspectsLast(claimed: StrategyWork[], rng: Rng): StrategyWork[] {
  if (claimed.every(({ lostClaims }) => lostClaims === 0)) return claimed;
  const places = new Map(claimed.map((work) => [work, work.lostClaims === 0 ? 0 : work.lostClaims + rng.next()]));
  return claimed.toSorted((left, right) => (places.get(left) ?? 0) - (places.get(right) ?? 0));
}

function emitSettled(events: Emitter<StrategyEvents>, settled: RunSettlement["settled"], missedCount: number): void {
  const strategyId = settled.id;
  if (settled.kind === "release") return events.emit("strategy:released", { strategyId });
  if (settled.kind === "unable") {
    return events.emit("strategy:unable", { strategyId, code: settled.code, retryInMs: settled.retryInMs });
  }
  if (settled.kind === "skip") {
    return events.emit("strategy:skipped", { strategyId, reason: settled.reason, missedCount });
  }
  const { runId, outcome, error, durationMs, fuel, pause } = settled;
  events.emit("strategy:ran", { strategyId, runId, outcome, code: error?.code ?? null, durationMs, fuel, missedCount });
  if (pause === null) return;
  const code = pause.reason.split(":")[0] ?? "";
  events.emit("strategy:halted", { strategyId, status: pause.status, code });
}

class RunContext extends AttemptContext {
  readonly #work: StrategyWork;

  constructor(work: StrategyWork, runtime: Runtime) {
    const enqueue = () => Promise.reject(new FleetError("STRATEGY_NO_JOBS", "a run of a strategy adds no jobs"));
    super({ runtime: { ...runtime, log: silentLog }, executor: "supabase", enqueue });
    this.#work = work;
  }

  get idempotencyKey(): string {
    return `strategy:${this.#work.id}:${this.#work.epoch}`;
  }

  protected get logFields() {
    return { part: "strategies" };
  }
}
