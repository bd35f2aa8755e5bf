import { type Emitter, MINUTE_MS, type Runtime, type Timer, uniform } from "@shoal/kernel";
import type { Failure } from "./classify.ts";
import type { Driver } from "./driver.ts";
import type { PoolOptions } from "./options.ts";
import { MAX_PROBES, Probes } from "./probes.ts";
import { Room } from "./room.ts";
import { createSlotTable, type SlotTable } from "./slots.ts";
import { PoolSocket, type SlotHolder, type SocketOwner } from "./socket.ts";
import { createStanding } from "./standing.ts";
import type { PoolEvents } from "./types.ts";

export interface PlacementParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly driver: Driver;
  readonly events: Emitter<PoolEvents>;
  readonly owner: SocketOwner;
  /** Somebody got a place of its own accord: there may be something to dial or to join. */
  readonly changed: () => void;
}

/** Where a holder is: waiting for its time, for a free slot, or in a slot. */
type Place =
  | { readonly kind: "later"; readonly timer: Timer }
  | { readonly kind: "room" }
  | { readonly kind: "slot"; readonly socket: PoolSocket };

/** A holder whose socket died in its lane moves after this long: sockets that die together are seen together. */
const MOVE_AFTER_MS = { min: 50, max: 250 } as const;
/** A socket called full is tried again after this: refused joins hold a place there, too, for some seconds. @source REALTIME.md 2.3 */
const SEALED_MS = MINUTE_MS;
/** Some megabytes at most, far above what a fleet uses at a time. */
const MEMORY = { maxSuspects: 10_000, maxFamilies: 10_000 } as const;

/** Who is where: gives out slots, plans sockets for those who find none, and keeps those who must wait for one. */
export class Placement {
  readonly #parts: PlacementParts;
  readonly #slots: SlotTable;
  readonly #sockets = new Map<string, PoolSocket>();
  readonly #places = new Map<SlotHolder, Place>();
  /** Second holders of a topic, on their way from one socket to another. */
  readonly #movers = new Set<SlotHolder>();
  /** Holders no socket has room for, or whose family is being tried. */
  readonly #room = new Room();
  readonly #standing = createStanding(MEMORY);
  readonly #probes: Probes;
  /** Sockets the server called full. */
  readonly #seals = new Map<PoolSocket, Timer>();
  #isStopped = false;

  constructor(parts: PlacementParts) {
    this.#parts = parts;
    this.#slots = createSlotTable(parts.options.channelsPerSocket);
    this.#probes = new Probes(parts.runtime.clock, () => this.#roomMade());
  }

  get sockets(): Iterable<PoolSocket> {
    return this.#sockets.values();
  }

  get holders(): readonly SlotHolder[] {
    return [...this.#places.keys()];
  }

  get held(): number {
    return this.#slots.held;
  }

  get capacity(): number {
    return this.#parts.options.channelsPerSocket * this.#parts.options.maxSockets;
  }

  get probing(): number {
    return this.#probes.size;
  }

  /** Holders that wait for a slot. */
  get waiting(): number {
    return this.#room.size;
  }

  heldOn(socket: PoolSocket): number {
    return this.#slots.heldOn(socket.id);
  }

  isMover(holder: SlotHolder): boolean {
    return this.#movers.has(holder);
  }

  /** The socket under the holder's slot. */
  socketOf(holder: SlotHolder): PoolSocket | null {
    const place = this.#places.get(holder);
    return place?.kind === "slot" ? place.socket : null;
  }

  /** Finds the holder a place `delayMs` from now. It must have none. */
  schedule(holder: SlotHolder, delayMs: number): void {
    if (this.#isStopped) return;
    if (delayMs <= 0) return this.#place(holder);
    const timer = this.#parts.runtime.clock.after(delayMs, () => {
      this.#place(holder);
      this.#parts.changed();
    });
    this.#places.set(holder, { kind: "later", timer });
  }

  /** Takes the holder's place, timer or slot, away. Idempotent. */
  vacate(holder: SlotHolder): void {
    const place = this.#places.get(holder);
    this.#places.delete(holder);
    this.#movers.delete(holder);
    if (place?.kind === "later") place.timer.cancel();
    if (place?.kind === "room") this.#room.delete(holder);
    if (place?.kind === "slot") this.#unseat(holder, place.socket);
    // Also without a slot: one whose socket was lost still stands for the slot it is coming back for.
    this.refill();
  }

  /** The socket under it is gone or full: it finds another one, unasked. */
  relocate(holder: SlotHolder): void {
    this.#places.delete(holder);
    this.schedule(holder, uniform(this.#parts.runtime.rng, MOVE_AFTER_MS.min, MOVE_AFTER_MS.max));
  }

  /** The socket gets no more slots and those it has are forgotten. */
  forget(socket: PoolSocket): void {
    this.#slots.removeSocket(socket.id);
    this.#sockets.delete(socket.id);
    this.#unseal(socket);
    for (const holder of socket.members) this.#probes.end(holder);
  }

  /** Out of the table, so that nobody gets a slot on a socket that is closing. */
  withdraw(socket: PoolSocket): void {
    this.#slots.removeSocket(socket.id);
  }

  /** The server takes no more channels on this socket: those that wait there go elsewhere, unasked. */
  seal(socket: PoolSocket): void {
    const waiting = socket.waiting;
    this.#slots.seal(socket.id, socket.members.length - waiting.length - 1);
    this.#unseal(socket);
    const open = () => {
      this.#seals.delete(socket);
      this.#slots.unseal(socket.id);
      this.#roomMade();
    };
    this.#seals.set(socket, this.#parts.runtime.clock.after(SEALED_MS, open));
    for (const holder of waiting) {
      this.#unseat(holder, socket);
      this.relocate(holder);
    }
  }

  /** From now on nobody new sits there, or somebody may again. */
  reserve(socket: PoolSocket): void {
    this.#slots.reserve(socket.id);
  }

  offer(socket: PoolSocket): void {
    this.#slots.offer(socket.id);
    this.refill();
  }

  joinSent(holder: SlotHolder): void {
    this.#probes.sent(holder);
  }

  joined(holder: SlotHolder): void {
    for (const unknown of this.#standing.joined(holder)) this.#room.proven(unknown);
    const socket = this.socketOf(holder);
    if (socket && this.#probes.end(holder)) this.#slots.offer(socket.id);
    this.refill();
  }

  /** The server refused this join and meant the topic, or was in trouble. */
  refused(holder: SlotHolder, failure: Failure): void {
    const isInDoubt = this.#standing.refused(holder, failure);
    if (isInDoubt) for (const socket of [...this.#sockets.values()]) this.#recall(socket);
  }

  /** Whether another open socket, or one that is planned anyway, could hold this topic. */
  fitsElsewhere(topic: string, socket: PoolSocket): boolean {
    return this.#slots.fitsElsewhere(topic, socket.id);
  }

  /** Gives the mover a slot beside the holder's, on another socket that is there already. */
  placeMover(mover: SlotHolder): boolean {
    const socketId = this.#slots.place(mover.topic);
    const socket = socketId === null ? undefined : this.#sockets.get(socketId);
    if (!socket) return false;
    this.#movers.add(mover);
    this.#sit(mover, socket);
    return true;
  }

  /** The holder takes over the mover's slot, and the mover stands for the old one until that is left. */
  adopt(holder: SlotHolder, mover: SlotHolder): void {
    const next = this.#places.get(mover);
    const old = this.#places.get(holder);
    if (next?.kind !== "slot") return;
    this.#places.delete(mover);
    if (old?.kind === "later") old.timer.cancel();
    if (old?.kind === "room") this.#room.delete(holder);
    if (old?.kind === "slot") {
      this.#places.set(mover, old);
      old.socket.replace(holder, mover);
    }
    this.#places.set(holder, next);
    next.socket.replace(mover, holder);
  }

  /** Gives slots to those who wait for one, the most urgent first. */
  refill(): void {
    if (this.#isStopped || this.#room.size === 0) return;
    for (const holder of this.#room.candidates(() => this.#probes.hasRoom)) {
      // One topic may be stuck while another one fits, but with every slot taken nobody fits.
      if (this.#slots.held >= this.capacity) return;
      const socket = this.#findSeat(holder);
      if (!socket) continue;
      this.#room.delete(holder);
      this.#sit(holder, socket);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#probes.stop();
    for (const timer of this.#seals.values()) timer.cancel();
    for (const place of this.#places.values()) if (place.kind === "later") place.timer.cancel();
  }

  /** By time alone: nobody else will look whether there is something to do. */
  #roomMade(): void {
    this.refill();
    this.#parts.changed();
  }

  #unseal(socket: PoolSocket): void {
    this.#seals.get(socket)?.cancel();
    this.#seals.delete(socket);
  }

  #place(holder: SlotHolder): void {
    if (this.#isStopped) return;
    const socket = this.#findSeat(holder);
    if (socket) this.#sit(holder, socket);
    else this.#wait(holder);
  }

  #wait(holder: SlotHolder): void {
    this.#places.set(holder, { kind: "room" });
    this.#room.add(holder, this.#standing.unknownOf(holder));
  }

  #sit(holder: SlotHolder, socket: PoolSocket): void {
    this.#places.set(holder, { kind: "slot", socket });
    socket.add(holder);
  }

  #unseat(holder: SlotHolder, socket: PoolSocket): void {
    this.#slots.free(socket.id, holder.topic);
    if (this.#probes.end(holder)) this.#slots.offer(socket.id);
    socket.remove(holder);
    if (socket.isEmpty && socket.status === "planned") void socket.close();
  }

  /** Takes the slot, too. */
  #findSeat(holder: SlotHolder): PoolSocket | null {
    const unknown = this.#standing.unknownOf(holder);
    if (unknown === null) return this.#findSlot(holder.topic);
    if (!this.#probes.mayStart(unknown)) return null;
    const socket = this.#findSocketAlone(holder.topic) ?? this.#findSlot(holder.topic);
    if (socket) this.#probes.start(holder, unknown);
    return socket;
  }

  #findSlot(topic: string): PoolSocket | null {
    const placed = this.#slots.place(topic);
    if (placed !== null) return this.#sockets.get(placed) ?? null;
    const socket = this.#plan();
    if (socket) this.#slots.placeOn(socket.id, topic);
    return socket;
  }

  /** A socket that carries nobody else until the join was answered. */
  #findSocketAlone(topic: string): PoolSocket | null {
    const empty = this.#slots.empty();
    const socket = empty === null ? this.#planForProbe() : (this.#sockets.get(empty) ?? null);
    if (!socket) return null;
    this.#slots.reserve(socket.id);
    this.#slots.placeOn(socket.id, topic);
    return socket;
  }

  /** Many kinds of topics must not take the sockets of people: then an untried one joins beside others. */
  #planForProbe(): PoolSocket | null {
    const needed = Math.ceil((this.#places.size + 1) / this.#parts.options.channelsPerSocket);
    return this.#sockets.size < needed + MAX_PROBES ? this.#plan() : null;
  }

  #plan(): PoolSocket | null {
    if (this.#sockets.size >= this.#parts.options.maxSockets) return null;
    const socket = new PoolSocket(this.#parts);
    this.#sockets.set(socket.id, socket);
    this.#slots.addSocket(socket.id);
    return socket;
  }

  /** Those of a family in doubt who have not had their turn wait until one of them has joined. */
  #recall(socket: PoolSocket): void {
    for (const holder of socket.waiting) {
      if (this.#movers.has(holder) || this.#probes.has(holder) || !this.#standing.unknownOf(holder)) continue;
      this.#unseat(holder, socket);
      this.#wait(holder);
    }
  }
}
