import { type Alarm, createAlarm, type Emitter, type Runtime } from "@shoal/kernel";
import type { BreakerEffect, Permits } from "./breaker.state.ts";
import { Breaker } from "./breaker.ts";
import type { Failure } from "./classify.ts";
import type { Driver } from "./driver.ts";
import { type JoinAllowance, type JoinLine, URGENT_RANK } from "./join-allowance.ts";
import type { PoolOptions } from "./options.ts";
import { Placement } from "./placement/placement.ts";
import type { PoolSocket, SlotHolder, SocketOwner } from "./socket.ts";
import type { PoolEvents } from "./types.ts";
import type { AskUpgrade } from "./upgrade-diagnosis.ts";

export interface DispatcherParts {
  readonly runtime: Runtime;
  readonly options: PoolOptions;
  readonly driver: Driver;
  readonly events: Emitter<PoolEvents>;
  readonly allowance: JoinAllowance;
  /** Called when the server answers after a restart, seen or possible: its counters have started anew. */
  readonly onServerStarted: (isCertain: boolean) => void;
  readonly askUpgrade: AskUpgrade | undefined;
}

/**
 * Opens sockets and sends joins; no other place does. A channel gets a slot from `Placement`, and its join is sent when its
 * socket is open with a free lane, the breaker lets joins through and the allowance grants one.
 */
export class Dispatcher implements SocketOwner {
  readonly #parts: DispatcherParts;
  readonly #placement: Placement;
  readonly #breaker: Breaker;
  readonly #wake: Alarm;
  /** Whether the latest look sent every join that a socket had room for. What gives another one room looks again. */
  #hasSentAll = false;
  #isStopped = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    const { runtime, options, events } = parts;
    const onChange = () => this.#run();
    this.#wake = createAlarm(runtime.clock, onChange);
    parts.allowance.onGranted(onChange);
    this.#placement = new Placement({ ...parts, owner: this, onChange });
    this.#breaker = new Breaker({
      runtime,
      options,
      events,
      openCount: () => this.#count("open"),
      perform: (effect) => this.#perform(effect),
      ask: parts.askUpgrade,
      onChange,
    });
  }

  /** Finds the holder a place `delayMs` from now. It must have none. */
  schedule(holder: SlotHolder, delayMs: number): void {
    const { socketCount } = this.#placement;
    this.#placement.schedule(holder, delayMs);
    // Without a slot there is no join to send for it; a socket may have been planned ahead all the same.
    if (this.socketOf(holder) || this.#placement.socketCount > socketCount) this.#run();
  }

  /** Takes the holder's timer or slot away. Idempotent. */
  vacate(holder: SlotHolder): void {
    this.#placement.vacate(holder);
    this.#run();
  }

  /** The socket under the holder's slot. */
  socketOf(holder: SlotHolder): PoolSocket | null {
    return this.#placement.socketOf(holder);
  }

  joined(holder: SlotHolder): void {
    const socket = this.socketOf(holder);
    const isAlone = this.#hasSentAll && !this.#placement.hasWaiting;
    socket?.joined(holder);
    this.#placement.joined(holder);
    this.#breaker.apply({ kind: "join-answered" });
    // In a burst of joins most answers make room on their own socket and change nothing else: looking at all of them for each
    // answer took a sixth of the CPU of a start.
    if (socket && isAlone && this.#breaker.figures.state === "up") this.#pump(socket);
    else this.#run();
  }

  /** Draws from one channel's failure what it means for the others. */
  onFailure(holder: SlotHolder, failure: Failure): void {
    const { scope, errorClass } = failure;
    const socket = this.socketOf(holder);
    if (scope === "project") this.#projectSignal(failure);
    if (scope === "socket" && errorClass === "capacity" && socket) this.#placement.seal(socket);
    const isRefusedJoin = socket?.status === "open" && socket.isJoining(holder);
    if (scope === "channel" && isRefusedJoin) this.#placement.refused(holder, failure);
  }

  #projectSignal(failure: Failure): void {
    this.#breaker.apply({ kind: "project-signal", failure });
    if (this.#breaker.figures.state !== "refused") return;
    // Each of them would be refused for the same reason, one a minute or slower.
    for (const holder of this.#placement.holders) holder.serverUnreachable(failure);
  }

  get capacity(): number {
    return this.#placement.capacity;
  }

  get figures() {
    const { held, capacity, probeCount: probing } = this.#placement;
    return {
      open: this.#count("open"),
      connecting: this.#count("connecting"),
      probing,
      held,
      capacity,
      joins: this.#parts.allowance.usage,
      breaker: this.#breaker.figures,
      sockets: [...this.#placement.sockets].map((socket) => ({
        socketId: socket.id,
        status: socket.status,
        slotsHeld: this.#placement.heldOn(socket),
      })),
    };
  }

  /** Closes every socket and starts nothing more. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#wake.cancel();
    this.#placement.stop();
    this.#breaker.stop();
    await Promise.all([...this.#placement.sockets].map((socket) => socket.close()));
  }

  opened(): void {
    this.#breaker.apply({ kind: "opened" });
    this.#run();
  }

  handshakeFailed(socket: PoolSocket, failure: Failure): void {
    this.#breaker.apply({ kind: "handshake-failed", failure });
    for (const holder of this.#placement.holders) holder.serverUnreachable(failure);
    if (socket.isEmpty) void socket.close();
    this.#run();
  }

  lost(socket: PoolSocket, failure: Failure, closeCode: number): void {
    this.#placement.forget(socket);
    const isOutage = this.#count("open") === 0;
    if (isOutage) this.#breaker.apply({ kind: "all-sockets-lost", closeCode, failure });
    for (const holder of socket.members) {
      holder.socketLost(failure);
      this.#relocate(holder, socket);
    }
    // Also those whose sockets went a moment before this one.
    if (isOutage) for (const holder of this.#placement.holders) holder.allSocketsLost();
    this.#placement.refill();
    this.#run();
  }

  closed(socket: PoolSocket): void {
    this.#placement.forget(socket);
    for (const holder of socket.members) this.#relocate(holder, socket);
    this.#placement.refill();
    this.#run();
  }

  idle(socket: PoolSocket): void {
    this.#placement.withdraw(socket);
    void socket.close();
  }

  /** A channel that still holds a slot there finds another one. */
  #relocate(holder: SlotHolder, socket: PoolSocket): void {
    if (this.socketOf(holder) === socket) this.#placement.relocate(holder);
  }

  /** Does everything that can be done now, and sets a timer for when more can be. */
  #run(): void {
    if (this.#isStopped) return;
    // Looks twice: opening and joining take time, and what the first look refused may be due before the second.
    this.#lookAgain(this.#dial());
    this.#pump();
    this.#lookAgain(this.#breaker.permits(0));
  }

  /** Opens planned sockets as far as the breaker allows, those of the most urgent holders first. */
  #dial(): Permits {
    const planned: PoolSocket[] = [];
    let connecting = 0;
    for (const socket of this.#placement.sockets) {
      if (socket.status === "connecting") connecting += 1;
      if (socket.status === "planned") planned.push(socket);
    }
    const permits = this.#breaker.permits(connecting);
    planned.sort((a, b) => a.laneRank - b.laneRank);
    for (const socket of planned.slice(0, permits.handshakes)) socket.dial();
    return permits;
  }

  #lookAgain({ lookAtMs }: Permits): void {
    if (lookAtMs !== null) this.#wakeAt(lookAtMs);
  }

  /** Sends every join that can be sent now, on all sockets or one. */
  #pump(only?: PoolSocket): void {
    this.#hasSentAll = false;
    while (!this.#isStopped) {
      // Asks the breaker first: a listener that hears of its change may release the channel.
      if (this.#breaker.permits(0).joins === 0) return;
      const { socket, ...line } = nextSocket(only ? [only] : this.#placement.sockets);
      const holder = socket?.head;
      if (!socket || !holder) {
        this.#hasSentAll = true;
        return;
      }
      const grant = this.#parts.allowance.take(line);
      if (!grant.isGranted) return grant.retryAtMs === null ? undefined : this.#wakeAt(grant.retryAtMs);
      this.#breaker.apply({ kind: "join-sent" });
      this.#placement.joinSent(holder);
      socket.startNext();
    }
  }

  #perform(effect: Exclude<BreakerEffect, { kind: "ask" }>): void {
    const { allowance, events, onServerStarted } = this.#parts;
    if (effect.kind === "server-started") {
      allowance.serverStarted(effect.isCertain);
      return onServerStarted(effect.isCertain);
    }
    if (effect.kind === "joins-let-in") return allowance.letInAgain();
    const throttled = allowance.rateLimited();
    if (throttled) events.emit("budget:throttled", { budget: "joins", ...throttled });
  }

  #count(status: PoolSocket["status"]): number {
    let count = 0;
    for (const socket of this.#placement.sockets) if (socket.status === status) count += 1;
    return count;
  }

  #nowMs(): number {
    return this.#parts.runtime.clock.monotonicMs();
  }

  #wakeAt(atMs: number): void {
    this.#wake.setIfEarlier(Math.ceil(atMs - this.#nowMs()));
  }
}

/** The open socket with a free lane whose first holder is most urgent, and how many channels wait on such sockets. */
function nextSocket(sockets: Iterable<PoolSocket>): { readonly socket: PoolSocket | null } & JoinLine {
  let best: PoolSocket | null = null;
  let rank = Number.POSITIVE_INFINITY;
  let count = 0;
  let urgentCount = 0;
  for (const socket of sockets) {
    const { headRank } = socket;
    if (headRank === Number.POSITIVE_INFINITY) continue;
    count += socket.waitingCount;
    if (headRank <= URGENT_RANK) urgentCount += socket.waitingUpTo(URGENT_RANK);
    if (headRank >= rank) continue;
    best = socket;
    rank = headRank;
  }
  return { socket: best, rank, count, urgentCount };
}
