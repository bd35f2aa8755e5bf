import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judgedFile, playAll, TALKS, type Transcript } from "./judged.test-support.ts";
import { read } from "./text.ts";

const recorded: readonly Transcript[] = JSON.parse(readFileSync(judgedFile("new.json"), "utf8"));
const today = playAll();

test.each(TALKS.map(({ id }, at) => [id, at] as const))(
  "what the engine says in the talk %s is what was recorded for the judge",
  (id, at) => {
    expect(recorded[at]?.id).toBe(id);
    expect(today[at]).toEqual(recorded[at]);
  },
);

/** Words that are one and the same in a quote: its pronouns are turned round. */
const turned = (text: string) =>
  read(text).words.map(({ key }) => (/^(?:my|our|your|i|you|we|am|are)$/.test(key) ? "*" : key));

/** All runs of four words. */
function runsOf(text: string): string[] {
  const words = turned(text);
  return words.slice(3).map((_, at) => words.slice(at, at + 4).join(" "));
}

test.each(today)(
  "the talk $id has no echo of what was said, but for one where it was asked for, and hardly a line twice",
  ({ lines }) => {
    const told = new Set(lines.filter(({ by }) => by === "person").flatMap(({ text }) => runsOf(text)));
    const said = lines.filter(({ by }) => by === "bot").map(({ text }) => text);
    expect(said.filter((line) => runsOf(line).some((run) => told.has(run))).length).toBeLessThanOrEqual(1);
    // Nothing else can be said where a language is not understood.
    const own = said.filter((line) => !/english/i.test(line));
    expect(new Set(own).size).toBe(own.length);
  },
);
