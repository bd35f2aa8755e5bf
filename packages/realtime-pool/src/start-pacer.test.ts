import { seededRng } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createStartPacer } from "./start-pacer.ts";

const stagger = { mode: "stagger", minMs: 5000, maxMs: 8000 } as const;

describe("the start pacer", () => {
  it("lets everybody start now in quota mode", () => {
    const pacer = createStartPacer({ mode: "quota" }, seededRng(1));
    expect(["a", "b", "c"].map((client) => pacer.startAtMs(client, 100))).toEqual([100, 100, 100]);
  });

  it("puts each new client 5 to 8 s after the one before, the first at once", () => {
    const pacer = createStartPacer(stagger, seededRng(1));
    const starts = Array.from({ length: 100 }, (_, index) => pacer.startAtMs(`bot-${index}`, 0));
    expect(starts[0]).toBe(0);
    for (let index = 1; index < starts.length; index += 1) {
      const apartMs = (starts[index] ?? 0) - (starts[index - 1] ?? 0);
      expect(apartMs).toBeGreaterThanOrEqual(5000);
      expect(apartMs).toBeLessThan(8000);
    }
  });

  it("does not make a client wait that comes late anyway", () => {
    const pacer = createStartPacer(stagger, seededRng(1));
    pacer.startAtMs("a", 0);
    expect(pacer.startAtMs("b", 60_000)).toBe(60_000);
  });

  it("forgets a client with its last channel", () => {
    const pacer = createStartPacer(stagger, seededRng(1));
    pacer.startAtMs("a", 0);
    pacer.startAtMs("a", 0);
    pacer.forget("a");
    expect(pacer.startAtMs("a", 10)).toBe(10);
    pacer.forget("a");
    pacer.forget("a");
    pacer.forget("a");
    expect(pacer.startAtMs("a", 20)).toBeGreaterThanOrEqual(5000);
  });

  it("counts the channels whose time has not come", () => {
    const pacer = createStartPacer(stagger, seededRng(1));
    for (const client of ["a", "b", "b", "c"]) pacer.startAtMs(client, 0);
    expect([0, 8000, 16_000].map((nowMs) => pacer.paced(nowMs))).toEqual([3, 1, 0]);
    pacer.forget("b");
    expect(pacer.paced(0)).toBe(2);
    expect(createStartPacer({ mode: "quota" }, seededRng(1)).paced(0)).toBe(0);
  });
});
