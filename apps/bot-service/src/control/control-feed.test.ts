import { SECOND_MS } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { fakePool } from "../fleet/fakes.test-support.ts";
import { CONTROL_TOPIC, createControlFeed } from "./control-feed.ts";

it("is asked for again soon after it has worked, however often it failed before", async () => {
  const runtime = testRuntime();
  const { pool, channels, channel } = fakePool();
  const feed = createControlFeed({
    pool,
    database: { listen: () => new Promise(() => {}) },
    runtime,
    replicaId: "r1",
    onNews: () => {},
    onState: () => {},
  });
  feed.start();
  const failAfter = async (waitMs: number) => {
    await runtime.clock.advance(waitMs);
    channel(CONTROL_TOPIC).report("failed", { errorClass: "server", reason: "gone" });
    await runtime.clock.advance(0);
  };
  for (let failure = 1; failure <= 6; failure += 1) await failAfter(60 * SECOND_MS);
  await runtime.clock.advance(60 * SECOND_MS);
  expect(channels).toHaveLength(7);
  channel(CONTROL_TOPIC).report("changes-ready", {});
  expect(feed.state.changes).toBe("ready");
  await failAfter(0);
  expect(feed.state.changes).toBe("lost");
  await runtime.clock.advance(3 * SECOND_MS);
  expect(channels).toHaveLength(8);
});
