import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeApp } from "../src/http/http.test-support.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (page: string) => readFileSync(join(ROOT, page), "utf8");
const routes = makeApp().app.routes.filter(({ method }) => method !== "ALL");

it("docs/http.md names every route that is served, and no other", () => {
  const served = routes.filter(({ path }) => path !== "/api/inngest").map(({ method, path }) => `${method} ${path}`);
  const named = [...read("docs/http.md").matchAll(/`((?:GET|POST|PUT|DELETE) \/[\w./:-]+)/g)].map(([, route]) => route);
  expect(new Set(named)).toEqual(new Set(served));
});

const pages = [...new Bun.Glob("{README,CONTRIBUTING}.md").scanSync(ROOT)].concat([
  ...[...new Bun.Glob("{docs,deploy,examples}/**/*.md").scanSync(ROOT)].filter(
    (page) => !page.includes("node_modules/"),
  ),
]);

it.each(pages.sort())("%s names no address of the HTTP API that is not served", (page) => {
  const named = [...read(page).matchAll(/\/api\/[\w/:<>-]+/g)].map(([path]) => path.replace("<id>", ":id"));
  const isServed = (path: string) => routes.some((route) => `${route.path}/`.startsWith(`${path}/`));
  expect(named.filter((path) => !isServed(path))).toEqual([]);
});
