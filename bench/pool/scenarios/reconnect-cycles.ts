import { measureReconnects, type ReconnectFigures } from "../../../packages/realtime-pool/test/reconnect-cycles.ts";

/** Largest growth of the heap: the difference between two collections. */
const FLAT_RATIO = 1.1;

export type ReconnectCyclesResult = ReconnectFigures & { readonly isFlat: boolean };

/** Loses every socket and gets every channel back, again and again on a simulated clock. 200,000 cycles take about 20 s. */
export async function measureReconnectCycles(cycles: number): Promise<ReconnectCyclesResult> {
  const figures = await measureReconnects(cycles);
  return { ...figures, isFlat: figures.heapRatio < FLAT_RATIO };
}
