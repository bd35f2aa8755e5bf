import { type Clock, SECOND_MS } from "@shoal/kernel";
import { type Renewed, type RenewRequest, ReplicaRows } from "./rows.ts";

/** What statements take, in ms of the simulated time: measured beforehand. */
export interface StatementCosts {
  /** A pulse that changes nothing. */
  readonly pulseMs: number;
  /** One that takes new places: one such at a time. */
  readonly grantMs: number;
  /** More for each place of the rows that the answer has. */
  readonly placeMs: number;
}

export interface Counts {
  pulses: number;
  grants: number;
  answerBytes: number;
  busyMs: number;
}

const nothing = (): Counts => ({ pulses: 0, grants: 0, answerBytes: 0, busyMs: 0 });

/** A database with some cores, each of which runs one statement at a time; of those that take new places, one at a time runs at all. */
export class SimulatedDatabase {
  readonly rows = new ReplicaRows();
  counts = nothing();
  readonly #clock: Clock;
  readonly #costs: StatementCosts;
  readonly #forCore: (() => void)[] = [];
  readonly #forLock: (() => void)[] = [];
  readonly #bySecond = new Map<number, Counts>();
  #freeCores: number;
  #isLocked = false;

  constructor(clock: Clock, cores: number, costs: StatementCosts) {
    this.#clock = clock;
    this.#costs = costs;
    this.#freeCores = cores;
  }

  /** Counts from nothing. */
  startCounting(): void {
    this.counts = nothing();
    this.#bySecond.clear();
  }

  /** The most in one second since then. */
  mostPerSecond(of: keyof Counts): number {
    return Math.max(0, ...[...this.#bySecond.values()].map((counts) => counts[of]));
  }

  /** Runs the pulse of a replica. */
  pulse(request: RenewRequest, ended: (renewed: Renewed) => void): void {
    const isGrant = this.rows.takesPlaces(request);
    const run = () =>
      this.#withCore((free) => {
        const renewed = this.rows.renew(request, this.#clock.monotonicMs());
        const places = renewed.answer.changed.reduce((sum, row) => sum + row.places.length, 0);
        const tookMs = (isGrant ? this.#costs.grantMs : this.#costs.pulseMs) + places * this.#costs.placeMs;
        this.#count({ pulses: 1, grants: isGrant ? 1 : 0, answerBytes: renewed.answerBytes, busyMs: tookMs });
        this.#clock.after(tookMs, () => {
          free();
          if (isGrant) this.#unlock();
          ended(renewed);
        });
      });
    if (isGrant) this.#withLock(run);
    else run();
  }

  #count(more: Counts): void {
    const second = Math.floor(this.#clock.monotonicMs() / SECOND_MS);
    const ofSecond = this.#bySecond.get(second) ?? nothing();
    this.#bySecond.set(second, ofSecond);
    for (const counts of [this.counts, ofSecond]) {
      for (const name of Object.keys(more) as (keyof Counts)[]) counts[name] += more[name];
    }
  }

  #withCore(work: (free: () => void) => void): void {
    const free = () => {
      const next = this.#forCore.shift();
      if (next) next();
      else this.#freeCores += 1;
    };
    if (this.#freeCores === 0) {
      this.#forCore.push(() => work(free));
      return;
    }
    this.#freeCores -= 1;
    work(free);
  }

  #withLock(work: () => void): void {
    if (this.#isLocked) this.#forLock.push(work);
    else {
      this.#isLocked = true;
      work();
    }
  }

  #unlock(): void {
    const next = this.#forLock.shift();
    if (next) next();
    else this.#isLocked = false;
  }
}
