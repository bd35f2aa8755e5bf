import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createSlices } from "./slices.ts";

/** Work of which each step takes `stepMs`. */
function makeSlices(loadRatio = 1) {
  const simulated = createSimulatedClock();
  let workMs = 0;
  const clock = { ...simulated, monotonicMs: () => simulated.monotonicMs() + workMs };
  const errors: unknown[] = [];
  const slices = createSlices({ clock, loadRatio, onError: (error) => errors.push(error) });
  const done: string[] = [];
  function* work(name: string, steps: number, stepMs: number, end: () => void = () => done.push(name)) {
    for (let step = 0; step < steps; step += 1) {
      workMs += stepMs;
      yield;
    }
    end();
  }
  return { slices, work, done, errors, clock: simulated };
}

const fail = () => {
  throw new Error("broken");
};

describe("work in slices", () => {
  it("is done at once when it is short, however slow the machine is", () => {
    const { slices, work, done, clock } = makeSlices();
    slices.add(work("a", 1000, 0));
    slices.add(work("b", 10, 1000));
    expect([done, clock.pendingTimers]).toEqual([["a", "b"], 0]);
  });

  it("leaves the rest to later turns when it is long, and is done in the order in which it came", async () => {
    const { slices, work, done, clock } = makeSlices();
    slices.add(work("long", 1000, 1));
    slices.add(work("short", 1, 0));
    expect([done, clock.pendingTimers]).toEqual([[], 1]);
    await clock.advance(0);
    expect([done, clock.pendingTimers]).toEqual([["long", "short"], 0]);
  });

  it("leaves others their share of the time", async () => {
    const { slices, work, done, clock } = makeSlices(0.1);
    slices.add(work("long", 32, 1));
    await clock.advance(143);
    expect(done).toEqual([]);
    await clock.advance(145);
    expect([done, clock.pendingTimers]).toEqual([["long"], 0]);
  });

  it("may add work, which is done after it", () => {
    const { slices, work, done } = makeSlices();
    slices.add(
      work("a", 1, 0, () => {
        slices.add(work("b", 1, 0));
        done.push("a");
      }),
    );
    expect(done).toEqual(["a", "b"]);
  });

  it("throws in its first slice to whoever adds it, later to the owner, and what follows is done", async () => {
    const { slices, work, done, errors, clock } = makeSlices();
    expect(() => slices.add(work("a", 1, 0, fail))).toThrow("broken");
    slices.add(work("b", 100, 1, fail));
    slices.add(work("c", 100, 1));
    expect(errors).toEqual([]);
    await clock.advance(0);
    expect([errors, done, clock.pendingTimers]).toEqual([[new Error("broken")], ["c"], 0]);
  });

  it("stops when it is cancelled, also from within, and leaves no timer", async () => {
    const { slices, work, done, clock } = makeSlices();
    slices.add(work("a", 1000, 1));
    slices.cancel();
    slices.cancel();
    expect(clock.pendingTimers).toBe(0);
    function* cancelling() {
      slices.cancel();
      yield;
      done.push("goes on");
    }
    slices.add(cancelling());
    slices.add(work("b", 1, 0));
    await clock.advance(1000);
    expect(done).toEqual(["b"]);
  });
});
