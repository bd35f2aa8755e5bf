import { DAY_MS, type Log, MINUTE_MS, type Runtime, SECOND_MS } from "@shoal/kernel";
import { createIdConflicts } from "./id-conflicts.ts";
import { type MatchEvents, REPLICA_LOST } from "./match-events.ts";
import { createPairer, type Pairer } from "./pairer.ts";
import type { MatchRules } from "./rules/rules.ts";
import type { Statements } from "./statements.ts";
import type { Swept } from "./sweep.ts";
import type { BotSupply, MatchPolicy } from "./types.ts";

/** Interval of sweeps while somebody waits or talks here; it bounds how late a replica learns what others did. */
const SWEEP_EVERY_MS = SECOND_MS;
/** The same when people have changed something by RPC, which others may wait to hear. */
const UNTOLD_SWEEP_MS = SECOND_MS / 10;
/** The same while nobody does and whoever comes is announced. It bounds how late somebody is found whose announcement was lost. */
const QUIET_SWEEP_EVERY_MS = 3 * SECOND_MS;
/** Term of a replica, renewed by each sweep, three times a term or more. A dead replica's people wait for it and a sweep: 13 s of the 15 allowed. @source SPEC A */
export const LEASE_MS = 10 * SECOND_MS;
/** Pause before the next sweep, in ms, if a deadline is past but another replica works on that match, or if one is asked for. */
const SWEEP_AGAIN_MS = 20;
const SWEEP_LIMIT = 2_000;
const HOUSEKEEP_EVERY_MS = MINUTE_MS;
const HOUSEKEEP_LIMIT = 5_000;
/** Age at which a live match is ended, because its people may leave without ending it. */
const MAX_LIVE_MS = DAY_MS;
/** Time closed rows are kept; for as long, a lobby entry that never changes does not become a new ticket. */
const KEEP_MS = 7 * DAY_MS;

export interface CycleOptions {
  readonly statements: Statements;
  readonly events: MatchEvents;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly replicaId: string;
  readonly policy: MatchPolicy;
  readonly rules: MatchRules;
  readonly bots: BotSupply;
  /** Whether people who come are announced to `noteNews`. */
  readonly isAnnounced: () => boolean;
  /** Whether this process ends and deletes what is old, which one of all does. */
  readonly isHousekeeper: () => boolean;
}

/** Runs cycles: terms and deadlines when they are due, then pairing. */
export interface Cycle
  extends Pick<Pairer, "abandon" | "waitingCount" | "longestWaitMs" | "explainRules" | "waitingBuckets"> {
  /** Somebody may wait, or a bot may be idle: the next cycle looks. */
  noteNews(): void;
  /** People may have changed something by RPC: it is taken, and its events emitted, soon. */
  noteUntold(): void;
  /** A sweep is wanted for what it says besides: the next one is at once. */
  noteStale(): void;
  /** Runs one cycle and returns how long to wait for the next, in ms. Must not overlap with another call. Errors as `Sql.query`. */
  run(): Promise<number>;
  /** Makes no more matches; what is being committed is settled all the same. */
  stopPairing(): void;
  /** Number of live matches of all replicas, as of the last sweep. */
  readonly liveCount: number;
  /** Counts idle bots that this person may get, as of the last cycle. */
  idleCount(userId: string): number;
}

export function createCycle(options: CycleOptions): Cycle {
  const { statements, events, runtime, log, replicaId, policy, bots, isAnnounced, isHousekeeper } = options;
  const { clock } = runtime;
  const idConflicts = createIdConflicts(bots, log);
  const pairer = createPairer({ ...options, idConflicts });
  let isRegistered = false;
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  /** When the next match must be confirmed. */
  let deadlineAtMs = Infinity;
  let hasUntold = false;
  let isStale = false;
  let isPairing = true;
  let housekeepAtMs = 0;
  let liveCount = 0;

  const sweep = async (): Promise<void> => {
    if (!isRegistered) events.changed(await statements.release(replicaId, REPLICA_LOST));
    isRegistered = true;
    let swept: Swept;
    hasUntold = false;
    isStale = false;
    do {
      const { maxUnconfirmed } = policy;
      const request = { replicaId, leaseMs: LEASE_MS, maxUnconfirmed, limit: SWEEP_LIMIT, ...events.ownOpen() };
      swept = await statements.sweep(request);
      events.changed(swept.changes);
    } while (swept.changes.length >= SWEEP_LIMIT);
    if (clock.monotonicMs() >= housekeepAtMs && isHousekeeper()) {
      housekeepAtMs = clock.monotonicMs() + HOUSEKEEP_EVERY_MS;
      events.changed(await statements.housekeep(MAX_LIVE_MS, KEEP_MS, HOUSEKEEP_LIMIT));
    }
    liveCount = swept.liveCount;
    if (swept.isWaiting) pairer.noteLine();
    else if (!pairer.hasNews) pairer.noteEmpty();
    sweptAtMs = clock.monotonicMs();
    deadlineAtMs = sweptAtMs + Math.max(SWEEP_AGAIN_MS, swept.deadlineMs ?? Infinity);
  };

  const nextSweepMs = (): number => {
    const { pending, live } = events.ownOpen();
    const isQuiet = isAnnounced() && pairer.waitingCount + pending.length + live.length === 0;
    const everyMs = hasUntold ? UNTOLD_SWEEP_MS : isQuiet ? QUIET_SWEEP_EVERY_MS : SWEEP_EVERY_MS;
    return Math.min(sweptAtMs + Math.min(isStale ? SWEEP_AGAIN_MS : everyMs, policy.confirmMs), deadlineAtMs);
  };

  return {
    noteNews: pairer.noteNews,
    noteUntold() {
      hasUntold = true;
    },
    noteStale() {
      isStale = true;
    },
    stopPairing() {
      isPairing = false;
    },
    abandon: pairer.abandon,
    get waitingCount() {
      return pairer.waitingCount;
    },
    get longestWaitMs() {
      return pairer.longestWaitMs;
    },
    get liveCount() {
      return liveCount;
    },
    idleCount: idConflicts.countFor,
    explainRules: pairer.explainRules,
    waitingBuckets: pairer.waitingBuckets,
    async run() {
      const startedMs = clock.monotonicMs();
      try {
        if (startedMs >= nextSweepMs()) await sweep();
        const made = await pairer.turn(() => isPairing);
        const endedMs = clock.monotonicMs();
        events.emit("cycle:finished", { durationMs: endedMs - startedMs, waiting: pairer.waitingCount, made });
        return Math.max(0, Math.min(nextSweepMs() - endedMs, isPairing ? pairer.nextMs() : Infinity));
      } catch (thrown) {
        pairer.noteNews();
        throw thrown;
      }
    },
  };
}
