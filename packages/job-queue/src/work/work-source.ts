import type { LoopReport } from "@shoal/kernel";
import type { AttemptContext, ClaimedWork, WorkHandler } from "./attempt.ts";
import type { Ask } from "./claim-plan.ts";
import type { InFlight } from "./in-flight.ts";

/** How a source is best used. */
export interface SourceTraits {
  /** After so long without an extension others may claim the work, in ms. Infinity: work of this source has no lease. */
  readonly leaseMs: number;
  /** True: one statement writes outcomes and claims. False: each has a statement of its own, so that neither waits for the other. */
  readonly writesWithClaims: boolean;
  /** True: an outcome that comes after the lease has run out counts, if nobody else has claimed the work by then. */
  readonly takesLateOutcomes: boolean;
  /** True: an extension changes nothing of work whose outcome is written, so leases are extended until the write is answered. */
  readonly extendsWhileWriting: boolean;
  /** Outcomes in one write. */
  readonly maxWriteCount: number;
  /** Outcomes wait so long for a whole batch, in ms, while more are to come. 0: written at once. */
  readonly lingerMs: number;
  /** Work for so many ms may be claimed before it can begin, so that short handlers are fed by whole batches. 0: none. */
  readonly readAheadMs: number;
  /** Pause between claims from a full lane with little room, in ms: one claim per handler that ends would cost more than the handlers. */
  readonly paceMs: number;
  /** Pause after a claim that found nothing, in ms; it doubles with each one that follows, up to `idleMaxMs`. Infinity: no claim until a nudge. */
  readonly idleMinMs: number;
  readonly idleMaxMs: number;
  /** Whether the source is told of all its work just now: while it is, that pause is long. Default: it is not. */
  readonly isAnnounced?: (() => boolean) | undefined;
}

/** Where the engine reports how its statements end. What is refused for good is no failure. */
export interface SourceReports {
  readonly claims: LoopReport;
  /** The same as `claims` where one statement does both. */
  writesOf(lane: string): LoopReport;
  readonly leases: LoopReport;
}

/** What one statement did. */
export interface Turn<Work extends ClaimedWork> {
  /** In the order in which it is to begin. */
  readonly claimed: readonly Work[];
  /** Ids of outcomes that were not written, because the work was claimed by others or is gone. */
  readonly lostIds: ReadonlySet<string>;
  /** Outcomes of which no answer came, where the others were written. Default: none. */
  readonly unwritten?: readonly { readonly items: readonly InFlight<Work>[]; readonly error: unknown }[];
  /** Lanes in which more is due than was claimed, because of its bytes. Default: none. */
  readonly cutLanes?: ReadonlySet<string>;
  /** When the next work will be due, in ms from now, where fewer than asked for were claimed and the source knows it. */
  readonly nextDueMs?: number | undefined;
}

/**
 * Where the engine claims work and writes outcomes. A source knows statements and events; when they are sent, what runs, and
 * what happens when the database is away is the engine's business. Work is divided into lanes: the work of one lane is claimed and
 * written together, and lanes share the handlers fairly.
 */
export interface WorkSource<Work extends ClaimedWork> {
  readonly traits: SourceTraits;
  readonly reports: SourceReports;
  readonly lanes: readonly string[];
  laneOf(work: Work): string;
  /** False while a lane is not to be asked for work. Default: true. */
  isAvailable?(lane: string): boolean;

  /**
   * Writes outcomes of one lane and claims at most what is asked for, in number and bytes. Each write is fenced: it changes nothing where others
   * have claimed the work since. The same outcomes may be given again when no answer came. `isThorough`: the claim must also find
   * what a shortcut of this source may pass by. Rejects as `Sql.query`.
   */
  completeAndClaim(done: readonly InFlight<Work>[], asks: readonly Ask[], isThorough: boolean): Promise<Turn<Work>>;
  /** Extends leases of one lane by `leaseMs` from now; resolves with the ids of those that are still ours. */
  extend(lane: string, held: readonly InFlight<Work>[]): Promise<ReadonlySet<string>>;
  /** Whether the rows themselves are at fault: the same write would be refused for ever. */
  isRefused(error: unknown): boolean;

  handlerOf(work: Work): WorkHandler<Work>;
  contextOf(work: Work): AttemptContext;
  /** The reason with which the signal of a handler aborts when its lease is lost. */
  leaseLost(work: Work): Error;
  /** The same for a drain. */
  drained(work: Work): Error;

  /** Says what was claimed from a lane: one work or more. */
  emitClaimed(lane: string, works: readonly Work[]): void;
  /** Says what the database now has of a work; `isLost`: nothing, it is not ours any more. */
  emitOutcome(item: InFlight<Work>, isLost: boolean): void;
  /** A statement about these lanes failed; it will be sent again. */
  emitFailed(error: unknown, lanes: readonly string[]): void;
  /** A statement was answered. */
  emitTurn?(turn: { readonly durationMs: number; readonly writtenCount: number; readonly claimedCount: number }): void;
}
