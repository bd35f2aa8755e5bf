import { describe, expect, it } from "vitest";
import { findClearMemory } from "../src/adapters/clear-memory.ts";
import { findMemoryAccess } from "../src/adapters/memory-access.ts";
import { findTouchedPages } from "../src/adapters/touched-pages.ts";
import { fillWithZeros, PAGE_BYTES as SMALL_PAGE_BYTES } from "../src/engine/linear-memory.ts";
import { makeEngine, runScript } from "./engines.ts";

const PAGE_BYTES = 65_536;

describe("memory that is given back", () => {
  it("is cleared from the first byte to the last, and no byte beside it", () => {
    const clear = findClearMemory() ?? fillWithZeros;
    const memory = new Uint8Array(new WebAssembly.Memory({ initial: 6 }).buffer);
    const edges = [0, 1, 4095, 4096, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES - 1, 3 * PAGE_BYTES];
    for (const from of edges) {
      for (const to of [...edges, memory.length - 1, memory.length].filter((edge) => edge >= from)) {
        memory.fill(1);
        clear(memory.subarray(from, to));
        const cleared = memory.reduce((count, byte) => count + 1 - byte, 0);
        expect([from, to, cleared]).toEqual([from, to, to - from]);
        expect([memory[from - 1] ?? 1, memory[to] ?? 1]).toEqual([1, 1]);
      }
    }
  });

  it("is how Linux is asked to do it", () => {
    expect(findClearMemory() !== undefined).toBe(process.platform === "linux");
  });

  it("leaves an engine as zeros that are written do, after whatever ran", () => {
    const accesses = [{}, { clear: findClearMemory() }, findMemoryAccess()];
    const engines = accesses.map((access) => makeEngine(access));
    for (const engine of engines) engine.capture();
    const scripts = [
      "1",
      "const deep = (n) => (n === 0 ? 0 : 1 + deep(n - 1)); try { deep(1e6) } catch {} 1",
      "'x'.repeat(300_000).split('').length",
      "new Uint8Array(200_000).fill(7); throw 1",
      "for (;;);",
    ];
    for (const script of scripts) {
      const [written, ...given] = engines.map((engine) => [runScript(engine, script), runScript(engine, "1")]);
      for (const each of given) expect(each).toEqual(written);
    }
  });

  it("is known to hold zeros where nobody wrote since, and nowhere else", () => {
    const clear = findClearMemory();
    const touchedPages = findTouchedPages();
    // Small pages are those of most systems, and not of all.
    if (clear === undefined || touchedPages === undefined) return;
    for (const wasmPages of [1, 6, 2]) {
      const memory = new Uint8Array(new WebAssembly.Memory({ initial: wasmPages }).buffer);
      memory.fill(1);
      const pages = Array.from({ length: memory.length / SMALL_PAGE_BYTES }, (_, page) => page);
      expect(pages.filter(touchedPages(memory))).toEqual(pages);
      clear(memory);
      const last = pages.length - 1;
      for (const page of [0, 3, last]) memory[page * SMALL_PAGE_BYTES + 4095] = 7;
      const isTouched = touchedPages(memory);
      expect(pages.filter(isTouched)).toEqual(expect.arrayContaining([0, 3, last]));
      for (const page of pages.filter((each) => !isTouched(each))) {
        const bytes = memory.subarray(page * SMALL_PAGE_BYTES, (page + 1) * SMALL_PAGE_BYTES);
        expect(bytes.every((byte) => byte === 0)).toBe(true);
      }
    }
  });

  it("is asked for what was touched where it is 4 kB large", () => {
    const { stdout } = Bun.spawnSync(["getconf", "PAGESIZE"]);
    expect(findTouchedPages() !== undefined).toBe(stdout.toString().trim() === String(SMALL_PAGE_BYTES));
  });
});
