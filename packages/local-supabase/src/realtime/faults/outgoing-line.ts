import type { Clock, Timer } from "@shoal/kernel";
import type { Wire } from "../socket.ts";
import type { ActiveFaults } from "./active-faults.ts";

interface Held {
  readonly dueMs: number;
  readonly bytes: number;
  readonly send: () => void;
}

/** Breaks a connection on which more than this is delayed. @source REALTIME.md 2.2, transport heap */
const MAX_HELD_BYTES = 50_000_000;
const ABNORMAL_CLOSURE = 1006;

/**
 * A wire with the faults of a network: drops frames while half-open, and delays each by the delay there was when it was
 * written. Keeps the order: a frame written after the delay was lifted waits behind those that are still delayed.
 */
export class OutgoingLine implements Wire {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #faults: ActiveFaults;
  #held: Held[] = [];
  #heldBytes = 0;
  #timer: Timer | undefined;

  constructor(wire: Wire, clock: Clock, faults: ActiveFaults) {
    this.#wire = wire;
    this.#clock = clock;
    this.#faults = faults;
  }

  write(frame: string | Uint8Array): void {
    if (this.#faults.isHalfOpen) return;
    if (this.#isClear()) this.#wire.write(frame);
    else this.#hold(frame.length, () => this.#wire.write(frame));
  }

  close(code: number): void {
    if (this.#faults.isHalfOpen) return;
    if (this.#isClear()) this.#wire.close(code);
    else this.#hold(0, () => this.#wire.close(code));
  }

  closeNow(code: number): void {
    this.drop();
    this.#wire.closeNow(code);
  }

  /** Breaks the connection of a client that still sends to a closed socket, unless a close frame is on its way to it. */
  reset(): void {
    if (this.#held.length === 0) this.closeNow(ABNORMAL_CLOSURE);
  }

  /** Drops all delayed frames. Idempotent. */
  drop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #isClear(): boolean {
    return this.#faults.delayMs === 0 && this.#held.length === 0;
  }

  #hold(bytes: number, send: () => void): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > MAX_HELD_BYTES) return this.closeNow(ABNORMAL_CLOSURE);
    const lastDueMs = this.#held.at(-1)?.dueMs ?? 0;
    this.#held.push({ dueMs: Math.max(lastDueMs, this.#clock.monotonicMs() + this.#faults.delayMs), bytes, send });
    if (!this.#timer) this.#schedule();
  }

  #schedule(): void {
    const [first] = this.#held;
    this.#timer = first && this.#clock.after(first.dueMs - this.#clock.monotonicMs(), () => this.#sendDue());
  }

  #sendDue(): void {
    const nowMs = this.#clock.monotonicMs();
    const firstLate = this.#held.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#held.splice(0, firstLate < 0 ? this.#held.length : firstLate);
    for (const { bytes } of due) this.#heldBytes -= bytes;
    this.#schedule();
    // Frames that become due while the fault lasts are lost as well.
    if (!this.#faults.isHalfOpen) for (const { send } of due) send();
  }
}
