import type { Emitter } from "@shoal/kernel";
import type { RealtimeEvents } from "../types.ts";
import type { FaultKind, JoinFault, Lift, UpgradeFault } from "./types.ts";

/** A fault that lasts until it is lifted. */
export type LastingFault =
  | ({ readonly kind: "refuseUpgrades" } & UpgradeFault)
  | ({ readonly kind: "refuseJoins" } & JoinFault)
  | { readonly kind: "halfOpen" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "muteChanges" }
  | { readonly kind: "exceedEvents" }
  | { readonly kind: "exceedJoins" };

/**
 * What is wrong on purpose at the moment: asked by every part that has to do wrong. Faults add up, and one outlives a
 * restart, because it belongs to the world around the server.
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

  /** Whether nothing may pass in either direction. */
  get isHalfOpen(): boolean {
    return this.#isHalfOpen;
  }

  /** Whether no row may reach anybody. */
  get areChangesMuted(): boolean {
    return this.#areChangesMuted;
  }

  /** How late every outgoing frame is, in ms. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Why no socket may open now. Of several reasons the first is given. */
  upgradeRefusal(): UpgradeFault | undefined {
    return this.#of("refuseUpgrades")[0];
  }

  /** Why `topicName`, without prefix, may not be joined now. */
  joinRefusal(topicName: string): JoinFault | undefined {
    return this.#of("refuseJoins").find(({ topic }) => !topic || new RegExp(topic.source, topic.flags).test(topicName));
  }

  /** Whether somebody else is over that limit. */
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

  /** A fault that is over when it has happened. */
  once<T>(kind: FaultKind, happen: () => T): T {
    this.#events.emit("fault:started", { kind });
    try {
      return happen();
    } finally {
      this.#events.emit("fault:ended", { kind });
    }
  }

  /** A fault that is over when `happening` has settled. */
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

  // Asked for at every frame: worth keeping.
  #sum(): void {
    this.#isHalfOpen = this.#of("halfOpen").length > 0;
    this.#areChangesMuted = this.#of("muteChanges").length > 0;
    this.#delayMs = this.#of("delay").reduce((sumMs, { ms }) => sumMs + ms, 0);
  }
}
