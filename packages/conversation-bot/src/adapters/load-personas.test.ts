import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILT_IN_PERSONAS } from "@shoal/conversation";
import { afterEach, beforeEach, expect, test } from "vitest";
import { conversationBot } from "../conversation-bot.ts";
import { loadPersonas } from "./load-personas.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "personas-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(directory, name), text);
const [first] = BUILT_IN_PERSONAS;
/** JSON is YAML, too. */
const persona = (changes: object) => JSON.stringify({ ...first, ...changes });

async function problems(): Promise<string[]> {
  const thrown = await loadPersonas(directory).then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ code: "CONVERSATION_PERSONA_INVALID" });
  return (thrown as { details: { problems: string[] } }).details.problems;
}

test("loads the examples, one YAML and one TypeScript, and the bot kind takes them", async () => {
  const personas = await loadPersonas(join(import.meta.dirname, "../../../../examples/personas"));
  expect(personas.map(({ id }) => id)).toEqual(["basil", "night-porter"]);
  expect(conversationBot({ personas }).names).toHaveLength(6);
});

test("loads files of every ending in the order of their names, and leaves others alone", async () => {
  await write("b.yml", persona({ id: "b", names: ["Bo"] }));
  await write("a.yaml", persona({ id: "a", names: ["Al"] }));
  await write("c.ts", `export default ${persona({ id: "c", names: ["Cy"] })};`);
  await write("notes.md", "not a persona");
  expect((await loadPersonas(directory)).map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

test.each([
  ["no name", { names: [] }, "a.yaml: names needs a name"],
  ["a manner that is missing", { manner: undefined }, "a.yaml: manner must be a text"],
  ["a ratio out of its range", { voice: { ...first?.voice, asks: 2 } }, "a.yaml: voice.asks must be from 0 to 1"],
  ["an unknown key", { colour: "red" }, "a.yaml: colour there is no such key"],
  [
    "a topic that there is none of",
    { lines: { ...first?.lines, views: { chess: ["x"] } } },
    "a.yaml: lines.views.chess",
  ],
  ["a text for a list", { lines: { ...first?.lines, stop: "bye" } }, "a.yaml: lines.stop must be a list of lines"],
  ["an identity that is none", { lines: { ...first?.lines, identity: ["Me"] } }, 'every line must say "bot"'],
  ["a claim", { lines: { ...first?.lines, hobbies: ["I'm a real person"] } }, "must not claim to be a person"],
  ["a placeholder that is never filled", { lines: { ...first?.lines, stop: ["{nmae}"] } }, "a.yaml: lines.stop"],
])("refuses %s and names file, key and form", async (_, changes, problem) => {
  await write("a.yaml", persona(changes));
  expect((await problems()).join("\n")).toContain(problem);
});

test("names all problems of all files at once, and what clashes between them", async () => {
  await write("a.yaml", persona({ id: "A a", manner: "" }));
  await write("b.yaml", "- just\n- a list\n");
  await write("c.yaml", "id: [unclosed");
  await write("d.yaml", persona({}));
  await write("e.yaml", persona({}));
  await write("f.ts", "throw new Error('broken on purpose');");
  const found = await problems();
  for (const file of ["a.yaml: id", "a.yaml: manner", "b.yaml: persona", "c.yaml", "f.ts"])
    expect(found.some((problem) => problem.startsWith(file))).toBe(true);
  expect(found).toContain(`id ${first?.id}: two files have it`);
});

test("refuses a file that is too large, aliases that multiply, an empty directory and one that is not there", async () => {
  const doubled = Array.from({ length: 30 }, (_, at) => `l${at + 1}: [*a${at}, *a${at}]`.replace(":", `: &a${at + 1}`));
  expect((await problems()).join()).toContain("there is no .yaml");
  await write("bomb.yaml", ["l0: &a0 [x]", ...doubled].join("\n"));
  await write("large.yaml", "#".repeat(70_000));
  const found = await problems();
  expect(found.find((problem) => problem.startsWith("bomb.yaml"))).toContain("alias");
  expect(found.find((problem) => problem.startsWith("large.yaml"))).toContain("65536 bytes");
  await rm(directory, { recursive: true });
  expect((await problems()).join()).toContain("cannot be read");
});
