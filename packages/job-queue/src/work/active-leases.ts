import { type Alarm, type Clock, createAlarm } from "@shoal/kernel";
import type { ClaimedWork } from "./attempt.ts";
import type { InFlight } from "./in-flight.ts";
import { createLazySet } from "./lazy-set.ts";
import type { WorkSource } from "./work-source.ts";

export interface ActiveLeasesOptions<Work extends ClaimedWork> {
  readonly source: Pick<WorkSource<Work>, "traits" | "reports" | "extend" | "emitFailed">;
  readonly clock: Clock;
  /** The database says that others have it, or nobody does. */
  readonly onLost: (item: InFlight<Work>) => void;
  /** Its lease has run out by our own clock, as when the database cannot be asked: others may have claimed it. */
  readonly onExpired: (item: InFlight<Work>) => void;
  /** Leases were extended, or could not be. */
  readonly onExtended: () => void;
}

/** After an extension that failed, the next one follows after this part of the usual interval. */
const FAILED_SHARE = 0.25;

/**
 * The leases of all work in flight: extended together, lane by lane, at each third of their term, while there are any. Work
 * whose outcome waits to be written does not expire here: the write is fenced.
 */
export class ActiveLeases<Work extends ClaimedWork> {
  readonly #options: ActiveLeasesOptions<Work>;
  readonly #items = createLazySet<InFlight<Work>>();
  readonly #intervalMs: number;
  readonly #isSent: (item: InFlight<Work>) => boolean;
  #extending: Promise<void> | undefined;
  readonly #extendAlarm: Alarm;
  readonly #expiryAlarm: Alarm;
  #isStopped = false;
  #hasFailed = false;

  constructor(options: ActiveLeasesOptions<Work>) {
    this.#options = options;
    const { leaseMs, extendsWhileWriting } = options.source.traits;
    this.#intervalMs = leaseMs / 3;
    this.#extendAlarm = createAlarm(options.clock, () => this.#beginToExtend());
    this.#expiryAlarm = createAlarm(options.clock, () => this.#dropExpired());
    this.#isSent = (item) => (extendsWhileWriting ? item.phase !== "over" : isExtendable(item));
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  add(item: InFlight<Work>): void {
    this.#items.add(item);
    if (!this.#extendAlarm.isSet) this.#extendIn(this.#intervalMs);
  }

  remove(item: InFlight<Work>): void {
    if (!this.#items.remove(item) || this.#items.size > 0) return;
    this.#stopTimers();
    // What could not be extended is over.
    if (this.#hasFailed) this.#report(true);
  }

  /** A copy. */
  all(): InFlight<Work>[] {
    return this.#items.all();
  }

  /** Extends no more, and leaves no timer. Resolves when an extension under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimers();
    await this.#extending;
  }

  #extendIn(delayMs: number): void {
    if (this.#isStopped || this.#extending || this.#intervalMs === Infinity) return;
    this.#extendAlarm.set(delayMs);
  }

  #beginToExtend(): void {
    this.#extending = this.#extendAll().then((areAllExtended) => {
      this.#extending = undefined;
      if (!this.isEmpty) this.#extendIn(this.#intervalMs * (areAllExtended ? 1 : FAILED_SHARE));
    });
  }

  async #extendAll(): Promise<boolean> {
    this.#watchExpiry();
    const items = this.all();
    // Told to end when its lease ran out, it had time to do so.
    const lostBeforeMs = this.#options.clock.monotonicMs() - this.#intervalMs * FAILED_SHARE;
    for (const item of items) {
      if (item.isExpired && item.phase === "running" && item.expiresAtMs <= lostBeforeMs) this.#options.onLost(item);
    }
    const byLane = Map.groupBy(items.filter(this.#isSent), ({ lane }) => lane);
    const results = await Promise.all([...byLane].map(([lane, held]) => this.#extend(lane, held)));
    // An answer may have come after the term that it confirms.
    this.#dropExpired();
    this.#options.onExtended();
    const areAllExtended = results.every(Boolean);
    // What could not be extended may be over by now.
    if (areAllExtended || this.isEmpty) this.#report(true);
    return areAllExtended;
  }

  #report(isSuccess: boolean, error?: unknown): void {
    const { leases } = this.#options.source.reports;
    this.#hasFailed = !isSuccess;
    if (isSuccess) leases.succeeded();
    else leases.failed(error);
  }

  async #extend(lane: string, held: readonly InFlight<Work>[]): Promise<boolean> {
    const { source, clock, onLost } = this.#options;
    const sentAtMs = clock.monotonicMs();
    try {
      const ours = await source.extend(lane, held);
      for (const item of held.filter(isExtendable)) {
        if (!ours.has(item.work.id)) onLost(item);
        else if (!item.isExpired) item.expiresAtMs = sentAtMs + source.traits.leaseMs;
      }
      return true;
    } catch (error) {
      source.emitFailed(error, [lane]);
      this.#report(false, error);
      return false;
    }
  }

  #dropExpired(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const item of this.all()) if (canExpire(item) && item.expiresAtMs <= nowMs) this.#options.onExpired(item);
    this.#watchExpiry();
  }

  // Looking once for each extension is enough: what is claimed in between lives longer than until the next one.
  #watchExpiry(): void {
    this.#expiryAlarm.cancel();
    let firstMs = Infinity;
    for (const item of this.all()) if (canExpire(item)) firstMs = Math.min(firstMs, item.expiresAtMs);
    if (firstMs === Infinity || this.#isStopped) return;
    this.#expiryAlarm.set(firstMs - this.#options.clock.monotonicMs());
  }

  #stopTimers(): void {
    this.#extendAlarm.cancel();
    this.#expiryAlarm.cancel();
  }
}

/** The answer says nothing of work whose outcome is on its way, or may have been written already. */
function isExtendable({ phase, mayBeWritten }: InFlight<ClaimedWork>): boolean {
  return phase === "waiting" || phase === "running" || (phase === "done" && !mayBeWritten);
}

function canExpire({ phase, isExpired }: InFlight<ClaimedWork>): boolean {
  return !isExpired && (phase === "waiting" || phase === "running");
}
