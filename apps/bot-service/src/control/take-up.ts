import { evenQuotas } from "../replicas/even-quotas.ts";
import { rendezvousOrder } from "../replicas/rendezvous.ts";
import type { DeployedRunner } from "./runner.ts";

/** A bot that is to run and that nobody runs. */
export interface FreeBot {
  readonly botId: string;
  readonly isOperators: boolean;
}

/** Who runs the deployed bots of the fleet. */
export interface Spread {
  /** Number of bots of each replica that takes bots up, at least of this one. */
  readonly held: ReadonlyMap<string, number>;
  /** Most bots that each of them runs; default: as many as there are. */
  readonly maxCounts?: ReadonlyMap<string, number>;
  /** Number of bots that nobody runs. */
  readonly freeCount: number;
}

/** Limits on the bots that a replica takes up: how many besides its own, and how many if they are the operator's. */
export type Room = Pick<DeployedRunner, "freeCount" | "freeForOperatorCount">;

/**
 * Returns how many bots each replica is to run. Those who run more than the smaller quota have the larger ones, so that the fewest bots move, and
 * then the first by their ids: it stays the same while one after the other takes its share. Pure.
 */
export function quotasOf(spread: Spread): ReadonlyMap<string, number> {
  const { held, maxCounts } = spread;
  const total = totalOf(spread);
  const maxOf = new Map([...held.keys()].map((id) => [id, maxCounts?.get(id) ?? total]));
  return evenQuotas(total, maxOf, (open, least) => {
    const claim = (id: string) => Math.max(least, heldBy(held, id));
    return open.toSorted((one, other) => claim(other) - claim(one) || (one < other ? -1 : 1));
  });
}

/**
 * Returns which bots of the line this replica takes: those that are dealt to it, and those that the others have been left long enough.
 * Each replica deals for itself, by the same rule, so that they do not go for the same ones. Pure.
 */
export function takeUp(
  replicaId: string,
  spread: Spread,
  line: readonly FreeBot[],
  room: Room,
  isLeftLongEnough: (botId: string) => boolean,
): string[] {
  const isDealt = deal(spread, line);
  const taken: string[] = [];
  for (const { botId, isOperators } of line) {
    if (isDealt.get(botId) !== replicaId && !isLeftLongEnough(botId)) continue;
    if (taken.length < (isOperators ? room.freeForOperatorCount : room.freeCount)) taken.push(botId);
  }
  return taken;
}

/** Gives each bot to the one that it prefers of the replicas that run less than their quota. */
function deal(spread: Spread, line: readonly FreeBot[]): ReadonlyMap<string, string> {
  const missing = new Map<string, number>();
  for (const [id, quota] of quotasOf(spread)) {
    if (quota > heldBy(spread.held, id)) missing.set(id, quota - heldBy(spread.held, id));
  }
  const dealt = new Map<string, string>();
  for (const { botId } of line) {
    const [id] = rendezvousOrder(botId, [...missing.keys()], (each) => each);
    if (id === undefined) break;
    dealt.set(botId, id);
    const left = (missing.get(id) ?? 0) - 1;
    if (left > 0) missing.set(id, left);
    else missing.delete(id);
  }
  return dealt;
}

/**
 * Returns how many of `newCount` bots, which have come to this replica besides `takenCount` of the free ones, it keeps: as many as make
 * an even share, whether it has room for them or not. Pure.
 */
export function keepCount(replicaId: string, spread: Spread, takenCount: number, newCount: number): number {
  const maxCounts = new Map(spread.maxCounts);
  maxCounts.delete(replicaId);
  const before = heldBy(spread.held, replicaId) + takenCount;
  // As the one who runs most it has the larger quota, if there is one.
  const held = new Map(spread.held).set(replicaId, before + newCount);
  const quota = quotasOf({ held, maxCounts, freeCount: spread.freeCount - takenCount }).get(replicaId) ?? 0;
  return Math.max(0, Math.min(newCount, quota - before));
}

/** How far a spread is from even, for a replica that may have too many bots. */
export interface Imbalance {
  /** Bots of this replica above its quota. */
  readonly surplusCount: number;
  /** Bots that others run less than their quotas. */
  readonly lackingCount: number;
  /** Replicas that run more than their quota. */
  readonly giverCount: number;
}

/** Returns how far the spread is from even. Pure. */
export function imbalanceOf(replicaId: string, spread: Spread): Imbalance {
  let [surplusCount, lackingCount, giverCount] = [0, 0, 0];
  for (const [id, quota] of quotasOf(spread)) {
    const aboveCount = heldBy(spread.held, id) - quota;
    if (id === replicaId) surplusCount = Math.max(0, aboveCount);
    lackingCount += Math.max(0, -aboveCount);
    giverCount += aboveCount > 0 ? 1 : 0;
  }
  return { surplusCount, lackingCount, giverCount };
}

/** Returns the number of bots that are to run. */
export function totalOf({ held, freeCount }: Spread): number {
  return [...held.values()].reduce((sum, count) => sum + count, freeCount);
}

function heldBy(held: Spread["held"], replicaId: string): number {
  return held.get(replicaId) ?? 0;
}
