import { z } from "zod";
import { issueLine } from "../issue-words.ts";
import { storableText } from "../storable-text.ts";
import { uuid } from "../uuid.ts";
import { COMMANDS, type CommandName } from "./types.ts";

/**
 * Levels of nesting in a payload. Postgres reads JSON by recursion: a payload just within the limit of Postgres would exceed it
 * inside the list of all deployments of a round, and fail every other command of the round with it.
 */
export const MAX_NESTING = 64;

const config = z.record(z.string(), z.unknown());
const nothing = z.strictObject({});

/** The payload of each command. */
export const payloadSchemas = {
  START_BOT: z.strictObject({
    kind: z.string().min(1).max(64).optional(),
    name: storableText(z.string().min(1).max(80)).optional(),
    config: config.optional(),
    /** For the operator only: starts the bot for this user. */
    owner_id: uuid.optional(),
  }),
  STOP_BOT: z.strictObject({
    /** Lets a conversation under way end by itself. Default false: it ends now, with a goodbye. */
    graceful: z.boolean().default(false),
    /** Deletes the bot's row once it has stopped. */
    remove: z.boolean().default(false),
  }),
  RESTART_BOT: nothing,
  PAUSE_BOT: nothing,
  RESUME_BOT: nothing,
  UPDATE_CONFIG: z.strictObject({ config }),
} as const satisfies Record<CommandName, z.ZodType>;

/** A command and its payload, checked. */
export type ReadCommand = {
  [Name in CommandName]: { readonly command: Name; readonly payload: z.infer<(typeof payloadSchemas)[Name]> };
}[CommandName];

export function isCommandName(text: string): text is CommandName {
  return (COMMANDS as readonly string[]).includes(text);
}

/** Says what is wrong with a payload first, naming the field. */
export function problemOf(error: z.ZodError): string {
  return issueLine(error.issues[0], "payload");
}
