import { describe, expect, it } from "vitest";
import { createSingleFlight } from "./single-flight.ts";

describe("work in a single flight", () => {
  it("runs once at a time; who asks meanwhile gets one run that began after they asked", async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const flight = createSingleFlight(() => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      return gate.promise;
    });
    const first = flight();
    const [second, third] = [flight(), flight()];
    expect(gates.length).toBe(1);
    gates[0]?.resolve();
    await first;
    await Promise.resolve();
    expect([gates.length, second === third]).toEqual([2, true]);
    gates[1]?.resolve();
    await second;
    expect(gates.length).toBe(2);
  });

  it("runs again after a failure, which only those are told who asked for it", async () => {
    let runCount = 0;
    const flight = createSingleFlight(async () => {
      runCount += 1;
      if (runCount === 1) throw new Error("the first fails");
    });
    const [first, second] = [flight(), flight()];
    await expect(first).rejects.toThrow("the first fails");
    await expect(second).resolves.toBeUndefined();
  });
});
