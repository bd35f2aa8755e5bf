import { readFileSync, writeFileSync } from "node:fs";
import { seededRng } from "@shoal/kernel";
import { freshMemory } from "./memory.ts";
import { BUILT_IN_PERSONAS } from "./personas.ts";
import { greet, reply } from "./reply.ts";

/** What one person writes, whatever is answered. */
export interface Talk {
  readonly id: string;
  /** Language of the first message. */
  readonly language: string;
  /** Id of the persona that answers. */
  readonly persona: string;
  /** The person's display name. */
  readonly name: string;
  readonly person: string;
  readonly messages: readonly string[];
}

export interface Line {
  readonly by: "bot" | "person";
  readonly text: string;
}

export interface Transcript {
  readonly id: string;
  readonly lines: readonly Line[];
}

export const judgedFile = (name: string) => new URL(`../judged/${name}`, import.meta.url);

export const TALKS: readonly Talk[] = JSON.parse(readFileSync(judgedFile("talks.json"), "utf8"));

/** Plays a talk against the rule engine. The same seed gives the same transcript; it ends early if the bot leaves. */
export function play(talk: Talk, seed: number): Transcript {
  const persona = BUILT_IN_PERSONAS.find(({ id }) => id === talk.persona);
  if (persona === undefined) throw new Error(`talk ${talk.id}: no persona ${talk.persona}`);
  const rng = seededRng(seed);
  const lines: Line[] = [];
  const say = (texts: readonly string[]) => lines.push(...texts.map((text): Line => ({ by: "bot", text })));
  const greeting = greet(persona, freshMemory(persona.names[0] ?? "", talk.name), true, rng);
  say(greeting.lines);
  let { memory } = greeting;
  for (const message of talk.messages) {
    lines.push({ by: "person", text: message });
    const answer = reply(persona, memory, message, rng);
    say(answer.lines);
    if (answer.leave !== undefined) break;
    memory = answer.memory;
  }
  return { id: talk.id, lines };
}

/** The transcripts of all talks, with the seeds of the judged ones. */
export const playAll = (): readonly Transcript[] => TALKS.map((talk, at) => play(talk, at + 1));

// Records the transcripts for the judge.
if (import.meta.main) writeFileSync(judgedFile("new.json"), `${JSON.stringify(playAll(), null, 2)}\n`);
