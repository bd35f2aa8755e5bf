import { type Emitter, type Rng, uniform } from "@shoal/kernel";
import type { DelayRange, FaultKind, JoinFault, Lift, RealtimeEvents, UpgradeFault } from "../types.ts";

/** A fault that lasts until it is lifted. */
export type LastingFault =
  | ({ readonly kind: "refuseUpgrades" } & UpgradeFault)
  | ({ readonly kind: "refuseJoins" } & JoinFault)
  | { readonly kind: "halfOpen" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "muteChanges" }
  | ({ readonly kind: "delayChanges" } & DelayRange)
  | { readonly kind: "exceedEvents" }
  | { readonly kind: "exceedJoins" };

/**
 * The faults that last at the moment, asked by every part that has to behave wrongly. Faults add up. They outlive a restart,
 * because they belong to the network and the project, not to the server.
 */
export class ActiveFaults {
  readonly #events: Emitter<RealtimeEvents>;
  readonly #lifts = new Map<LastingFault, Lift>();
  #isHalfOpen = false;
  #areChangesMuted = false;
  #delayMs = 0;

  constructor(events: Emitter<RealtimeEvents>) {
    this.#events = events;
  }

  /** Whether frames are dropped in both directions. */
  get isHalfOpen(): boolean {
    return this.#isHalfOpen;
  }

  /** Whether rows are dropped. */
  get areChangesMuted(): boolean {
    return this.#areChangesMuted;
  }

  /** By how much the next row is delayed. */
  changeDelayMs(rng: Rng): number {
    const [range] = this.#of("delayChanges");
    return range ? uniform(rng, range.minMs, range.maxMs) : 0;
  }

  /** By how much every outgoing frame is delayed. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Why upgrades are refused now: the fault that began first. */
  upgradeRefusal(): UpgradeFault | undefined {
    return this.#of("refuseUpgrades")[0];
  }

  /** Why joins of `topicName`, without prefix, are refused now. */
  joinRefusal(topicName: string): JoinFault | undefined {
    return this.#of("refuseJoins").find(({ topic }) => !topic || new RegExp(topic.source, topic.flags).test(topicName));
  }

  /** Whether the project is over that limit by another client. */
  isExceeded(what: "joins" | "events"): boolean {
    return this.#of(what === "joins" ? "exceedJoins" : "exceedEvents").length > 0;
  }

  start(fault: LastingFault): Lift {
    const lift: Lift = () => {
      if (!this.#lifts.delete(fault)) return;
      this.#sum();
      this.#events.emit("fault:ended", { kind: fault.kind });
    };
    this.#lifts.set(fault, lift);
    this.#sum();
    this.#events.emit("fault:started", { kind: fault.kind });
    return lift;
  }

  /** Runs a fault that ends when `happen` returns. */
  once<T>(kind: FaultKind, happen: () => T): T {
    this.#events.emit("fault:started", { kind });
    try {
      return happen();
    } finally {
      this.#events.emit("fault:ended", { kind });
    }
  }

  /** Runs a fault that ends when `happening` has settled. */
  async during(kind: FaultKind, happening: Promise<void>): Promise<void> {
    this.#events.emit("fault:started", { kind });
    try {
      await happening;
    } finally {
      this.#events.emit("fault:ended", { kind });
    }
  }

  liftAll(): void {
    for (const lift of [...this.#lifts.values()]) lift();
  }

  #of<Kind extends LastingFault["kind"]>(kind: Kind): Extract<LastingFault, { kind: Kind }>[] {
    const isOfKind = (fault: LastingFault): fault is Extract<LastingFault, { kind: Kind }> => fault.kind === kind;
    return [...this.#lifts.keys()].filter(isOfKind);
  }

  /** Keeps what is read at every frame. */
  #sum(): void {
    this.#isHalfOpen = this.#of("halfOpen").length > 0;
    this.#areChangesMuted = this.#of("muteChanges").length > 0;
    this.#delayMs = this.#of("delay").reduce((sumMs, { ms }) => sumMs + ms, 0);
  }
}
