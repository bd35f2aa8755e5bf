import type { EventSource } from "@shoal/kernel";

/** Where a ticket came from; a `lobby` ticket lives as long as its person's presence does. */
export type TicketSource = "lobby" | "api";

/** `waiting` in line, `reserved` paired and to be confirmed, `matched` in a live match, `closed` for good. */
export type TicketStatus = "waiting" | "reserved" | "matched" | "closed";

export interface OpenTicket {
  readonly userId: string;
  readonly name?: string;
  readonly source: TicketSource;
  /**
   * The person's own mark of this wait (lobby presence `since`), ISO time with a zone: one ticket per user and mark.
   * Without it, an open ticket that is not in a live match yet is meant, or else a new wait from now on.
   */
  readonly since?: string;
}

/** A ticket as its owner may see it, and why it is not matched yet. */
export interface TicketView {
  readonly id: string;
  readonly userId: string;
  readonly status: TicketStatus;
  readonly closedReason: string | null;
  readonly matchId: string | null;
  readonly roomId: string | null;
  /** Until it was paired, or closed, or now. */
  readonly waitedMs: number;
  /** 1 is next; 1,001 stands for anything beyond 1,000. Null unless waiting. */
  readonly position: number | null;
  /**
   * Which rule holds it back, as this replica sees it. Null unless waiting.
   * `next-cycle`: nothing does. `alone`: nobody else waits and no bot is idle. `waiting-for-bot-time`: nobody else waits
   * and a bot may come at `botAllowedAt`. `no-idle-bot`: a bot may come and none is idle that this person may get.
   */
  readonly rule: "alone" | "waiting-for-bot-time" | "no-idle-bot" | "next-cycle" | null;
  /** ISO time from which a bot may be used. Null unless waiting. */
  readonly botAllowedAt: string | null;
}

/** Somebody in the lobby whose presence says `waiting` or `matched`. */
export interface LobbyEntry {
  readonly userId: string;
  /** As in `OpenTicket`. An entry without a usable mark stands for whatever wait the user has. */
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

export interface MatchmakerEvents {
  "ticket:opened": { readonly ticketId: string; readonly userId: string };
  "ticket:requeued": { readonly ticketId: string; readonly userId: string; readonly reason: string };
  "ticket:closed": { readonly ticketId: string; readonly userId: string; readonly reason: string };
  /** Committed; notices are to be sent. `waitMs`: how long each of its people waited. */
  "match:made": { readonly match: Match; readonly waitMs: readonly number[] };
  /** Everybody is there. Told by the replica that saw it, and by the one whose bot sits in it. */
  "match:live": { readonly matchId: string };
  /** Over, because it was not confirmed in time (8 s). `missing`: who did not. Told as `match:ended` is. */
  "match:expired": { readonly matchId: string; readonly missing: readonly string[] };
  /** Over. Told by the replica that ended it, and within a second or so by the one whose bot sits in it. */
  "match:ended": { readonly matchId: string; readonly reason: string };
  "cycle:finished": { readonly durationMs: number; readonly waiting: number; readonly made: number };
  "cycle:failed": { readonly code: string };
}

export interface MatchPolicy {
  /** A person may get a bot after this long, in ms. Default 4,000. */
  readonly botAfterMs: number;
  /** Time to confirm, in ms. Default 8,000. @source SPEC A */
  readonly confirmMs: number;
  /** Tickets not confirmed this many times are closed. Default 3. */
  readonly maxUnconfirmed: number;
}

/** An idle bot of this replica that a match may be made with. */
export interface IdleBot {
  readonly botId: string;
  readonly name: string;
  /** When it became idle, epoch ms: the one that has been idle longest comes first. */
  readonly idleSinceMs: number;
  /**
   * An operator chose its id, perhaps that of a person: the bot is left out while such a person has an open ticket, and the
   * log says so once (`MATCH_BOT_ID_TAKEN`). Default false: no person has an id like that.
   */
  readonly hasOperatorChosenId?: boolean;
}

/** The bots of this process, as the matchmaker needs them. */
export interface BotSupply {
  idleBots(): readonly IdleBot[];
  /** Holds the bot for a match about to be committed. False when it is no longer idle. */
  reserve(botId: string): boolean;
  /** The match was not committed after all. */
  unreserve(botId: string): void;
}

/** People waiting, paired with each other or with bots, durably. All calls may run on any replica at the same time. */
export interface Matchmaker {
  readonly events: EventSource<MatchmakerEvents>;
  /** Starts the loop. Idempotent. */
  start(): void;
  /**
   * Idempotent by user and `since`. A newer wait closes the user's older ticket and ends the user's match; an older one
   * than the open ticket changes nothing and shows that ticket. The mark of a ticket that `closeUser` or
   * `reconcileLobby` closed before its match went live opens it again, in its old place: presence comes and goes.
   *
   * @throws MATCH_INVALID_TICKET `details.field` names what is wrong
   */
  openTicket(ticket: OpenTicket): Promise<TicketView>;
  /** Closes the ticket for good; a match it is in ends. Idempotent. Undefined for an unknown id. */
  closeTicket(ticketId: string, reason: string): Promise<TicketView | undefined>;
  /**
   * As `closeTicket`, for whatever open ticket the user has: when the person left the lobby. With `since`, only a ticket
   * of that mark or an older one, so that a late goodbye does not close the next wait. Idempotent.
   */
  closeUser(userId: string, reason: string, since?: string): Promise<void>;
  /**
   * Closes, with reason `gone`, the lobby tickets of everybody not in `present`, and of those in it with a newer mark. For
   * a complete presence state only: after the first sync of a lobby channel, never from single joins. Tickets opened in
   * the last 5 s are spared, since another replica may have seen their person come a moment before us. Idempotent.
   */
  reconcileLobby(present: readonly LobbyEntry[]): Promise<void>;
  ticket(ticketId: string): Promise<TicketView | undefined>;
  /**
   * That participant (a person, or the bot once it has joined the room) is there. When all are, the match is live.
   * Idempotent. False: no such match that is pending or live, or no seat in it.
   */
  confirm(matchId: string, participantId: string): Promise<boolean>;
  /** As `confirm`, for the person of that ticket. Nothing changes unless the ticket is in a match. Undefined for an unknown id. */
  confirmTicket(ticketId: string): Promise<TicketView | undefined>;
  /** Who met in that match and where, also after its end (kept for a week). Undefined for an unknown id. */
  match(matchId: string): Promise<Match | undefined>;
  /**
   * Ends a pending or live match. Tickets of a live one close; those of a pending one go back to the front, except the
   * ticket of `leaverId`, the participant who left. Idempotent.
   */
  endMatch(matchId: string, reason: string, leaverId?: string): Promise<void>;
  /** There may be work (a bot is idle again): look now rather than at the next interval. */
  nudge(): void;
  /** Tickets waiting, as of the last cycle. */
  readonly waitingCount: number;
  /**
   * Stops pairing; ends this replica's matches with bots; waiting tickets stay for the other replicas. Idempotent.
   *
   * @throws STORE_UNAVAILABLE (retryable) pairing has stopped, but the matches end only when the replica's term is over
   */
  drain(): Promise<void>;
}
