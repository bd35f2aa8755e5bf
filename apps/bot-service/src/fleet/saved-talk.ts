import { errorFields, type LogFields, type Runtime, withTimeout } from "@shoal/kernel";
import { z } from "zod";
import type { RoomMessage } from "./bot-kind.ts";

/** A conversation as it leaves a process. */
export interface SavedTalk {
  /** Whether the partner has been greeted; `state` is null otherwise. */
  readonly isGreeted: boolean;
  /** What the kind saved. */
  readonly state: unknown;
  /** Messages that the kind was not given, oldest first. */
  readonly unanswered: readonly Omit<RoomMessage, "receivedAtMs">[];
  /** Keys of the messages heard lately. */
  readonly heard: readonly string[];
}

/** @source supabase/migrations/20261130005300_hand_over.sql */
const SAVED_MAX_BYTES = 262_144;

/** Bounds what a kind takes to save a conversation, in ms. */
const SAVE_LIMIT_MS = 2000;
const NOT_SAVED =
  "a conversation cannot be handed over: the bot kind's save() threw, took too long, or returned what is no JSON or more than 256 KB; it stays here until this daemon ends";

/** Saves as text, in which every character is one that Postgres can hold. Null, which is logged, if it cannot be saved. Never rejects. */
export async function savedAsText(
  save: () => Promise<SavedTalk>,
  limitMs: number,
  { clock, log }: Pick<Runtime, "clock" | "log">,
  fields: LogFields,
): Promise<string | null> {
  try {
    const outcome = await withTimeout(
      clock,
      Math.min(SAVE_LIMIT_MS, limitMs),
      save().then((saved) => JSON.stringify(saved)),
    );
    if (outcome.kind === "value" && Buffer.byteLength(outcome.value) <= SAVED_MAX_BYTES) return outcome.value;
    log.warn(fields, NOT_SAVED);
  } catch (thrown) {
    // Its message may quote what was said.
    log.warn({ ...fields, error_code: errorFields(thrown).error_code }, NOT_SAVED);
  }
  return null;
}

// Lenient, because a process of another version may have written it.
const savedSchema = z.object({
  isGreeted: z.boolean().catch(true),
  state: z.unknown(),
  unanswered: z.array(z.object({ id: z.string(), from: z.string(), text: z.string() })).catch([]),
  heard: z.array(z.string()).catch([]),
});

/** Reads what `savedAsText` wrote, maybe in another version. What cannot be read is forgotten. Never throws. */
export function readSavedTalk(text: string): SavedTalk {
  try {
    return savedSchema.parse(JSON.parse(text));
  } catch {
    return { isGreeted: true, state: null, unanswered: [], heard: [] };
  }
}
