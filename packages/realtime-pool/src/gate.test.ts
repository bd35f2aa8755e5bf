import { seededRng } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { allSocketsLost, type Gate, handshakeFailed, handshakesAllowed, unknownGate, upGate } from "./gate.ts";

const limits = { probeBaseMs: 500, probeMaxMs: 1500, retryJitterRatio: 0.3 };

describe("the gate", () => {
  it("lets one probe out while nobody knows whether the server is there", () => {
    expect(handshakesAllowed(unknownGate, 0, 10, 0)).toBe(1);
    expect(handshakesAllowed(unknownGate, 1, 10, 0)).toBe(0);
  });

  it("lets as many handshakes run as are allowed while the server is there", () => {
    expect(handshakesAllowed(upGate, 3, 10, 0)).toBe(7);
    expect(handshakesAllowed(upGate, 12, 10, 0)).toBe(0);
  });

  it("probes a server that is away at growing, jittered waits of at most 1.5 s", () => {
    const rng = seededRng(7);
    let gate: Gate = unknownGate;
    let nowMs = 0;
    const waits: number[] = [];
    for (let failure = 0; failure < 200; failure += 1) {
      gate = handshakeFailed(gate, limits, 0, nowMs, rng);
      if (gate.kind === "up") throw new Error("a failed handshake opened the gate");
      waits.push(gate.probeAtMs - nowMs);
      expect(handshakesAllowed(gate, 0, 10, gate.probeAtMs - 1)).toBe(0);
      nowMs = gate.probeAtMs;
      expect(handshakesAllowed(gate, 0, 10, nowMs)).toBe(1);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(350);
    expect(waits[0]).toBeLessThanOrEqual(650);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1500);
    expect(new Set(waits).size).toBeGreaterThan(50);
  });

  it("waits at least as long as the error class asks", () => {
    const gate = handshakeFailed(upGate, limits, 30_000, 0, seededRng(1));
    expect(handshakesAllowed(gate, 0, 10, 29_999)).toBe(0);
    expect(handshakesAllowed(gate, 0, 10, 39_000)).toBe(1);
  });

  it("sends the first probe soon after every socket was lost, and does not hurry one that already waits", () => {
    const first = allSocketsLost(upGate, 1000, seededRng(1));
    expect(handshakesAllowed(first, 0, 10, 1250)).toBe(1);
    const waiting = handshakeFailed(first, limits, 30_000, 1000, seededRng(1));
    expect(allSocketsLost(waiting, 2000, seededRng(1))).toBe(waiting);
  });
});
