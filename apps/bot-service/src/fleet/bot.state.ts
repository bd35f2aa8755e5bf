import { type EpochMs, unreachable } from "@shoal/kernel";
import type { SavedTalk } from "./saved-talk.ts";

/** The reason of the end of a match whose bot cannot be in the room any more. */
export const CHANNEL_FAILED = "channel_failed";

/** A match as one bot sees it. */
export interface Assignment {
  readonly matchId: string;
  readonly roomId: string;
  readonly partner: { readonly id: string; readonly name: string };
}

/**
 * The states of one bot. docs/states/bot.md has the invariants and how long each state may last.
 *
 *   starting ──> idle ──> reserved ──> joining ──> waiting ──> talking
 *                 ^ ^        │            │           │           │
 *                 │ └────────┘            └───────────┴───────────┴──> leaving
 *                 └───────────────────────────────────────────────────────┘
 *   any ──> stopping ──> stopped          any ──> crashed
 *
 *   talking <──> handing ──> stopping     taking ──> talking, stopping
 *
 * A conversation that goes to another replica: its bot is `handing` here and `taking` there.
 * `isRetiring` (scale-down, drain): the bot finishes its conversation and then stops instead of becoming idle.
 */
export type BotState =
  | { readonly kind: "starting" }
  | { readonly kind: "idle"; readonly sinceMs: EpochMs }
  | { readonly kind: "reserved"; readonly sinceMs: EpochMs; readonly isRetiring: boolean }
  | { readonly kind: "joining"; readonly assignment: Assignment; readonly isRetiring: boolean }
  | { readonly kind: "waiting"; readonly assignment: Assignment; readonly isRetiring: boolean }
  | { readonly kind: "talking"; readonly assignment: Assignment; readonly isRetiring: boolean }
  /** The conversation is paused; whose it is the database decides just now. */
  | { readonly kind: "handing"; readonly assignment: Assignment; readonly isRetiring: boolean }
  /** Listens in the room of a conversation that another replica may hand over. */
  | { readonly kind: "taking"; readonly offer: Assignment; readonly isRetiring: boolean }
  | { readonly kind: "leaving"; readonly assignment: Assignment; readonly isRetiring: boolean }
  | { readonly kind: "stopping" }
  | { readonly kind: "stopped" }
  | { readonly kind: "crashed" };

export type BotEvent =
  /** The lobby channel is joined, cannot be joined, or takes too long: the bot works in each case. */
  | { readonly kind: "lobby-settled" }
  | { readonly kind: "reserve" }
  | { readonly kind: "unreserve" }
  | { readonly kind: "assign"; readonly assignment: Assignment }
  | { readonly kind: "room-joined" }
  /** The room could not be joined. */
  | { readonly kind: "room-failed" }
  /** Both sides have confirmed. */
  | { readonly kind: "match-live" }
  /** The match is over: the partner left or vanished, the kind left, or the match expired or was ended. */
  | { readonly kind: "match-over"; readonly reason: string }
  /** The room is released. */
  | { readonly kind: "left" }
  | { readonly kind: "retire" }
  /** The conversation is to be handed over: it pauses. */
  | { readonly kind: "hand-over" }
  /** It was not, and goes on here. */
  | { readonly kind: "kept" }
  /** It is another replica's. */
  | { readonly kind: "handed" }
  /** It is this bot's now. */
  | { readonly kind: "taken"; readonly saved: SavedTalk }
  /** It will not be this bot's. */
  | { readonly kind: "withdrawn" }
  /** The daemon drains: the conversation ends now, with a goodbye. */
  | { readonly kind: "drain" }
  | { readonly kind: "stopped" }
  /** The bot's kind threw, or another replica owns the bot now: it says nothing more. */
  | { readonly kind: "crash" };

export type BotEffect =
  | { readonly kind: "join-room"; readonly assignment: Assignment }
  | { readonly kind: "start-conversation" }
  /** Go on with a conversation that another replica began. */
  | { readonly kind: "take-over"; readonly saved: SavedTalk }
  /** Go on after the pause. */
  | { readonly kind: "carry-on" }
  /** Say that the room can be heard. */
  | { readonly kind: "accept" }
  /** Say goodbye if possible, end the match, release the room; `left` when done. */
  | { readonly kind: "leave-room"; readonly assignment: Assignment; readonly reason: string }
  /** Show the new status in the lobby. */
  | { readonly kind: "show-status" }
  /** Announce an idle bot: the matchmaker may wait for one. */
  | { readonly kind: "offer" }
  /** Release everything; `stopped` when done. */
  | { readonly kind: "stop" }
  /** The same without a word in the room, where the bot stays, run by another replica. */
  | { readonly kind: "slip-away" }
  /** Release everything at once, without a goodbye. */
  | { readonly kind: "abandon"; readonly assignment: Assignment | null };

export interface BotStep {
  readonly state: BotState;
  readonly effects: readonly BotEffect[];
}

/** Returns the next state and its effects. Ignores events that do not fit the state, as late results do. Pure. */
export function transition(state: BotState, event: BotEvent, nowMs: EpochMs): BotStep {
  const ignored: BotStep = { state, effects: [] };
  if (state.kind === "stopped" || state.kind === "crashed") return ignored;
  switch (event.kind) {
    case "lobby-settled":
      return state.kind === "starting" ? becomeIdle(nowMs) : ignored;
    case "reserve":
      return state.kind === "idle"
        ? { state: { kind: "reserved", sinceMs: state.sinceMs, isRetiring: false }, effects: [] }
        : ignored;
    case "unreserve":
      if (state.kind !== "reserved") return ignored;
      return state.isRetiring ? stop() : { state: { kind: "idle", sinceMs: state.sinceMs }, effects: [] };
    case "assign":
      return assign(state, event.assignment);
    case "room-joined":
      if (state.kind === "taking") return { state, effects: [{ kind: "accept" }] };
      return state.kind === "joining" ? { state: { ...state, kind: "waiting" }, effects: [] } : ignored;
    case "room-failed":
      if (state.kind === "taking") return stop();
      return state.kind === "joining" ? leave(state, "room_failed") : ignored;
    case "match-live":
      if (state.kind !== "waiting") return ignored;
      return {
        state: { ...state, kind: "talking" },
        effects: [{ kind: "start-conversation" }],
      };
    case "match-over":
      // Its own channel failed: that is no end of a match that may be another replica's by now.
      if (state.kind === "handing" && event.reason === CHANNEL_FAILED) return ignored;
      return isInMatch(state) ? leave(state, event.reason) : ignored;
    case "left":
      if (state.kind !== "leaving") return ignored;
      return state.isRetiring ? stop() : becomeIdle(nowMs);
    case "hand-over":
    case "kept":
    case "handed":
      return handOver(state, event.kind);
    case "taken":
    case "withdrawn":
      return takeOver(state, event);
    case "retire":
      return retire(state);
    case "drain":
      return drain(state);
    case "stopped":
      return state.kind === "stopping" ? { state: { kind: "stopped" }, effects: [] } : ignored;
    case "crash":
      // A match that may be another replica's by now is not ended: if it is not, the term of this one ends it.
      return {
        state: { kind: "crashed" },
        effects: [{ kind: "abandon", assignment: state.kind === "handing" ? null : assignmentOf(state) }],
      };
    default:
      return unreachable(event);
  }
}

type InMatch = Extract<BotState, { kind: "joining" | "waiting" | "talking" | "handing" }>;

/** Returns whether the bot has a match that is not over. */
export function isInMatch(state: BotState): state is InMatch {
  return state.kind === "joining" || state.kind === "waiting" || state.kind === "talking" || state.kind === "handing";
}

/** Returns the match a bot is in, if any. */
export function assignmentOf(state: BotState): Assignment | null {
  return "assignment" in state ? state.assignment : null;
}

function becomeIdle(nowMs: EpochMs): BotStep {
  return { state: { kind: "idle", sinceMs: nowMs }, effects: [{ kind: "show-status" }, { kind: "offer" }] };
}

function assign(state: BotState, assignment: Assignment): BotStep {
  if (state.kind !== "reserved") return { state, effects: [] };
  return {
    state: { kind: "joining", assignment, isRetiring: state.isRetiring },
    effects: [{ kind: "show-status" }, { kind: "join-room", assignment }],
  };
}

function leave(state: InMatch, reason: string): BotStep {
  const { assignment, isRetiring } = state;
  return {
    state: { kind: "leaving", assignment, isRetiring },
    effects: [{ kind: "leave-room", assignment, reason }],
  };
}

function handOver(state: BotState, what: "hand-over" | "kept" | "handed"): BotStep {
  if (what === "hand-over")
    return state.kind === "talking" ? { state: { ...state, kind: "handing" }, effects: [] } : { state, effects: [] };
  if (state.kind !== "handing") return { state, effects: [] };
  if (what === "kept") return { state: { ...state, kind: "talking" }, effects: [{ kind: "carry-on" }] };
  return { state: { kind: "stopping" }, effects: [{ kind: "slip-away" }] };
}

function takeOver(state: BotState, event: Extract<BotEvent, { kind: "taken" | "withdrawn" }>): BotStep {
  if (state.kind !== "taking") return { state, effects: [] };
  if (event.kind === "withdrawn") return stop();
  const { offer: assignment, isRetiring } = state;
  return {
    state: { kind: "talking", assignment, isRetiring },
    effects: [{ kind: "show-status" }, { kind: "take-over", saved: event.saved }],
  };
}

/**
 * Ends the bot now. A reserved one stops at once: its room is still empty, so it need not wait for the match. One that hands over
 * or takes is waited for: it is decided soon whose conversation it is.
 */
function drain(state: BotState): BotStep {
  if (state.kind === "reserved") return stop();
  return isInMatch(state) && state.kind !== "handing" ? leave({ ...state, isRetiring: true }, "drain") : retire(state);
}

function retire(state: BotState): BotStep {
  switch (state.kind) {
    case "starting":
    case "idle":
      return stop();
    case "reserved":
    case "joining":
    case "waiting":
    case "talking":
    case "handing":
    case "taking":
    case "leaving":
      return { state: { ...state, isRetiring: true }, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function stop(): BotStep {
  return { state: { kind: "stopping" }, effects: [{ kind: "stop" }] };
}
