import type { Persona } from "@shoal/conversation";
import type { Settings } from "./options.ts";

/** Settings that a `START_BOT` or `UPDATE_CONFIG` command brings: a JSON object from outside. */
export type DeployedSettings = Readonly<Record<string, unknown>>;

const WHOLE_NUMBERS = {
  /** Messages the bot sends in one conversation, its farewell included. */
  max_messages: { least: 1, most: 1000 },
  /** Silence of the partner after which the bot leaves, in ms. */
  idle_ms: { least: 1000, most: 3_600_000 },
} as const;

/** Returns what is wrong with the settings, in words for people; null if they are valid. */
export function checkSettings(settings: DeployedSettings, personas: readonly Persona[]): string | null {
  for (const [field, value] of Object.entries(settings)) {
    const problem = problemOf(field, value, personas);
    if (problem !== null) return `${field}: ${problem}`;
  }
  return null;
}

function problemOf(field: string, value: unknown, personas: readonly Persona[]): string | null {
  if (field === "persona") {
    if (personas.some(({ id }) => id === value)) return null;
    return `there is none of that id, only ${personas.map(({ id }) => id).join(", ")}`;
  }
  if (field !== "max_messages" && field !== "idle_ms") return "there is no such field";
  const { least, most } = WHOLE_NUMBERS[field];
  return isWithin(field, value) ? null : `must be a whole number from ${least} to ${most}`;
}

function isWithin(field: keyof typeof WHOLE_NUMBERS, value: unknown): value is number {
  const { least, most } = WHOLE_NUMBERS[field];
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/**
 * Returns the daemon's settings with the bot's own laid over them. Numbers above the daemon's are cut to those, and invalid
 * settings, as in a row written by another version, are ignored.
 */
export function readSettings(settings: DeployedSettings, common: Settings): Settings {
  const { persona, max_messages: maxMessages, idle_ms: idleMs } = settings;
  const chosen = common.personas.filter(({ id }) => id === persona);
  return {
    ...common,
    personas: chosen.length > 0 ? chosen : common.personas,
    maxMessages: isWithin("max_messages", maxMessages) ? Math.min(maxMessages, common.maxMessages) : common.maxMessages,
    idleMs: isWithin("idle_ms", idleMs) ? Math.min(idleMs, common.idleMs) : common.idleMs,
  };
}
