import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repositoryRoot } from "./repository-files.ts";

const WORD_COUNT_MAX = 1_200;

it("README.md stays short enough to be read: reference belongs into docs/", () => {
  const words = readFileSync(join(repositoryRoot, "README.md"), "utf8").split(/\s+/);
  expect(words.length).toBeLessThan(WORD_COUNT_MAX);
});
