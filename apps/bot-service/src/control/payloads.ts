import { z } from "zod";
import { issueLine } from "../issue-words.ts";
import { storableText } from "../storable-text.ts";
import { COMMANDS, type CommandName } from "./types.ts";

/**
 * Levels of nesting in a payload. Postgres reads JSON by recursion: a payload near its own limit is refused once it stands
 * in the list of all deployments of a round, and every other command with it.
 */
export const MAX_NESTING = 64;

const config = z.record(z.string(), z.unknown());
const nothing = z.strictObject({});

/** What each command may carry. */
export const payloadSchemas = {
  START_BOT: z.strictObject({
    kind: z.string().min(1).max(64).optional(),
    name: storableText(z.string().min(1).max(80)).optional(),
    config: config.optional(),
    /** For the operator only, who starts a bot for somebody. */
    owner_id: z.uuid().optional(),
  }),
  STOP_BOT: z.strictObject({
    /** A conversation under way may end by itself. Default false: it ends now, with a goodbye. */
    graceful: z.boolean().default(false),
    /** Forget the bot once it has stopped. */
    remove: z.boolean().default(false),
  }),
  RESTART_BOT: nothing,
  PAUSE_BOT: nothing,
  RESUME_BOT: nothing,
  UPDATE_CONFIG: z.strictObject({ config }),
} as const satisfies Record<CommandName, z.ZodType>;

/** A command with what it carries, read. */
export type ReadCommand = {
  [Name in CommandName]: { readonly command: Name; readonly payload: z.infer<(typeof payloadSchemas)[Name]> };
}[CommandName];

export function isCommandName(text: string): text is CommandName {
  return (COMMANDS as readonly string[]).includes(text);
}

/** The first thing that is wrong, in words for people that name the field. */
export function problemOf(error: z.ZodError): string {
  return issueLine(error.issues[0], "payload");
}
