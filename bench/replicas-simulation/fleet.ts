import { SECOND_MS } from "@shoal/kernel";
import { createSimulatedClock, seededRng } from "@shoal/testkit";
import { SimulatedDatabase, type StatementCosts } from "./database.ts";
import { type ReplicaWorld, SimulatedReplica } from "./replica.ts";

export interface FleetCosts extends StatementCosts {
  /** What a replica takes to split when so many bots are free. */
  splitMs(freeCount: number): number;
}

export interface FleetSize {
  readonly replicas: number;
  readonly bots: number;
  /** Of the database. */
  readonly cores: number;
}

/** What happened from an event until the fleet was as it should be again. */
export interface Phase {
  readonly what: string;
  /** Until each number ran once, and shares were even; null: not within a minute. */
  readonly settledMs: number | null;
  readonly pulses: number;
  readonly grants: number;
  readonly refusals: number;
  readonly splits: number;
  readonly answerBytes: number;
  readonly mostPulsesPerSecond: number;
  readonly mostBytesPerSecond: number;
  /** Cores of the database that were busy, in the second in which most were. */
  readonly mostCoresBusy: number;
  /** Numbers that went from one live replica to another. */
  readonly moves: number;
  readonly largestShare: number;
  readonly smallestShare: number;
  /** Terms of living replicas that ended, because the database had no time for them. */
  readonly termsOver: number;
}

const LIMIT_MS = 60 * SECOND_MS;

/** Replicas that share one simulated database. */
export class SimulatedFleet {
  readonly #size: FleetSize;
  readonly #clock = createSimulatedClock();
  readonly #database: SimulatedDatabase;
  readonly #replicas: SimulatedReplica[] = [];
  readonly #rng = seededRng(1);
  readonly #world: ReplicaWorld;
  #target = 0;
  #counts = { splits: 0, termsOver: 0 };

  constructor(size: FleetSize, costs: FleetCosts) {
    this.#size = size;
    const database = new SimulatedDatabase(this.#clock, size.cores, costs);
    this.#database = database;
    const target = () => this.#target;
    this.#world = {
      clock: this.#clock,
      database,
      get target() {
        return target();
      },
      splitMs: (freeCount) => costs.splitMs(freeCount),
      announce: (replicaId) => {
        for (const { id, members } of this.#alive()) if (id !== replicaId) members.refresh();
      },
      count: (what) => {
        this.#counts[what] += 1;
      },
    };
  }

  /** Plays the life of a fleet: it starts, grows, and loses and gets replicas. */
  async play(): Promise<Phase[]> {
    const { replicas, bots } = this.#size;
    const tenth = Math.max(1, Math.floor(replicas / 10));
    const phases: Phase[] = [];
    const stories: readonly (readonly [string, () => void])[] = [
      ["all start, for half of the bots", () => this.#start(replicas, Math.floor(bots / 2))],
      ["all bots are wanted", () => this.#want(bots)],
      ["one replica is killed", () => this.#kill(1)],
      ["a tenth is killed at once", () => this.#kill(tenth)],
      ["as many start anew", () => this.#start(tenth + 1, bots)],
    ];
    for (const [what, begin] of stories) {
      const phase = await this.#settle(what, begin);
      phases.push(phase);
      if (phase.settledMs === null) break;
    }
    return phases;
  }

  #start(count: number, target: number): void {
    this.#target = target;
    for (let n = 0; n < count; n += 1) {
      const replica = new SimulatedReplica(`replica-${this.#replicas.length + 1}`, this.#world);
      this.#replicas.push(replica);
      replica.start(this.#rng.next() * 10 * SECOND_MS);
    }
  }

  #want(target: number): void {
    this.#target = target;
    for (const replica of this.#alive()) if (replica.isLead) replica.split();
  }

  #kill(count: number): void {
    for (const replica of this.#alive().slice(1, 1 + count)) replica.kill();
  }

  async #settle(what: string, begin: () => void): Promise<Phase> {
    const startedMs = this.#clock.monotonicMs();
    const before = this.#owners();
    this.#counts = { splits: 0, termsOver: 0 };
    this.#database.startCounting();
    begin();
    const passedMs = () => this.#clock.monotonicMs() - startedMs;
    while (!this.#isSettled() && passedMs() < LIMIT_MS) await this.#clock.advance(100);
    const shares = this.#shares();
    const { busyMs: _, ...counts } = this.#database.counts;
    return {
      ...{ what, settledMs: this.#isSettled() ? passedMs() : null, ...counts, ...this.#counts },
      mostPulsesPerSecond: this.#database.mostPerSecond("pulses"),
      mostBytesPerSecond: this.#database.mostPerSecond("answerBytes"),
      mostCoresBusy: this.#database.mostPerSecond("busyMs") / SECOND_MS,
      moves: this.#movesSince(before),
      ...{ largestShare: Math.max(...shares), smallestShare: Math.min(...shares) },
    };
  }

  #alive(): SimulatedReplica[] {
    return this.#replicas.filter(({ isAlive }) => isAlive);
  }

  #places(): Map<string, readonly number[]> {
    const live = this.#database.rows.live(this.#clock.monotonicMs());
    return new Map(live.map(({ replica_id: id, places }) => [id, places]));
  }

  #shares(): number[] {
    const places = this.#places();
    return this.#alive().map(({ id }) => places.get(id)?.length ?? 0);
  }

  #isSettled(): boolean {
    const shares = this.#shares();
    const held = shares.reduce((sum, share) => sum + share, 0);
    const isEven = Math.max(...shares) - Math.min(...shares) <= 1;
    return held === this.#target && isEven && this.#places().size === shares.length;
  }

  #owners(): Map<number, string> {
    return new Map([...this.#places()].flatMap(([id, places]) => places.map((number) => [number, id] as const)));
  }

  #movesSince(before: ReadonlyMap<number, string>): number {
    const alive = new Set(this.#alive().map(({ id }) => id));
    const moved = [...this.#owners()].filter(([number, id]) => {
      const was = before.get(number);
      return was !== undefined && was !== id && alive.has(was);
    });
    return moved.length;
  }
}
