import { z } from "zod";
import type { Match } from "./person.state.ts";

/** Names and payloads of the default app (docs/app-contract.md), written out as in any other client. */
export const LOBBY_TOPIC = "global:lobby";
export const userTopic = (userId: string) => `user:${userId}`;
export const roomTopic = (roomId: string) => `room:${roomId}`;

const id = z.string().min(1).max(128);
const noticeSchema = z.object({
  match_id: id,
  room_id: id,
  partner: z.object({ id, name: z.string().max(80), bot: z.boolean() }),
});
const fromSchema = z.object({ from: id });
const messageSchema = z.object({ id, from: id, text: z.string() });

export function readNotice(payload: unknown): Match | null {
  const { data } = noticeSchema.safeParse(payload);
  if (!data) return null;
  const { partner } = data;
  return {
    matchId: data.match_id,
    roomId: data.room_id,
    partner: { id: partner.id, name: partner.name, isBot: partner.bot },
  };
}

/** Returns the sender of a room event, or null if it does not say. */
export function readSender(payload: unknown): string | null {
  return fromSchema.safeParse(payload).data?.from ?? null;
}

/** Reads a message of a room; null if it cannot be read. */
export function readMessage(
  payload: unknown,
): { readonly id: string; readonly from: string; readonly text: string } | null {
  return messageSchema.safeParse(payload).data ?? null;
}
