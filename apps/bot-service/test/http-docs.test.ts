import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeApp } from "../src/http/http.test-support.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/http.md"), "utf8");

it("docs/http.md names every route that is served, and no other", () => {
  const served = makeApp()
    .app.routes.filter(({ method, path }) => method !== "ALL" && path !== "/api/inngest")
    .map(({ method, path }) => `${method} ${path}`);
  const named = [...page.matchAll(/`((?:GET|POST|PUT|DELETE) \/[\w./:-]+)/g)].map(([, route]) => route);
  expect(new Set(named)).toEqual(new Set(served));
});
