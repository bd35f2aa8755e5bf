import type { EpochMs } from "@shoal/kernel";

/** Most presence calls in the window: the server closes the channel after more. @source REALTIME.md 2.1 */
export const PRESENCE_CALLS = 5;
export const PRESENCE_WINDOW_MS = 30_000;
/** Added to the window, in ms, because it starts at another moment on the server. */
const MARGIN_MS = 500;

/**
 * Returns how long to wait, in ms, before the next presence call, so that `spare` more could follow it at once. `calls` are
 * the times of the calls made on this channel, oldest first.
 */
export function presenceWaitMs(calls: readonly EpochMs[], spare: number, nowMs: EpochMs): number {
  const recent = calls.filter((atMs) => nowMs - atMs < PRESENCE_WINDOW_MS + MARGIN_MS);
  // Calls that must leave the window before this one and the spare ones fit.
  const tooMany = recent.length + 1 + spare - PRESENCE_CALLS;
  const last = recent[tooMany - 1];
  return last === undefined ? 0 : last + PRESENCE_WINDOW_MS + MARGIN_MS - nowMs;
}
