import type { Rng } from "@shoal/kernel";
import { choose, fill } from "./choose.ts";
import type { Intent, Meaning } from "./meaning.ts";
import { type Memory, speak } from "./memory.ts";
import type { Persona } from "./persona.ts";
import { mainPools, nextPart, STEADFAST, takesUp, valuesOf } from "./pools.ts";
import { SHARED_LINES } from "./shared-lines.ts";
import { cased, voiced } from "./voice.ts";

type Pools = readonly (readonly string[])[];

const MAX_QUESTIONS_IN_ROW = 2;
const MAX_JOINED_LENGTH = 160;

/** Intents answered with a reaction, which a persona may put into its own manner. */
const REACTIONS: ReadonlySet<Intent> = new Set<Intent>([
  "topic",
  "ask_view",
  "statement",
  "dislikes",
  "other",
  "feeling_good",
  "ask_advice",
]);

/** Returns the reply to a message that does not end the conversation. `memory` holds that message already. Pure. */
export function answer(
  persona: Persona,
  memory: Memory,
  meaning: Meaning,
  rng: Rng,
): { lines: string[]; memory: Memory } {
  const values = valuesOf(memory, meaning);
  const isWeary = memory.questionsInRow >= MAX_QUESTIONS_IN_ROW;
  const said = [...memory.said];
  const take = (pools: Pools, how: { quietly?: boolean; freshOnly?: boolean }): string | undefined => {
    const line = choose(pools, { said, rng, ...how });
    if (line !== undefined) said.push(line);
    return line;
  };

  const isIntroduction = meaning.name !== null && meaning.intent !== "name" && !STEADFAST.has(meaning.intent);
  const welcome = isIntroduction ? take([fill(SHARED_LINES.name, values)], { freshOnly: true }) : undefined;
  const main = take(mainPools(persona, memory, meaning, values), {
    quietly: isWeary || isIntroduction || takesUp(meaning) || meaning.advice !== null,
  });
  const asksAlready = main?.includes("?") === true;
  const hasSaidEnough = asksAlready || welcome !== undefined || (isWeary && !takesUp(meaning));
  const next = hasSaidEnough ? null : nextPart(persona, memory, meaning, values, rng);
  const follow = next === null ? undefined : take(next.pools, { freshOnly: true, quietly: isWeary });

  const parts = [welcome, main, follow].filter((part) => part !== undefined);
  const heard = next?.fact ? { ...memory, recalled: memory.recalled + 1 } : memory;
  return { lines: toLines(parts, persona, memory, meaning, rng), memory: speak(heard, parts) };
}

function toLines(parts: readonly string[], persona: Persona, memory: Memory, meaning: Meaning, rng: Rng): string[] {
  const kept = [memory.me, memory.name, meaning.object, ...memory.facts.map((fact) => fact.object)].filter(
    (word) => word !== null,
  );
  const { voice } = persona;
  const spoken = parts.map((part, at) =>
    at === 0 && REACTIONS.has(meaning.intent) ? voiced(part, voice, kept, rng) : cased(part, voice, kept),
  );
  const lines: string[] = [];
  for (const part of spoken) {
    const last = lines.at(-1);
    const isJoined =
      last !== undefined && last.length + part.length < MAX_JOINED_LENGTH && rng.next() >= voice.twoLines;
    if (isJoined) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}
