import { type Emitter, MINUTE_MS, type Runtime, type Timer, uniform } from "@shoal/kernel";
import type { Failure } from "../classify.ts";
import type { Driver } from "../driver.ts";
import type { PoolOptions } from "../options.ts";
import { PoolSocket, type SlotHolder, type SocketOwner } from "../socket.ts";
import type { PoolEvents } from "../types.ts";
import { createSlotTable, type SlotTable } from "./slot-table.ts";
import { SlotWaitlist } from "./slot-waitlist.ts";
import { MAX_PROBES, TopicTrust } from "./topic-trust.ts";

export interface PlacementParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly driver: Driver;
  readonly events: Emitter<PoolEvents>;
  readonly owner: SocketOwner;
  /** A channel got a slot by time alone: there may be a socket to open or a join to send. */
  readonly onChange: () => void;
}

/** Where a channel is: waiting for its time, for a free slot, or in a slot. */
type Place =
  | { readonly kind: "later"; readonly timer: Timer }
  | { readonly kind: "waitlist" }
  | { readonly kind: "slot"; readonly socket: PoolSocket };

/** A channel whose socket died before its turn is placed again after this long: sockets that die together are seen together. */
const PLACE_AGAIN_MS = { min: 50, max: 250 } as const;
/** A socket called full is tried again after this: refused joins hold a place there, too, for some seconds. @source REALTIME.md 2.3 */
const SEALED_MS = MINUTE_MS;
/** Some megabytes at most, far above what a fleet uses at a time. */
const MEMORY = { maxSuspects: 10_000, maxFamilies: 10_000 } as const;

/** Gives out slots, plans sockets for channels that find none, and keeps those that must wait for one. */
export class Placement {
  readonly #parts: PlacementParts;
  readonly #slots: SlotTable;
  readonly #sockets = new Map<string, PoolSocket>();
  readonly #places = new Map<SlotHolder, Place>();
  readonly #waitlist = new SlotWaitlist();
  readonly #trust: TopicTrust<SlotHolder>;
  /** Sockets the server called full, until they are tried again. */
  readonly #seals = new Map<PoolSocket, Timer>();
  /** The last join of a public topic was refused, so the others would be, too. */
  #isRefusing = false;
  #isStopped = false;

  constructor(parts: PlacementParts) {
    this.#parts = parts;
    this.#slots = createSlotTable(parts.options.channelsPerSocket);
    const onLateProbe = () => this.#onCapacity();
    this.#trust = new TopicTrust({ clock: parts.runtime.clock, ...MEMORY, onLateProbe });
  }

  get sockets(): Iterable<PoolSocket> {
    return this.#sockets.values();
  }

  get socketCount(): number {
    return this.#sockets.size;
  }

  get holders(): readonly SlotHolder[] {
    return [...this.#places.keys()];
  }

  get held(): number {
    return this.#slots.held;
  }

  /** Whether a channel waits for a slot. */
  get hasWaiting(): boolean {
    return this.#waitlist.size > 0;
  }

  get capacity(): number {
    return this.#parts.options.channelsPerSocket * this.#parts.options.maxSockets;
  }

  get probeCount(): number {
    return this.#trust.probeCount;
  }

  heldOn(socket: PoolSocket): number {
    return this.#slots.heldOn(socket.id);
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
      this.#parts.onChange();
    });
    this.#places.set(holder, { kind: "later", timer });
  }

  /** Takes the holder's place, timer or slot, away. Idempotent. */
  vacate(holder: SlotHolder): void {
    const place = this.#places.get(holder);
    this.#places.delete(holder);
    if (place?.kind === "later") place.timer.cancel();
    if (place?.kind === "waitlist") this.#waitlist.delete(holder);
    if (place?.kind === "slot") this.#freeSlot(holder, place.socket);
    // Also without a slot: one whose socket was lost still stands for the slot it is coming back for.
    this.refill();
  }

  /** The socket under it is gone or full: the holder finds another one, unasked. */
  relocate(holder: SlotHolder): void {
    this.#places.delete(holder);
    this.schedule(holder, uniform(this.#parts.runtime.rng, PLACE_AGAIN_MS.min, PLACE_AGAIN_MS.max));
  }

  /** The socket gets no more slots and those it has are forgotten. */
  forget(socket: PoolSocket): void {
    this.#slots.removeSocket(socket.id);
    this.#sockets.delete(socket.id);
    this.#unseal(socket);
    for (const holder of socket.members) this.#trust.endProbe(holder);
  }

  /** Out of the table, so that no channel gets a slot on a socket that is closing. */
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
      this.#onCapacity();
    };
    this.#seals.set(socket, this.#parts.runtime.clock.after(SEALED_MS, open));
    for (const holder of waiting) {
      this.#freeSlot(holder, socket);
      this.relocate(holder);
    }
  }

  joinSent(holder: SlotHolder): void {
    this.#trust.probeSent(holder);
  }

  joined(holder: SlotHolder): void {
    if (!holder.isPrivate) this.#isRefusing = false;
    for (const subject of this.#trust.joined(holder)) this.#waitlist.proven(subject);
    const socket = this.socketOf(holder);
    if (socket && this.#trust.endProbe(holder)) this.#slots.offer(socket.id);
    this.refill();
  }

  /** The server refused this join and meant the topic, or was in trouble. */
  refused(holder: SlotHolder, failure: Failure): void {
    if (!holder.isPrivate) this.#isRefusing = true;
    const isInDoubt = this.#trust.refused(holder, failure);
    if (isInDoubt) for (const socket of [...this.#sockets.values()]) this.#recall(socket);
  }

  /** Gives slots to channels on the waitlist, the most urgent first. */
  refill(): void {
    if (this.#isStopped || this.#waitlist.size === 0) return;
    for (const holder of this.#waitlist.candidates(() => this.#trust.canProbe)) {
      // One topic may be stuck while another one fits, but with every slot taken none fits.
      if (this.#slots.held >= this.capacity) return;
      const socket = this.#findSlot(holder);
      if (!socket) continue;
      this.#waitlist.delete(holder);
      this.#takeSlot(holder, socket);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#trust.stop();
    for (const timer of this.#seals.values()) timer.cancel();
    for (const place of this.#places.values()) if (place.kind === "later") place.timer.cancel();
  }

  /** A slot or a probe became possible by time alone. */
  #onCapacity(): void {
    this.refill();
    this.#parts.onChange();
  }

  #unseal(socket: PoolSocket): void {
    this.#seals.get(socket)?.cancel();
    this.#seals.delete(socket);
  }

  #place(holder: SlotHolder): void {
    if (this.#isStopped) return;
    const socket = this.#findSlot(holder);
    if (socket) this.#takeSlot(holder, socket);
    else this.#wait(holder);
  }

  #wait(holder: SlotHolder): void {
    this.#places.set(holder, { kind: "waitlist" });
    this.#waitlist.add(holder, this.#trust.needsProbe(holder));
    if (!holder.isPrivate && !this.#isRefusing) this.#planAhead();
  }

  /**
   * Public topics are hardly ever refused: their sockets open while the first one joins, and not after it. While they are
   * refused, these sockets would close unused and be opened anew, as long as the refusals go on. Channels whose time has not
   * come need none yet.
   */
  #planAhead(): void {
    const { channelsPerSocket } = this.#parts.options;
    const needed = this.#slots.held + this.#waitlist.size;
    while (this.#sockets.size * channelsPerSocket < needed && this.#plan()) {}
  }

  #takeSlot(holder: SlotHolder, socket: PoolSocket): void {
    this.#places.set(holder, { kind: "slot", socket });
    socket.add(holder);
  }

  #freeSlot(holder: SlotHolder, socket: PoolSocket): void {
    this.#slots.free(socket.id, holder.topic);
    if (this.#trust.endProbe(holder)) this.#slots.offer(socket.id);
    socket.remove(holder);
    if (socket.isEmpty && socket.status === "planned") void socket.close();
  }

  /** Takes a slot, alone on its socket for a topic that needs a probe. Null: none can be had now. */
  #findSlot(holder: SlotHolder): PoolSocket | null {
    const subject = this.#trust.needsProbe(holder);
    if (subject === null) return this.#findShared(holder.topic, "fullest");
    if (!this.#trust.mayProbe(subject)) return null;
    const socket = this.#findEmpty(holder.topic) ?? this.#findShared(holder.topic, "emptiest");
    if (socket) this.#trust.startProbe(holder, subject);
    return socket;
  }

  #findShared(topic: string, order: "fullest" | "emptiest"): PoolSocket | null {
    const placed = this.#slots.place(topic, order);
    if (placed !== null) return this.#sockets.get(placed) ?? null;
    const socket = this.#plan();
    if (socket) this.#slots.placeOn(socket.id, topic);
    return socket;
  }

  /** A socket that carries no other channel until the join was answered. */
  #findEmpty(topic: string): PoolSocket | null {
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

  /** Channels of a family in doubt that have not had their turn wait until one of them has joined. */
  #recall(socket: PoolSocket): void {
    for (const holder of socket.waiting) {
      if (this.#trust.isProbe(holder) || this.#trust.needsProbe(holder) === null) continue;
      this.#freeSlot(holder, socket);
      this.#wait(holder);
    }
  }
}
