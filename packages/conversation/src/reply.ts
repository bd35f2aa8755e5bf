import type { Rng } from "@shoal/kernel";
import { answer, type Turn } from "./answer.ts";
import { choose, fill } from "./choose.ts";
import { lines as shared } from "./lines.ts";
import type { Intent } from "./meaning.ts";
import { hear, type Memory, speak } from "./memory.ts";
import type { Persona } from "./persona.ts";
import { list, read } from "./text.ts";
import { understand } from "./understand.ts";
import { cased } from "./voice.ts";

/** The answer to one message. `leave` is set if the bot ends the conversation with these lines. */
export interface Reply extends Turn {
  readonly intent: Intent;
  readonly leave?: "goodbye" | "abuse";
}

/** Number of insults that are answered calmly. The next one ends the conversation. */
const MAX_INSULTS = 2;
const GREETED = list("pets family love");

/**
 * Answers one message with one or two lines: read, understand, remember, answer. Pure: the same arguments give the same
 * reply. Reads only the first 1,000 characters of `message`, and says back only pieces that `quotable` allows.
 */
export function reply(persona: Persona, memory: Memory, message: string, rng: Rng): Reply {
  const reading = read(message);
  const meaning = understand(reading, memory.heardKey);
  const heard = hear(memory, reading.key, meaning);
  const { intent } = meaning;
  if (intent === "goodbye") return { ...goodbye(persona, heard, rng), intent, leave: "goodbye" };
  if (intent === "abuse" && heard.insults > MAX_INSULTS) {
    return { ...ownLine(persona, heard, shared("abuse_farewell"), rng), intent, leave: "abuse" };
  }
  return { ...answer(persona, heard, meaning, rng), intent };
}

/** Returns the first line. With `disclosure` it says that a bot is talking. */
export function greet(persona: Persona, memory: Memory, disclosure: boolean, rng: Rng): Turn {
  return ownLine(persona, memory, disclosure ? persona.lines.disclosedGreetings : persona.lines.greetings, rng);
}

/** Returns the last line when the bot ends the conversation: the partner was silent, the limit is reached, the daemon drains. */
export function farewell(persona: Persona, memory: Memory, why: "idle" | "limit" | "stop", rng: Rng): Turn {
  return lastLine(persona, memory, persona.lines[why], rng);
}

/** After a loss every persona takes its leave in the same quiet way. */
const lastLine: typeof ownLine = (persona, memory, templates, rng) =>
  ownLine(persona, memory, memory.grief === null ? templates : shared("care.goodbye"), rng);

/** Says goodbye, with a greeting to somebody the partner spoke of: "your sister". */
function goodbye(persona: Persona, memory: Memory, rng: Rng): Turn {
  const leave = lastLine(persona, memory, persona.lines.goodbyes, rng);
  const told = memory.facts.filter(({ turn, said }) => turn > 0 && !memory.recalled.includes(said));
  const close = told.findLast(({ topic, object }) => GREETED.has(topic ?? "") && object?.startsWith("your "));
  const wish = fill(shared("wish")[0] ?? "", { object: close?.object ?? null });
  const [line] = leave.lines;
  if (wish === null || line === undefined || memory.grief !== null) return leave;
  return { ...leave, lines: [`${line} ${cased(wish, persona.voice, [])}`] };
}

function ownLine(persona: Persona, memory: Memory, templates: readonly string[], rng: Rng): Turn {
  const { me, name } = memory;
  const usable = templates.filter((template) => fill(template, { me, name }) !== null);
  const template = choose([usable], memory.said, rng);
  if (template === undefined) return { lines: [], memory };
  const line = fill(template, { me, name }) ?? "";
  return { lines: [cased(line, persona.voice, [me, name ?? me])], memory: speak(memory, [template]) };
}
