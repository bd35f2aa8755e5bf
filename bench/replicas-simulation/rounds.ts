import { split } from "@shoal/bot-service/internals";
import { percentile } from "@shoal/kernel";

export interface RoundsSize {
  readonly replicas: number;
  readonly bots: number;
  /** What the database takes to grant new places, for one replica at a time. */
  readonly grantMs: number;
  /** What a row of a replica has, for each place. */
  readonly placeBytes: number;
}

/** What it took until all was even again, where all replicas see the same and take turns. */
export interface RoundsPhase {
  readonly what: string;
  readonly rounds: number;
  readonly grants: number;
  /** The grants one after the other, which is how the database gives them. */
  readonly grantsInARowMs: number;
  /** All rows that changed, read by all replicas. */
  readonly readBytes: number;
  readonly splitP50Ms: number;
  readonly splitMaxMs: number;
  /** Numbers that went from one live replica to another. */
  readonly moves: number;
  readonly largestShare: number;
  readonly smallestShare: number;
}

const ROUNDS_MAX = 10;

/** Plays a fleet too large to be played by single statements: each round all replicas split what they all know, and are granted it. */
export class Rounds {
  readonly #size: RoundsSize;
  #held = new Map<string, readonly number[]>();
  #count = 0;

  constructor(size: RoundsSize) {
    this.#size = size;
  }

  play(): RoundsPhase[] {
    const tenth = Math.max(1, Math.floor(this.#size.replicas / 10));
    return [
      this.#settle("all start, for all bots", () => this.#start(this.#size.replicas)),
      this.#settle("one replica is killed", () => this.#kill(1)),
      this.#settle("a tenth is killed at once", () => this.#kill(tenth)),
      this.#settle("as many start anew", () => this.#start(tenth + 1)),
    ];
  }

  #start(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.#count += 1;
      this.#held.set(`replica-${this.#count}`, []);
    }
  }

  #kill(count: number): void {
    for (const id of [...this.#held.keys()].slice(0, count)) this.#held.delete(id);
  }

  #settle(what: string, begin: () => void): RoundsPhase {
    begin();
    const before = this.#owners();
    const tookMs: number[] = [];
    let [rounds, grants, readPlaces] = [0, 0, 0];
    for (; !this.#isSettled() && rounds < ROUNDS_MAX; rounds += 1) {
      const after = this.#round(tookMs);
      const changed = [...after].filter(([id, places]) => places.join() !== this.#held.get(id)?.join());
      grants += changed.filter(([id, places]) => places.some((number) => !this.#held.get(id)?.includes(number))).length;
      readPlaces += changed.reduce((sum, [, places]) => sum + places.length, 0);
      this.#held = after;
    }
    const shares = [...this.#held.values()].map(({ length }) => length);
    const moves = [...this.#owners()].filter(([number, id]) => (before.get(number) ?? id) !== id).length;
    const sorted = tookMs.sort((one, other) => one - other);
    return {
      ...{ what, rounds, grants, grantsInARowMs: grants * this.#size.grantMs, moves },
      readBytes: readPlaces * this.#size.placeBytes * this.#held.size,
      ...{ splitP50Ms: percentile(sorted, 0.5), splitMaxMs: sorted.at(-1) ?? 0 },
      ...{ largestShare: Math.max(...shares), smallestShare: Math.min(...shares) },
    };
  }

  #isSettled(): boolean {
    const shares = [...this.#held.values()].map(({ length }) => length);
    const held = shares.reduce((sum, share) => sum + share, 0);
    return held === this.#size.bots && Math.max(...shares) - Math.min(...shares) <= 1;
  }

  #round(tookMs: number[]): Map<string, readonly number[]> {
    const members = [...this.#held].map(([replicaId, places]) => ({ replicaId, places, botMax: 10_000 }));
    const { bots } = this.#size;
    const after = new Map<string, readonly number[]>();
    const taken = new Set<number>();
    for (const { replicaId } of members) {
      const startedMs = performance.now();
      const request = { target: bots, members, replicaId, leaving: [], unable: new Set<number>(), numberMax: bots };
      const { keep, claim } = split(request);
      tookMs.push(performance.now() - startedMs);
      const places = [...keep, ...claim].sort((one, other) => one - other);
      for (const number of places) {
        if (taken.has(number)) throw new Error(`the split gives ${number} to two replicas that know the same`);
        taken.add(number);
      }
      after.set(replicaId, places);
    }
    return after;
  }

  #owners(): Map<number, string> {
    return new Map([...this.#held].flatMap(([id, places]) => places.map((number) => [number, id] as const)));
  }
}
