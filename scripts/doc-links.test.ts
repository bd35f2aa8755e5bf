import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";

const pages = repositoryFiles().filter((path) => path.endsWith(".md"));

/** Targets of links and pictures that point into the repository, without their anchors. */
function localTargets(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]?.replace(/#.*/, "") ?? "");
  return targets.filter((target) => target !== "" && !/^[a-z]+:/i.test(target));
}

test("finds the links of a page, but not those to the web or in examples", () => {
  const page = "[a](x.md#part) ![b](y.png) [c](https://example.com) [d](#here)\n```\n[e](z.md)\n```\n";
  expect(localTargets(page)).toEqual(["x.md", "y.png"]);
});

test.each(pages)("every link of %s leads somewhere", (page) => {
  const links = localTargets(readFileSync(join(repositoryRoot, page), "utf8"));
  const dead = links.filter((target) => !existsSync(join(repositoryRoot, dirname(page), target)));
  expect(dead).toEqual([]);
});
