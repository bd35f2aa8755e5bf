import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { playHistories } from "./play-histories.ts";
import { shortHistory } from "./story.ts";

/** Each run draws its own, so that many runs try many; a soak sets more. */
const RUNS = Number(process.env["SHOAL_HISTORIES"] ?? 100);

describe.each(backends())("short histories on the %s Postgres", (backend) => {
  it("keep every promise and leave nobody waiting", async () => {
    const played = await playHistories(backend, shortHistory, { numRuns: RUNS });
    expect(played.acts).toBeGreaterThan(RUNS * 4);
  }, 600_000);
});
