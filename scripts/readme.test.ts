import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repositoryRoot } from "./repository-files.ts";

const WORD_COUNT_MAX = 1_200;

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

it("README.md stays short enough to be read: reference belongs into docs/", () => {
  expect(read("README.md").split(/\s+/).length).toBeLessThan(WORD_COUNT_MAX);
});

it("README.md shows examples/person.ts as it is, between its marks", () => {
  const [, shown] = /<!-- examples\/person\.ts -->\n\n([\s\S]*?)\n\n<!-- end of/.exec(read("README.md")) ?? [];
  expect(shown).toBe(`\`\`\`ts\n${read("examples/person.ts")}\`\`\``);
});
