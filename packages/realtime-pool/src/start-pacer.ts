import { type EpochMs, type Rng, uniform } from "@shoal/kernel";
import type { StartMode } from "./options.ts";

/** Decides when a client's channels may first join. A client is known for as long as it has a channel. */
export interface StartPacer {
  /** The instant from which a new channel of this client may join; its first channel takes the client's place in line. */
  startAtMs(clientId: string, nowMs: EpochMs): EpochMs;
  /** Counts a channel of this client that joins now, past the line. */
  startNow(clientId: string, nowMs: EpochMs): EpochMs;
  /** One channel of this client is gone. */
  forget(clientId: string): void;
  /** Channels whose time has not come. */
  paced(nowMs: EpochMs): number;
}

const atOnce: StartPacer = {
  startAtMs: (_clientId, nowMs) => nowMs,
  startNow: (_clientId, nowMs) => nowMs,
  forget: () => {},
  paced: () => 0,
};

export function createStartPacer(start: StartMode, rng: Rng): StartPacer {
  if (start.mode === "quota") return atOnce;
  const clients = new Map<string, { startAtMs: EpochMs; channels: number }>();
  let lastStartMs: EpochMs | null = null;

  const nextStartMs = (nowMs: EpochMs): EpochMs => {
    if (lastStartMs === null) return nowMs;
    return Math.max(nowMs, lastStartMs + uniform(rng, start.minMs, start.maxMs));
  };

  return {
    startAtMs(clientId, nowMs) {
      const known = clients.get(clientId);
      if (known) {
        known.channels += 1;
        return Math.max(nowMs, known.startAtMs);
      }
      lastStartMs = nextStartMs(nowMs);
      clients.set(clientId, { startAtMs: lastStartMs, channels: 1 });
      return lastStartMs;
    },
    startNow(clientId, nowMs) {
      const known = clients.get(clientId);
      if (known) known.channels += 1;
      else clients.set(clientId, { startAtMs: nowMs, channels: 1 });
      return nowMs;
    },
    forget(clientId) {
      const known = clients.get(clientId);
      if (!known) return;
      known.channels -= 1;
      if (known.channels === 0) clients.delete(clientId);
    },
    paced(nowMs) {
      let count = 0;
      for (const { startAtMs, channels } of clients.values()) if (startAtMs > nowMs) count += channels;
      return count;
    },
  };
}
