import { type EpochMs, unreachable } from "@shoal/kernel";

/** A match as one bot sees it. */
export interface Assignment {
  readonly matchId: string;
  readonly roomId: string;
  readonly partner: { readonly id: string; readonly name: string };
}

/**
 * One bot's life; its invariants and how long each state may last: docs/states/bot.md.
 *
 *   starting ──> idle ──> reserved ──> joining ──> waiting ──> talking
 *                 ^ ^        │            │           │           │
 *                 │ └────────┘            └───────────┴───────────┴──> leaving
 *                 └───────────────────────────────────────────────────────┘
 *   any ──> stopping ──> stopped          any ──> crashed
 *
 * `isRetiring` (scale-down, drain): the conversation goes on, and where the bot would become idle it stops instead.
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
  /** The lobby channel joined, will not be had, or takes too long: the bot is useful either way. */
  | { readonly kind: "lobby-settled" }
  | { readonly kind: "reserve" }
  | { readonly kind: "unreserve" }
  | { readonly kind: "assign"; readonly assignment: Assignment }
  | { readonly kind: "room-joined" }
  /** The room cannot be had. */
  | { readonly kind: "room-failed" }
  /** Everybody has confirmed. */
  | { readonly kind: "match-live" }
  /** Over, for whatever reason: the partner left or vanished, the kind had enough, the match expired or was ended. */
  | { readonly kind: "match-over"; readonly reason: string }
  /** Goodbye said, room released. */
  | { readonly kind: "left" }
  | { readonly kind: "retire" }
  /** End the conversation now, with a goodbye: the daemon drains. */
  | { readonly kind: "drain" }
  | { readonly kind: "stopped" }
  /** The bot's kind threw, or the bot is not ours any more: not another word. */
  | { readonly kind: "crash" };

export type BotEffect =
  | { readonly kind: "join-room"; readonly assignment: Assignment }
  | { readonly kind: "start-conversation"; readonly assignment: Assignment }
  /** Say goodbye if possible, end the match, release the room; `left` when done. */
  | { readonly kind: "leave-room"; readonly assignment: Assignment; readonly reason: string }
  /** Show the new status in the lobby. */
  | { readonly kind: "show-status" }
  /** There is an idle bot: the matchmaker may have waited for one. */
  | { readonly kind: "offer" }
  /** Release everything; `stopped` when done. */
  | { readonly kind: "stop" }
  /** Release everything, at once and without a word. */
  | { readonly kind: "abandon"; readonly assignment: Assignment | null };

export interface BotStep {
  readonly state: BotState;
  readonly effects: readonly BotEffect[];
}

/** Pure. Whatever does not fit the state is ignored: late results of what has been given up. */
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

/** The match a bot is in, if any. */
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

/** Nobody sits in a reserved bot's room yet, so it need not wait for what comes of the reservation. */
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
