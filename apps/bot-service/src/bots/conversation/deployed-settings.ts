import { z } from "zod";
import { issueLine } from "../../issue-words.ts";
import type { BotSettings } from "../bot-kind.ts";
import type { Settings } from "./options.ts";
import type { Persona } from "./persona.ts";

/** What whoever deploys a conversation bot may choose. Numbers above the daemon's own are taken as those. */
const schema = z.strictObject({
  /** Id of a persona. Default: the one the bot's name belongs to. */
  persona: z.string().optional(),
  /** Messages the bot sends in one conversation, its farewell included. */
  max_messages: z.int().min(1).max(1000).optional(),
  /** Silence of the partner after which the bot takes its leave. */
  idle_ms: z.int().min(1000).max(3_600_000).optional(),
});

/** What is wrong with the settings, in words for people; null: nothing. */
export function checkSettings(settings: BotSettings, personas: readonly Persona[]): string | null {
  const { data, error } = schema.safeParse(settings);
  if (error) return issueLine(error.issues[0], "settings");
  if (data.persona === undefined || personas.some(({ id }) => id === data.persona)) return null;
  return `persona: there is none of that id, only ${personas.map(({ id }) => id).join(", ")}`;
}

/** The daemon's settings with the bot's own, which have been checked, laid over them. */
export function readSettings(settings: BotSettings, common: Settings): Settings {
  const { data } = schema.safeParse(settings);
  if (!data) return common;
  const chosen = common.personas.filter(({ id }) => id === data.persona);
  return {
    ...common,
    personas: chosen.length > 0 ? chosen : common.personas,
    maxMessages: Math.min(data.max_messages ?? common.maxMessages, common.maxMessages),
    idleMs: Math.min(data.idle_ms ?? common.idleMs, common.idleMs),
  };
}
