import type { EventSource } from "@shoal/kernel";
import type { Attributes } from "./attributes.ts";
import type { TicketExplanation } from "./rules/explain-rules.ts";
import type { BucketWait } from "./rules/objective.ts";

/** Origin of a ticket; a `lobby` ticket closes when its person's presence ends. */
export type TicketSource = "lobby" | "api";

/** `waiting`: in line. `reserved`: paired, to be confirmed. `matched`: in a live match. `closed`: for good. */
export type TicketStatus = "waiting" | "reserved" | "matched" | "closed";

export interface OpenTicket {
  readonly userId: string;
  readonly name?: string;
  readonly source: TicketSource;
  /**
   * The person's own mark of this wait (lobby presence `since`), an ISO time with a zone, at most a minute in the future: one
   * ticket per user and mark. Marks are only compared for being the same, because a person's devices have different clocks.
   * Without it, the call means an open ticket that is not in a live match yet, or else opens a new one.
   */
  readonly since?: string;
  /** For rules of matching. Those of a known wait of the source `api` replace what was said before; none, or an empty object, changes nothing. */
  readonly attributes?: Attributes;
  /** Whether the person asks, with a ticket of the source `api` and no mark: then at most 30 waits begin within a minute. Default false. */
  readonly isByPerson?: boolean;
  /**
   * Whether the entry may be of somebody else, because the person's own has left the lobby. The call is `held` while the person is in a
   * room with a bot, where the own entry need not be shown. Default false.
   */
  readonly isDoubted?: boolean;
  /** The person's other entries in the lobby. While one of them is of the person's match or of a known wait, a new mark ends no match. */
  readonly shown?: readonly ShownEntry[];
}

/** An entry that the lobby shows of a person. */
export interface ShownEntry {
  readonly since: string;
  /** Null unless it says `matched`. */
  readonly matchId: string | null;
}

/**
 * What a call to open a ticket found. `opened`: a new ticket, or one that came back. `known`: this wait was seen before.
 * `held`: another ticket of the person stands, and is returned; the same call may open this one later.
 */
export type OpenOutcome = "opened" | "known" | "held";

export interface OpenedTicket extends TicketView {
  readonly outcome: OpenOutcome;
}

/** The part of a ticket that its owner may see, and why it is not matched yet. */
export interface TicketView {
  readonly id: string;
  readonly userId: string;
  readonly status: TicketStatus;
  readonly closedReason: string | null;
  readonly matchId: string | null;
  readonly roomId: string | null;
  /** Time from its start until it was paired or closed, or until now, in ms. */
  readonly waitedMs: number;
  /** 1 is next; 1,001 stands for anything beyond 1,000. Null unless waiting. */
  readonly position: number | null;
  /**
   * The rule that holds it back, as this replica sees it. Null unless waiting.
   * `next-cycle`: none. `alone`: no other person waits whom the rules let it meet, and no bot is idle. `waiting-for-bot-time`: the same, and
   * a bot may come at `botAllowedAt`. `no-idle-bot`: a bot may come, but none is idle that this person may get.
   */
  readonly rule: "alone" | "waiting-for-bot-time" | "no-idle-bot" | "next-cycle" | null;
  /** Whether another person waits. */
  readonly hasCompany: boolean;
  /** What each rule does to the person, as of the last cycle. Null: not waiting, or not read by this process as one who does. */
  readonly rules: TicketExplanation | null;
  /** ISO time from which a bot may be used. Null unless waiting. */
  readonly botAllowedAt: string | null;
}

/** One whom a person does not want to meet again. */
export interface Block {
  readonly blockedId: string;
  readonly isBot: boolean;
  /** ISO time. */
  readonly createdAt: string;
}

/** A person in the lobby whose presence says `waiting` or `matched`. */
export interface LobbyEntry {
  readonly userId: string;
  /** As in `OpenTicket`. An entry without a usable mark stands for any wait of the user. */
  readonly since?: string;
}

/** One side of a match. */
export interface Seat {
  readonly id: string;
  readonly name: string;
  readonly bot: boolean;
  /** Null for bots. */
  readonly ticketId: string | null;
}

export interface Match {
  readonly matchId: string;
  readonly roomId: string;
  readonly seats: readonly [Seat, Seat];
}

/**
 * Each change of a ticket or a match is emitted once by all replicas together, or not at all where a process dies over it: what
 * concerns a match with a bot by the replica of that bot, all else by the one that made the change. What an RPC of a person
 * changed is emitted at once, within 3 s if its announcement was lost, or a second where none is heard, by one of them; what another replica did to a
 * bot's match within a second.
 */
export interface MatchmakerEvents {
  "ticket:opened": { readonly ticketId: string; readonly userId: string };
  "ticket:requeued": { readonly ticketId: string; readonly userId: string; readonly reason: string };
  "ticket:closed": { readonly ticketId: string; readonly userId: string; readonly reason: string };
  /** The match is committed; notices are to be sent. `waitMs`: how long each of its people waited. */
  "match:made": {
    readonly match: Match;
    readonly waitMs: readonly number[];
    /** That its people were in, as `bucketNameOf` names it. */
    readonly bucket: string;
  };
  /** Both sides have confirmed. */
  "match:live": { readonly matchId: string };
  /** The match ended because it was not confirmed in time (8 s). `missing`: who did not confirm. */
  "match:expired": { readonly matchId: string; readonly missing: readonly string[] };
  /** The match ended. `replica_lost`: the replica of its bot died. */
  "match:ended": { readonly matchId: string; readonly reason: string };
  /** This replica was taken for dead: another one has ended the match of its bot, and emitted that as `match:ended`. */
  "match:lost": { readonly matchId: string };
  "cycle:finished": { readonly durationMs: number; readonly waiting: number; readonly made: number };
  "cycle:failed": { readonly code: string };
}

/** A row of `shoal.match_change`. */
export interface Change {
  readonly event:
    | "ticket:opened"
    | "ticket:known"
    | "ticket:held"
    | "ticket:requeued"
    | "ticket:closed"
    | "match:confirmed"
    | "match:live"
    | "match:expired"
    | "match:ended";
  readonly ticket_id: string | null;
  readonly user_id: string | null;
  readonly match_id: string | null;
  readonly replica_id: string | null;
  readonly reason: string | null;
  readonly missing: readonly string[] | null;
}

export interface MatchPolicy {
  /** Wait after which a person may get a bot, in ms. Default 4,000. */
  readonly botAfterMs: number;
  /** Time to confirm, in ms. Default 8,000. @source SPEC A */
  readonly confirmMs: number;
  /** Number of unconfirmed matches after which a ticket is closed. Default 3. */
  readonly maxUnconfirmed: number;
}

/** An idle bot of this replica that a match may be made with. */
export interface IdleBot {
  readonly botId: string;
  readonly name: string;
  /** When it became idle, epoch ms; the bot that has been idle longest is used first. */
  readonly idleSinceMs: number;
  /**
   * Whether an operator chose its id, which may be that of a person: the bot gets no match while such a person has an open
   * ticket of the source `api`, which is logged once (`MATCH_BOT_ID_TAKEN`). In the lobby anybody may claim any id, so a claim
   * there takes no bot out. Default false: no person has an id like that.
   */
  readonly hasOperatorChosenId?: boolean;
}

/** The bots of this process, as the matchmaker needs them. */
export interface BotSupply {
  idleBots(): readonly IdleBot[];
  /** Reserves the bot for a match about to be committed. False if it is no longer idle. */
  reserve(botId: string): boolean;
  /** Gives back a bot whose match was not committed after all. */
  unreserve(botId: string): void;
}

/** Pairs waiting people with each other or with bots, durably. All calls may run on any replica at the same time. */
export interface Matchmaker {
  readonly events: EventSource<MatchmakerEvents>;
  /** Starts the loop. Idempotent. */
  start(): void;
  /**
   * Opens a ticket; idempotent by user and `since`. A mark that was not seen before is a new wait, whatever its size: it closes
   * the user's open ticket and ends the user's match. A known one changes nothing and returns the open ticket. The mark of a
   * ticket that `closeUser` or `reconcileLobby` closed before its match went live opens it again, in its old place, unless
   * another was opened since: presence comes and goes.
   *
   * A ticket of the lobby does not replace one that came another way, nor one in a match while `shown` has an entry of that match
   * or of a known wait: anybody can make an entry in the name of somebody else.
   *
   * @throws MATCH_INVALID_TICKET `details.field` names what is wrong, such as `attributes` or `attributes.language`
   * @throws MATCH_TOO_MANY_WAITS (retryable) the person has begun 30 waits within a minute
   */
  openTicket(ticket: OpenTicket): Promise<OpenedTicket>;
  /** Closes the ticket for good; a match it is in ends. Idempotent. Undefined for an unknown id. */
  closeTicket(ticketId: string, reason: string): Promise<TicketView | undefined>;
  /**
   * Closes the user's open ticket as `closeTicket` does, when the person has left the lobby. With `since`, only a ticket of
   * that mark, so that a late goodbye does not close another wait. Idempotent.
   */
  closeUser(userId: string, reason: string, since?: string): Promise<void>;
  /** The same for a person who may only be out of sight: nothing while the person is in a room with a bot, which ends the match itself. */
  closeUnlessInRoom(userId: string, reason: string, since?: string): Promise<void>;
  /**
   * Closes, with reason `gone`, the lobby tickets of all people not in `present`, and of those in it with new marks only. For
   * a complete presence state only: after the first sync of a lobby channel, never from single joins. Spares tickets opened
   * in the last 5 s, since another replica may have seen their person come a moment earlier, and people in rooms with bots. Idempotent.
   */
  reconcileLobby(present: readonly LobbyEntry[]): Promise<void>;
  ticket(ticketId: string): Promise<TicketView | undefined>;
  /**
   * Confirms a participant: a person, or the bot once it has joined the room. When all have confirmed, the match is live.
   * Idempotent. False: no such match is pending or live, or the participant has no seat in it.
   */
  confirm(matchId: string, participantId: string): Promise<boolean>;
  /**
   * The same for a person whom the bot of the match sees in their room. From then on the bot decides when the person is gone, and the
   * lobby does not.
   */
  confirmInRoom(matchId: string, participantId: string): Promise<boolean>;
  /** Confirms the person of that ticket, if it is in a match. Idempotent. Undefined for an unknown id. */
  confirmTicket(ticketId: string): Promise<TicketView | undefined>;
  /** Returns the match, also after its end (kept for a week). Undefined for an unknown id. */
  match(matchId: string): Promise<Match | undefined>;
  /**
   * Notes that the notice of a pending match could not be delivered to a person: if it is not confirmed, that does not count
   * towards closing the person's ticket. Idempotent.
   */
  noteUnreached(matchId: string, participantId: string): Promise<void>;
  /**
   * Ends a pending or live match. Tickets of a live one close; those of a pending one go back to the front, except the
   * ticket of `leaverId`, the participant who left. Idempotent.
   */
  endMatch(matchId: string, reason: string, leaverId?: string): Promise<void>;
  /**
   * Ends a pending or live match because an operator wants that, with the reason `ended_by_operator`, and writes `actor` into the audit. False:
   * there is no such match, or it is over.
   */
  endByOperator(matchId: string, actor: string): Promise<boolean>;
  /**
   * Keeps the person apart from the partner of that match, both ways and at once, and ends a match that the two are in (`blocked`). Idempotent.
   * Returns the partner's id; undefined: the person had no seat in it, or it has been over for a week.
   *
   * @throws MATCH_TOO_MANY_BLOCKS the person has blocked 1,000
   */
  block(userId: string, matchId: string): Promise<string | undefined>;
  /** Takes a block back. False: there was none. */
  unblock(userId: string, blockedId: string): Promise<boolean>;
  /** Whom the person has blocked, at most 1,000, by their ids. */
  blocks(userId: string): Promise<readonly Block[]>;
  /** Marks the conversation of that match for operators, once for each who reports it. False: that person had no seat in it, or it has been over for a week. */
  report(userId: string, matchId: string, reason: string): Promise<boolean>;
  /** Says what each rule does to a person in line, as of the last cycle. Undefined: this process has not read the ticket as one that waits. */
  explainRules(ticketId: string): TicketExplanation | undefined;
  /** How long people wait, by what must be equal, as of the last cycle: the `limit` buckets with the most people, and `other`. */
  waitingBuckets(limit: number): readonly BucketWait[];
  /** Counts idle bots of this replica that this person may get, as of the last cycle. */
  idleCount(userId: string): number;
  /** Runs a cycle now rather than at the next interval, because there may be work (a bot is idle again). */
  nudge(): void;
  /** Sweeps now rather than at the next interval, for what `MatchmakerOptions.sweep` says besides. Pairs nobody. */
  sweepSoon(): void;
  /** Number of waiting tickets, as of the last cycle. */
  readonly waitingCount: number;
  /** How long the person who waits longest has waited by now, in ms; null while nobody is known to wait. */
  readonly longestWaitMs: number | null;
  /** Number of live matches of all replicas, as of the last second. */
  readonly liveCount: number;
  /** Takes over a live match whose bot another replica has handed to this one, in the database. Its end is emitted here. */
  adopt(matchId: string): void;
  /** Gives up a match that `shoal.match_hand_over` gave to another replica: nothing is emitted of it here any more. */
  forget(matchId: string): void;
  /** Makes no more matches. Those that there are stay this replica's: its term is renewed until `drain`. Idempotent. */
  stopPairing(): void;
  /**
   * Stops pairing; ends this replica's matches with bots; waiting tickets stay for the other replicas. Idempotent.
   *
   * @throws STORE_UNAVAILABLE (retryable) pairing has stopped, but the matches end only when the replica's term is over
   */
  drain(): Promise<void>;
}
