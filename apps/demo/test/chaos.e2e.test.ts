import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { spawnProgram, throwawayRoot } from "@shoal/testkit";
import { expect, it, onTestFinished } from "vitest";

const MAIN = join(import.meta.dirname, "../src/main.ts");

it("serves everybody again after the sockets broke off and the server restarted", async () => {
  const directory = mkdtempSync(join(throwawayRoot(), "shoal-demo-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const args = ["--chaos", "--people", "3", "--for", "11s", "--seed", "244", "--chat", "--json"];
  const child = spawnProgram([MAIN, ...args], { env: { SHOAL_DIRECTORY: directory } });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const outcome = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(outcome).toMatchObject({
    people: 3,
    people_matched: 3,
    drained: true,
    chaos: {
      seed: 244,
      completed: true,
      failure: null,
      faults: {
        dropSockets: { count: 1, recovery_ms: { max: expect.any(Number) } },
        cleanRestart: { count: 1, recovery_ms: { max: expect.any(Number) } },
      },
      people_served: 3,
      joins_refused_because_of_us: 0,
      channels_dead: 0,
    },
  });
  // Six bots are in the lobby; each fault takes all of their channels, and every person's.
  for (const kind of ["dropSockets", "cleanRestart"]) {
    expect(outcome.chaos.faults[kind].channels_lost).toBeGreaterThanOrEqual(6);
    expect(outcome.chaos.faults[kind].people_failures).toBeGreaterThanOrEqual(3);
  }
  expect(stderr).toMatch(/Talk with a bot, .*: http:\/\/127\.0\.0\.1:\d+\/console\/chat\?name=Ann#ticket=[\w-]{43}\n/);
  expect(stderr).toContain("--seed 244 plans the same again");
  expect(await child.exited).toBe(0);
}, 180_000);
