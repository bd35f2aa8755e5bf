import { describe, expect, it } from "vitest";
import { findClearMemory } from "../src/adapters/clear-memory.ts";
import { fillWithZeros } from "../src/engine/linear-memory.ts";
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
    const engines = [findClearMemory(), fillWithZeros].map((clear) => makeEngine(clear));
    for (const engine of engines) engine.capture();
    const scripts = [
      "1",
      "const deep = (n) => (n === 0 ? 0 : 1 + deep(n - 1)); try { deep(1e6) } catch {} 1",
      "'x'.repeat(300_000).split('').length",
      "new Uint8Array(200_000).fill(7); throw 1",
      "for (;;);",
    ];
    for (const script of scripts) {
      const [given, written] = engines.map((engine) => [runScript(engine, script), runScript(engine, "1")]);
      expect(given).toEqual(written);
    }
  });
});
