import { createMembers, type RenewedMembers, split } from "@shoal/bot-service/internals";
import { type Clock, SECOND_MS } from "@shoal/kernel";
import type { RenewRequest } from "../../apps/bot-service/test/replica-rows.ts";
import type { SimulatedDatabase } from "./database.ts";

/** What a replica needs of the world. */
export interface ReplicaWorld {
  readonly clock: Clock;
  readonly database: SimulatedDatabase;
  /** Bots that the lead wants in the whole fleet. */
  readonly target: number;
  /** Time that a split takes, while the event loop does nothing else. */
  splitMs(freeCount: number): number;
  /** Tells the other replicas that a row is new. */
  announce(replicaId: string): void;
  count(what: "splits" | "termsOver"): void;
}

const IDLE_PULSE_MS = 3 * SECOND_MS;
const NUDGE_MS = 5;

/** A replica: it pulses, and splits whenever what it knows is new, as the daemon's own do, by the same rules. */
export class SimulatedReplica {
  readonly id: string;
  readonly members: RenewedMembers;
  isAlive = true;
  readonly #world: ReplicaWorld;
  #isStarted = false;
  #isPulsing = false;
  #isPulseDue = false;
  #isSplitting = false;
  #isSplitDue = false;
  #pulseAtMs = Number.POSITIVE_INFINITY;
  #timer = { cancel() {} };
  /** Of the fleet, as last known. */
  #target: number | null = null;

  constructor(id: string, world: ReplicaWorld) {
    this.id = id;
    this.#world = world;
    this.members = createMembers({ runtime: world, replicaId: id, version: "0.1.0", role: "all", botMax: 10_000 });
    const { events } = this.members;
    events.on("members:stale", () => this.#pulseSoon(NUDGE_MS));
    events.on("members:changed", () => this.split());
    events.on("members:updated", () => this.split());
    events.on("members:term-over", () => this.isAlive && world.count("termsOver"));
  }

  get isLead(): boolean {
    return this.members.seniors[0]?.replicaId === this.id;
  }

  start(inMs: number): void {
    this.#world.clock.after(inMs, () => {
      this.#isStarted = true;
      this.#pulseSoon(0);
    });
  }

  /** Ends without a word. */
  kill(): void {
    this.isAlive = false;
    this.#timer.cancel();
    this.members.close();
  }

  split(): void {
    this.#isSplitDue = true;
    if (this.#isSplitting || !this.isAlive) return;
    this.#isSplitting = true;
    this.#isSplitDue = false;
    this.#world.count("splits");
    const held = this.members.live.reduce((sum, { places }) => sum + places.length, 0);
    this.#world.clock.after(this.#world.splitMs(Math.max(0, this.#world.target - held)), () => {
      this.#isSplitting = false;
      if (!this.isAlive) return;
      this.members.report({ wantedPlaces: this.#wanted() });
      if (this.#isSplitDue) this.split();
      else if (this.#isPulseDue) this.#pulseSoon(0);
    });
  }

  #wanted(): number[] {
    const { members, id } = this;
    if (this.isLead) members.report({ target: this.#world.target });
    this.#target = (this.isLead ? this.#world.target : members.seniors[0]?.target) ?? this.#target;
    const target = this.#target;
    if (target === null) return [];
    const places = [...members.granted];
    const seen = members.fleet.map((member) => (member.replicaId === id ? { ...member, places } : member));
    const leaving = members.live.filter(({ isDraining }) => isDraining).flatMap((member) => member.places);
    const limits = { unable: new Set<number>(), numberMax: 2 * target };
    const { keep, claim } = split({ target, members: seen, leaving, replicaId: id, ...limits });
    return [...keep, ...claim];
  }

  #pulseSoon(ms: number): void {
    if (!this.isAlive || !this.#isStarted) return;
    if (this.#isPulsing) {
      this.#isPulseDue = true;
      return;
    }
    const atMs = this.#world.clock.monotonicMs() + ms;
    if (atMs >= this.#pulseAtMs) return;
    this.#timer.cancel();
    this.#pulseAtMs = atMs;
    this.#timer = this.#world.clock.after(ms, () => this.#pulse());
  }

  #pulse(): void {
    this.#pulseAtMs = Number.POSITIVE_INFINITY;
    this.#isPulseDue = this.#isSplitting;
    if (this.#isSplitting) return;
    this.#isPulsing = true;
    const { clock, database } = this.#world;
    const sentAtMs = clock.monotonicMs();
    database.pulse(this.members.request() as RenewRequest, ({ answer, isAnnounced }) => {
      if (isAnnounced) this.#world.announce(this.id);
      this.#isPulsing = false;
      if (!this.isAlive) return;
      this.members.answered(answer, sentAtMs);
      this.#pulseSoon(this.#isPulseDue ? NUDGE_MS : IDLE_PULSE_MS);
    });
  }
}
