import { createHash } from "node:crypto";

/** By this size memory is compared, hashed and put back. */
export const PAGE_BYTES = 4096;
const WASM_PAGE_BYTES = 65_536;
/** Words of 32 bits of a page, and of what is hashed of it together: of most pages a run changes little. */
const PAGE_WORDS = PAGE_BYTES / 4;
const LINE_WORDS = 16;
/** How a memory is written to be hashed: hashes of other forms do not compare. */
export const HASH_FORM = `lines of ${4 * LINE_WORDS} bytes`;
/** A line that is hashed has the number of its first word in front. */
const MOST_PAGE_WORDS = PAGE_WORDS + PAGE_WORDS / LINE_WORDS;

/** Makes bytes of a linear memory zero. */
export type ClearMemory = (bytes: Uint8Array) => void;

export const fillWithZeros: ClearMemory = (bytes) => {
  bytes.fill(0);
};

/** Says which pages of a linear memory may hold anything but zeros, until the next call. Reading the others would have the system make them. */
export type TouchedPages = (bytes: Uint8Array) => (page: number) => boolean;

const allTouched: TouchedPages = () => () => true;

/** How the memory is cleared, and what is known of it without reading it. */
export interface MemoryAccess {
  /** Default: by writing zeros. */
  readonly clear?: ClearMemory | undefined;
  /** Default: nothing is known. */
  readonly touchedPages?: TouchedPages | undefined;
}

/** A stretch of memory as it is to be: these bytes, or nothing but zeros. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | undefined;
}

/** A memory as it was at some moment after that of an image: what must be written to make it so again. */
export interface LaterMemory {
  readonly stretches: readonly Stretch[];
  /** Of the pages that are not those of the image. */
  readonly ownBytes: number;
}

/**
 * The contents of a linear memory at one moment. Most of an engine's memory is its empty stack and room to grow into, all zero: filling that
 * and copying the rest takes a third of the time of copying it all.
 */
export class MemoryImage {
  readonly byteCount: number;
  readonly #stretches: readonly Stretch[];
  /** The whole, for comparison. Pages of zeros are all the same. */
  readonly #pages: readonly Uint8Array[];
  readonly #clear: ClearMemory;
  readonly #touchedPages: TouchedPages;

  constructor(memory: WebAssembly.Memory, { clear = fillWithZeros, touchedPages = allTouched }: MemoryAccess = {}) {
    this.#clear = clear;
    this.#touchedPages = touchedPages;
    const bytes = new Uint8Array(memory.buffer).slice();
    this.byteCount = bytes.length;
    this.#pages = pagesOf(bytes.buffer).map((page) => (isEmpty(page) ? EMPTY_PAGE : page));
    this.#stretches = stretchesOf(this.#pages);
  }

  /** Makes a memory, which must not be larger than the image, equal to it, or to what it was at a later moment. */
  copyTo(memory: WebAssembly.Memory, later?: LaterMemory): void {
    const missingBytes = this.byteCount - memory.buffer.byteLength;
    if (missingBytes > 0) memory.grow(missingBytes / WASM_PAGE_BYTES);
    const target = new Uint8Array(memory.buffer);
    for (const { start, end, bytes } of later?.stretches ?? this.#stretches) {
      if (bytes === undefined) this.#clear(target.subarray(start, end));
      else target.set(bytes, start);
    }
  }

  /** Keeps a memory as it is now; undefined if it has grown since the image, or more than `mostBytes` of it are others. */
  laterMemory(memory: WebAssembly.Memory, mostBytes: number): LaterMemory | undefined {
    if (memory.buffer.byteLength !== this.byteCount) return undefined;
    const changed = this.#changedPages(memory);
    const ownBytes = changed.size * PAGE_BYTES;
    if (ownBytes > mostBytes) return undefined;
    return { stretches: stretchesOf(this.#pages.map((page, index) => changed.get(index)?.slice() ?? page)), ownBytes };
  }

  /** sha256 in hex of a memory, told by what differs from this image. */
  hashOf(memory: WebAssembly.Memory): string {
    const hash = createHash("sha256");
    changedLines[0] = memory.buffer.byteLength;
    let length = 1;
    for (const [index, page] of this.#changedPages(memory)) {
      if (length + MOST_PAGE_WORDS > changedLines.length) {
        hash.update(changedLines.subarray(0, length));
        length = 0;
      }
      length = putChangedLines(wordsOf(page), wordsOf(this.#pages[index] ?? EMPTY_PAGE), index * PAGE_WORDS, length);
    }
    return hash.update(changedLines.subarray(0, length)).digest("hex");
  }

  /** Pages that are not those of the image, by their place, in order. */
  #changedPages(memory: WebAssembly.Memory): ReadonlyMap<number, Uint8Array> {
    const changed = new Map<number, Uint8Array>();
    const isTouched = this.#touchedPages(new Uint8Array(memory.buffer));
    for (let index = 0; index * PAGE_BYTES < memory.buffer.byteLength; index += 1) {
      const before = this.#pages[index] ?? EMPTY_PAGE;
      if (before === EMPTY_PAGE && !isTouched(index)) continue;
      const page = new Uint8Array(memory.buffer, index * PAGE_BYTES, PAGE_BYTES);
      if (Buffer.compare(page, before) !== 0) changed.set(index, page);
    }
    return changed;
  }
}

/** Where lines wait to be hashed, each with its number: a call of the hash for each would cost more than to hash it. */
const changedLines = new Int32Array(8 * MOST_PAGE_WORDS);

/** Puts the lines of a page that are not as they were behind `length`; returns the length with them. `firstWord`: number of the page's first. */
function putChangedLines(page: Int32Array, before: Int32Array, firstWord: number, length: number): number {
  let end = length;
  for (let start = 0; start < PAGE_WORDS; start += LINE_WORDS) {
    let difference = 0;
    for (let at = start; at < start + LINE_WORDS; at += 1) difference |= (page[at] as number) ^ (before[at] as number);
    if (difference === 0) continue;
    changedLines[end++] = firstWord + start;
    for (let at = start; at < start + LINE_WORDS; at += 1) changedLines[end++] = page[at] as number;
  }
  return end;
}

const wordsOf = (page: Uint8Array) => new Int32Array(page.buffer, page.byteOffset, PAGE_WORDS);

const EMPTY_PAGE = new Uint8Array(PAGE_BYTES);
const isEmpty = (page: Uint8Array) => Buffer.compare(page, EMPTY_PAGE) === 0;

function pagesOf(buffer: ArrayBufferLike): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let start = 0; start < buffer.byteLength; start += PAGE_BYTES) {
    pages.push(new Uint8Array(buffer, start, PAGE_BYTES));
  }
  return pages;
}

/** Joins pages that are all zero, and those that lie one behind the other in one buffer. */
function stretchesOf(pages: readonly Uint8Array[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [index, page] of pages.entries()) {
    const start = index * PAGE_BYTES;
    const end = start + PAGE_BYTES;
    const next = { start, end, bytes: isEmpty(page) ? undefined : page };
    const last = stretches.at(-1);
    const joined = last === undefined ? undefined : joinedStretch(last, next);
    if (joined === undefined) stretches.push(next);
    else stretches[stretches.length - 1] = joined;
  }
  return stretches;
}

/** Two stretches that lie one behind the other, as one; undefined if their bytes do not. */
function joinedStretch({ start, bytes }: Stretch, next: Stretch): Stretch | undefined {
  const { end } = next;
  if (bytes === undefined || next.bytes === undefined) {
    return bytes === next.bytes ? { start, end, bytes: undefined } : undefined;
  }
  const isBehind = bytes.buffer === next.bytes.buffer && bytes.byteOffset + bytes.length === next.bytes.byteOffset;
  return isBehind ? { start, end, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, end - start) } : undefined;
}
