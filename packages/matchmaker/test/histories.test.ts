import { backends, soakRuns } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { playHistories } from "./play-histories.ts";
import { longHistory } from "./story.ts";

/** Number of histories on each backend, enough for some thousand acts together. */
const USUAL_RUNS = 20;
const RUNS = soakRuns(USUAL_RUNS, 5_000);
/**
 * Fixed seeds, so that the usual run always tries the same, all that is listed below on each backend; a soak draws its own. No
 * statement depends on the version of Postgres, so each backend plays histories that the other does not.
 */
const SEEDS = { embedded: 20_261_132, server: 20_261_127 };

/** Events that the usual histories must have caused, all backends together: what happens at the same moment differs from run to run. */
const EVERYTHING = [
  "match:live",
  "match:expired",
  "match:ended superseded",
  "match:ended vanish",
  "match:ended blocked",
  "match:ended replica_lost",
  "ticket:closed cancel",
  "ticket:closed partner_left",
  "ticket:closed unconfirmed",
  "ticket:requeued partner_left",
  "ticket:requeued unconfirmed",
];

const caused = new Set<string>();

describe.each(backends())("long histories on the %s Postgres", (backend) => {
  it(
    "keep every promise, in any order and at the same moment, and leave no one waiting",
    async () => {
      const isUsual = RUNS === USUAL_RUNS;
      const played = await playHistories(backend, longHistory, {
        numRuns: RUNS,
        ...(isUsual ? { seed: SEEDS[backend] } : {}),
      });
      expect(played.acts).toBeGreaterThan(RUNS * 20);
      for (const event of played.emitted) caused.add(event);
    },
    soakRuns(600_000, 3_600_000),
  );
});

it("have caused everything that can happen to a match and a ticket", () => {
  expect([...caused]).toEqual(expect.arrayContaining(EVERYTHING));
});
