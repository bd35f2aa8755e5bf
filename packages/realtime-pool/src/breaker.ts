import type { Emitter, Runtime } from "@shoal/kernel";
import {
  type BreakerEffect,
  type BreakerEvent,
  type BreakerState,
  breakerTransition,
  causeOf,
  type Permits,
  permits,
  unknownServer,
} from "./breaker.state.ts";
import { MEANINGS } from "./failure-table.ts";
import type { PoolOptions } from "./options.ts";
import type { PoolEvents, PoolStats } from "./types.ts";
import type { AskUpgrade } from "./upgrade-diagnosis.ts";

export interface BreakerParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly events: Emitter<PoolEvents>;
  /** Sockets that are open now. */
  readonly openCount: () => number;
  readonly perform: (effect: Exclude<BreakerEffect, { kind: "ask" }>) => void;
  /** Asks by plain HTTP whether a handshake would be accepted. */
  readonly ask: AskUpgrade | undefined;
  /** Called when an answer came: there may be something to do. */
  readonly onChange: () => void;
}

const TOO_MANY_REQUESTS = 429;
const SWITCHING_PROTOCOLS = 101;

/** The pool's one breaker. The state is assigned in `apply` alone. */
export class Breaker {
  readonly #parts: BreakerParts;
  readonly #stop = new AbortController();
  #state: BreakerState;
  #questions = 0;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
    this.#state = unknownServer(parts.options.unknownServerAge);
  }

  get figures(): PoolStats["breaker"] {
    const cause = causeOf(this.#state);
    return { state: this.#state.status, errorClass: cause && MEANINGS[cause].errorClass, cause };
  }

  /** What may be started while `connecting` handshakes are under way. */
  permits(connecting: number): Permits {
    this.apply({ kind: "tick" });
    return permits(this.#state, { connecting, max: this.#parts.options.maxHandshakes }, this.#nowMs());
  }

  apply(event: BreakerEvent): void {
    const { runtime, options, openCount, ask } = this.#parts;
    const canAsk = ask !== undefined;
    const context = { nowMs: this.#nowMs(), rng: runtime.rng, options, openCount, canAsk };
    const before = this.figures;
    const step = breakerTransition(this.#state, event, context);
    // Most of these are ticks and joins while it is up: several for each join.
    if (step.state === this.#state && step.effects.length === 0) return;
    this.#state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === "ask") void this.#ask();
      else this.#parts.perform(effect);
    }
    const { state, cause } = this.figures;
    if (state !== before.state || cause !== before.cause) this.#report();
  }

  /** Asks no more. */
  stop(): void {
    this.#stop.abort();
  }

  /** Drops the answer to an earlier question: it says nothing about a later hold. */
  async #ask(): Promise<void> {
    this.#questions += 1;
    const question = this.#questions;
    const said = await this.#parts.ask?.(this.#stop.signal);
    if (question !== this.#questions || this.#stop.signal.aborted) return;
    const answer =
      said?.status === TOO_MANY_REQUESTS ? "over" : said?.status === SWITCHING_PROTOCOLS ? "under" : "unknown";
    this.apply({ kind: "asked", answer });
    this.#parts.onChange();
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
