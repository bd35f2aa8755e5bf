import { type EpochMs, SECOND_MS } from "@shoal/kernel";
import {
  afterQuiet,
  KEPT_RATIO,
  letInAgain,
  limitReached,
  record,
  room,
  serverStarted,
  type WindowBudget,
  type WindowLimits,
  windowBudget,
} from "../window-budget.ts";
import { dealJoins, type Party } from "./deal-joins.ts";

/**
 * What all replicas of a fleet joined in the server's window, and who asks for more: the budget of one pool, which they
 * spend together. A ledger is a value: `applyTurn` returns the next one. The fleet's stands in a row of its database, where
 * `shoal.budget_turn` follows the same rules (supabase/migrations): a change here is one there, too.
 */
export interface JoinLedger {
  readonly budget: WindowBudget;
  readonly askers: ReadonlyMap<string, Asker>;
}

/** What is known of one replica. */
export interface Asker {
  readonly askedAtMs: EpochMs;
  /** Since when it has asked for more than it was granted. */
  readonly sinceMs: EpochMs;
  /** What it asked for last and was not granted. */
  readonly wanted: number;
  /** What it was granted of late, halved every `HALVE_MS`. */
  readonly had: number;
  readonly hadAtMs: EpochMs;
  readonly grantedAtMs: EpochMs | null;
}

/** What a replica has seen of the server since its last turn. */
export type ServerNews = "limited" | "let-in" | "restarted" | "maybe-restarted";

/** What a replica tells and asks. */
export interface LedgerTurn {
  /** Joins for rooms, the lobby and the like, and for the rest. */
  readonly urgent: number;
  readonly idle: number;
  /** In order. */
  readonly news: readonly ServerNews[];
  /** What it joined while it could not ask. */
  readonly spent: number;
  /** Grants that it does not use, by the slice that each was counted in. */
  readonly back: readonly (readonly [sliceAtMs: EpochMs, count: number])[];
}

/** What a replica may join, and the ledger after it. */
export interface LedgerAnswer {
  readonly nowMs: EpochMs;
  readonly urgent: number;
  readonly idle: number;
  /** Where these were counted, for `LedgerTurn.back`. */
  readonly sliceAtMs: EpochMs;
  /** Replicas that run bots and live besides the one that asked. */
  readonly othersCount: number;
  readonly budget: Omit<WindowBudget, "limits">;
}

/** What a ledger needs to know of the fleet. */
export interface LedgerFleet {
  readonly replicaId: string;
  /** Those that run bots and live, with or without this one. */
  readonly live: readonly string[];
  readonly limits: Pick<WindowLimits, "perSecond" | "joinShare" | "windowMs">;
}

/** How long a grant may be used. It is counted for so much longer. */
export const HELD_MS = 2 * SECOND_MS;
const SLICE_MS = SECOND_MS;
/** An asker that did not come back for so long does not wait any more. */
const WAITS_MS = 2 * SECOND_MS;
/** What others may ask for is kept for them so long, from when somebody begins to ask; then it is lent. */
const LEND_AFTER_MS = SECOND_MS;
const HALVE_MS = 20 * SECOND_MS;
/** A restart is told by each replica as it comes back, the last ones after the longest pause between two probes. */
const SAME_START_MS = 15 * SECOND_MS;

export function joinLedger(limits: LedgerFleet["limits"]): JoinLedger {
  return { budget: windowBudget(sharedLimits(limits)), askers: new Map() };
}

/** Limits of a budget whose grants are used a while after they were counted. */
export function sharedLimits({ perSecond, joinShare, windowMs }: LedgerFleet["limits"]): Required<WindowLimits> {
  return { perSecond, joinShare, windowMs, sliceMs: SLICE_MS, heldMs: HELD_MS };
}

/** Takes in what a replica tells, and grants what it may join. */
export function applyTurn(
  ledger: JoinLedger,
  fleet: LedgerFleet,
  turn: LedgerTurn,
  nowMs: EpochMs,
): { readonly ledger: JoinLedger; readonly answer: LedgerAnswer } {
  const { replicaId } = fleet;
  const others = fleet.live.filter((id) => id !== replicaId);
  const before = halved(ledger.askers.get(replicaId) ?? unknown(nowMs), nowMs);
  let budget = told({ ...ledger.budget, limits: sharedLimits(fleet.limits) }, fleet, turn, before, nowMs);
  if (turn.urgent + turn.idle > 0) budget = afterQuiet(budget, nowMs);
  const sinceMs = isWaiting(before, nowMs) && turn.idle > 0 ? before.sinceMs : nowMs;
  const urgent = Math.min(turn.urgent, room(budget, nowMs));
  const free = Math.max(0, room(budget, nowMs, KEPT_RATIO) - urgent);
  const parties = partiesOf(ledger, fleet, nowMs, nowMs - sinceMs < LEND_AFTER_MS);
  const own: Party = { id: replicaId, wanted: turn.idle, had: before.had };
  const idle = dealJoins(free, [...parties, own]).get(replicaId) ?? 0;
  const granted = urgent + idle;
  if (granted > 0) budget = record(budget, nowMs, granted);
  const backCount = turn.back.reduce((sum, [, count]) => sum + count, 0);
  const asker: Asker = {
    askedAtMs: nowMs,
    sinceMs,
    wanted: turn.idle - idle,
    had: Math.max(0, before.had + granted + turn.spent - backCount),
    hadAtMs: before.hadAtMs,
    grantedAtMs: granted + turn.spent > 0 ? nowMs : before.grantedAtMs,
  };
  const { limits: _, ...rest } = budget;
  return {
    ledger: { budget, askers: new Map(ledger.askers).set(replicaId, asker) },
    answer: { nowMs, urgent, idle, sliceAtMs: budget.newest?.atMs ?? nowMs, othersCount: others.length, budget: rest },
  };
}

/** The budget with all that a replica tells. What it joined by itself counts as of now: counting late is the safe side. */
function told(budget: WindowBudget, fleet: LedgerFleet, turn: LedgerTurn, asker: Asker, nowMs: EpochMs): WindowBudget {
  let next = budget;
  for (const news of turn.news) {
    if (news === "limited") next = limitReached(next, nowMs);
    else if (news === "let-in") next = letInAgain(next, nowMs);
    else next = started(next, fleet, asker, nowMs, news === "restarted");
  }
  for (const [atMs, count] of turn.back) next = givenBack(next, atMs, count);
  return turn.spent > 0 ? record(next, nowMs, turn.spent) : next;
}

/** A replica came to a server that may have started anew. What others may have joined there already stays counted. */
function started(
  budget: WindowBudget,
  { replicaId, live }: LedgerFleet,
  { grantedAtMs }: Asker,
  nowMs: EpochMs,
  isCertain: boolean,
): WindowBudget {
  const latest = budget.starts.at(-1);
  const isSame = latest !== undefined && nowMs - latest.firstMs < SAME_START_MS && (grantedAtMs ?? 0) <= latest.firstMs;
  if (isSame) return { ...budget, starts: [...budget.starts.slice(0, -1), { ...latest, lastMs: nowMs }] };
  const isAlone = live.every((id) => id === replicaId);
  return serverStarted(budget, nowMs, isCertain && isAlone);
}

/** Takes what was not used out of the slice it was counted in, if that is still there. */
function givenBack(budget: WindowBudget, atMs: EpochMs, count: number): WindowBudget {
  const less = <Slice extends { atMs: EpochMs; count: number }>(slice: Slice): Slice =>
    slice.atMs === atMs ? { ...slice, count: Math.max(0, slice.count - count) } : slice;
  return { ...budget, earlier: budget.earlier.map(less), newest: budget.newest && less(budget.newest) };
}

/** The other replicas: who waits with what it asked for, and as long as nobody is lent to all who may ask. */
function partiesOf(ledger: JoinLedger, fleet: LedgerFleet, nowMs: EpochMs, isEarly: boolean): Party[] {
  const ids = new Set([...fleet.live, ...ledger.askers.keys()]);
  ids.delete(fleet.replicaId);
  return [...ids].map((id) => {
    const asker = halved(ledger.askers.get(id) ?? unknown(nowMs), nowMs);
    // One that has just been granted all it asked for may ask for more: its first join is one, and the rest come after that.
    const mayAsk = isEarly && fleet.live.includes(id) ? Number.POSITIVE_INFINITY : 0;
    return { id, wanted: isWaiting(asker, nowMs) ? asker.wanted : mayAsk, had: asker.had };
  });
}

function isWaiting({ wanted, askedAtMs }: Asker, nowMs: EpochMs): boolean {
  return wanted > 0 && nowMs - askedAtMs < WAITS_MS;
}

function unknown(nowMs: EpochMs): Asker {
  return { askedAtMs: nowMs, sinceMs: nowMs, wanted: 0, had: 0, hadAtMs: nowMs, grantedAtMs: null };
}

function halved(asker: Asker, nowMs: EpochMs): Asker {
  const times = Math.floor(Math.max(0, nowMs - asker.hadAtMs) / HALVE_MS);
  if (times === 0) return asker;
  return { ...asker, had: Math.floor(asker.had / 2 ** Math.min(times, 50)), hadAtMs: asker.hadAtMs + times * HALVE_MS };
}

/** The budget of an answer by another clock. It was read before `nowMs`, so that it counts late rather than early. */
export function inTimeOf(answer: LedgerAnswer, nowMs: number): LedgerAnswer["budget"] {
  const { earlier, newest, starts, throttle } = answer.budget;
  const byMs = nowMs - answer.nowMs;
  const moved = <At extends { readonly atMs: number }>(at: At): At => ({ ...at, atMs: at.atMs + byMs });
  return {
    earlier: earlier.map(moved),
    newest: newest && moved(newest),
    starts: starts.map(({ firstMs, lastMs }) => ({ firstMs: firstMs + byMs, lastMs: lastMs + byMs })),
    throttle: throttle && moved(throttle),
  };
}
