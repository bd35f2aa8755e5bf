import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";

const production = repositoryFiles().filter(
  (path) =>
    /^(apps|packages)\/.*\.ts$/.test(path) && !/(^packages\/testkit|\/test\/|\.test(-support)?\.ts$)/.test(path),
);
const textOf = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

it("gives each statement a name of its own", () => {
  const files = new Map<string, string[]>();
  for (const path of production)
    for (const [, name = ""] of textOf(path).matchAll(/\bstatement\(\s*["`]([^"`]+)/g))
      files.set(name, [...(files.get(name) ?? []), path]);
  expect(files.size).toBeGreaterThan(150);
  expect([...files].filter(([, paths]) => paths.length > 1)).toEqual([]);
});

it("has no production code that sends a statement without a name", () => {
  expect(production.filter((path) => /\b(Sql|[Dd]atabase)<string>/.test(textOf(path)))).toEqual([]);
});
