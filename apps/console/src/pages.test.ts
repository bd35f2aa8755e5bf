import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");
/** Shown in the place of a page: to who is not logged in, and at an address that has none. */
const NO_PAGES = ["login.tsx", "not-found.tsx"];

it("each file of pages/ is a page that can be reached", () => {
  const files = readdirSync(join(import.meta.dirname, "pages")).filter((file) => file.endsWith(".tsx"));
  const list = read("pages.ts");
  expect(files.filter((file) => !NO_PAGES.includes(file) && !list.includes(`"./pages/${file}"`))).toEqual([]);
});
