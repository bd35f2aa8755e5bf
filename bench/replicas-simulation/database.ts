import { type Clock, SECOND_MS } from "@shoal/kernel";
import { type Renewed, type RenewRequest, ReplicaRows } from "../../apps/bot-service/test/replica-rows.ts";

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
  /** Pulses that took nothing new, because another one was taking places. */
  refusals: number;
  answerBytes: number;
  busyMs: number;
}

const nothing = (): Counts => ({ pulses: 0, grants: 0, refusals: 0, answerBytes: 0, busyMs: 0 });

/** A database with some cores, each of which runs one statement at a time; one at a time takes new places. */
export class SimulatedDatabase {
  readonly rows = new ReplicaRows();
  counts = nothing();
  readonly #clock: Clock;
  readonly #costs: StatementCosts;
  readonly #forCore: (() => void)[] = [];
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

  /** Runs the pulse of a replica. While another one takes places, it is renewed without what is new. */
  pulse(request: RenewRequest, ended: (renewed: Renewed) => void): void {
    this.#withCore((free) => {
      const takes = this.rows.takesPlaces(request);
      const isBusy = takes && this.#isLocked;
      const isGrant = takes && !isBusy;
      if (isGrant) this.#isLocked = true;
      const renewed = this.rows.renew(request, this.#clock.monotonicMs(), isBusy);
      const places = renewed.answer.changed.reduce((sum, row) => sum + row.places.length, 0);
      const tookMs = (isGrant ? this.#costs.grantMs : this.#costs.pulseMs) + places * this.#costs.placeMs;
      const one = { pulses: 1, grants: Number(isGrant), refusals: Number(isBusy) };
      this.#count({ ...one, answerBytes: renewed.answerBytes, busyMs: tookMs });
      this.#clock.after(tookMs, () => {
        free();
        if (isGrant) this.#isLocked = false;
        ended(renewed);
      });
    });
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
}
