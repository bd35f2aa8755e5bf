import type { Emitter, Runtime } from "@shoal/kernel";
import {
  type BreakerEffect,
  type BreakerEvent,
  type BreakerState,
  breakerTransition,
  errorClassOf,
  type Permits,
  permits,
  unknownServer,
} from "./breaker.state.ts";
import type { PoolOptions } from "./options.ts";
import type { BreakerStatus, ErrorClass, PoolEvents } from "./types.ts";

export interface BreakerParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly events: Emitter<PoolEvents>;
  /** Sockets that are open now. */
  readonly openCount: () => number;
  readonly perform: (effect: BreakerEffect) => void;
}

/** The pool's one breaker. The state is assigned in `apply` alone. */
export class Breaker {
  readonly #parts: BreakerParts;
  #state: BreakerState;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
    this.#state = unknownServer(parts.options.unknownServerAge);
  }

  get figures(): { readonly state: BreakerStatus; readonly errorClass: ErrorClass | null } {
    return { state: this.#state.status, errorClass: errorClassOf(this.#state) };
  }

  /** What may be started while `connecting` handshakes are under way. */
  permits(connecting: number): Permits {
    this.apply({ kind: "tick" });
    return permits(this.#state, { connecting, max: this.#parts.options.maxHandshakes }, this.#nowMs());
  }

  apply(event: BreakerEvent): void {
    const { runtime, options, openCount } = this.#parts;
    const context = { nowMs: this.#nowMs(), rng: runtime.rng, options, openCount: openCount() };
    const before = this.figures;
    const step = breakerTransition(this.#state, event, context);
    this.#state = step.state;
    for (const effect of step.effects) this.#parts.perform(effect);
    const { state, errorClass } = this.figures;
    if (state !== before.state || errorClass !== before.errorClass) this.#report();
  }

  #report(): void {
    const { lookAtMs } = permits(this.#state, { connecting: 0, max: 1 }, this.#nowMs());
    const nextProbeInMs = lookAtMs === null ? null : lookAtMs - this.#nowMs();
    this.#parts.events.emit("breaker:changed", { ...this.figures, nextProbeInMs });
  }

  #nowMs(): number {
    return this.#parts.runtime.clock.monotonicMs();
  }
}
