import { ptr } from "bun:ffi";
import { type ClearMemory, fillWithZeros } from "../engine/linear-memory.ts";
import { findGiveBack } from "./give-back.ts";

/** The largest pages of memory that Linux has as its smallest. The kernel rounds lengths up to pages, so that less would clear what lies behind. */
const LARGEST_PAGE_BYTES = 65_536;
const TRIAL_PAGES = 4;

/**
 * Clears memory by giving it back to the system, which costs nothing for what was not touched: of a run's 1.5 MB that is nearly all, and writing
 * zeros over it costs a third of a small run. Undefined where the system does not do that, as tried on a memory made for it.
 */
export function findClearMemory(): ClearMemory | undefined {
  const giveBack = findGiveBack();
  if (giveBack === undefined) return undefined;
  const clear: ClearMemory = (bytes) => {
    // Too little to hold a whole page, or nothing, of which there is no address.
    if (bytes.length < LARGEST_PAGE_BYTES) return fillWithZeros(bytes);
    const start = ptr(bytes);
    const from = roundUp(start) - start;
    const to = Math.max(from, roundDown(start + bytes.length) - start);
    if (to === from || !giveBack(start + from, to - from)) return fillWithZeros(bytes);
    fillWithZeros(bytes.subarray(0, from));
    fillWithZeros(bytes.subarray(to));
  };
  return isClearedBy(clear) ? clear : undefined;
}

function isClearedBy(clear: ClearMemory): boolean {
  const memory = new Uint8Array(new WebAssembly.Memory({ initial: TRIAL_PAGES }).buffer);
  memory.fill(1);
  const [first, last] = [1, memory.length - 1];
  clear(memory.subarray(first, last));
  return memory[0] === 1 && memory[last] === 1 && memory.subarray(first, last).every((byte) => byte === 0);
}

const roundDown = (address: number) => Math.floor(address / LARGEST_PAGE_BYTES) * LARGEST_PAGE_BYTES;
const roundUp = (address: number) => roundDown(address + LARGEST_PAGE_BYTES - 1);
