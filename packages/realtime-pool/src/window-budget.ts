import { type EpochMs, MINUTE_MS, SECOND_MS } from "@shoal/kernel";

/**
 * What was spent of one of the server's limits per second, counted the way the server counts it.
 *
 * The server adds up what happened between two ticks 5 s apart, keeps the last twelve sums, and refuses all clients of the
 * project while `sum / (sums * 5 s)` is at the limit. A counter that has run for a minute (warm) thus lets
 * `limit * 60 s` pass at once. One that has just started (cold) has its first sum, an empty one, at 0 s: its first real
 * look at 5 s divides by 10 s, so `limit * 10 s` pass by then and `limit * 5 s` more by each later tick.
 * Overspending passes first and locks people out afterwards, so both rules are kept from our side.
 *
 *   since start   0      5      10     15          50     55     60
 *   tick          0      1      2      3     ...   10     11     12
 *   divides by           10 s   15 s   20 s        55 s   60 s   60 s
 *
 * A budget is a value: spending returns the next one.
 * @source REALTIME.md 2.2 and 8, measured; supabase/realtime lib/realtime/rate_counter/rate_counter.ex @ 2.129.8
 */
export interface WindowBudget {
  readonly limits: Required<WindowLimits>;
  /** What was spent, by slices of `sliceMs`, oldest first; the newest one is apart, so that it can grow alone. */
  readonly earlier: readonly SpentSlice[];
  readonly newest: SpentSlice | null;
  /** When the server's counter may have started, oldest first, as far as a window back; none is warm. */
  readonly starts: readonly CounterStart[];
  /** The last rate signal from the server, and what it left of the budget. */
  readonly throttle: Throttle | null;
}

export interface WindowLimits {
  /** The plan's limit per second. */
  readonly perSecond: number;
  /** 0 to 1: the part of it that is ours. */
  readonly joinShare: number;
  readonly windowMs: number;
  /** How finely is kept when something was spent. Default 100. */
  readonly sliceMs?: number;
  /** How long after it was spent it may be used, where others spend it. Default 0: at once. */
  readonly heldMs?: number;
}

export interface Usage {
  /** Spent in the server's window. */
  readonly used: number;
  /** The most that may be. 0 while a rate signal cools down. */
  readonly allowed: number;
  /** 0 to 1: what rate signals left of our share. */
  readonly ratio: number;
}

interface SpentSlice {
  readonly atMs: EpochMs;
  readonly count: number;
}

/** A start of the server's counter, or several within a tick: what counts from the first, looked at as from the last. */
interface CounterStart {
  readonly firstMs: EpochMs;
  readonly lastMs: EpochMs;
}

interface Throttle {
  readonly atMs: EpochMs;
  /** 0 to 1: what was left right after the signal. */
  readonly ratio: number;
  /** What of the full budget returns after each minute without a signal. */
  readonly stepRatio: number;
  /** 0 to 1: what may be spent at once; what is left beyond it goes evenly. */
  readonly atOnceRatio: number;
}

/** The server's own look at its counters. @source REALTIME.md 2.2 */
const TICK_MS = 5 * SECOND_MS;
/** Nothing at all for this long after a rate signal: two ticks, so that one certainly falls in between. @source REALTIME.md 2.4 */
export const COOL_DOWN_MS = 10 * SECOND_MS;
/**
 * A slice counts this much longer than the window, and a tick of a cold counter comes this much later: the server's twelve
 * ticks are each a few ms more than 5 s apart, and what was sent late may arrive early. It is paid twice where a recovery
 * waits for its own first joins to leave the window.
 */
const MARGIN_MS = SECOND_MS / 2;
/** What was spent within one slice leaves the window together: short, or recovery waits for it. */
const SLICE_MS = 100;
/** Of all that is allowed, what is left for urgent ones: the first come would take all of a window, and nobody else joined for a minute. */
export const KEPT_RATIO = 0.1;
/** Keeps a throttled fleet able to come back at all. */
const SMALLEST_RATIO = 1 / 16;
const RECOVER_EVERY_MS = MINUTE_MS;
/** A halved budget is whole again after two minutes. */
const HALVED_STEP_RATIO = 1 / 4;
/** A learned limit is forgotten after about twenty: an overrun costs everybody up to a minute. */
const LEARNED_STEP_RATIO = 1 / 20;
/** Products of shares and rates miss whole numbers by this little: 0.55 * 100 is 55.00000000000001. */
const EPSILON = 1e-6;

/** A budget of which nothing is spent, at a warm server. */
export function windowBudget(limits: WindowLimits): WindowBudget {
  return {
    limits: { sliceMs: SLICE_MS, heldMs: 0, ...limits },
    ...{ earlier: [], newest: null, starts: [], throttle: null },
  };
}

/**
 * Spends `count` at once, leaving `keptRatio` of all that is allowed, or says when to ask again (always later than `nowMs`).
 * More than all that is allowed goes when nothing else is in the window, or it would never go.
 */
export function spend(
  budget: WindowBudget,
  nowMs: EpochMs,
  count = 1,
  keptRatio = 0,
): { granted: true; budget: WindowBudget } | { granted: false; retryAtMs: EpochMs } {
  const { left, isAlone } = look(budget, nowMs, keptRatio);
  if (count <= left || isAlone) return { granted: true, budget: record(budget, nowMs, count) };
  return { granted: false, retryAtMs: nextLookMs(budget, nowMs) };
}

/** The most that may be spent now, leaving `keptRatio` of all that is allowed; at least one when nothing is in the window. */
export function room(budget: WindowBudget, nowMs: EpochMs, keptRatio = 0): number {
  const { left, isAlone } = look(budget, nowMs, keptRatio);
  return Math.max(isAlone ? 1 : 0, left);
}

/** What is left now, and whether nothing is in the window. */
function look(budget: WindowBudget, nowMs: EpochMs, keptRatio: number): { left: number; isAlone: boolean } {
  const { used, allowed } = usage(budget, nowMs);
  const left = Math.min(allowed - Math.floor(allowed * keptRatio + EPSILON) - used, paceRoom(budget, nowMs));
  return { left: Math.max(0, left), isAlone: used === 0 && !isCoolingDown(budget, nowMs) };
}

/** Counts what was not asked for here: it was received, or somebody else's message caused it. */
export function record(budget: WindowBudget, nowMs: EpochMs, count: number): WindowBudget {
  const { sliceMs } = budget.limits;
  const slice = Math.floor(nowMs / sliceMs) * sliceMs;
  const { newest } = budget;
  // A wall clock that went backwards adds to the newest slice: counting late is the safe side.
  if (newest && newest.atMs >= slice) {
    return { ...budget, newest: { atMs: newest.atMs, count: newest.count + count } };
  }
  const earlier = budget.earlier.filter((spent) => leavesAtMs(spent, budget) > nowMs);
  if (newest) earlier.push(newest);
  return { ...budget, earlier, newest: { atMs: slice, count } };
}

/** What is spent now and the most that may be, by the rule that leaves least. */
export function usage(budget: WindowBudget, nowMs: EpochMs): Usage {
  return usageAt(budget, nowMs, throttleRatio(budget, nowMs));
}

function usageAt(budget: WindowBudget, nowMs: EpochMs, ratio: number): Usage {
  const { limits, starts } = budget;
  const rate = isCoolingDown(budget, nowMs) ? 0 : limits.perSecond * limits.joinShare * ratio;
  let least: Usage = { used: spentSince(budget, 0, nowMs), allowed: below(rate * limits.windowMs), ratio };
  for (const start of starts) {
    if (nowMs - start.lastMs >= limits.windowMs) continue;
    const divisorMs = Math.min(limits.windowMs, (ticksSince(start.lastMs, nowMs) + 2) * TICK_MS);
    const cold: Usage = { used: spentSince(budget, start.firstMs, nowMs), allowed: below(rate * divisorMs), ratio };
    if (cold.allowed - cold.used < least.allowed - least.used) least = cold;
  }
  return least;
}

/** Runs once per message and join: loops over at most 620 slices and allocates nothing. */
function spentSince(budget: WindowBudget, sinceMs: EpochMs, nowMs: EpochMs): number {
  let count = 0;
  for (let index = 0; index <= budget.earlier.length; index += 1) {
    const spent = budget.earlier[index] ?? budget.newest;
    if (!spent || leavesAtMs(spent, budget) <= nowMs) continue;
    if (spent.atMs + budget.limits.sliceMs > sinceMs) count += spent.count;
  }
  return count;
}

/**
 * The server was seen to have started. With `isCertain` it has forgotten what was spent before; without, it may be the
 * network that went, so both its new and its old counts are respected.
 */
export function serverStarted(budget: WindowBudget, nowMs: EpochMs, isCertain: boolean): WindowBudget {
  // What was spent before and is used from now on counts as well.
  const start: CounterStart = { firstMs: nowMs - budget.limits.heldMs, lastMs: nowMs };
  if (isCertain) return { ...forget(budget, start.firstMs), starts: [start] };
  const starts = budget.starts.filter(({ lastMs }) => nowMs - lastMs < budget.limits.windowMs);
  const latest = starts.at(-1);
  // A network that flaps all the time must not leave a start for each time.
  if (latest && nowMs - latest.firstMs < TICK_MS) {
    return { ...budget, starts: [...starts.slice(0, -1), { ...latest, lastMs: nowMs }] };
  }
  return { ...budget, starts: [...starts, start] };
}

/** Keeps what was used from `sinceMs` on, or may have been. */
function forget(budget: WindowBudget, sinceMs: EpochMs): WindowBudget {
  const { sliceMs, heldMs } = budget.limits;
  if (heldMs === 0) return { ...budget, earlier: [], newest: null };
  const isKept = (spent: SpentSlice | null) => spent !== null && spent.atMs + sliceMs > sinceMs;
  return { ...budget, earlier: budget.earlier.filter(isKept), newest: isKept(budget.newest) ? budget.newest : null };
}

/**
 * Takes into account that the server's counter may have ended while we were quiet: it looks every five minutes whether it has
 * counted anything in its window, and the next join or message starts a new one. Others of the project may have kept it
 * running, so both are respected. To be called before anything is spent.
 * @source supabase/realtime lib/realtime/rate_counter/rate_counter.ex @ 2.129.8: idle_shutdown
 */
export function afterQuiet(budget: WindowBudget, nowMs: EpochMs): WindowBudget {
  const { newest, limits } = budget;
  const isQuiet = newest !== null && nowMs >= newest.atMs + limits.sliceMs + limits.heldMs + limits.windowMs + TICK_MS;
  return isQuiet ? serverStarted(budget, nowMs, false) : budget;
}

/** Takes in the server's "too many": allows nothing for a while, then half of before, growing back step by step. */
export function rateLimited(budget: WindowBudget, nowMs: EpochMs): WindowBudget {
  // One overrun is refused many times at once and halves the budget once.
  if (isCoolingDown(budget, nowMs)) return budget;
  const ratio = Math.max(SMALLEST_RATIO, throttleRatio(budget, nowMs) / 2);
  return { ...budget, throttle: { atMs: nowMs, ratio, stepRatio: HALVED_STEP_RATIO, atOnceRatio: 1 } };
}

/**
 * Takes in "too many" where everything of ours is counted. The server counts that and what others spent, so the real limit
 * leaves us no more than what is in the window now. Half of it is tried, evenly, until `letInAgain` tells more.
 */
export function limitReached(budget: WindowBudget, nowMs: EpochMs): WindowBudget {
  if (isCoolingDown(budget, nowMs)) return budget;
  const { used, allowed } = usageAt(budget, nowMs, 1);
  const known = Math.min(throttleRatio(budget, nowMs), (used / (allowed + 1)) * budget.limits.joinShare);
  const ratio = Math.max(SMALLEST_RATIO, known / 2);
  return { ...budget, throttle: { atMs: nowMs, ratio, stepRatio: LEARNED_STEP_RATIO, atOnceRatio: 0 } };
}

/** The server, over its limit before, is below it: what it still counts of ours is less than its limit. The first who sees it tells most. */
export function letInAgain(budget: WindowBudget, nowMs: EpochMs): WindowBudget {
  const { limits, throttle } = budget;
  if (throttle === null || throttle.atOnceRatio > 0) return budget;
  const counted = spentSince(budget, nowMs - limits.windowMs + limits.sliceMs, nowMs);
  const atOnceRatio = Math.min(1, counted / ((limits.perSecond * limits.windowMs) / SECOND_MS));
  return { ...budget, throttle: { ...throttle, atOnceRatio, ratio: Math.max(throttle.ratio, atOnceRatio) } };
}

/** How many more may go at once: within what is known to pass, or in their even turn. */
function paceRoom(budget: WindowBudget, nowMs: EpochMs): number {
  const { throttle } = budget;
  if (throttle === null || throttle.atOnceRatio === 1 || throttleRatio(budget, nowMs) === 1)
    return Number.POSITIVE_INFINITY;
  const known = usageAt(budget, nowMs, throttle.atOnceRatio);
  const turnMs = turnMsOf(budget, nowMs);
  const perTurn = Math.floor((ratePerSecond(budget, nowMs) * turnMs) / SECOND_MS + EPSILON);
  return Math.max(known.allowed - known.used, Math.max(1, perTurn) - spentSince(budget, nowMs - turnMs, nowMs));
}

/** What goes evenly goes a second's worth at a time, or one by one where that is less. */
function turnMsOf(budget: WindowBudget, nowMs: EpochMs): number {
  return Math.max(SECOND_MS, SECOND_MS / ratePerSecond(budget, nowMs));
}

function ratePerSecond(budget: WindowBudget, nowMs: EpochMs): number {
  return budget.limits.perSecond * budget.limits.joinShare * throttleRatio(budget, nowMs);
}

/** The most that stays below a limit which trips when it is reached. */
function below(limitTimesMs: number): number {
  return Math.max(0, Math.ceil(limitTimesMs / SECOND_MS - EPSILON) - 1);
}

/** Ticks the server's counter has certainly made; its ticks drift late, ours must not come before them. */
function ticksSince(startMs: EpochMs, nowMs: EpochMs): number {
  return Math.floor(Math.max(0, nowMs - startMs - MARGIN_MS) / TICK_MS);
}

function isCoolingDown({ throttle }: WindowBudget, nowMs: EpochMs): boolean {
  return throttle !== null && nowMs < throttle.atMs + COOL_DOWN_MS && nowMs >= throttle.atMs;
}

function throttleRatio({ throttle }: WindowBudget, nowMs: EpochMs): number {
  if (throttle === null) return 1;
  const steps = Math.floor(Math.max(0, nowMs - throttle.atMs) / RECOVER_EVERY_MS);
  return Math.min(1, throttle.ratio + steps * throttle.stepRatio);
}

/** A slice leaves the window when its last millisecond certainly has. */
function leavesAtMs(spent: SpentSlice, { limits }: WindowBudget): EpochMs {
  return spent.atMs + limits.sliceMs + limits.heldMs + limits.windowMs + MARGIN_MS;
}

/** When more may be spent than now, at the earliest; always later than `nowMs`. */
export function nextLookMs(budget: WindowBudget, nowMs: EpochMs): EpochMs {
  return Math.max(nowMs + 1, nextChangeMs(budget, nowMs));
}

/** The first instant at which `usage` can differ from now's. */
function nextChangeMs(budget: WindowBudget, nowMs: EpochMs): EpochMs {
  const { limits, starts, throttle } = budget;
  if (throttle !== null && isCoolingDown(budget, nowMs)) return throttle.atMs + COOL_DOWN_MS;
  let nextMs = Number.POSITIVE_INFINITY;
  const oldest = budget.earlier.find((spent) => leavesAtMs(spent, budget) > nowMs) ?? budget.newest;
  if (oldest) nextMs = Math.min(nextMs, leavesAtMs(oldest, budget));
  if (throttle !== null && throttle.atOnceRatio < 1 && throttleRatio(budget, nowMs) < 1) {
    const turnMs = turnMsOf(budget, nowMs);
    const inTurn = ({ atMs }: SpentSlice) => atMs + limits.sliceMs + turnMs > nowMs;
    const first = budget.earlier.find(inTurn) ?? budget.newest;
    if (first && inTurn(first)) nextMs = Math.min(nextMs, first.atMs + limits.sliceMs + turnMs);
  }
  for (const { lastMs } of starts) {
    if (nowMs - lastMs >= limits.windowMs) continue;
    nextMs = Math.min(nextMs, lastMs + MARGIN_MS + (ticksSince(lastMs, nowMs) + 1) * TICK_MS);
  }
  if (throttle !== null && throttleRatio(budget, nowMs) < 1) {
    const steps = Math.floor(Math.max(0, nowMs - throttle.atMs) / RECOVER_EVERY_MS);
    nextMs = Math.min(nextMs, throttle.atMs + (steps + 1) * RECOVER_EVERY_MS);
  }
  return nextMs === Number.POSITIVE_INFINITY ? nowMs + SECOND_MS : nextMs;
}
