import { SECOND_MS, type Timer, unreachable } from "@shoal/kernel";
import type { ChannelHost } from "./channel-host.ts";
import type { Leg } from "./leg.ts";
import { initialMoveState, type MoveEffect, type MoveEvent, type MoveState, moveTransition } from "./move.state.ts";
import { type LegName, Overlap, wordsOf } from "./overlap.ts";
import type { SlotHolder } from "./socket.ts";
import type { Payload, PresenceState } from "./types.ts";

/** The legs of the channel a move is about. */
export interface MovingChannel {
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly priorityRank: number;
  readonly host: ChannelHost;
  /** What the server has, or should have, of our presence; null for nothing. */
  readonly entry: Payload | null;
  readonly hasRows: boolean;
  /** The join the channel lives by, null while it has none. */
  readonly current: Leg | null;
  /** Sends the join on the mover's slot. */
  joinOn(move: Move, refresh: boolean): Leg;
  /** The new leg and its slot become the channel's, the old ones the mover's. */
  swap(move: Move): void;
  moved(move: Move): void;
  moveEnded(move: Move): void;
}

/** Behind everybody who has no leg at all. */
const MOVER_RANK = 100;
/** A stream of rows is there some seconds after the join. @source REALTIME.md 4, row 6; the server tries for 30 s */
const EQUIP_LIMIT_MS = 30 * SECOND_MS;
/** A copy comes later by as long as the server holds a socket at most: 5 s for a refused join. @source REALTIME.md 2.3 */
const ECHO_MS = 6 * SECOND_MS;

/** The second holder of a topic while its channel changes sockets. The state is assigned in `#apply` alone. */
export class Move implements SlotHolder {
  readonly rank = MOVER_RANK;
  readonly #channel: MovingChannel;
  readonly #overlap = new Overlap();
  #state: MoveState = initialMoveState;
  #oldLeg: Leg | null = null;
  #newLeg: Leg | null = null;
  #hasSwapped = false;
  #startedAtMs = 0;
  #leaving: Promise<void> | null = null;
  #timer: Timer | undefined;
  #takeBack: (() => void) | undefined;
  /** What the new leg has tracked of us. */
  #tracked: Payload | null = null;
  /** The latest the new leg has heard of everybody's. */
  #presence: PresenceState | null = null;

  constructor(channel: MovingChannel) {
    this.#channel = channel;
  }

  get topic(): string {
    return this.#channel.topic;
  }

  get isPrivate(): boolean {
    return this.#channel.isPrivate;
  }

  get tracked(): Payload | null {
    return this.#tracked;
  }

  get presence(): PresenceState | null {
    return this.#presence;
  }

  /** The leg that is not the channel's. */
  get leg(): Leg | null {
    return this.#hasSwapped ? this.#oldLeg : this.#newLeg;
  }

  /** Since when the new leg's join has been on its way, or done; null when there is none that could be the channel's. */
  get startedAtMs(): number | null {
    const { status } = this.#state;
    return status === "joining" || status === "settling" ? this.#startedAtMs : null;
  }

  /** Resolves when the leg that is being left, if any, has been left. */
  get leaving(): Promise<void> | null {
    return this.#leaving;
  }

  /** Nothing has been sent for it yet. */
  get isPlaced(): boolean {
    return this.#state.status === "placed";
  }

  get hasJoined(): boolean {
    return this.#state.status === "settling";
  }

  /** Rows stream on the new leg already. */
  get hasRows(): boolean {
    return this.#state.status === "settling" && this.#channel.hasRows && !this.#state.missing.rows;
  }

  get durationMs(): number {
    return this.#nowMs() - this.#startedAtMs;
  }

  mover(): null {
    return null;
  }

  turn(): void {
    this.#apply({ kind: "turn" });
  }

  down(): void {
    this.#apply({ kind: "down" });
  }

  /** Its own channel comes back; the sockets of both are gone. */
  outage(): void {}

  unreachable(): void {
    this.#apply({ kind: "unreachable" });
  }

  joined(): void {
    const { entry, hasRows } = this.#channel;
    this.#apply({ kind: "joined", missing: { entry: entry !== null, rows: hasRows } });
  }

  rows(areThere: boolean): void {
    this.#apply({ kind: areThere ? "has" : "lacks", what: "rows" });
  }

  /** The channel's own leg is gone, and this move can be its rejoin. */
  succeed(): void {
    this.#apply({ kind: "succeed" });
  }

  /** The channel is over, or lost and on its own: its next join would bring what our leg brings as well. */
  release(): void {
    this.#overlap.ends(this.#hasSwapped ? "new" : "old");
    this.leg?.mute();
    this.#apply({ kind: "release" });
  }

  /** Whether this message of one of the two legs is news. */
  isNews(leg: Leg, kind: string, content: Payload): boolean {
    const name = this.#nameOf(leg);
    if (name === null) return true;
    const words = wordsOf(kind, content);
    const isOfChannel = (name === "new") === this.#hasSwapped;
    return words === null ? isOfChannel : this.#overlap.hears(name, words);
  }

  /** We said something on the channel's leg; unless it hears itself anyway, the other one will say it back. */
  sent(event: string, payload: Payload): void {
    const words = this.#newLeg && wordsOf(event, payload);
    if (words) this.#overlap.sent(this.#hasSwapped ? "new" : "old", words);
  }

  sees(state: PresenceState): void {
    if (!this.#hasSwapped) this.#presence = state;
  }

  #nameOf(leg: Leg): LegName | null {
    if (leg === this.#newLeg) return "new";
    return leg === this.#oldLeg ? "old" : null;
  }

  #apply(event: MoveEvent): void {
    const step = moveTransition(this.#state, event);
    if (step.state.status !== this.#state.status) this.#stopWaiting();
    this.#state = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: MoveEffect): void {
    const channel = this.#channel;
    switch (effect) {
      case "join":
        this.#startedAtMs = this.#nowMs();
        this.#oldLeg = channel.current;
        this.#newLeg = channel.joinOn(this, false);
        return;
      case "equip":
        return this.#equip();
      case "swap":
        channel.swap(this);
        this.#hasSwapped = true;
        return;
      case "report-moved":
        return channel.moved(this);
      case "leave":
        this.#leaving = this.#leave();
        return;
      case "vacate":
        this.#overlap.ends(this.#hasSwapped ? "old" : "new");
        this.leg?.drop();
        return channel.host.vacate(this);
      case "fade":
        return this.#fade();
      case "end":
        return channel.moveEnded(this);
      default:
        return unreachable(effect);
    }
  }

  #equip(): void {
    const { host, entry, topic, priorityRank } = this.#channel;
    this.#wait(EQUIP_LIMIT_MS, { kind: "late" });
    if (entry) this.#takeBack = host.askPresence(topic, priorityRank, () => void this.#track(entry));
  }

  async #track(entry: Payload): Promise<void> {
    const reply = await this.#newLeg?.track(entry).catch(() => null);
    if (reply?.kind === "ok") this.#tracked = entry;
    this.#apply({ kind: reply?.kind === "ok" ? "has" : "lacks", what: "entry" });
  }

  async #leave(): Promise<void> {
    await this.leg?.answered();
    await this.leg?.leave(this.#channel.host.options.drainLimitMs);
    this.#apply({ kind: "left" });
  }

  /** Nobody listens, or nothing is outstanding: then there is nothing to wait for. */
  #fade(): void {
    if (!this.#channel.current || this.#overlap.isOver) return this.#apply({ kind: "faded" });
    this.#wait(ECHO_MS, { kind: "faded" });
  }

  #wait(limitMs: number, event: MoveEvent): void {
    this.#timer = this.#channel.host.runtime.clock.after(limitMs, () => this.#apply(event));
  }

  #nowMs(): number {
    return this.#channel.host.runtime.clock.monotonicMs();
  }

  #stopWaiting(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#takeBack?.();
    this.#takeBack = undefined;
  }
}
