import { type EpochMs, MINUTE_MS, SECOND_MS } from "@shoal/kernel";

/**
 * Joins counted the way the server counts them.
 *
 * The server refuses everybody in the project while the average of joins over its window is at the limit; it looks
 * every 5 s. A counter that has run for a whole window (warm) thus allows `limit * window` joins at once; one that has
 * just started (cold) divides by the ticks it has seen, so only `limit * 5 s` fit into each.
 * Overspending passes first and locks people out afterwards, so both rules are kept from our side.
 *
 * @source REALTIME.md 2.2 and 8, measured
 */
export interface JoinBudget {
  readonly limits: JoinLimits;
  /** Joins by the second in which they were sent, oldest first. */
  readonly spent: readonly SpentSecond[];
  /** When the server's counter started, if we saw it; null is warm. */
  readonly coldSinceMs: EpochMs | null;
  /** The last rate signal from the server, and what it left of the budget. */
  readonly throttle: Throttle | null;
}

export interface JoinLimits {
  readonly joinsPerSecond: number;
  /** 0 to 1. */
  readonly share: number;
  readonly windowMs: number;
}

interface SpentSecond {
  readonly atMs: EpochMs;
  readonly count: number;
}

interface Throttle {
  readonly atMs: EpochMs;
  /** 0 to 1: what was left right after the signal. */
  readonly ratio: number;
}

/** The server's own look at its counters. @source REALTIME.md 2.2 */
const TICK_MS = 5 * SECOND_MS;
/** No joins at all for this long after a rate signal: two ticks, so that one certainly falls in between. @source REALTIME.md 2.4 */
const COOL_DOWN_MS = 10 * SECOND_MS;
/** Below this a fleet would hardly ever come back. */
const SMALLEST_RATIO = 1 / 16;
/** After each window without a signal this much of the full budget returns. */
const RECOVERY_STEP = 0.25;
const RECOVER_EVERY_MS = MINUTE_MS;

/** A budget with nothing spent, facing a warm server. */
export function joinBudget(limits: JoinLimits): JoinBudget {
  return { limits, spent: [], coldSinceMs: null, throttle: null };
}

/** Takes one join, or says when to ask again (always later than `nowMs`). */
export function spend(
  budget: JoinBudget,
  nowMs: EpochMs,
): { granted: true; budget: JoinBudget } | { granted: false; retryAtMs: EpochMs } {
  const { used, allowed } = usage(budget, nowMs);
  if (used >= allowed) return { granted: false, retryAtMs: Math.max(nowMs + 1, nextChangeMs(budget, nowMs)) };
  const second = Math.floor(nowMs / SECOND_MS) * SECOND_MS;
  const kept = budget.spent.filter((spent) => isInWindow(spent, budget, nowMs));
  const last = kept.at(-1);
  // A wall clock that went backwards adds to the newest second: counting late is the safe side.
  const spent =
    last && last.atMs >= second
      ? [...kept.slice(0, -1), { atMs: last.atMs, count: last.count + 1 }]
      : [...kept, { atMs: second, count: 1 }];
  return { granted: true, budget: { ...budget, spent } };
}

/** Joins counted now and the most that may be. */
export function usage(budget: JoinBudget, nowMs: EpochMs): { used: number; allowed: number } {
  const { joinsPerSecond, share, windowMs } = budget.limits;
  const inWindow = budget.spent.filter((spent) => isInWindow(spent, budget, nowMs));
  const ratio = isCoolingDown(budget, nowMs) ? 0 : throttleRatio(budget, nowMs);
  const rate = joinsPerSecond * share * ratio;
  const warm = { used: sum(inWindow), allowed: Math.floor((rate * windowMs) / SECOND_MS) };
  if (budget.coldSinceMs === null || nowMs - budget.coldSinceMs >= windowMs) return warm;

  const coldSinceMs = budget.coldSinceMs;
  const ticks = Math.floor(Math.max(0, nowMs - coldSinceMs) / TICK_MS) + 1;
  const cold = {
    used: sum(inWindow.filter((spent) => spent.atMs + SECOND_MS > coldSinceMs)),
    allowed: Math.floor((rate * ticks * TICK_MS) / SECOND_MS),
  };
  return cold.allowed - cold.used < warm.allowed - warm.used ? cold : warm;
}

/**
 * The server was seen to have started. With `isCertain` it has forgotten our earlier joins too; without, it may be the
 * network that went, so both its new and its old count are respected.
 */
export function serverStarted(budget: JoinBudget, nowMs: EpochMs, isCertain: boolean): JoinBudget {
  return { ...budget, coldSinceMs: nowMs, spent: isCertain ? [] : budget.spent };
}

/** The server said "too many joins": none for a while, then half of what was allowed, growing back step by step. */
export function rateLimited(budget: JoinBudget, nowMs: EpochMs): JoinBudget {
  // One overrun is refused many times at once; it must halve the budget once.
  if (isCoolingDown(budget, nowMs)) return budget;
  const ratio = Math.max(SMALLEST_RATIO, throttleRatio(budget, nowMs) / 2);
  return { ...budget, throttle: { atMs: nowMs, ratio } };
}

function isCoolingDown({ throttle }: JoinBudget, nowMs: EpochMs): boolean {
  return throttle !== null && nowMs < throttle.atMs + COOL_DOWN_MS && nowMs >= throttle.atMs;
}

function throttleRatio({ throttle }: JoinBudget, nowMs: EpochMs): number {
  if (throttle === null) return 1;
  const steps = Math.floor(Math.max(0, nowMs - throttle.atMs) / RECOVER_EVERY_MS);
  return Math.min(1, throttle.ratio + steps * RECOVERY_STEP);
}

/** A second leaves the window when its last millisecond does. */
function isInWindow(spent: SpentSecond, { limits }: JoinBudget, nowMs: EpochMs): boolean {
  return spent.atMs + SECOND_MS + limits.windowMs > nowMs;
}

/** The first instant at which `usage` can differ from now's. */
function nextChangeMs({ limits, spent, coldSinceMs, throttle }: JoinBudget, nowMs: EpochMs): EpochMs {
  const changes: number[] = [];
  const oldest = spent.find((second) => second.atMs + SECOND_MS + limits.windowMs > nowMs);
  if (oldest) changes.push(oldest.atMs + SECOND_MS + limits.windowMs);
  if (coldSinceMs !== null && nowMs - coldSinceMs < limits.windowMs) {
    changes.push(coldSinceMs + (Math.floor(Math.max(0, nowMs - coldSinceMs) / TICK_MS) + 1) * TICK_MS);
  }
  if (throttle !== null) {
    const sinceMs = Math.max(0, nowMs - throttle.atMs);
    if (sinceMs < COOL_DOWN_MS) return throttle.atMs + COOL_DOWN_MS;
    changes.push(throttle.atMs + (Math.floor(sinceMs / RECOVER_EVERY_MS) + 1) * RECOVER_EVERY_MS);
  }
  return changes.length > 0 ? Math.min(...changes) : nowMs + SECOND_MS;
}

function sum(spent: readonly SpentSecond[]): number {
  return spent.reduce((total, second) => total + second.count, 0);
}
