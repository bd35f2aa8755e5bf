import type { Database } from "@shoal/store";
import { backends, testDatabase } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyHistory, makeStory } from "./story.ts";
import { brokenPromises } from "./support.ts";

/** Enough for some thousand acts; a soak sets more. */
const DEFAULT_RUNS = 80;
const RUNS = Number(process.env["SHOAL_HISTORIES"] ?? DEFAULT_RUNS);

/** So that the usual run always tries the same, all of what is listed below; a soak draws its own. */
const SEED = 20_261_122;

/** What the usual histories have tried. */
const EVERYTHING = [
  "match:live",
  "match:expired",
  "match:ended superseded",
  "match:ended vanish",
  "match:ended replica_lost",
  "ticket:closed cancel",
  "ticket:closed partner_left",
  "ticket:closed unconfirmed",
  "ticket:requeued partner_left",
  "ticket:requeued unconfirmed",
];

describe.each(backends())("histories on the %s Postgres", (backend) => {
  it("keep every promise, whatever happens and whatever happens at once, and leave nobody waiting", async () => {
    await using test = await testDatabase({ backend });
    const pools: Database[] = [test.database, test.connect(4)];
    let acts = 0;
    const told = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        await test.database.query("truncate shoal.match_tickets, shoal.matches, shoal.match_seats, shoal.leases");
        const story = makeStory(pools);
        for (const scene of history) {
          await story.play(scene);
          expect(await brokenPromises(test.database)).toEqual([]);
        }
        expect(await story.settle()).toEqual([]);
        expect(await brokenPromises(test.database)).toEqual([]);
        acts += story.actCount;
        for (const event of story.told()) told.set(event, (told.get(event) ?? 0) + 1);
      }),
      { numRuns: RUNS, endOnFailure: false, ...(RUNS === DEFAULT_RUNS ? { seed: SEED } : {}) },
    );
    expect(acts).toBeGreaterThan(RUNS * 20);
    expect([...told.keys()]).toEqual(expect.arrayContaining(RUNS === DEFAULT_RUNS ? EVERYTHING : []));
  }, 600_000);
});
