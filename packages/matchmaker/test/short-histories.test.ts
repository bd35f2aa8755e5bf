import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { playHistories } from "./play-histories.ts";
import { shortHistory } from "./story.ts";

/** On each backend: two thousand in all where both are there. */
const RUNS = 1000;

describe.each(backends())("a thousand short histories on the %s Postgres", (backend) => {
  it("keep every promise and leave nobody waiting", async () => {
    const played = await playHistories(backend, shortHistory, { numRuns: RUNS });
    expect(played.acts).toBeGreaterThan(RUNS * 4);
  }, 600_000);
});
