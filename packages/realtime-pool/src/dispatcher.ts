import { type Emitter, MINUTE_MS, type Runtime, type Timer, uniform } from "@shoal/kernel";
import type { Failure } from "./classify.ts";
import type { Driver } from "./driver.ts";
import { allSocketsLost, type Gate, handshakeFailed, handshakesAllowed, unknownGate, upGate } from "./gate.ts";
import type { PoolOptions } from "./options.ts";
import { createSlotTable, type SlotTable } from "./slots.ts";
import { PoolSocket, type SlotHolder, type SocketOwner } from "./socket.ts";
import type { PoolEvents } from "./types.ts";
import { rateLimited, serverStarted, spend, usage, type WindowBudget, windowBudget } from "./window-budget.ts";

export interface DispatcherParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly driver: Driver;
  readonly events: Emitter<PoolEvents>;
}

/** Where a holder is: waiting for its time, for a free slot, or in a slot. */
type Place =
  | { readonly kind: "later"; readonly timer: Timer }
  | { readonly kind: "room" }
  | { readonly kind: "slot"; readonly socket: PoolSocket };

/** A holder whose socket died in its lane moves after this long: sockets that die together are seen together. */
const MOVE_AFTER_MS = { min: 50, max: 250 } as const;
/** Closed by the server while it refuses joins: an overrun, not a restart. @source REALTIME.md 2.3 */
const GOING_AWAY = 1001;
const SERVICE_RESTART = 1012;
/** A refused key or project waits for somebody's hand. @source REALTIME.md 2.4: slow retry from 60 s */
const REFUSED_PROBE_MS = MINUTE_MS;

/**
 * Gives out slots, opens sockets and sends joins: the one place that decides each of them. Holders get a place at once
 * and their turn when their socket is open, its lane is free and the budget allows one more join.
 */
export class Dispatcher implements SocketOwner {
  readonly #parts: DispatcherParts;
  readonly #slots: SlotTable;
  readonly #sockets = new Map<string, PoolSocket>();
  readonly #places = new Map<SlotHolder, Place>();
  /** Holders no socket has room for, best rank first. */
  readonly #room: SlotHolder[] = [];
  #gate: Gate = unknownGate;
  #budget: WindowBudget;
  /** Every socket was lost, and whether it is certain that the server was down meanwhile. */
  #outage: { readonly isCertain: boolean } | null = null;
  #pausedUntilMs = 0;
  #wake: { readonly atMs: number; readonly timer: Timer } | null = null;
  #isStopped = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    const { joinsPerSecond, joinShare: share, windowMs, channelsPerSocket, unknownServerAge } = parts.options;
    this.#slots = createSlotTable(channelsPerSocket);
    this.#budget = windowBudget({ perSecond: joinsPerSecond, share, windowMs });
    if (unknownServerAge === "cold") this.#outage = { isCertain: false };
  }

  /** Finds the holder a place `delayMs` from now. It must have none. */
  schedule(holder: SlotHolder, delayMs: number): void {
    if (this.#isStopped) return;
    if (delayMs <= 0) return this.#place(holder);
    const timer = this.#parts.runtime.clock.after(delayMs, () => this.#place(holder));
    this.#places.set(holder, { kind: "later", timer });
  }

  /** Takes the holder's place, timer or slot, away. Idempotent. */
  vacate(holder: SlotHolder): void {
    const place = this.#places.get(holder);
    this.#places.delete(holder);
    if (place?.kind === "later") place.timer.cancel();
    if (place?.kind === "room") this.#room.splice(this.#room.indexOf(holder), 1);
    if (place?.kind === "slot") {
      this.#slots.free(place.socket.id, holder.topic);
      place.socket.remove(holder);
      if (place.socket.isEmpty && place.socket.status === "planned") void place.socket.close();
    }
    // Also without a slot: one whose socket was lost still stands for the slot it is coming back for.
    this.#fillFromRoom();
    this.#pump();
  }

  /** The socket under the holder's slot. */
  socketOf(holder: SlotHolder): PoolSocket | null {
    const place = this.#places.get(holder);
    return place?.kind === "slot" ? place.socket : null;
  }

  /** The holder's join was answered. */
  settled(holder: SlotHolder): void {
    this.socketOf(holder)?.settle(holder);
    this.#pump();
  }

  /** What a refusal means for everybody else. */
  heed(holder: SlotHolder, failure: Failure): void {
    const nowMs = this.#nowMs();
    if (failure.errorClass === "rate" && failure.scope === "project") this.#budget = rateLimited(this.#budget, nowMs);
    else if (failure.scope === "project") this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + failure.floorMs);
    const socket = this.socketOf(holder);
    if (failure.errorClass === "capacity" && failure.scope === "socket" && socket) this.#seal(socket);
  }

  get capacity(): number {
    return this.#parts.options.channelsPerSocket * this.#parts.options.maxSockets;
  }

  get figures() {
    const statuses = [...this.#sockets.values()].map((socket) => socket.status);
    const { used, allowed } = usage(this.#budget, this.#nowMs());
    return {
      open: statuses.filter((status) => status === "open").length,
      connecting: statuses.filter((status) => status === "connecting").length,
      held: this.#slots.held,
      capacity: this.capacity,
      windowUsed: used,
      windowBudget: allowed,
      isServerAway: this.#gate.kind === "away",
      sockets: [...this.#sockets.values()].map((socket) => ({
        socketId: socket.id,
        status: socket.status,
        held: this.#slots.heldOn(socket.id),
      })),
    };
  }

  /** Closes every socket and starts nothing any more. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.timer.cancel();
    this.#wake = null;
    for (const place of this.#places.values()) if (place.kind === "later") place.timer.cancel();
    await Promise.all([...this.#sockets.values()].map((socket) => socket.close()));
  }

  opened(socket: PoolSocket): void {
    const nowMs = this.#nowMs();
    this.#gate = upGate;
    if (this.#outage) this.#budget = serverStarted(this.#budget, nowMs, this.#outage.isCertain);
    this.#outage = null;
    if (socket.isEmpty) this.idle(socket);
    this.#dial();
    this.#pump();
  }

  handshakeFailed(socket: PoolSocket, failure: Failure): void {
    const { options, runtime } = this.#parts;
    const floorMs = failure.retry === "backoff" ? failure.floorMs : REFUSED_PROBE_MS;
    this.#gate = handshakeFailed(this.#gate, options, floorMs, this.#nowMs(), runtime.rng);
    if (failure.errorClass === "rate") this.#budget = rateLimited(this.#budget, this.#nowMs());
    // Refused while nothing of ours is open: the server itself was down, so its counters start anew with it.
    if (failure.errorClass === "network" && !this.#hasOpenSocket()) this.#outage = { isCertain: true };
    for (const holder of [...this.#places.keys()]) holder.unreachable(failure);
    if (socket.isEmpty) void socket.close();
    this.#dial();
  }

  lost(socket: PoolSocket, failure: Failure, closeCode: number): void {
    const { clock, rng } = this.#parts.runtime;
    this.#forget(socket);
    const isLast = !this.#hasOpenSocket();
    if (closeCode === SERVICE_RESTART) this.#outage = { isCertain: true };
    else if (isLast && closeCode !== GOING_AWAY) this.#outage ??= { isCertain: false };
    if (isLast) this.#gate = allSocketsLost(this.#gate, clock.monotonicMs(), rng);
    for (const holder of socket.members) {
      holder.down(failure);
      if (this.socketOf(holder) === socket) this.#move(holder);
    }
  }

  closed(socket: PoolSocket): void {
    this.#forget(socket);
    for (const holder of socket.members) if (this.socketOf(holder) === socket) this.#move(holder);
    this.#fillFromRoom();
  }

  idle(socket: PoolSocket): void {
    // Out of the table first, so that nobody gets a slot on a socket that is closing.
    this.#slots.removeSocket(socket.id);
    void socket.close();
  }

  #nowMs(): number {
    return this.#parts.runtime.clock.monotonicMs();
  }

  /** The server takes no more channels on this socket: those that wait there go elsewhere, unasked. */
  #seal(socket: PoolSocket): void {
    const waiting = socket.waiting;
    const joined = socket.members.length - waiting.length - 1;
    this.#slots.seal(socket.id, joined);
    for (const holder of waiting) {
      this.#slots.free(socket.id, holder.topic);
      socket.remove(holder);
      this.#move(holder);
    }
  }

  #hasOpenSocket(): boolean {
    return [...this.#sockets.values()].some((socket) => socket.status === "open");
  }

  #forget(socket: PoolSocket): void {
    this.#slots.removeSocket(socket.id);
    this.#sockets.delete(socket.id);
  }

  #move(holder: SlotHolder): void {
    this.#places.delete(holder);
    this.schedule(holder, uniform(this.#parts.runtime.rng, MOVE_AFTER_MS.min, MOVE_AFTER_MS.max));
  }

  #place(holder: SlotHolder): void {
    if (this.#isStopped) return;
    const socket = this.#findSlot(holder.topic);
    if (socket) {
      this.#places.set(holder, { kind: "slot", socket });
      socket.add(holder);
    } else {
      this.#places.set(holder, { kind: "room" });
      const before = this.#room.findIndex((other) => other.rank > holder.rank);
      this.#room.splice(before === -1 ? this.#room.length : before, 0, holder);
    }
    this.#dial();
    this.#pump();
  }

  #findSlot(topic: string): PoolSocket | null {
    const placed = this.#slots.place(topic);
    if (placed !== null) return this.#sockets.get(placed) ?? null;
    if (this.#sockets.size >= this.#parts.options.maxSockets) return null;
    const socket = new PoolSocket({ ...this.#parts, owner: this });
    this.#sockets.set(socket.id, socket);
    this.#slots.addSocket(socket.id);
    this.#slots.place(topic);
    return socket;
  }

  #fillFromRoom(): void {
    for (const holder of [...this.#room]) {
      const socket = this.#findSlot(holder.topic);
      // The same topic may be stuck while another one fits, but with every slot taken nobody fits.
      if (!socket && this.#slots.held >= this.capacity) return;
      if (!socket) continue;
      this.#room.splice(this.#room.indexOf(holder), 1);
      this.#places.set(holder, { kind: "slot", socket });
      socket.add(holder);
    }
    this.#dial();
  }

  /** Opens planned sockets, those of the most urgent holders first, as far as the gate allows. */
  #dial(): void {
    if (this.#isStopped) return;
    const sockets = [...this.#sockets.values()];
    const planned = sockets.filter((socket) => socket.status === "planned" && !socket.isEmpty);
    if (planned.length === 0) return;
    const connecting = sockets.filter((socket) => socket.status === "connecting").length;
    const nowMs = this.#nowMs();
    const allowed = handshakesAllowed(this.#gate, connecting, this.#parts.options.maxHandshakes, nowMs);
    if (this.#gate.kind === "away" && this.#gate.probeAtMs > nowMs) this.#wakeAt(this.#gate.probeAtMs);
    const rank = (socket: PoolSocket) => socket.firstInLane?.rank ?? Number.POSITIVE_INFINITY;
    planned.sort((a, b) => rank(a) - rank(b));
    for (const socket of planned.slice(0, allowed)) socket.dial();
  }

  /** Sends every join that can be sent now. */
  #pump(): void {
    while (!this.#isStopped) {
      const socket = this.#nextSocket();
      if (!socket) return;
      const nowMs = this.#nowMs();
      if (nowMs < this.#pausedUntilMs) return this.#wakeAt(this.#pausedUntilMs);
      const verdict = spend(this.#budget, nowMs);
      if (!verdict.granted) return this.#wakeAt(verdict.retryAtMs);
      this.#budget = verdict.budget;
      socket.startNext();
    }
  }

  /** The open socket with a free lane whose first holder is the most urgent. */
  #nextSocket(): PoolSocket | null {
    let best: PoolSocket | null = null;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const socket of this.#sockets.values()) {
      const rank = socket.head?.rank ?? Number.POSITIVE_INFINITY;
      if (rank >= bestRank) continue;
      best = socket;
      bestRank = rank;
    }
    return best;
  }

  #wakeAt(atMs: number): void {
    if (this.#wake && this.#wake.atMs <= atMs) return;
    this.#wake?.timer.cancel();
    const timer = this.#parts.runtime.clock.after(Math.ceil(atMs - this.#nowMs()), () => {
      this.#wake = null;
      this.#dial();
      this.#pump();
    });
    this.#wake = { atMs, timer };
  }
}
