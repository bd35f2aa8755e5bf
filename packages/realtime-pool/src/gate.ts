import { type Backoff, backoffDelayMs, type EpochMs, proportionalJitter, type Rng, uniform } from "@shoal/kernel";

/**
 * Whether sockets may be opened. While the server is away one probe goes out for the whole pool; when it opens, the
 * others follow. Before the first success nobody knows, so the first socket of all is a probe too.
 */
export type Gate =
  | { readonly kind: "up" }
  | { readonly kind: "away"; readonly failures: number; readonly probeAtMs: EpochMs };

export const unknownGate: Gate = { kind: "away", failures: 0, probeAtMs: 0 };
export const upGate: Gate = { kind: "up" };

/** Daemons that lose the same server must not all come back in the same millisecond. */
const FIRST_PROBE_WITHIN_MS = 250;

/** Every socket is gone: the first probe goes out soon, at a random moment. */
export function allSocketsLost(gate: Gate, nowMs: EpochMs, rng: Rng): Gate {
  if (gate.kind === "away") return gate;
  return { kind: "away", failures: 0, probeAtMs: nowMs + uniform(rng, 0, FIRST_PROBE_WITHIN_MS) };
}

/** A handshake failed. `floorMs` is what its error class asks for. */
export function handshakeFailed(
  gate: Gate,
  limits: { readonly probeBaseMs: number; readonly probeMaxMs: number; readonly retryJitterRatio: number },
  floorMs: number,
  nowMs: EpochMs,
  rng: Rng,
): Gate {
  const failures = (gate.kind === "away" ? gate.failures : 0) + 1;
  const backoff: Backoff = proportionalJitter(limits.probeBaseMs, limits.probeMaxMs, limits.retryJitterRatio);
  const delayMs = Math.max(backoffDelayMs(backoff, failures, rng), floorMs * uniform(rng, 1, 1.3));
  return { kind: "away", failures, probeAtMs: nowMs + delayMs };
}

/** How many more handshakes may start now. */
export function handshakesAllowed(gate: Gate, connecting: number, maxHandshakes: number, nowMs: EpochMs): number {
  if (gate.kind === "up") return Math.max(0, maxHandshakes - connecting);
  return connecting === 0 && nowMs >= gate.probeAtMs ? 1 : 0;
}
