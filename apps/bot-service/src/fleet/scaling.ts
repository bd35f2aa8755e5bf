export interface ScalingPolicy {
  /** Smallest number of bots, also without people. */
  readonly minCount: number;
  /** Largest number of bots. */
  readonly maxCount: number;
  /** Bots per hundred active people. */
  readonly targetPercentage: number;
  /** Time for which people must stay fewer before bots stop, in ms; more people count at once. */
  readonly stabilizationMs: number;
}

/** The targets wanted lately, by monotonic time, newest last; each is higher than all after it. */
export type ScalingHistory = readonly { readonly atMs: number; readonly wanted: number }[];

/** Returns the number of bots wanted for that many active people. @source SPEC A, BotManager row */
export function wantedBots(activePeople: number, policy: ScalingPolicy): number {
  const share = Math.ceil((activePeople * policy.targetPercentage) / 100);
  return Math.min(policy.maxCount, Math.max(policy.minCount, share));
}

/**
 * Returns the number of bots to run: the highest number wanted within the stabilization window. So bots start at once when
 * many people come, and people who come and go do not make bots come and go.
 */
export function nextTarget(
  history: ScalingHistory,
  activePeople: number,
  policy: ScalingPolicy,
  nowMs: number,
): { target: number; history: ScalingHistory } {
  const wanted = wantedBots(activePeople, policy);
  // Drops entries that can never be the maximum again: older than the window, or not higher than the new one.
  const kept = history.filter((entry) => entry.wanted > wanted && nowMs - entry.atMs < policy.stabilizationMs);
  // A number still wanted keeps being renewed, so its window starts when it was last wanted.
  const updated = [...kept, { atMs: nowMs, wanted }];
  return { target: updated[0]?.wanted ?? wanted, history: updated };
}
