/** How the server counts joins. @source supabase/realtime lib/realtime/rate_counter/rate_counter.ex @ 2.129.8 */
const TICK_MS = 5000;
const MAX_SUMS = 12;

/**
 * The server's own count of everybody's joins: a sum per tick, twelve kept, the average of them looked at with each
 * tick. People join all the time with the part of the limit that is not the pool's.
 */
export class JoinCounter {
  readonly #limit: number;
  readonly #peoplePerTick: number;
  #sums: number[];
  #current = 0;
  #nextTickMs: number;
  /** Whether joins are refused since the last tick. */
  isOver = false;
  /** How often it came to the limit. */
  trips = 0;

  /** `warm`: it has run for a minute already, with people alone. Otherwise it starts now, with an empty first sum. */
  constructor(limitPerSecond: number, peopleShare: number, nowMs: number, age: "warm" | "cold") {
    this.#limit = limitPerSecond;
    this.#peoplePerTick = (limitPerSecond * peopleShare * TICK_MS) / 1000;
    this.#sums = age === "warm" ? Array<number>(MAX_SUMS).fill(this.#peoplePerTick) : [0];
    this.#nextTickMs = nowMs + TICK_MS;
  }

  add(nowMs: number): void {
    this.look(nowMs);
    this.#current += 1;
  }

  /** Makes the ticks that are due. */
  look(nowMs: number): void {
    for (; this.#nextTickMs <= nowMs; this.#nextTickMs += TICK_MS) {
      this.#sums = [...this.#sums, this.#current + this.#peoplePerTick].slice(-MAX_SUMS);
      this.#current = 0;
      const perSecond = this.#sums.reduce((sum, next) => sum + next, 0) / ((this.#sums.length * TICK_MS) / 1000);
      const wasOver = this.isOver;
      this.isOver = perSecond >= this.#limit;
      if (this.isOver && !wasOver) this.trips += 1;
    }
  }
}
