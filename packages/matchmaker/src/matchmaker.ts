import {
  createLoop,
  errorFields,
  fullJitter,
  invariant,
  isUuid,
  type ReportLoop,
  type Runtime,
  SECOND_MS,
  unreported,
} from "@shoal/kernel";
import { createWakeListener, type Database } from "@shoal/store";
import { checkTicket, isMark, isText, refusalOf, refuseBlock } from "./check-ticket.ts";
import { type Cycle, createCycle } from "./cycle.ts";
import { createMatchEvents, type MatchEvents } from "./match-events.ts";
import { BOT_MARGIN_MS } from "./pairer.ts";
import { checkPolicy } from "./policy.ts";
import { botDueMs } from "./rules/objective.ts";
import { checkRules, type MatchRules } from "./rules/rules.ts";
import { createStatements, type SeatRow, type Statements } from "./statements.ts";
import type { Sweep } from "./sweep.ts";
import type { BotSupply, Change, Matchmaker, MatchPolicy, OpenOutcome, Seat, TicketView } from "./types.ts";
import { viewOf } from "./view.ts";

export interface MatchmakerOptions {
  /** Database with the matchmaking migration applied. */
  readonly database: Database;
  readonly runtime: Runtime;
  /** Id of this process among all that share the database. `start` ends matches that a dead process of this id left open. */
  readonly replicaId: string;
  /** Defaults: bot after 4,000 ms, 8,000 ms to confirm, closed at the third time it is not confirmed. */
  readonly policy?: Partial<MatchPolicy>;
  /** Who may meet whom. Default: all but those who blocked each other. */
  readonly rules?: Partial<MatchRules>;
  /** The bots of this process. */
  readonly bots: BotSupply;
  /** Receives how each cycle ends, under the name `matchmaker`. One every few seconds writes, so it notices a read-only database. */
  readonly reportLoop?: ReportLoop;
  /** Sends the sweeps, of which there is one every 3 s at least, and may ask more in the same statement. Default: `shoal.match_look` alone. */
  readonly sweep?: Sweep;
  /** Whether this process ends matches of yesterday and deletes old rows, which is enough for one of several. Default: each does. */
  readonly isHousekeeper?: () => boolean;
}

/** Waits between failed cycles: short, so that a database that is back is used soon, and jittered, so that replicas spread. */
const failureBackoff = fullJitter(200, 2 * SECOND_MS);

/** Time in which nudges make one cycle, in ms: enough for many people who come together, too short to be felt. */
const NUDGE_MS = 5;

/** On which people who wait, and what they change by RPC, are announced. */
const CHANNEL = "shoal_match";
/** Says on it that somebody waits, and nothing else has changed. */
const WAITING = "waiting";

/** Bounds the time by which two replicas see the lobby differently. */
const LOBBY_GRACE_MS = 5 * SECOND_MS;

/**
 * Makes a matchmaker; `start` starts its loop. Several may run on one database. While the database is away, calls fail
 * with `STORE_UNAVAILABLE` (retryable) and the loop tries again by itself.
 *
 * @throws MATCH_INVALID_POLICY a number of the policy is out of its range
 * @throws MATCH_INVALID_RULES the rules cannot be used
 */
export function createMatchmaker(options: MatchmakerOptions): Matchmaker {
  return assembleMatchmaker(options).matchmaker;
}

/** Makes the matchmaker and its cycle, which tests run one by one. */
export function assembleMatchmaker(options: MatchmakerOptions): { matchmaker: Matchmaker; cycle: Cycle } {
  const { database, runtime, replicaId, bots, reportLoop = unreported, isHousekeeper = () => true } = options;
  const policy = checkPolicy(options.policy ?? {});
  const rules = checkRules(options.rules ?? {});
  const botAfterMs = botDueMs(policy.botAfterMs, rules.slaMs, BOT_MARGIN_MS);
  const log = runtime.log.child({ part: "matchmaker", replica_id: replicaId });
  const statements = createStatements(database, runtime, options.sweep);
  const nudge = () => {
    cycle.noteNews();
    loop.nudge();
  };
  const events = createMatchEvents(replicaId, log, nudge);
  const listener = createWakeListener({
    ...{ database, runtime, channel: CHANNEL },
    onWake(payload) {
      if (payload !== WAITING) cycle.noteUntold();
      nudge();
    },
    onUnsupported: () =>
      log.info({}, "people who wait by RPC or by a row are only found each second: this connection cannot LISTEN"),
  });
  const isAnnounced = () => listener.isListening;
  const cycle = createCycle({
    ...{ statements, events, runtime, log, replicaId, policy, rules, bots, isAnnounced, isHousekeeper },
  });
  const loop = createLoop({
    runtime,
    work: () => cycle.run(),
    backoff: failureBackoff,
    nudgeMs: NUDGE_MS,
    report: reportLoop("matchmaker"),
    onError(error) {
      const fields = errorFields(error);
      log.debug(fields, "a cycle of the matchmaker failed; it is tried again");
      events.emit("cycle:failed", { code: fields.error_code });
    },
  });
  let drained: Promise<void> | undefined;

  const view = async (ticketId: string): Promise<TicketView | undefined> => {
    const row = isUuid(ticketId) ? await statements.ticket(ticketId) : undefined;
    if (!row) return undefined;
    const rules = row.status === "waiting" ? cycle.explainRules(row.id) : undefined;
    return viewOf(row, botAfterMs, { idleBots: cycle.idleCount(row.user_id), rules });
  };

  const matchmaker: Matchmaker = {
    events: events.source,
    start() {
      if (drained) return;
      loop.start();
      listener.start();
    },
    nudge,
    sweepSoon() {
      cycle.noteStale();
      loop.nudge();
    },
    get waitingCount() {
      return cycle.waitingCount;
    },
    get longestWaitMs() {
      return cycle.longestWaitMs;
    },
    get liveCount() {
      return cycle.liveCount;
    },
    ...ticketCalls({ statements, events, view, compared: [...rules.equal, ...Object.keys(rules.near)] }),
    ...matchCalls({ statements, events, view }),
    ...blockCalls({ statements, events }),
    explainRules: cycle.explainRules,
    waitingBuckets: cycle.waitingBuckets,
    idleCount: cycle.idleCount,
    adopt: events.adopt,
    forget: events.forget,
    stopPairing: cycle.stopPairing,
    drain() {
      const release = async () => {
        await loop.stop();
        cycle.abandon();
        events.changed(await statements.release(replicaId, "drained"));
      };
      drained ??= Promise.all([release(), listener.close()]).then(() => {});
      return drained;
    },
  };
  return { matchmaker, cycle };
}

interface CallParts {
  readonly statements: Statements;
  readonly events: MatchEvents;
  readonly view: (ticketId: string) => Promise<TicketView | undefined>;
  /** Names of attributes that rules compare. */
  readonly compared: readonly string[];
}

type TicketCalls = Pick<
  Matchmaker,
  "openTicket" | "closeTicket" | "closeUser" | "closeUnlessInRoom" | "reconcileLobby" | "ticket"
>;

function ticketCalls({ statements, events, view, compared }: CallParts): TicketCalls {
  const closeUser = async (userId: string, reason: string, since: string | undefined, sparesRooms: boolean) => {
    events.changed(await statements.closeUser(userId, reason, isMark(since) ? since : undefined, sparesRooms));
  };
  return {
    ticket: view,

    async openTicket(ticket) {
      checkTicket(ticket, compared);
      const standing = ticket.isDoubted ? await view((await statements.ticketInRoom(ticket.userId)) ?? "") : undefined;
      if (standing) return { ...standing, outcome: "held" };
      const changes = await statements.open(ticket).catch((thrown) => {
        throw refusalOf(thrown) ?? thrown;
      });
      events.changed(changes);
      const [first] = changes;
      const opened = await view(first?.ticket_id ?? "");
      invariant(first && opened, "an opened ticket exists");
      return { ...opened, outcome: OUTCOMES[first.event] ?? "opened" };
    },

    async closeTicket(ticketId, reason) {
      if (isUuid(ticketId)) events.changed(await statements.closeTicket(ticketId, reason));
      return view(ticketId);
    },

    closeUser: (userId, reason, since) => closeUser(userId, reason, since, false),

    closeUnlessInRoom: (userId, reason, since) => closeUser(userId, reason, since, true),

    async reconcileLobby(present) {
      // An id that no row can hold has no ticket, and would fail the statement for all.
      const storable = present.filter(({ userId }) => isText(userId));
      const entries = storable.map(({ userId, since }) => (isMark(since) ? { userId, since } : { userId }));
      events.changed(await statements.closeAbsent(entries, LOBBY_GRACE_MS));
    },
  };
}

type MatchCalls = Pick<
  Matchmaker,
  "confirm" | "confirmInRoom" | "confirmTicket" | "match" | "noteUnreached" | "endMatch" | "endByOperator"
>;

function matchCalls({ statements, events, view }: Omit<CallParts, "compared">): MatchCalls {
  const confirmBy =
    (write: Statements["confirm"]) =>
    async (matchId: string, participantId: string): Promise<boolean> => {
      if (!isUuid(matchId)) return false;
      const changes = await write(matchId, participantId);
      events.changed(changes);
      return changes.length > 0;
    };
  const confirm = confirmBy(statements.confirm);

  return {
    confirm,

    confirmInRoom: confirmBy(statements.confirmInRoom),

    async confirmTicket(ticketId) {
      const ticket = await view(ticketId);
      if (!ticket?.matchId) return ticket;
      await confirm(ticket.matchId, ticket.userId);
      return view(ticketId);
    },

    async match(matchId) {
      const [first, second] = isUuid(matchId) ? await statements.seats(matchId) : [];
      if (!first || !second) return undefined;
      return { matchId, roomId: first.room_id, seats: [seatOf(first), seatOf(second)] };
    },

    async noteUnreached(matchId, participantId) {
      if (isUuid(matchId)) await statements.unreached(matchId, participantId);
    },

    async endMatch(matchId, reason, leaverId) {
      if (isUuid(matchId)) events.changed(await statements.end(matchId, reason, leaverId));
    },

    async endByOperator(matchId, actor) {
      const changes = isUuid(matchId) ? await statements.endByOperator(matchId, actor) : [];
      events.changed(changes);
      return changes.length > 0;
    },
  };
}

function blockCalls({
  statements,
  events,
}: Pick<CallParts, "statements" | "events">): Pick<Matchmaker, "block" | "unblock" | "blocks" | "report"> {
  return {
    async block(userId, matchId) {
      const rows = isUuid(matchId) && isText(userId) ? await statements.block(userId, matchId).catch(refuseBlock) : [];
      events.changed(rows.flatMap(({ change }) => change ?? []));
      return rows[0]?.blocked_id;
    },

    unblock: async (userId, blockedId) => isText(userId) && isText(blockedId) && statements.unblock(userId, blockedId),

    async blocks(userId) {
      const rows = isText(userId) ? await statements.blocks(userId) : [];
      return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
    },

    report: async (userId, matchId, reason) =>
      isUuid(matchId) && isText(userId) && statements.report(userId, matchId, reason),
  };
}

const OUTCOMES: Readonly<Partial<Record<Change["event"], OpenOutcome>>> = {
  "ticket:known": "known",
  "ticket:held": "held",
};

function seatOf({ participant_id: id, name, bot, ticket_id: ticketId }: SeatRow): Seat {
  return { id, name, bot, ticketId };
}
