import { type Clock, MINUTE_MS, SECOND_MS, type Timer } from "@shoal/kernel";
import type { PoolOptions } from "./options.ts";
import type { Placement } from "./placement.ts";
import type { PoolSocket, SlotHolder } from "./socket.ts";

export interface RetirementParts {
  readonly clock: Clock;
  readonly options: PoolOptions;
  readonly placement: Placement;
  /** Nobody waits for a join, the server is up and there is plenty of budget: one more join harms nobody. */
  readonly mayMove: () => boolean;
  /** Something got a place: it may be time to send a join. */
  readonly changed: () => void;
  readonly close: (socket: PoolSocket) => void;
}

/** One socket fewer must carry everybody at this load, so that the next few to come need no new one. */
const ROOMY_RATIO = 0.6;
/** Begun, it is given up at this load only: a move itself takes a slot more. */
const CROWDED_RATIO = 0.8;
/** The load must have been that low for this long: bots come and go, sockets need not. */
const STABLE_MS = MINUTE_MS;
/** A move that is not allowed now is looked at again after this. */
const LOOK_AGAIN_MS = 5 * SECOND_MS;

/**
 * Closes sockets that are no longer needed. The least loaded one is reserved, its channels move one by one, each joined
 * on another socket before it leaves this one, and when it is empty it closes. A move that fails ends the attempt; the
 * channel stays where it is.
 */
export class Retirement {
  readonly #parts: RetirementParts;
  #socket: PoolSocket | null = null;
  #move: { readonly holder: SlotHolder; readonly mover: SlotHolder } | null = null;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: RetirementParts) {
    this.#parts = parts;
  }

  /** Something changed. Cheap when there is nothing to do. */
  review(): void {
    if (this.#isStopped) return;
    if (this.#socket) return this.#continue(this.#socket);
    if (!this.#isBelow(ROOMY_RATIO)) return this.#stopTimer();
    this.#timer ??= this.#parts.clock.after(STABLE_MS, () => {
      this.#timer = undefined;
      this.#begin();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  /** Whether all would fit on one socket fewer at this load, with none being opened. */
  #isBelow(ratio: number): boolean {
    const { placement, options } = this.#parts;
    let count = 0;
    for (const socket of placement.sockets) {
      if (socket.status !== "open") return false;
      count += 1;
    }
    return count >= 2 && placement.held <= ratio * options.channelsPerSocket * (count - 1);
  }

  #begin(): void {
    const { placement } = this.#parts;
    if (!this.#isBelow(ROOMY_RATIO) || placement.probing > 0) return this.review();
    const byLoad = [...placement.sockets].sort((a, b) => placement.heldOn(a) - placement.heldOn(b));
    const socket = byLoad.find((candidate) =>
      candidate.members.every(({ topic }) => placement.fitsElsewhere(topic, candidate)),
    );
    // Every socket holds something no other one can take: looked at again when something has changed.
    if (!socket || socket.isEmpty) return;
    placement.reserve(socket);
    this.#socket = socket;
    this.#continue(socket);
  }

  #continue(socket: PoolSocket): void {
    const { placement, close } = this.#parts;
    if (this.#move && placement.socketOf(this.#move.mover)) return;
    const failed = this.#move !== null && placement.socketOf(this.#move.holder) === socket;
    this.#move = null;
    if (socket.status !== "open") return this.#end();
    if (socket.isEmpty) {
      this.#end();
      return close(socket);
    }
    if (failed || !this.#isBelow(CROWDED_RATIO)) return this.#giveUp(socket);
    if (this.#timer) return;
    if (this.#parts.mayMove() && this.#moveOne(socket)) return this.#parts.changed();
    this.#timer = this.#parts.clock.after(LOOK_AGAIN_MS, () => {
      this.#timer = undefined;
      this.review();
    });
  }

  #moveOne(socket: PoolSocket): boolean {
    const { placement } = this.#parts;
    for (const holder of socket.members) {
      const mover = placement.fitsElsewhere(holder.topic, socket) ? holder.mover() : null;
      if (!mover || !placement.placeMover(mover)) continue;
      this.#move = { holder, mover };
      return true;
    }
    return false;
  }

  #giveUp(socket: PoolSocket): void {
    this.#end();
    this.#parts.placement.offer(socket);
    this.#parts.changed();
  }

  #end(): void {
    this.#socket = null;
    this.#stopTimer();
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
