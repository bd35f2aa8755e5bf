import { type Runtime, SECOND_MS } from "@shoal/kernel";
import { isRefusedForGood } from "@shoal/store";
import { createExplainer } from "./explainer.ts";
import type { IdConflicts } from "./id-conflicts.ts";
import type { MatchEvents } from "./match-events.ts";
import { type Decision, pairTickets, type WaitingTicket } from "./pair.ts";
import { bucketNameOf } from "./rules/bucket-name.ts";
import type { TicketExplanation } from "./rules/explain-rules.ts";
import { type BucketWait, botDueMs, objectiveOf } from "./rules/objective.ts";
import type { MatchRules } from "./rules/rules.ts";
import type { DecisionRow, Statements } from "./statements.ts";
import type { BotSupply, Match, MatchPolicy, Seat } from "./types.ts";
import { createWaitingLine, PAGE_SIZE } from "./waiting-line.ts";

/** So many that a commit takes well under a second. */
const MAX_DECISIONS = PAGE_SIZE / 2;
/** A bot is looked for so long before the objective is missed: a cycle and its commit take less. */
export const BOT_MARGIN_MS = SECOND_MS;
/** Between two looks at a line in which windows still widen. */
const WIDEN_EVERY_MS = SECOND_MS;
/** A long line is paired a fifth of the time, however often somebody comes: with 20,000 who wait and nobody fits, each look takes 15 ms. */
const REST_PER_WORK = 4;

export interface PairerOptions {
  readonly statements: Statements;
  readonly events: MatchEvents;
  readonly runtime: Runtime;
  readonly replicaId: string;
  readonly policy: MatchPolicy;
  readonly rules: MatchRules;
  readonly bots: BotSupply;
  readonly idConflicts: IdConflicts;
}

/** Reads the line, pairs it and commits what was decided. */
export interface Pairer {
  /** The line may be another: the next turn reads what changed. */
  noteLine(): void;
  /** Somebody may be paired even if the line is the same, because a bot is idle: the next turn looks. */
  noteNews(): void;
  /** Nobody waits. */
  noteEmpty(): void;
  /** Pairs all that can be paired now, unless it rests. Returns the number of matches made. Must not overlap with another call. Errors as `Sql.query`. */
  turn(isWanted: () => boolean): Promise<number>;
  /** Time until the next turn has something to do if nothing else changes, in ms; 0 or more. */
  nextMs(): number;
  /** Gives back the bots of decisions that may or may not be committed. */
  abandon(): void;
  readonly hasNews: boolean;
  readonly waitingCount: number;
  /** How long the person who waits longest has waited by now, in ms; null while nobody is known to wait. */
  readonly longestWaitMs: number | null;
  explainRules(ticketId: string): TicketExplanation | undefined;
  waitingBuckets(limit: number): readonly BucketWait[];
}

interface Prepared {
  readonly decision: Decision;
  readonly match: Match;
  readonly waitMs: readonly number[];
  /** As it is sent, also again. */
  readonly row: DecisionRow;
}

export function createPairer(options: PairerOptions): Pairer {
  const { statements, events, runtime, replicaId, policy, rules, bots, idConflicts } = options;
  const { clock, ids } = runtime;
  const botAfterMs = botDueMs(policy.botAfterMs, rules.slaMs, BOT_MARGIN_MS);
  const avoidsBlocks = rules.avoid === "blocks";
  const line = createWaitingLine(statements, avoidsBlocks);
  const widensForMs = Math.max(0, ...Object.values(rules.near).map(widenedAfterMs));
  let hasNews = true;
  /** Whether a look is needed also at the same line. */
  let isNudged = true;
  /** When the line may be paired otherwise although nothing changed, on the monotonic clock. */
  let againAtMs = Number.NEGATIVE_INFINITY;
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  /** What to add to the monotonic clock for that of the database, as of the last read. */
  let databaseAheadMs = 0;
  /** Decisions sent to the database that have no answer so far: it may have committed them. */
  let unsettled: readonly Prepared[] = [];

  const databaseNowMs = () => clock.monotonicMs() + databaseAheadMs;
  const explainer = createExplainer(line, { botAfterMs, rules }, databaseNowMs);
  const noteNews = () => {
    hasNews = true;
    isNudged = true;
  };
  const versionOf = (ticketId: string) => line.ticket(ticketId)?.version ?? null;
  const prepared = (decision: Decision, nowMs: number): Prepared => {
    const match = matchOf(decision, ids.uuid(), ids.uuid());
    const waitMs = ticketsOf(decision).map((ticket) => Math.max(0, nowMs - ticket.queuedAtMs));
    return { decision, match, waitMs, row: rowOf(decision, match, versionOf) };
  };
  const giveBack = ({ decision }: Prepared) => {
    if (decision.kind === "bot") bots.unreserve(decision.bot.botId);
  };
  const abandon = () => {
    unsettled.forEach(giveBack);
    unsettled = [];
  };

  /** Commits the decisions in `unsettled` and returns how many stand. They stay there until there is an answer, so that they are sent again without one. */
  const settle = async (): Promise<number> => {
    if (unsettled.length === 0) return 0;
    const rows = unsettled.map(({ row }) => row);
    const standing = await statements.commit(replicaId, policy.confirmMs, rows, avoidsBlocks).catch((thrown) => {
      if (isRefusedForGood(thrown)) abandon();
      throw thrown;
    });
    const made = unsettled.filter(({ match }) => standing.has(match.matchId));
    const dropped = unsettled.filter(({ match }) => !standing.has(match.matchId));
    unsettled = [];
    const tickets = made.flatMap(({ decision }) => ticketsOf(decision));
    line.remove(tickets.map(({ id }) => id));
    explainer.noteRemoved(tickets);
    line.doubt(dropped.flatMap(ticketIdsOf));
    dropped.forEach(giveBack);
    if (dropped.some(({ decision }) => decision.kind === "people")) noteNews();
    for (const { decision, match, waitMs } of made) {
      events.made(match, waitMs, bucketNameOf(decision.first.attributes, rules));
    }
    return made.length;
  };

  /** Reads a page or the changes, and pairs whom it may. Returns whether there is more to do at once. */
  const pairOnce = async (): Promise<{ readonly made: number; readonly isMore: boolean }> => {
    const chosenIds = idConflicts.operatorChosenIds();
    const mustLook = isNudged || clock.monotonicMs() >= againAtMs;
    hasNews = false;
    isNudged = false;
    const { nowMs, takenIds, hasChanged, isCut } = await line.read(chosenIds);
    databaseAheadMs = nowMs - clock.monotonicMs();
    const idle = idConflicts.allowed(chosenIds, takenIds);
    if (!mustLook && !hasChanged) return { made: 0, isMore: isCut };
    const { decisions, left, line: compared } = pairTickets(line.tickets, idle, { botAfterMs, rules }, nowMs);
    explainer.noteRead(compared);
    unsettled = decisions
      .slice(0, MAX_DECISIONS)
      .filter((decision) => decision.kind === "people" || bots.reserve(decision.bot.botId))
      .map((decision) => prepared(decision, nowMs));
    const made = await settle();
    againAtMs = clock.monotonicMs() + untilOtherwise(left, nowMs);
    return { made, isMore: isCut || decisions.length > MAX_DECISIONS };
  };

  /** Returns the time until a ticket that is left may get a bot, or somebody whom its window takes in by then. */
  const untilOtherwise = (left: readonly WaitingTicket[], nowMs: number): number => {
    let waitMs = Infinity;
    for (const { queuedAtMs } of left) {
      const waitedMs = nowMs - queuedAtMs;
      // Those past that time wait for an idle bot, which is news.
      if (waitedMs < botAfterMs) waitMs = Math.min(waitMs, botAfterMs - waitedMs);
      if (waitedMs < widensForMs) waitMs = Math.min(waitMs, WIDEN_EVERY_MS);
    }
    return Math.ceil(waitMs);
  };

  return {
    noteLine() {
      hasNews = true;
    },
    noteNews,
    noteEmpty() {
      line.forget();
      explainer.noteRead(null);
    },
    abandon,
    async turn(isWanted) {
      let made = await settle();
      const startedMs = clock.monotonicMs();
      if (startedMs < restsUntilMs) return made;
      let isMore = hasNews || startedMs >= againAtMs;
      while (isMore && isWanted()) {
        const paired = await pairOnce();
        made += paired.made;
        isMore = paired.isMore;
      }
      const endedMs = clock.monotonicMs();
      if (line.tickets.length > PAGE_SIZE) restsUntilMs = endedMs + REST_PER_WORK * (endedMs - startedMs);
      return made;
    },
    nextMs() {
      const nowMs = clock.monotonicMs();
      return Math.max(0, restsUntilMs - nowMs, hasNews ? 0 : againAtMs - nowMs);
    },
    get hasNews() {
      return hasNews;
    },
    get waitingCount() {
      return line.tickets.length;
    },
    get longestWaitMs() {
      const [first] = line.tickets;
      return first ? Math.max(0, databaseNowMs() - first.queuedAtMs) : null;
    },
    explainRules: explainer.explain,
    waitingBuckets: (limit) => objectiveOf(line.tickets, rules, databaseNowMs(), { limit, known: [] }),
  };
}

const widenedAfterMs = ({ within, widenPerSecond, max }: MatchRules["near"][string]): number =>
  widenPerSecond === 0 ? 0 : ((max - within) / widenPerSecond) * SECOND_MS;

const ticketsOf = (decision: Decision): WaitingTicket[] =>
  decision.kind === "people" ? [decision.first, decision.second] : [decision.first];

const ticketIdsOf = ({ decision }: Prepared): string[] => ticketsOf(decision).map(({ id }) => id);

function matchOf(decision: Decision, matchId: string, roomId: string): Match {
  const other: Seat =
    decision.kind === "people"
      ? personSeat(decision.second)
      : { id: decision.bot.botId, name: decision.bot.name, bot: true, ticketId: null };
  return { matchId, roomId, seats: [personSeat(decision.first), other] };
}

const personSeat = (ticket: WaitingTicket): Seat => ({
  id: ticket.userId,
  name: ticket.name,
  bot: false,
  ticketId: ticket.id,
});

function rowOf(decision: Decision, match: Match, versionOf: (ticketId: string) => string | null): DecisionRow {
  const second = decision.kind === "people" ? decision.second.id : null;
  const bot = decision.kind === "bot" ? decision.bot : null;
  return {
    match_id: match.matchId,
    room_id: match.roomId,
    first: decision.first.id,
    first_version: versionOf(decision.first.id),
    second,
    second_version: second === null ? null : versionOf(second),
    bot_id: bot?.botId ?? null,
    bot_name: bot?.name ?? null,
  };
}
