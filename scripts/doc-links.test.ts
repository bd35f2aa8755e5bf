import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFiles, repositoryRoot } from "./repository-files.ts";

const pages = repositoryFiles().filter((path) => path.endsWith(".md"));

const withoutCode = (markdown: string) => markdown.replace(/^[ \t]*```[\s\S]*?^[ \t]*```/gm, "");

interface Target {
  /** Path; empty for the page itself. */
  readonly path: string;
  /** Anchor; empty for the page as a whole. */
  readonly anchor: string;
}

/** Finds targets of links and pictures that point into the repository. */
function localTargets(markdown: string): Target[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? "")
    .filter((link) => !/^[a-z]+:/i.test(link))
    .map((link) => {
      const [path = "", anchor = ""] = link.split("#");
      return { path, anchor };
    });
}

/** Returns the anchors that GitHub gives the headings of a page. */
function anchorsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

function leadsSomewhere(page: string, { path, anchor }: Target): boolean {
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(repositoryRoot, target))) return false;
  return anchor === "" || !target.endsWith(".md") || anchorsOf(read(target)).includes(anchor);
}

test("finds the links of a page, but not those to the web or in examples", () => {
  const page = "[a](x.md#part) ![b](y.png) [c](https://example.com) [d](#here)\n```\n[e](z.md)\n```\n";
  expect(localTargets(page)).toEqual([
    { path: "x.md", anchor: "part" },
    { path: "y.png", anchor: "" },
    { path: "", anchor: "here" },
  ]);
});

test("knows the anchors of headings, but not of comments in examples", () => {
  expect(anchorsOf("# A `b`, c!\n```sh\n# not this\n```\n### 2. Ünder_score-x\n")).toEqual([
    "a-b-c",
    "2-ünder_score-x",
  ]);
});

test("takes a link to a page or heading that is not there for dead", () => {
  const anchor = "documentation";
  expect(leadsSomewhere("docs/README.md", { path: "../README.md", anchor: "" })).toBe(true);
  expect(leadsSomewhere("docs/README.md", { path: "", anchor })).toBe(true);
  expect(leadsSomewhere("docs/README.md", { path: "README.md", anchor })).toBe(true);
  expect(leadsSomewhere("docs/README.md", { path: "../README.md", anchor })).toBe(false);
  expect(leadsSomewhere("docs/README.md", { path: "gone.md", anchor: "" })).toBe(false);
});

test.each(pages)("every link of %s leads somewhere", (page) => {
  const dead = localTargets(read(page)).filter((target) => !leadsSomewhere(page, target));
  expect(dead).toEqual([]);
});
