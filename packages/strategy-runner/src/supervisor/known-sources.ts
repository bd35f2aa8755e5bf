import type { ToChild } from "../child/child-protocol.ts";
import { encodeFrame } from "../child/frames.ts";

/** Text that a child keeps: as much as 40 ordinary strategies, or four of the largest. */
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * Which sources a child has, by number, so that each is sent once: written as JSON and read again, a source of 50 kB costs as much as a small run. The child keeps what
 * it is told to keep, and forgets what it is told to forget.
 */
export class KnownSources {
  /** The one that ran last at the end. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;
  #byteCount = 0;

  /** Returns the number of a source for the next run, and the frame that must reach the child before it; none if the child has it. */
  take(source: string): { readonly number: number; readonly frame: Uint8Array | undefined } {
    const known = this.#numbers.get(source);
    if (known !== undefined) {
      this.#numbers.delete(source);
      this.#numbers.set(source, known);
      return { number: known, frame: undefined };
    }
    const forgotten = this.#makeRoom(bytesOf(source));
    this.#lastNumber += 1;
    this.#numbers.set(source, this.#lastNumber);
    this.#byteCount += bytesOf(source);
    const message: ToChild = { kind: "source", number: this.#lastNumber, source, forgotten };
    return { number: this.#lastNumber, frame: encodeFrame(message) };
  }

  /** Forgets those first that ran longest ago. */
  #makeRoom(byteCount: number): number[] {
    const forgotten: number[] = [];
    for (const [source, number] of this.#numbers) {
      if (this.#byteCount + byteCount <= MOST_BYTES) break;
      this.#numbers.delete(source);
      this.#byteCount -= bytesOf(source);
      forgotten.push(number);
    }
    return forgotten;
  }
}

/** A text has up to two bytes a character. */
const bytesOf = (source: string) => 2 * source.length;
