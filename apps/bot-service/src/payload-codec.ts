import { isInstant } from "@shoal/kernel";
import { type Attributes, attributesProblem } from "@shoal/matchmaker";
import { z } from "zod";
import { storableText } from "./storable-text.ts";

/** A person or bot in the lobby, as read from one presence entry. */
export interface LobbyMember {
  readonly userId: string;
  readonly name: string | null;
  readonly status: "waiting" | "idle" | "matched";
  /** The member's own mark of its status, an ISO time. A `waiting` with a new mark is a new ticket. */
  readonly since: string;
  readonly matchId: string | null;
  readonly isBot: boolean;
  /** For rules of matching. What cannot be used counts as none. */
  readonly attributes?: Attributes | null;
}

export interface MatchNotice {
  readonly matchId: string;
  readonly roomId: string;
  readonly partner: { readonly id: string; readonly name: string; readonly isBot: boolean };
}

export interface ChatMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** ISO time. */
  readonly sentAt: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads and writes an app's own payloads. A reader gets any payload that arrived and returns `null` for one it cannot read:
 * that is counted and dropped, and the conversation goes on.
 */
export interface PayloadCodec {
  readMember(entry: unknown): LobbyMember | null;
  writeMember(member: LobbyMember): JsonObject;
  writeNotice(notice: MatchNotice): JsonObject;
  readMessage(payload: unknown): ChatMessage | null;
  writeMessage(message: ChatMessage): JsonObject;
  readTyping(payload: unknown): { from: string; isTyping: boolean } | null;
  writeTyping(typing: { from: string; isTyping: boolean }): JsonObject;
  readLeave(payload: unknown): { from: string; reason: string } | null;
  writeLeave(leave: { from: string; reason: string }): JsonObject;
}

const idText = storableText(z.string().min(1).max(128));
/** In characters; a longer one of a person is shortened. */
const NAME_LENGTH = 80;
const nameText = storableText(z.string()).transform((name) => [...name].slice(0, NAME_LENGTH).join(""));
const markText = z.string().min(1).max(64);

/** Attributes that are wrong cost only themselves: the person waits without them. */
export const memberAttributes = z
  .custom<Attributes>((given) => given === undefined || given === null || attributesProblem(given) === null)
  .nullish()
  .catch(null);

const memberSchema = z.object({
  user_id: idText,
  name: nameText.optional(),
  status: z.enum(["waiting", "idle", "matched"]),
  since: markText.refine(isInstant, "must be an ISO time"),
  match_id: idText.optional(),
  bot: z.boolean().optional(),
  attributes: memberAttributes,
});
const messageSchema = z.object({ id: idText, from: idText, text: z.string().min(1).max(16_384), sent_at: markText });
const typingSchema = z.object({ from: idText, typing: z.boolean() });
const leaveSchema = z.object({ from: idText, reason: z.string().max(200).default("left") });

/** The payloads of the default contract; docs/app-contract.md lists them. */
export const defaultPayloads: PayloadCodec = {
  readMember(entry) {
    const { data } = memberSchema.safeParse(entry);
    if (!data) return null;
    return {
      userId: data.user_id,
      name: data.name ?? null,
      status: data.status,
      since: data.since,
      matchId: data.match_id ?? null,
      isBot: data.bot ?? false,
      ...(data.attributes && { attributes: data.attributes }),
    };
  },
  writeMember: (member) => ({
    user_id: member.userId,
    ...(member.name === null ? {} : { name: member.name }),
    status: member.status,
    since: member.since,
    ...(member.matchId === null ? {} : { match_id: member.matchId }),
    ...(member.isBot ? { bot: true } : {}),
  }),
  writeNotice: (notice) => ({
    match_id: notice.matchId,
    room_id: notice.roomId,
    partner: { id: notice.partner.id, name: notice.partner.name, bot: notice.partner.isBot },
  }),
  readMessage(payload) {
    const { data } = messageSchema.safeParse(payload);
    return data ? { id: data.id, from: data.from, text: data.text, sentAt: data.sent_at } : null;
  },
  writeMessage: (message) => ({ id: message.id, from: message.from, text: message.text, sent_at: message.sentAt }),
  readTyping(payload) {
    const { data } = typingSchema.safeParse(payload);
    return data ? { from: data.from, isTyping: data.typing } : null;
  },
  writeTyping: (typing) => ({ from: typing.from, typing: typing.isTyping }),
  readLeave(payload) {
    const { data } = leaveSchema.safeParse(payload);
    return data ?? null;
  },
  writeLeave: (leave) => leave,
};
