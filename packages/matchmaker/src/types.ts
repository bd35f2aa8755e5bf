import type { EventSource } from "@shoal/kernel";

/** Where a ticket came from; a `lobby` ticket lives as long as its person's presence does. */
export type TicketSource = "lobby" | "api";

/** `waiting` in line, `reserved` paired and to be confirmed, `matched` in a live match, `closed` for good. */
export type TicketStatus = "waiting" | "reserved" | "matched" | "closed";

export interface OpenTicket {
  readonly userId: string;
  readonly name?: string;
  readonly source: TicketSource;
  /** The person's own mark of this wait (lobby presence `since`): one ticket per user and mark. Default: now. */
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
  readonly waitedMs: number;
  /** 1 is next. Null unless waiting. */
  readonly position: number | null;
  /** Which rule holds it back. Null unless waiting. */
  readonly rule: "alone" | "waiting-for-bot-time" | "no-idle-bot" | "next-cycle" | null;
  /** ISO time from which a bot may be used. Null unless waiting. */
  readonly botAllowedAt: string | null;
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
  /** Committed; notices are to be sent. `waitMs`: longest wait of its people. */
  "match:made": { readonly match: Match; readonly waitMs: readonly number[] };
  "match:live": { readonly matchId: string };
  /** Not confirmed in time (8 s). `missing`: who did not. */
  "match:expired": { readonly matchId: string; readonly missing: readonly string[] };
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
  /** Its idle time so far decides: longest first. */
  readonly idleSinceMs: number;
}

/** The replica's bots, as the matchmaker needs them; in process. */
export interface BotSupply {
  idleBots(): readonly IdleBot[];
  /** Holds the bot for a match about to be committed. False when it is no longer idle. */
  reserve(botId: string): boolean;
  /** The match was not committed after all. */
  unreserve(botId: string): void;
}

export interface Matchmaker {
  readonly events: EventSource<MatchmakerEvents>;
  /** Starts the loop. */
  start(): void;
  /** Idempotent by user and `since`. A newer wait closes the user's older ticket and ends the user's match. */
  openTicket(ticket: OpenTicket): Promise<TicketView>;
  /** Closes the ticket; a match it is in ends. Idempotent. Undefined for an unknown id. */
  closeTicket(ticketId: string, reason: string): Promise<TicketView | undefined>;
  /** As `closeTicket`, for whatever open ticket the user has: when the person left the lobby. */
  closeUser(userId: string, reason: string): Promise<void>;
  ticket(ticketId: string): Promise<TicketView | undefined>;
  /** That side is there. When all sides are, the match is live. False: no such pending match for that participant. */
  confirm(matchId: string, participantId: string): Promise<boolean>;
  confirmTicket(ticketId: string): Promise<TicketView | undefined>;
  /** Ends a pending or live match; tickets of a pending one go back to the front unless `reason` says the person left. Idempotent. */
  endMatch(matchId: string, reason: string): Promise<void>;
  /** There may be work: look now rather than at the next interval. */
  nudge(): void;
  /** Tickets waiting now, as of the last cycle. */
  readonly waitingCount: number;
  /** Stops pairing; ends this replica's matches with bots; waiting tickets stay for the other replicas. Idempotent. */
  drain(): Promise<void>;
}
