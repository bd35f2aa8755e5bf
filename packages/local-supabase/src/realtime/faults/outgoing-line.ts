import type { Clock } from "@shoal/kernel";
import { DelayedSends } from "../delayed-sends.ts";
import type { Wire } from "../socket.ts";
import type { ActiveFaults } from "./active-faults.ts";

/** Breaks a connection on which more than this is delayed. @source REALTIME.md 2.2, transport heap */
const MAX_HELD_BYTES = 50_000_000;
const ABNORMAL_CLOSURE = 1006;

/**
 * A wire with the faults of a network: drops frames while half-open, and delays each by the delay there was when it was
 * written. Keeps the order: a frame written after the delay was lifted waits behind those that are still delayed.
 */
export class OutgoingLine implements Wire {
  readonly #wire: Wire;
  readonly #faults: ActiveFaults;
  readonly #late: DelayedSends;
  #heldBytes = 0;

  constructor(wire: Wire, clock: Clock, faults: ActiveFaults) {
    this.#wire = wire;
    this.#late = new DelayedSends(clock);
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
    if (this.#late.isEmpty) this.closeNow(ABNORMAL_CLOSURE);
  }

  /** Drops all delayed frames. Idempotent. */
  drop(): void {
    this.#late.drop();
    this.#heldBytes = 0;
  }

  #isClear(): boolean {
    return this.#faults.delayMs === 0 && this.#late.isEmpty;
  }

  #hold(bytes: number, send: () => void): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > MAX_HELD_BYTES) return this.closeNow(ABNORMAL_CLOSURE);
    this.#late.add(this.#faults.delayMs, () => {
      this.#heldBytes -= bytes;
      // Frames that become due while the fault lasts are lost as well.
      if (!this.#faults.isHalfOpen) send();
    });
  }
}
