import { soakRuns, testDatabase, testServers } from "@shoal/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import { play } from "./play.ts";
import { previousCommit } from "./previous-tree.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS, SHORT, SIXTY_PEOPLE, THREE_AT_ONCE } from "./scenarios.ts";

const isSoak = soakRuns(0, 1) === 1;
const servers = testServers();
/** Times are for `bun run bench replicas`, which has the machine for itself. */
const PATIENCE_MS = 120_000;
const seed = Number(process.env["SOAK_SEED"] ?? 1);

function skipReason({ previous, through = "direct" }: Scenario): string | undefined {
  if (!servers.server) return "there is no Postgres server";
  if (through !== "direct" && !servers.pgbouncer) return "there is no PgBouncer";
  if (previous && !previousCommit()) return "this clone has no commit before the present one";
  return undefined;
}

/** Those that stop the Postgres, or fill it with what 200 people do, get one of their own. */
async function databaseFor(scenario: Scenario, { onTestFinished }: TestContext): Promise<string | undefined> {
  if (scenario.steps.some((step) => step.do === "restart-postgres" || step.do === "hang-postgres")) return undefined;
  const database = await testDatabase({ backend: "server" });
  onTestFinished(() => database[Symbol.asyncDispose]());
  return database.url;
}

const all = isSoak ? [SIXTY_PEOPLE, THREE_AT_ONCE, ...SCENARIOS] : SHORT;

describe("a fleet of several daemons, with real processes", () => {
  for (const scenario of all) {
    const why = skipReason(scenario);
    if (why) process.stderr.write(`SKIPPED: the scenario "${scenario.name}", for ${why}\n`);
    // Those of the suite mostly wait; the long ones are too much for two cores at once.
    it.runIf(!why)(`keeps its promises: ${scenario.name}`, { concurrent: !isSoak }, async (context) => {
      const databaseUrl = await databaseFor(scenario, context);
      const patiently = { ...scenario, settleMs: PATIENCE_MS };
      const played = await play({ scenario: patiently, seed, databaseUrl, pgbouncer: servers.pgbouncer });
      expect(played.broken, `seed ${seed}, logs in ${played.logs}`).toEqual([]);
    });
  }
});
