import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { ConsoleSnapshot } from "../http/console-snapshot-body.ts";
import type { Counts } from "./counts.ts";
import { createFeed } from "./feed.ts";
import { createLive } from "./live.ts";
import { makeSnapshot } from "./snapshot.test-support.ts";

function makeLive() {
  const clock = createSimulatedClock();
  const feed = createFeed({ clock, bootId: "boot" });
  const state = { present: 0, readCount: 0 };
  const live = createLive({
    ...{ runtime: { clock }, feed, counts: {} as Counts, work: () => undefined },
    read(own) {
      state.readCount += 1;
      state.present += 1;
      const snapshot = makeSnapshot();
      const process = { ...snapshot.process, streams: own.streams };
      return { ...snapshot, boot_id: own.boot_id, people: { ...snapshot.people, present: state.present }, process };
    },
  });
  const snapshot = () => JSON.parse(live.snapshotText()) as ConsoleSnapshot;
  return { clock, feed, live, state, snapshot };
}

describe("what is shown live", () => {
  it("is read once a second, however many ask", async () => {
    const { clock, live, state, snapshot } = makeLive();
    live.start();
    for (let count = 0; count < 100; count += 1) live.snapshotText();
    expect(live.snapshotText()).toBe(live.snapshotText());
    await clock.advance(5000);
    expect([state.readCount, snapshot().people.present, snapshot().boot_id]).toEqual([6, 6, "boot"]);
    live.close();
  });

  it("is there before the first look", () => {
    const { live, state, snapshot } = makeLive();
    expect([snapshot().people.present, state.readCount]).toEqual([1, 1]);
    live.close();
  });

  it("has the histories of the series that there are, and their units", async () => {
    const { clock, live } = makeLive();
    live.start();
    await clock.advance(3000);
    expect(live.history("1s", ["people_present", "__proto__", "constructor", "", "lag_ms"], 2)).toEqual({
      ...{
        step_ms: 1000,
        from_ms: Date.parse("2026-01-01T00:00:02Z"),
        units: { people_present: "count", lag_ms: "ms" },
      },
      series: { people_present: [3, 4], lag_ms: [0, 0] },
    });
    expect(live.history("10s", ["nothing"])).toEqual({
      step_ms: 10_000,
      from_ms: expect.any(Number),
      units: {},
      series: {},
    });
    live.close();
  });

  it("leaves no timer when it is closed, with streams or without", async () => {
    const { clock, feed, live } = makeLive();
    live.start();
    const reader = live.streams.open(undefined)?.getReader();
    await reader?.read();
    feed.event("a:b", { subject: null });
    expect(clock.pendingTimers).toBe(2);
    live.close();
    live.close();
    expect([clock.pendingTimers, live.streams.openCount]).toEqual([0, 0]);
  });
});
