import type { Rng } from "@shoal/kernel";
import { answer } from "./answer.ts";
import { choose, fill } from "./choose.ts";
import type { Intent } from "./meaning.ts";
import { hear, type Memory, speak } from "./memory.ts";
import type { Persona } from "./persona.ts";
import { ABUSE_FAREWELLS } from "./shared-lines.ts";
import { read } from "./text.ts";
import { understand } from "./understand.ts";
import { cased } from "./voice.ts";

/** Lines to say, and the memory after them. */
export interface Turn {
  readonly lines: readonly string[];
  readonly memory: Memory;
}

/** The answer to one message. `leave` is set if the bot ends the conversation with these lines. */
export interface Reply extends Turn {
  readonly intent: Intent;
  readonly leave?: "goodbye" | "abuse";
}

/** Number of insults that are answered calmly. The next one ends the conversation. */
const MAX_INSULTS = 2;

/**
 * Answers one message with one or two lines. Pure: the same arguments give the same reply. Reads only the first 1,000
 * characters of `message`, and says back only pieces that `quotable` allows.
 */
export function reply(persona: Persona, memory: Memory, message: string, rng: Rng): Reply {
  const reading = read(message);
  const meaning = understand(reading, memory.heardKey);
  const heard = hear(memory, reading.key, meaning);
  const { intent } = meaning;
  if (intent === "goodbye")
    return { ...ownLine(persona, heard, persona.lines.goodbyes, rng), intent, leave: "goodbye" };
  if (intent === "abuse" && heard.insults > MAX_INSULTS) {
    return { ...ownLine(persona, heard, ABUSE_FAREWELLS, rng), intent, leave: "abuse" };
  }
  return { ...answer(persona, heard, meaning, rng), intent };
}

/** Returns the first line. With `disclosure` it says that a bot is talking. */
export function greet(persona: Persona, memory: Memory, disclosure: boolean, rng: Rng): Turn {
  return ownLine(persona, memory, disclosure ? persona.lines.disclosedGreetings : persona.lines.greetings, rng);
}

/** Returns the last line when the bot ends the conversation: the partner was silent, the limit is reached, the daemon drains. */
export function farewell(persona: Persona, memory: Memory, why: "idle" | "limit" | "stop", rng: Rng): Turn {
  return ownLine(persona, memory, persona.lines[why], rng);
}

function ownLine(persona: Persona, memory: Memory, templates: readonly string[], rng: Rng): Turn {
  const line = choose([fill(templates, { me: memory.me, name: memory.name })], { said: memory.said, rng });
  if (line === undefined) return { lines: [], memory };
  const kept = [memory.me, memory.name ?? ""].filter((word) => word !== "");
  return { lines: [cased(line, persona.voice, kept)], memory: speak(memory, [line]) };
}
