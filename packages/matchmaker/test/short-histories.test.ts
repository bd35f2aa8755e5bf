import { backends, soakRuns } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { playHistories } from "./play-histories.ts";
import { shortHistory } from "./story.ts";

/**
 * On each backend, other ones each time: 100 in all, as no statement depends on the version of Postgres. Seven statements were
 * broken on purpose, and each was found within 100 histories by two of three seeds or all: tickets taken twice, live before all
 * have confirmed, no lock against a second ticket, one check before a close, and so on.
 */
const RUNS = soakRuns(50, 20_000);

describe.each(backends())("short histories on the %s Postgres", (backend) => {
  it(
    "keep every promise and leave nobody waiting",
    async () => {
      const played = await playHistories(backend, shortHistory, { numRuns: RUNS });
      expect(played.acts).toBeGreaterThan(RUNS * 4);
    },
    soakRuns(600_000, 7_200_000),
  );
});
