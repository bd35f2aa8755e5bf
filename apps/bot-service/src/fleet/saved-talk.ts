import { z } from "zod";
import type { RoomMessage } from "./bot-kind.ts";

/** A conversation as it leaves a process. */
export interface SavedTalk {
  /** Whether the partner has been greeted; `state` is null otherwise. */
  readonly isGreeted: boolean;
  /** What the kind saved. */
  readonly state: unknown;
  /** Messages that the kind was not given, oldest first. */
  readonly unanswered: readonly RoomMessage[];
  /** Keys of the messages heard lately. */
  readonly heard: readonly string[];
}

/** @source supabase/migrations/20261130005300_hand_over.sql */
export const SAVED_MAX_BYTES = 262_144;

/** Writes it as text, in which every character is one that Postgres can hold; null if it is too large. Throws what JSON cannot hold. */
export function writeSavedTalk(saved: SavedTalk): string | null {
  const text = JSON.stringify(saved);
  return Buffer.byteLength(text) <= SAVED_MAX_BYTES ? text : null;
}

// Lenient, because a process of another version may have written it.
const savedSchema = z.object({
  isGreeted: z.boolean().catch(true),
  state: z.unknown(),
  unanswered: z.array(z.object({ id: z.string(), from: z.string(), text: z.string() })).catch([]),
  heard: z.array(z.string()).catch([]),
});

/** Reads what `writeSavedTalk` wrote, maybe in another version. What cannot be read is forgotten. Never throws. */
export function readSavedTalk(text: string): SavedTalk {
  try {
    return savedSchema.parse(JSON.parse(text));
  } catch {
    return { isGreeted: true, state: null, unanswered: [], heard: [] };
  }
}
