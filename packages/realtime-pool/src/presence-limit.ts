import type { EpochMs } from "@shoal/kernel";

/** When the presence calls still inside the server's window were made, oldest first. */
export type PresenceCalls = readonly EpochMs[];

/**
 * Two calls sent 30 s apart may reach the server a little closer together; a sixth call inside its window closes the
 * channel, so ours is a second longer. @source REALTIME.md 2.3
 */
const MARGIN_MS = 1000;

/** The calls including one made now, or the instant from which one may be made. */
export function presenceCall(
  calls: PresenceCalls,
  limit: { readonly calls: number; readonly windowMs: number },
  nowMs: EpochMs,
): { allowed: true; calls: PresenceCalls } | { allowed: false; retryAtMs: EpochMs } {
  const windowMs = limit.windowMs + MARGIN_MS;
  const recent = calls.filter((atMs) => atMs + windowMs > nowMs);
  const oldest = recent.at(-limit.calls);
  if (oldest !== undefined && recent.length >= limit.calls) return { allowed: false, retryAtMs: oldest + windowMs };
  return { allowed: true, calls: [...recent, nowMs] };
}
