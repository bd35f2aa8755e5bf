const TICK_MS = 5000;
const WINDOW_MS = 60_000;
const STEP_MS = 100;

/**
 * Returns the least time from the last drop until `channels` have joined, for a client that uses `joinsPerSecond` of a
 * window whose counter may have restarted at any of the drops or gone on: a cold counter allows `2 x 5 s` of joins at once
 * and `5 s` more every 5 s, a warm one 60 s of them in any 60 s. @source REALTIME.md 2.2 and 8
 */
export function coldArithmeticMs({
  joinsPerSecond,
  channels,
  dropsAtMs,
}: {
  readonly joinsPerSecond: number;
  readonly channels: number;
  readonly dropsAtMs: readonly number[];
}): number {
  const joins: { atMs: number; count: number }[] = [];
  const spentSince = (sinceMs: number) =>
    joins.reduce((total, { atMs, count }) => (atMs >= sinceMs ? total + count : total), 0);
  const lastDropMs = dropsAtMs.at(-1) ?? 0;
  let joined = 0;
  for (let atMs = 0; ; atMs += STEP_MS) {
    if (dropsAtMs.some((dropMs) => dropMs >= atMs && dropMs < atMs + STEP_MS)) joined = 0;
    const left = dropsAtMs
      .filter((dropMs) => dropMs < atMs + STEP_MS && atMs - dropMs < WINDOW_MS)
      .map((dropMs) => {
        const ticks = Math.max(0, Math.floor((atMs - dropMs) / TICK_MS));
        return Math.floor((joinsPerSecond * (ticks + 2) * TICK_MS) / 1000) - spentSince(dropMs - STEP_MS);
      });
    left.push(Math.floor((joinsPerSecond * WINDOW_MS) / 1000) - spentSince(atMs - WINDOW_MS));
    const count = Math.max(0, Math.min(...left, channels - joined));
    if (count > 0) joins.push({ atMs, count });
    joined += count;
    if (joined === channels && atMs >= lastDropMs) return atMs - lastDropMs;
  }
}
