import { afterEach, expect, it, vi } from "vitest";
import { soakRuns } from "./soak-runs.ts";

afterEach(() => vi.unstubAllEnvs());

it.each([
  ["", 5],
  ["0", 5],
  ["1", 500],
])("with SOAK=%s a test tries %i times", (soak, runs) => {
  vi.stubEnv("SOAK", soak);
  expect(soakRuns(5, 500)).toBe(runs);
});
