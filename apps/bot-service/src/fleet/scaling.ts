export interface ScalingPolicy {
  /** Bots kept however few people there are. */
  readonly minCount: number;
  /** Bots never exceeded. */
  readonly maxCount: number;
  /** Bots per hundred active people. */
  readonly targetPercentage: number;
  /** Fewer people must last this long before bots stop; more people count at once. */
  readonly stabilizationMs: number;
}

/** The targets wanted lately by monotonic time, newest last; each is higher than all after it. */
export type ScalingHistory = readonly { readonly atMs: number; readonly wanted: number }[];

/** Bots wanted for that many active people right now. @source SPEC A, BotManager row */
export function wantedBots(activePeople: number, policy: ScalingPolicy): number {
  const share = Math.ceil((activePeople * policy.targetPercentage) / 100);
  return Math.min(policy.maxCount, Math.max(policy.minCount, share));
}

/**
 * The number of bots to run: the highest number wanted within the stabilization window. So a crowd is met at once, and
 * people who come and go do not make bots come and go.
 */
export function nextTarget(
  history: ScalingHistory,
  activePeople: number,
  policy: ScalingPolicy,
  nowMs: number,
): { target: number; history: ScalingHistory } {
  const wanted = wantedBots(activePeople, policy);
  // What is older than the window, or not higher than what is wanted now, can never be the maximum again.
  const kept = history.filter((entry) => entry.wanted > wanted && nowMs - entry.atMs < policy.stabilizationMs);
  // A number still wanted keeps being renewed, so its window starts when it was last wanted.
  const updated = [...kept, { atMs: nowMs, wanted }];
  return { target: updated[0]?.wanted ?? wanted, history: updated };
}
