import { describe, expect, it } from "vitest";
import { MemoryImage, PAGE_BYTES } from "./linear-memory.ts";

const WASM_PAGE_BYTES = 65_536;

/** A memory in which every other page holds something, and its image. */
function makeMemory(wasmPages = 2) {
  const memory = new WebAssembly.Memory({ initial: wasmPages });
  const bytes = () => new Uint8Array(memory.buffer);
  for (let at = 0; at < bytes().length; at += 2 * PAGE_BYTES) bytes().fill(1 + at / PAGE_BYTES, at, at + PAGE_BYTES);
  return { memory, bytes, image: new MemoryImage(memory) };
}

describe("the hash of a memory", () => {
  it("tells every byte, wherever it is, and is the same again where the byte is", () => {
    const { memory, bytes, image } = makeMemory();
    const untouched = image.hashOf(memory);
    const hashes = new Set([untouched]);
    const places = [0, 1, 3, 4, 63, 64, 4095, 4096, 4097, 8191, 8192, 70_000, 2 * WASM_PAGE_BYTES - 1];
    for (const place of places) {
      const before = bytes()[place] as number;
      for (const value of [before ^ 1, before ^ 0x80]) {
        bytes()[place] = value;
        hashes.add(image.hashOf(memory));
      }
      bytes()[place] = before;
      expect(image.hashOf(memory)).toBe(untouched);
    }
    expect(hashes.size).toBe(1 + 2 * places.length);
  });

  it("tells a memory that grew from one that did not, and what is in the part that is new", () => {
    const { memory, bytes, image } = makeMemory();
    const hashes = new Set([image.hashOf(memory)]);
    memory.grow(1);
    hashes.add(image.hashOf(memory));
    bytes()[bytes().length - 1] = 1;
    hashes.add(image.hashOf(memory));
    expect(hashes.size).toBe(3);
  });

  it("tells bytes that were exchanged, also where every page has changed from first to last", () => {
    const { memory, bytes, image } = makeMemory();
    for (let at = 0; at < bytes().length; at += 1) bytes()[at] = 100 + ((at * 7 + (at >> 8)) % 101);
    const hashes = new Set([image.hashOf(memory)]);
    for (let at = 0; at < bytes().length; at += PAGE_BYTES) {
      const [first, last] = [bytes()[at] as number, bytes()[at + PAGE_BYTES - 1] as number];
      [bytes()[at], bytes()[at + PAGE_BYTES - 1]] = [last, first + 128];
      hashes.add(image.hashOf(memory));
    }
    expect(hashes.size).toBe(1 + bytes().length / PAGE_BYTES);
  });
});
