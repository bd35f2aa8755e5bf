import { createEmitter } from "@shoal/kernel";
import { createSimulatedClock, leakCheck } from "@shoal/testkit";
import { describe, expect, it } from "vitest";

const leaks = leakCheck();

describe("a test that cleans up", () => {
  it("passes the check", () => {
    const clock = leaks.clock(createSimulatedClock());
    const events = leaks.events(createEmitter<{ "bot:left": number }>());
    clock.after(1_000, () => {}).cancel();
    events.on("bot:left", () => {})();
    leaks.count("slots", () => 0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("may keep the listeners that were there before it", () => {
    const events = createEmitter<{ "bot:left": number }>();
    events.on("bot:left", () => {});
    leaks.events(events);
    expect(events.listenerCount).toBe(1);
  });
});

describe("a test that leaves something behind", () => {
  it.fails("fails for a timer", () => {
    leaks.clock(createSimulatedClock()).after(1_000, () => {});
  });

  it.fails("fails for a listener", () => {
    leaks.events(createEmitter<{ "bot:left": number }>()).on("bot:left", () => {});
  });

  it.fails("fails for a count of its own, also one that is asked for", () => {
    leaks.count("leases", async () => 2);
  });
});
