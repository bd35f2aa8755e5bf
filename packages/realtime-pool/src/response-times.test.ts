import { describe, expect, it } from "vitest";
import { createResponseTimes } from "./response-times.ts";

describe("response times", () => {
  it("are zero before the first", () => {
    expect(createResponseTimes().summary()).toEqual({ mean: 0, p50: 0, p95: 0, p99: 0 });
  });

  it("are summed up by mean and percentiles", () => {
    const times = createResponseTimes();
    for (let ms = 100; ms >= 1; ms -= 1) times.add(ms);
    expect(times.summary()).toEqual({ mean: 50.5, p50: 50, p95: 95, p99: 99 });
  });

  it("forget what is long past", () => {
    const times = createResponseTimes();
    for (let count = 0; count < 5000; count += 1) times.add(10_000);
    for (let count = 0; count < 1024; count += 1) times.add(5);
    expect(times.summary()).toEqual({ mean: 5, p50: 5, p95: 5, p99: 5 });
  });
});
