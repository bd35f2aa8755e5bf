import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

// It runs, packed, on both runtimes in scripts/pack.test.ts.
it("shows in the README the example that is type-checked", () => {
  expect(read("../README.md")).toContain(`\`\`\`ts\n${read("readme-example.ts")}\`\`\``);
});

it("names in the README every event there is", () => {
  const [, events = ""] = /export interface PoolEvents \{([\s\S]*?)\n\}/.exec(read("../src/types.ts")) ?? [];
  const names = [...events.matchAll(/^ {2}"([a-z]+:[a-z]+)"/gm)].map(([, name]) => `\`${name}\``);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !read("../README.md").includes(name))).toEqual([]);
});
