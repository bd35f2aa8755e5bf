import { measureReconnects, type ReconnectFigures } from "../../../packages/realtime-pool/test/reconnect-cycles.ts";

/** The heap must not grow by more than what two collections differ by. */
const FLAT_RATIO = 1.1;

export type ReconnectCyclesResult = ReconnectFigures & { readonly isFlat: boolean };

/** Every socket lost and every channel back, so many times on a simulated clock. 200,000 take about 20 s. */
export async function measureReconnectCycles(cycles: number): Promise<ReconnectCyclesResult> {
  const figures = await measureReconnects(cycles);
  return { ...figures, isFlat: figures.heapRatio < FLAT_RATIO };
}
