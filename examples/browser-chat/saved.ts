import {
  type ChatMessage,
  type ChatState,
  type ChatStorage,
  type Match,
  readMatch,
  readMessage,
} from "./chat-state.ts";

const KEY = "shoal-chat";
const MOST_MESSAGES = 100;

/** What outlives a reload: who waits under which name, or talks in which match, and what was said. */
export interface Saved {
  readonly me: string;
  readonly name: string;
  /** Null: the person waits. */
  readonly match: Match | null;
  readonly messages: readonly ChatMessage[];
}

/** Keeps what `readSaved` returns, and nothing once nobody waits or talks. */
export function save(storage: ChatStorage | undefined, { phase, me, name, match, messages }: ChatState): void {
  const isGoingOn = me !== null && phase !== "idle" && phase !== "over";
  if (!isGoingOn) return storage?.removeItem(KEY);
  const partner = match && { id: match.partner.id, name: match.partner.name, bot: match.partner.isBot };
  const shown = messages.slice(-MOST_MESSAGES);
  const kept = {
    me,
    name,
    match: match && { match_id: match.matchId, room_id: match.roomId, partner },
    messages: shown,
  };
  storage?.setItem(KEY, JSON.stringify(kept));
}

export function readSaved(storage: ChatStorage | undefined): Saved | null {
  const text = storage?.getItem(KEY);
  if (!text) return null;
  const { me, name, match, messages } = JSON.parse(text);
  return {
    ...{ me, name, match: readMatch(match) },
    messages: (messages as ChatMessage[]).flatMap((one) => {
      const message = readMessage({ ...one, sent_at: one.sentAt });
      // What was on its way may have arrived or not.
      const delivery = one.delivery === "sent" ? ("sent" as const) : ("failed" as const);
      return message ? [{ ...message, isMine: one.isMine, delivery }] : [];
    }),
  };
}
