import type { Unsubscribe } from "@shoal/kernel";
import type { ErrorClass, PoolStats, RealtimePool } from "@shoal/realtime-pool";
import type { PartHealth } from "../part.ts";
import { whyKeptOut } from "./causes.ts";

/**
 * Reads the state of Realtime from the pool, and why its last socket was lost. `mayRest`: whether this replica need not have a channel
 * now; while it has none, nothing is known of Realtime, and nothing is wrong.
 */
export function realtimeHealth(
  pool: Pick<RealtimePool, "events" | "getStats">,
  mayRest: () => boolean,
): {
  readonly health: PartHealth;
  readonly close: Unsubscribe;
} {
  let lastFailure: SocketFailure | undefined;
  const close = pool.events.on("socket:closed", ({ errorClass, code }) => {
    if (errorClass !== null) lastFailure = { errorClass, code };
  });
  const read = () => {
    const stats = pool.getStats();
    if (mayRest() && isAtRest(stats)) return RESTS;
    return { ...realtimeReport(stats, lastFailure), isExpected: isPacedOnly(stats) };
  };
  return { health: { dependency: "realtime", isRequired: true, read }, close };
}

const RESTS = { state: "ok", detail: "no channel is needed: other replicas watch the lobby" } as const;

function isAtRest({ channels, breaker }: PoolStats): boolean {
  return channels.waiting + channels.joining + channels.joined === 0 && breaker.errorClass === null;
}

interface SocketFailure {
  readonly errorClass: ErrorClass;
  readonly code: number;
}

function realtimeReport({ channels, sockets, joins, breaker }: PoolStats, last: SocketFailure | undefined) {
  const keptOut = whyKeptOut(breaker);
  if (sockets.open === 0) {
    const closed = last && `last closed with code ${last.code}, class ${last.errorClass}`;
    return { state: "down", detail: ["no socket is open", keptOut ?? closed].filter(Boolean).join("; ") } as const;
  }
  const awaited = channels.waiting + channels.joining;
  if (awaited === 0) return { state: "ok" } as const;
  const paced = joins.paced > 0 && `${joins.paced} wait for their turn, as bots start one after the other`;
  const channelsAre = awaited === 1 ? "channel is" : "channels are";
  const detail = [`${awaited} ${channelsAre} not joined`, keptOut ?? paced].filter(Boolean).join("; ");
  return { state: "degraded", detail } as const;
}

/** Returns whether all channels that are not joined only wait for their turn to start. */
function isPacedOnly({ channels, joins, breaker }: PoolStats): boolean {
  const isFree = breaker.state === "up" || breaker.state === "unknown";
  return isFree && channels.waiting + channels.joining === joins.paced;
}
