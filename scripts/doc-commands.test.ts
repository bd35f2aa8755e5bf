import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** Names of the scripts that a page tells to run, programs in its examples left out; a command in a sentence may be wrapped. */
function scriptsNamed(markdown: string): string[] {
  const text = markdown.replace(/^```ts$[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\bbun(?:@[\d.]+)?\s+run\s+(?:--silent\s+)?([a-z][\w-]*)/g)].map(([, name = ""]) => name);
}

test("finds the scripts that a page names", () => {
  const page =
    "`bun run a`, `npx -y bun@1.4.5 run b --c`, `bun run\nd`, $(bun run --silent e f), `bun run <anything>`\n```ts\nbun run f\n```";
  expect(scriptsNamed(page)).toEqual(["a", "b", "d", "e"]);
});

test.each(repositoryFiles().filter((path) => path.endsWith(".md")))(
  "every command in %s is one of package.json",
  (page) => {
    expect(scriptsNamed(read(page)).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  },
);
