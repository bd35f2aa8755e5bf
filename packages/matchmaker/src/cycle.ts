import { DAY_MS, type Log, MINUTE_MS, type Runtime, SECOND_MS } from "@shoal/kernel";
import { isRefusedForGood } from "@shoal/store";
import { createIdConflicts } from "./id-conflicts.ts";
import { type MatchEvents, REPLICA_LOST } from "./match-events.ts";
import { type Decision, pairTickets, type WaitingTicket } from "./pair.ts";
import type { DecisionRow, Statements } from "./statements.ts";
import type { Swept } from "./sweep.ts";
import type { BotSupply, Match, MatchPolicy, Seat } from "./types.ts";

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
/** Enough to pair 100,000 people in a few seconds, small enough that a commit takes well under a second. */
const BATCH_SIZE = 2_000;
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
  readonly bots: BotSupply;
  /** Whether people who come are announced to `noteNews`. */
  readonly isAnnounced: () => boolean;
}

/** Runs cycles: terms and deadlines when they are due, then pairing. */
export interface Cycle {
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
  /** Gives back the bots of decisions that may or may not be committed. */
  abandon(): void;
  readonly waitingCount: number;
  /** Number of live matches of all replicas, as of the last sweep. */
  readonly liveCount: number;
  /** Counts idle bots that this person may get, as of the last cycle. */
  idleCount(userId: string): number;
}

interface Prepared {
  readonly decision: Decision;
  readonly match: Match;
  readonly waitMs: readonly number[];
}

interface Settled {
  readonly made: number;
  /** Number of people in the matches made. */
  readonly seated: number;
  readonly droppedPeople: number;
}

interface Batch {
  readonly made: number;
  /** There may be more to pair. */
  readonly isFull: boolean;
  /** Time until something can be done for the tickets left. */
  readonly nextMs: number;
}

export function createCycle(options: CycleOptions): Cycle {
  const { statements, events, runtime, log, replicaId, policy, bots, isAnnounced } = options;
  const { clock, ids } = runtime;
  const idConflicts = createIdConflicts(bots, log);
  let isRegistered = false;
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  /** When the next match must be confirmed. */
  let deadlineAtMs = Infinity;
  /** False: whoever waits was in the last read. */
  let hasNews = true;
  let hasUntold = false;
  let isStale = false;
  let isPairing = true;
  let housekeepAtMs = 0;
  let waitingCount = 0;
  let liveCount = 0;
  /** Decisions sent to the database that have no answer so far: it may have committed them. */
  let unsettled: readonly Prepared[] = [];

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
    if (clock.monotonicMs() >= housekeepAtMs) {
      housekeepAtMs = clock.monotonicMs() + HOUSEKEEP_EVERY_MS;
      events.changed(await statements.housekeep(MAX_LIVE_MS, KEEP_MS, HOUSEKEEP_LIMIT));
    }
    liveCount = swept.liveCount;
    if (swept.isWaiting) hasNews = true;
    else if (!hasNews) waitingCount = 0;
    sweptAtMs = clock.monotonicMs();
    deadlineAtMs = sweptAtMs + Math.max(SWEEP_AGAIN_MS, swept.deadlineMs ?? Infinity);
  };

  const nextSweepMs = (): number => {
    const { pending, live } = events.ownOpen();
    const isQuiet = isAnnounced() && waitingCount + pending.length + live.length === 0;
    const everyMs = hasUntold ? UNTOLD_SWEEP_MS : isQuiet ? QUIET_SWEEP_EVERY_MS : SWEEP_EVERY_MS;
    return Math.min(sweptAtMs + Math.min(isStale ? SWEEP_AGAIN_MS : everyMs, policy.confirmMs), deadlineAtMs);
  };

  /** Commits the decisions in `unsettled`. They stay there until there is an answer, so that they are sent again without one. */
  const settle = async (): Promise<Settled> => {
    if (unsettled.length === 0) return { made: 0, seated: 0, droppedPeople: 0 };
    const standing = await statements.commit(replicaId, policy.confirmMs, unsettled.map(rowOf)).catch((thrown) => {
      if (isRefusedForGood(thrown)) abandon();
      throw thrown;
    });
    const settled = unsettled;
    unsettled = [];
    const made = settled.filter(({ match }) => standing.has(match.matchId));
    const dropped = settled.filter(({ match }) => !standing.has(match.matchId));
    for (const { decision } of dropped) if (decision.kind === "bot") bots.unreserve(decision.bot.botId);
    for (const { match, waitMs } of made) events.made(match, waitMs);
    return {
      made: made.length,
      seated: made.reduce((people, { waitMs }) => people + waitMs.length, 0),
      droppedPeople: dropped.filter(({ decision }) => decision.kind === "people").length,
    };
  };

  const abandon = () => {
    for (const { decision } of unsettled) if (decision.kind === "bot") bots.unreserve(decision.bot.botId);
    unsettled = [];
  };

  /** Pairs one batch. */
  const pair = async (): Promise<Batch> => {
    const chosenIds = idConflicts.operatorChosenIds();
    hasNews = false;
    const rows = await statements.waiting(BATCH_SIZE, chosenIds);
    const nowMs = rows[0]?.nowMs ?? 0;
    const idle = idConflicts.allowed(chosenIds, rows[0]?.takenIds ?? []);
    const { decisions, left } = pairTickets(rows, idle, policy, nowMs);
    unsettled = decisions
      .filter((decision) => decision.kind === "people" || bots.reserve(decision.bot.botId))
      .map((decision) => prepare(decision, nowMs, ids.uuid(), ids.uuid()));
    const { made, seated, droppedPeople } = await settle();
    waitingCount = rows.length - seated;
    return {
      made,
      isFull: rows.length === BATCH_SIZE && made > 0,
      nextMs: droppedPeople > 0 ? 0 : untilBotTime(left, policy.botAfterMs, nowMs),
    };
  };

  return {
    noteNews() {
      hasNews = true;
    },
    noteUntold() {
      hasUntold = true;
    },
    noteStale() {
      isStale = true;
    },
    stopPairing() {
      isPairing = false;
    },
    abandon,
    get waitingCount() {
      return waitingCount;
    },
    get liveCount() {
      return liveCount;
    },
    idleCount: idConflicts.countFor,
    async run() {
      const startedMs = clock.monotonicMs();
      try {
        if (startedMs >= nextSweepMs()) await sweep();
        let { made } = await settle();
        let batch: Batch = { made: 0, isFull: hasNews || waitingCount > 0, nextMs: Infinity };
        while (isPairing && batch.isFull) {
          batch = await pair();
          made += batch.made;
        }
        const endedMs = clock.monotonicMs();
        events.emit("cycle:finished", { durationMs: endedMs - startedMs, waiting: waitingCount, made });
        return Math.max(0, Math.min(nextSweepMs() - endedMs, batch.nextMs));
      } catch (thrown) {
        hasNews = true;
        throw thrown;
      }
    },
  };
}

/** Returns the time until the next ticket may get a bot. Tickets past that time wait for an idle bot, which causes a nudge. */
function untilBotTime(left: readonly WaitingTicket[], botAfterMs: number, nowMs: number): number {
  const waits = left.map((ticket) => ticket.queuedAtMs + botAfterMs - nowMs).filter((waitMs) => waitMs > 0);
  return Math.ceil(Math.min(SWEEP_EVERY_MS, ...waits));
}

function prepare(decision: Decision, nowMs: number, matchId: string, roomId: string): Prepared {
  const people = decision.kind === "people" ? [decision.first, decision.second] : [decision.first];
  const other: Seat =
    decision.kind === "people"
      ? personSeat(decision.second)
      : { id: decision.bot.botId, name: decision.bot.name, bot: true, ticketId: null };
  return {
    decision,
    match: { matchId, roomId, seats: [personSeat(decision.first), other] },
    waitMs: people.map((ticket) => Math.max(0, nowMs - ticket.queuedAtMs)),
  };
}

const personSeat = (ticket: WaitingTicket): Seat => ({
  id: ticket.userId,
  name: ticket.name,
  bot: false,
  ticketId: ticket.id,
});

function rowOf({ decision, match }: Prepared): DecisionRow {
  const isBot = decision.kind === "bot";
  return {
    match_id: match.matchId,
    room_id: match.roomId,
    first: decision.first.id,
    second: isBot ? null : decision.second.id,
    bot_id: isBot ? decision.bot.botId : null,
    bot_name: isBot ? decision.bot.name : null,
  };
}
