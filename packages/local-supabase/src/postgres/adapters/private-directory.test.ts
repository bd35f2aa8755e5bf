import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { makePrivateDirectory } from "./private-directory.ts";

const base = mkdtempSync(join(tmpdir(), "shoal-directory-"));
afterAll(() => rmSync(base, { recursive: true }));
const modeOf = (path: string) => statSync(path).mode & 0o7777;

it("makes a directory that only its user can enter", () => {
  const path = join(base, "a", "b");
  expect(makePrivateDirectory(path)).toBe(path);
  expect(modeOf(path)).toBe(0o700);
});

it.each([
  ["closes one that others can enter", 0o755, 0o700],
  ["keeps one that is closed already", 0o500, 0o500],
  ["leaves one alone that is for everybody", 0o1777, 0o1777],
])("%s", (_, before, after) => {
  const path = join(base, before.toString(8));
  mkdirSync(path);
  chmodSync(path, before);
  makePrivateDirectory(path);
  expect(modeOf(path)).toBe(after);
});
