import { evenQuotas } from "../replicas/even-quotas.ts";
import { mixBits, rendezvousOrder, rendezvousWeight } from "../replicas/rendezvous.ts";

/** A replica that runs bots, as the split sees it. */
export interface SplitMember {
  readonly replicaId: string;
  /** Most bots that it may run. */
  readonly botMax: number;
  /** Numbers that it holds. Of the one that splits: those to be kept first come first. */
  readonly places: readonly number[];
}

export interface SplitRequest {
  /** Number of bots of the whole fleet. */
  readonly target: number;
  /** Those that run bots and do not drain, the one that splits among them. */
  readonly members: readonly SplitMember[];
  /** Numbers that are held by others: nobody can have them yet. */
  readonly leaving: readonly number[];
  /** The one that splits. */
  readonly replicaId: string;
  /** Numbers that it cannot run for now. Others may. */
  readonly unable: ReadonlySet<number>;
  /** Largest number that may stand in for one that cannot be run. */
  readonly numberMax: number;
}

/** What one replica does with its numbers: each is in one of the three lists. */
export interface Split {
  /** Number of bots that it is to run; all quotas together are the target. */
  readonly quota: number;
  /** Held, and kept. */
  readonly keep: readonly number[];
  /** Free, and to be asked for. */
  readonly claim: readonly number[];
  /** Held, and to be given back. */
  readonly release: readonly number[];
}

/** 2^32 / the golden ratio: numbers next to each other differ in all bits. */
const SPREAD = 0x9e3779b1;

/**
 * Returns what one replica does with its numbers, so that 1 to `target` run once each, by all evenly: the others work out the same by
 * themselves. Each keeps what it holds up to its quota, so a change moves as few bots as can be; free numbers go to members with room.
 * Two that see the fleet differently for a moment may ask for the same number: one of them gets it, and both look again. Pure.
 */
export function split(request: SplitRequest): Split {
  const { target, members, leaving, replicaId, unable } = request;
  const me = members.find((member) => member.replicaId === replicaId);
  if (!me) return { quota: 0, keep: [], claim: [], release: [] };
  const taken = new Set(leaving);
  for (const { places } of members.filter((member) => member !== me)) for (const number of places) taken.add(number);
  const last = lastNumber(request, taken);
  const counts = new Map(members.map((member) => [member, countOf(target, member)]));
  const quotas = quotasOf(target, counts);
  const quota = quotas.get(me) ?? 0;
  const keep = me.places.filter((number) => number <= last && !unable.has(number)).slice(0, quota);
  const room = members.map((member) => {
    const count = member === me ? keep.length : (counts.get(member) ?? 0);
    return roomOf(member, quotas.get(member) ?? 0, count);
  });
  for (const number of me.places) taken.add(number);
  const kept = new Set(keep);
  return {
    quota,
    keep,
    claim: dealt(request, { last, taken, room }),
    release: me.places.filter((number) => !kept.has(number)),
  };
}

/** Returns the quotas of the target; those who hold most have the larger ones. */
function quotasOf(target: number, counts: ReadonlyMap<SplitMember, number>): ReadonlyMap<SplitMember, number> {
  const maxCounts = new Map([...counts.keys()].map((member) => [member, member.botMax]));
  const held = (member: SplitMember) => counts.get(member) ?? 0;
  return evenQuotas(target, maxCounts, (open) =>
    rendezvousOrder("quota", open, (member) => member.replicaId).sort((one, other) => held(other) - held(one)),
  );
}

/** Counts the numbers of the fleet that a member holds. What it has above the target ends, or stands in for others and is its own business. */
function countOf(target: number, { places }: SplitMember): number {
  let count = 0;
  for (const number of places) if (number <= target) count += 1;
  return count;
}

/** Bots that are still to end count against what a member may run, but not against its quota. */
function roomOf({ botMax, places }: SplitMember, quota: number, count: number): number {
  return Math.max(0, Math.min(quota - count, botMax - places.length));
}

/** Returns the last number that this replica may run: one above the target for each within that it cannot run and nobody else does. */
function lastNumber({ target, unable, numberMax }: SplitRequest, taken: ReadonlySet<number>): number {
  let last = target;
  for (const number of [...unable].sort((one, other) => one - other)) {
    if (number <= last && !taken.has(number)) last += 1;
  }
  return Math.min(last, Math.max(target, numberMax));
}

interface Deal {
  /** Largest number that this replica may run. */
  readonly last: number;
  readonly taken: ReadonlySet<number>;
  /** How many more each member may have, in their order. */
  readonly room: number[];
}

/**
 * Deals free numbers, each to a member with most room, of several to the one that rendezvous hashing prefers. Returns those of this replica.
 * By room first: where some have more than their quota, because their bots talk, there are fewer numbers than room, and the others stay even.
 */
function dealt({ target, members, replicaId, unable }: SplitRequest, { last, taken, room }: Deal): number[] {
  const own = members.findIndex((member) => member.replicaId === replicaId);
  const weights = members.map((member) => rendezvousWeight("place", member.replicaId));
  const mine: number[] = [];
  for (let number = 1; number <= last && (room[own] ?? 0) > 0; number += 1) {
    if (taken.has(number)) continue;
    // Only this replica knows of what it cannot run, and of what stands in for that.
    const isOpen = (at: number) => (at === own ? !unable.has(number) : number <= target);
    const best = preferred(weights, room, number, isOpen);
    if (best < 0) continue;
    room[best] = (room[best] ?? 0) - 1;
    if (best === own) mine.push(number);
  }
  return mine;
}

/** Weighs by bits: 200 replicas that start 200,000 bots hash 40 million times, for which texts would take seconds. */
function preferred(
  weights: readonly number[],
  room: readonly number[],
  number: number,
  isOpen: (at: number) => boolean,
): number {
  const bits = Math.imul(number, SPREAD);
  let best = -1;
  let bestWeight = -1;
  let mostRoom = 1;
  for (let at = 0; at < weights.length; at += 1) {
    const left = room[at] ?? 0;
    if (left < mostRoom) continue;
    const weight = mixBits((weights[at] ?? 0) ^ bits);
    if ((left === mostRoom && weight <= bestWeight) || !isOpen(at)) continue;
    best = at;
    bestWeight = weight;
    mostRoom = left;
  }
  return best;
}
