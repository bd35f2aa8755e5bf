import type { ToChild } from "../child/child-protocol.ts";
import { encodeFrame } from "../child/frames.ts";

/** What a child keeps: as much as 40 ordinary strategies, and 80 series of 500 candles. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Candles that are more go with each run, so that they never take the place of all else. */
const MOST_CANDLE_BYTES = MOST_BYTES / 4;

/** What runs have in common: a source, or candles. The same candles are the same object. */
export type RunPart = string | readonly Float64Array[];

/**
 * Which parts of runs a child has, by number, so that each is sent once: a source of 50 kB, written as JSON and read again, costs as much as a small run, and to copy 500
 * candles into a socket and out of it a tenth of one. The child keeps what it is told to keep, and forgets what it is told to forget.
 */
export class KnownParts {
  /** The one that a run had last at the end. */
  readonly #numbers = new Map<RunPart, number>();
  #lastNumber = 0;
  #byteCount = 0;

  /** Returns the number of a part for the next run, and the frame that must reach the child before it; none if the child has it. Number 0: it goes with the run. */
  take(part: RunPart): { readonly number: number; readonly frame: Uint8Array | undefined } {
    const known = this.#numbers.get(part);
    if (known !== undefined) {
      this.#numbers.delete(part);
      this.#numbers.set(part, known);
      return { number: known, frame: undefined };
    }
    const byteCount = bytesOf(part);
    if (typeof part !== "string" && byteCount > MOST_CANDLE_BYTES) return { number: 0, frame: undefined };
    const forgotten = this.#makeRoom(byteCount);
    this.#lastNumber += 1;
    this.#numbers.set(part, this.#lastNumber);
    this.#byteCount += byteCount;
    const message: ToChild = { kind: "keep", number: this.#lastNumber, forgotten };
    const frame = typeof part === "string" ? encodeFrame({ ...message, source: part }) : encodeFrame(message, part);
    return { number: this.#lastNumber, frame };
  }

  /** Forgets those first that a run had longest ago. */
  #makeRoom(byteCount: number): number[] {
    const forgotten: number[] = [];
    for (const [part, number] of this.#numbers) {
      if (this.#byteCount + byteCount <= MOST_BYTES) break;
      this.#numbers.delete(part);
      this.#byteCount -= bytesOf(part);
      forgotten.push(number);
    }
    return forgotten;
  }
}

/** A text has up to two bytes a character. */
function bytesOf(part: RunPart): number {
  return typeof part === "string" ? 2 * part.length : part.reduce((sum, column) => sum + column.byteLength, 0);
}
