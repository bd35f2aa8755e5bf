import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { spawnProgram, throwawayRoot } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";

const MAIN = join(import.meta.dirname, "../src/main.ts");

it("shows bots that speak by a model without a network, at a cost, and people of one topic meeting", async () => {
  const directory = mkdtempSync(join(throwawayRoot(), "shoal-demo-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const args = ["--llm-stub", "--people", "7", "--for", "20s", "--json"];
  const child = spawnProgram([MAIN, ...args], { env: { SHOAL_DIRECTORY: directory }, stderr: "inherit" });
  const stdout = await new Response(child.stdout).text();
  const outcome = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(outcome).toMatchObject({ people: 7, drained: true, llm_stub: { matches_across_topics: 0 } });
  expect(outcome.matches_person_bot).toBeGreaterThan(0);
  expect(outcome.llm_stub.turns_by_model).toBeGreaterThan(0);
  expect(outcome.llm_stub.cost_dollars).toBeGreaterThan(0);
  expect(outcome.llm_stub.cost_dollars).toBeLessThan(1);
  expect(await child.exited).toBe(0);
});
