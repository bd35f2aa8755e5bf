import { type Rng, uniform } from "@shoal/kernel";
import { smallTalk } from "./small-talk.ts";

/**
 * ```
 * entering ──online──▶ resting ──timeout──▶ waiting ──notice──▶ meeting ──partner-present──▶ talking ──last line──▶ parting
 *    ▲                  ▲  ▲  ▲                                    │  no show                   │ left, silent          │
 *    │ offline, from    │  │  └────────────────────────────────────┘                            │                       │
 *    │ everywhere       │  └────────────────────────────────────────────────────────────────────┘                       │
 *                       └───────────────────────────────────────────────────────────────────────────────────────────────┘
 * waiting ──timeout──▶ waiting, anew
 * stop, from everywhere ──▶ gone
 * ```
 */
export type PersonState = {
  /** The latest notices' matches, so that one that comes again is nothing new. */ readonly seen: readonly string[];
} & (
  | { readonly kind: "entering" }
  | { readonly kind: "resting" }
  | { readonly kind: "waiting" }
  | { readonly kind: "meeting"; readonly match: Match }
  | {
      readonly kind: "talking";
      readonly match: Match;
      /** About to say the next line, or waiting for an answer to the last one. */
      readonly phase: "thinking" | "listening";
      readonly script: readonly string[];
      readonly unanswered: number;
    }
  | { readonly kind: "parting"; readonly match: Match }
  | { readonly kind: "gone" }
);

export interface Match {
  readonly matchId: string;
  readonly roomId: string;
  readonly partner: { readonly id: string; readonly name: string; readonly isBot: boolean };
}

export type PersonEvent =
  /** The person is in the lobby and on the own user topic. */
  | { readonly kind: "online" }
  | { readonly kind: "offline" }
  | { readonly kind: "notice"; readonly match: Match }
  | { readonly kind: "partner-present" }
  | { readonly kind: "heard" }
  | { readonly kind: "partner-left" }
  | { readonly kind: "timeout" }
  | { readonly kind: "stop" };

export type PersonEffect =
  | { readonly kind: "wait-in-line" }
  /** Confirms the match and enters its room. */
  | { readonly kind: "enter-room"; readonly match: Match }
  /** Leaves the room. `reason` is null to leave without a broadcast, because the partner is gone or unreachable. */
  | { readonly kind: "leave-room"; readonly reason: string | null }
  | { readonly kind: "type"; readonly isTyping: boolean }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "met"; readonly match: Match }
  /** Sends a `timeout` after `delayMs`; replaces the wait before it. A change of `kind` without one ends it. */
  | { readonly kind: "wait"; readonly delayMs: number }
  | { readonly kind: "go" };

export interface Step {
  readonly state: PersonState;
  readonly effects: readonly PersonEffect[];
}

/** The person's name and randomness. */
export interface Self {
  readonly name: string;
  readonly rng: Rng;
}

/** Time a person waits for the partner to appear, in ms: as long as a match may take to be confirmed. @source docs/app-contract.md */
export const NO_SHOW_MS = 8000;
/** Time an answer may take before the person goes on, in ms. Longer than a bot types two lines. */
export const PATIENCE_MS = 7500;
/** Time after which a person without a match asks for its wait again, in ms: a notice may be lost, and a ticket closes after three. */
export const WAIT_ANEW_MS = 15_000;
const MAX_UNANSWERED = 2;
const FAREWELL_MS = 2500;
const SEEN_LIMIT = 20;

const thinkMs = (rng: Rng) => uniform(rng, 300, 2000);
/** Draws a rest, long enough that sometimes no other person waits and a bot steps in. */
const restMs = (rng: Rng) => uniform(rng, 300, 5000);

/** Returns the person's next state and effects. An event that does not concern a state changes nothing. Pure. */
export function transition(state: PersonState, event: PersonEvent, self: Self): Step {
  if (state.kind === "gone") return stay(state);
  if (event.kind === "stop")
    return { state: { kind: "gone", seen: state.seen }, effects: [...leaving(state, "left"), { kind: "go" }] };
  if (event.kind === "offline") return { state: { kind: "entering", seen: state.seen }, effects: leaving(state, null) };
  switch (state.kind) {
    case "entering":
      return event.kind === "online" ? rest(state, [], self) : stay(state);
    case "resting":
      if (event.kind === "notice") return onNotice(state, event.match);
      if (event.kind !== "timeout") return stay(state);
      return waitInLine(state.seen);
    case "waiting":
      if (event.kind === "notice") return onNotice(state, event.match);
      return event.kind === "timeout" ? waitInLine(state.seen) : stay(state);
    case "meeting":
      return whileMeeting(state, event, self);
    case "talking":
      return whileTalking(state, event, self);
    case "parting":
      if (event.kind === "partner-left") return rest(state, leaving(state, null), self);
      return event.kind === "timeout" ? rest(state, leaving(state, "left"), self) : stay(state);
  }
}

function waitInLine(seen: readonly string[]): Step {
  return {
    state: { kind: "waiting", seen },
    effects: [{ kind: "wait-in-line" }, { kind: "wait", delayMs: WAIT_ANEW_MS }],
  };
}

function whileMeeting(state: PersonState & { kind: "meeting" }, event: PersonEvent, self: Self): Step {
  const { match, seen } = state;
  switch (event.kind) {
    case "partner-present": {
      const script = smallTalk(self.name, match.partner.name, self.rng);
      const talking: PersonState = { kind: "talking", seen, match, phase: "thinking", script, unanswered: 0 };
      return { state: talking, effects: [{ kind: "met", match }, ...think(self)] };
    }
    case "notice":
      // The match before was not confirmed in time, and the server has made another one.
      return onNotice(state, event.match);
    case "partner-left":
      return rest(state, leaving(state, null), self);
    case "timeout":
      return rest(state, leaving(state, "no_show"), self);
    default:
      return stay(state);
  }
}

function whileTalking(state: PersonState & { kind: "talking" }, event: PersonEvent, self: Self): Step {
  switch (event.kind) {
    case "heard":
      if (state.phase === "thinking") return stay({ ...state, unanswered: 0 });
      return { state: { ...state, phase: "thinking", unanswered: 0 }, effects: think(self) };
    case "partner-left":
      return rest(state, leaving(state, null), self);
    case "timeout":
      return state.phase === "thinking" ? sayNext(state) : onSilence(state, self);
    default:
      return stay(state);
  }
}

function sayNext(state: PersonState & { kind: "talking" }): Step {
  const [text = "bye", ...script] = state.script;
  const speaking: readonly PersonEffect[] = [
    { kind: "say", text },
    { kind: "type", isTyping: false },
  ];
  if (script.length === 0) {
    const parting: PersonState = { kind: "parting", seen: state.seen, match: state.match };
    return { state: parting, effects: [...speaking, { kind: "wait", delayMs: FAREWELL_MS }] };
  }
  return {
    state: { ...state, phase: "listening", script },
    effects: [...speaking, { kind: "wait", delayMs: PATIENCE_MS }],
  };
}

function onSilence(state: PersonState & { kind: "talking" }, self: Self): Step {
  const unanswered = state.unanswered + 1;
  if (unanswered >= MAX_UNANSWERED) return rest(state, leaving(state, "silence"), self);
  return { state: { ...state, phase: "thinking", unanswered }, effects: think(self) };
}

function onNotice(state: PersonState, match: Match): Step {
  if (state.seen.includes(match.matchId)) return stay(state);
  const seen = [...state.seen, match.matchId].slice(-SEEN_LIMIT);
  const effects: readonly PersonEffect[] = [
    ...leaving(state, "left"),
    { kind: "enter-room", match },
    { kind: "wait", delayMs: NO_SHOW_MS },
  ];
  return { state: { kind: "meeting", seen, match }, effects };
}

function think({ rng }: Self): readonly PersonEffect[] {
  return [
    { kind: "type", isTyping: true },
    { kind: "wait", delayMs: thinkMs(rng) },
  ];
}

function rest(state: PersonState, effects: readonly PersonEffect[], { rng }: Self): Step {
  return {
    state: { kind: "resting", seen: state.seen },
    effects: [...effects, { kind: "wait", delayMs: restMs(rng) }],
  };
}

function leaving(state: PersonState, reason: string | null): readonly PersonEffect[] {
  const isInRoom = state.kind === "meeting" || state.kind === "talking" || state.kind === "parting";
  return isInRoom ? [{ kind: "leave-room", reason }] : [];
}

function stay(state: PersonState): Step {
  return { state, effects: [] };
}
