import { createHash } from "node:crypto";

/** Parts of an image that are zero are not kept, and are compared and hashed by this size. */
const PAGE_BYTES = 4096;
const WASM_PAGE_BYTES = 65_536;

/** Makes bytes of a linear memory zero. */
export type ClearMemory = (bytes: Uint8Array) => void;

export const fillWithZeros: ClearMemory = (bytes) => {
  bytes.fill(0);
};

/** A stretch of memory with something in it, as it was when the image was taken. */
interface Stretch {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * The contents of a linear memory at one moment. Most of an engine's memory is its empty stack and room to grow into, all zero: filling that
 * and copying the rest takes a third of the time of copying it all.
 */
export class MemoryImage {
  readonly byteCount: number;
  readonly #stretches: readonly Stretch[];
  /** The whole, for comparison. */
  readonly #pages: readonly Uint8Array[];
  readonly #clear: ClearMemory;

  constructor(memory: WebAssembly.Memory, clear: ClearMemory = fillWithZeros) {
    this.#clear = clear;
    const bytes = new Uint8Array(memory.buffer).slice();
    this.byteCount = bytes.length;
    this.#pages = pagesOf(bytes.buffer);
    this.#stretches = stretchesOf(this.#pages);
  }

  /** Makes a memory, which must not be larger than the image, equal to it. */
  copyTo(memory: WebAssembly.Memory): void {
    const missingBytes = this.byteCount - memory.buffer.byteLength;
    if (missingBytes > 0) memory.grow(missingBytes / WASM_PAGE_BYTES);
    const target = new Uint8Array(memory.buffer);
    let clearedTo = 0;
    for (const { start, bytes } of this.#stretches) {
      this.#clear(target.subarray(clearedTo, start));
      target.set(bytes, start);
      clearedTo = start + bytes.length;
    }
    this.#clear(target.subarray(clearedTo));
  }

  /** sha256 in hex of a memory, told by what differs from this image. */
  hashOf(memory: WebAssembly.Memory): string {
    const hash = createHash("sha256");
    const number = new Uint32Array(1);
    const write = (value: number, bytes: Uint8Array) => {
      number[0] = value;
      hash.update(number).update(bytes);
    };
    for (const [index, page] of pagesOf(memory.buffer).entries()) {
      const before = this.#pages[index] ?? EMPTY_PAGE;
      if (Buffer.compare(page, before) !== 0) write(index, page);
    }
    write(memory.buffer.byteLength, EMPTY_PAGE.subarray(0, 0));
    return hash.digest("hex");
  }
}

const EMPTY_PAGE = new Uint8Array(PAGE_BYTES);

function pagesOf(buffer: ArrayBufferLike): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let start = 0; start < buffer.byteLength; start += PAGE_BYTES) {
    pages.push(new Uint8Array(buffer, start, PAGE_BYTES));
  }
  return pages;
}

function stretchesOf(pages: readonly Uint8Array[]): Stretch[] {
  const stretches: Stretch[] = [];
  let first = -1;
  const close = (end: number) => {
    const start = pages[first];
    if (start === undefined) return;
    const bytes = new Uint8Array(start.buffer, start.byteOffset, (end - first) * PAGE_BYTES);
    stretches.push({ start: start.byteOffset, bytes });
    first = -1;
  };
  for (const [index, page] of pages.entries()) {
    if (Buffer.compare(page, EMPTY_PAGE) === 0) close(index);
    else if (first === -1) first = index;
  }
  close(pages.length);
  return stretches;
}
