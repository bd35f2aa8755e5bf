import { expect, it } from "vitest";
import { measureReconnects } from "../test/reconnect-cycles.ts";

/** The benchmark makes 200,000 of them. 100 bytes kept per cycle would be 5 % of a heap of 8 MB; two collections differ by 1 %. */
const CYCLES = 4000;

it("uses no more memory after many reconnects than after a few", async () => {
  const figures = await measureReconnects(CYCLES);
  expect(figures).toMatchObject({ joined: figures.channels, addedListeners: 0 });
  expect(figures.pendingTimers).toBeLessThanOrEqual(figures.channels);
  expect(figures.heapRatio).toBeLessThan(1.05);
});
