import { type EpochMs, unreachable } from "@shoal/kernel";

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
 * `isRetiring` (scale-down, drain): the bot finishes its conversation and then stops instead of becoming idle.
 */
export type BotState =
  | { readonly kind: "starting" }
  | { readonly kind: "idle"; readonly sinceMs: EpochMs }
  | { readonly kind: "reserved"; readonly sinceMs: EpochMs; readonly isRetiring: boolean }
  | { readonly kind: "joining"; readonly assignment: Assignment; readonly isRetiring: boolean }
  | { readonly kind: "waiting"; readonly assignment: Assignment; readonly isRetiring: boolean }
  | { readonly kind: "talking"; readonly assignment: Assignment; readonly isRetiring: boolean }
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
  /** The daemon drains: the conversation ends now, with a goodbye. */
  | { readonly kind: "drain" }
  | { readonly kind: "stopped" }
  /** The bot's kind threw, or another replica owns the bot now: it says nothing more. */
  | { readonly kind: "crash" };

export type BotEffect =
  | { readonly kind: "join-room"; readonly assignment: Assignment }
  | { readonly kind: "start-conversation"; readonly assignment: Assignment }
  /** Say goodbye if possible, end the match, release the room; `left` when done. */
  | { readonly kind: "leave-room"; readonly assignment: Assignment; readonly reason: string }
  /** Show the new status in the lobby. */
  | { readonly kind: "show-status" }
  /** Announce an idle bot: the matchmaker may wait for one. */
  | { readonly kind: "offer" }
  /** Release everything; `stopped` when done. */
  | { readonly kind: "stop" }
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
      return state.kind === "joining" ? { state: { ...state, kind: "waiting" }, effects: [] } : ignored;
    case "room-failed":
      return state.kind === "joining" ? leave(state, "room_failed") : ignored;
    case "match-live":
      if (state.kind !== "waiting") return ignored;
      return {
        state: { ...state, kind: "talking" },
        effects: [{ kind: "start-conversation", assignment: state.assignment }],
      };
    case "match-over":
      return isInMatch(state) ? leave(state, event.reason) : ignored;
    case "left":
      if (state.kind !== "leaving") return ignored;
      return state.isRetiring ? stop() : becomeIdle(nowMs);
    case "retire":
      return retire(state);
    case "drain":
      return drain(state);
    case "stopped":
      return state.kind === "stopping" ? { state: { kind: "stopped" }, effects: [] } : ignored;
    case "crash":
      return { state: { kind: "crashed" }, effects: [{ kind: "abandon", assignment: assignmentOf(state) }] };
    default:
      return unreachable(event);
  }
}

type InMatch = Extract<BotState, { kind: "joining" | "waiting" | "talking" }>;

function isInMatch(state: BotState): state is InMatch {
  return state.kind === "joining" || state.kind === "waiting" || state.kind === "talking";
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

/** Ends the bot now. A reserved one stops at once: its room is still empty, so it need not wait for the match. */
function drain(state: BotState): BotStep {
  if (state.kind === "reserved") return stop();
  return isInMatch(state) ? leave({ ...state, isRetiring: true }, "drain") : retire(state);
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
    case "leaving":
      return { state: { ...state, isRetiring: true }, effects: [] };
    default:
      return { state, effects: [] };
  }
}

function stop(): BotStep {
  return { state: { kind: "stopping" }, effects: [{ kind: "stop" }] };
}
