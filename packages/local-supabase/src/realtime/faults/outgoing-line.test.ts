import { createEmitter } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { RealtimeEvents } from "../types.ts";
import { ActiveFaults } from "./active-faults.ts";
import { OutgoingLine } from "./outgoing-line.ts";

function start() {
  const clock = createSimulatedClock();
  const faults = new ActiveFaults(createEmitter<RealtimeEvents>());
  const arrived: string[] = [];
  const at = (what: string) => arrived.push(`${what} at ${clock.monotonicMs()}`);
  const line = new OutgoingLine(
    {
      write: (frame) => at(String(frame)),
      close: (code) => at(`close ${code}`),
      closeNow: (code) => at(`close ${code} now`),
    },
    clock,
    faults,
  );
  const delay = (ms: number) => faults.start({ kind: "delay", ms });
  const halfOpen = () => faults.start({ kind: "halfOpen" });
  return { clock, line, arrived, delay, halfOpen };
}

describe("what goes to a client", () => {
  it("goes at once while nothing is wrong", () => {
    const { line, arrived, clock } = start();
    line.write("a");
    line.close(1000);
    expect(arrived).toEqual(["a at 0", "close 1000 at 0"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps its order through delays that come and go", async () => {
    const { clock, line, arrived, delay } = start();
    const lifts = [delay(300)];
    line.write("a");
    lifts.push(delay(400));
    line.write("b");
    for (const lift of lifts) lift();
    await clock.advance(200);
    line.write("c");
    line.close(1001);
    await clock.advance(1000);
    line.write("d");
    expect(arrived).toEqual(["a at 300", "b at 700", "c at 700", "close 1001 at 700", "d at 1200"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is lost when it sets out to, or arrives at, a peer that is half-open", async () => {
    const { clock, line, arrived, delay, halfOpen } = start();
    delay(100);
    line.write("arrives before");
    await clock.advance(50);
    line.write("arrives meanwhile");
    await clock.advance(50);
    const lift = halfOpen();
    line.write("sets out meanwhile");
    line.close(1000);
    await clock.advance(60);
    lift();
    line.write("sets out afterwards");
    await clock.advance(100);
    expect(arrived).toEqual(["arrives before at 100", "sets out afterwards at 260"]);
  });

  it("is overtaken and lost by a close that does not wait", async () => {
    const { clock, line, arrived, delay, halfOpen } = start();
    delay(100);
    line.write("lost");
    halfOpen();
    line.closeNow(1006);
    await clock.advance(100);
    expect(arrived).toEqual(["close 1006 now at 0"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("breaks off when more than 50 MB is on its way", async () => {
    const { clock, line, arrived, delay } = start();
    delay(100);
    for (let count = 0; count < 10; count += 1) line.write("x".repeat(5_000_000));
    expect(arrived).toEqual([]);
    line.write("x");
    expect(arrived).toEqual(["close 1006 now at 0"]);
    await clock.advance(100);
    expect(arrived).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
