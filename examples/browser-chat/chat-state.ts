/**
 * ```
 * idle ──wait──▶ signing-in ──▶ waiting ──match──▶ meeting ──partner comes──▶ talking ──┐
 *                                  ▲                  │ not confirmed in time           │ somebody leaves or is gone
 *                                  └──────────────────┘                   over ◀────────┘
 * ```
 * `wait` works in each of them and begins anew.
 */
export type ChatPhase = "idle" | "signing-in" | "waiting" | "meeting" | "talking" | "over";

/** How the conversation ended. `gone`: without a goodbye, such as by a closed lid; `match-over`: somebody else ended it. */
export type Ended = "you-left" | "you-blocked" | "partner-left" | "partner-gone" | "match-over";

export interface Partner {
  readonly id: string;
  readonly name: string;
  readonly isBot: boolean;
}

/** A match, as the notice and the answers of the functions tell of it. */
export interface Match {
  readonly matchId: string;
  readonly roomId: string;
  readonly partner: Partner;
}

export interface ChatMessage {
  readonly id: string;
  readonly isMine: boolean;
  /** A stranger's text, if it is not one's own: show it as text, never as HTML. */
  readonly text: string;
  readonly sentAt: string;
  /** Of one's own: `sent` once the server has it. Others are always `sent`. */
  readonly delivery: "sending" | "sent" | "failed";
}

/** Something that does not work, said so that a person can act on it. */
export interface Problem {
  /** Stable; for programs. */
  readonly code: string;
  /** For people. */
  readonly text: string;
  /** Whether waiting does not help. Others are tried again without being asked. */
  readonly isLasting: boolean;
}

/** All that a page shows. Replaced as a whole with each change. */
export interface ChatState {
  readonly phase: ChatPhase;
  /** The person's id, once signed in. */
  readonly me: string | null;
  readonly name: string;
  /** Whether the project answers now. It is tried again meanwhile. */
  readonly isOnline: boolean;
  readonly match: Match | null;
  readonly isPartnerHere: boolean;
  readonly isPartnerTyping: boolean;
  readonly messages: readonly ChatMessage[];
  /** Set while the phase is `over`. */
  readonly ended: Ended | null;
  /** Whether the person has reported the partner of this match. */
  readonly isReported: boolean;
  /** What does not work, and what to do about it. */
  readonly problem: Problem | null;
}

export const NO_MATCH = {
  match: null,
  isPartnerHere: false,
  isPartnerTyping: false,
  messages: [],
  ended: null,
  isReported: false,
} as const satisfies Partial<ChatState>;

export const FIRST_STATE: ChatState = {
  phase: "idle",
  me: null,
  name: "",
  isOnline: true,
  ...NO_MATCH,
  problem: null,
};

/** Where a conversation is kept through a reload: `sessionStorage`, so that each tab is a person of its own. */
export type ChatStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const isId = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Reads a notice, or the state that `match_wait` and `match_confirm` answer with; null where it names no match. */
export function readMatch(payload: unknown): Match | null {
  const { match_id, room_id, partner } = (payload ?? {}) as Record<string, unknown>;
  const { id, name, bot } = (partner ?? {}) as Record<string, unknown>;
  if (!isId(match_id) || !isId(room_id) || !isId(id)) return null;
  return {
    matchId: match_id,
    roomId: room_id,
    partner: { id, name: typeof name === "string" ? name : "Somebody", isBot: bot === true },
  };
}

/** Longer ones are cut: a stranger may send 3 MB. */
const MOST_CHARACTERS = 4000;

/** Reads a message of a room; null where it is none. */
export function readMessage(payload: unknown): ChatMessage | null {
  const { id, text, sent_at } = (payload ?? {}) as Record<string, unknown>;
  if (!isId(id) || typeof text !== "string") return null;
  const sentAt = typeof sent_at === "string" ? sent_at : "";
  return { id, isMine: false, text: text.slice(0, MOST_CHARACTERS), sentAt, delivery: "sent" };
}
