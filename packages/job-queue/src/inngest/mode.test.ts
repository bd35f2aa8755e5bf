import { describe, expect, it } from "vitest";
import { executorMode } from "./mode.ts";

const settings = (primary: "supabase" | "inngest", fallback = false, dualRun = false) => ({
  primary,
  fallback,
  dualRun,
});

describe("executorMode", () => {
  it.each([
    [settings("supabase"), { name: "supabase", hasWorkers: true, calls: null }],
    [settings("inngest"), { name: "inngest", hasWorkers: false, calls: "run" }],
    [settings("supabase", true), { name: "fallback", hasWorkers: true, calls: "stand_in" }],
    [settings("supabase", false, true), { name: "dual_run", hasWorkers: true, calls: "shadow" }],
  ])("reads %j as %j", (given, mode) => {
    expect(executorMode(given)).toEqual(mode);
  });

  it.each([settings("supabase", true, true), settings("inngest", true), settings("inngest", false, true)])(
    "refuses %j, saying what contradicts itself",
    (given) => {
      expect(executorMode(given)).toEqual({ problem: expect.stringMatching(/\w+ \w+/) });
    },
  );
});
