import type { ChannelHost } from "./channel-host.ts";
import { classify, type Evidence } from "./classify.ts";
import { Leg, type LegOwner } from "./leg.ts";
import { Move, type MovingChannel } from "./move.ts";
import type { SlotHolder } from "./socket.ts";
import type { ChannelConfig, Payload, PresenceState, RowChange } from "./types.ts";

/** The channel whose legs they are. */
export interface LegsHolder extends SlotHolder {
  readonly host: ChannelHost;
  readonly config: ChannelConfig;
  /** Its place among those who want the same, whatever its state. */
  readonly priorityRank: number;
  readonly entry: Payload | null;
  joined(): void;
  hears(event: string, payload: Payload): void;
  sees(state: PresenceState): void;
  rowChanged(change: RowChange): void;
  rowsStream(): void;
  rowsFail(evidence: Evidence): void;
  /** The join is another one now, on which the server has this entry of us. */
  moved(tracked: Payload | null, fromSocketId: string, toSocketId: string, durationMs: number): void;
}

/** The join a channel lives by, and while it moves the one beside it. The channel hears of each thing once. */
export class Legs implements LegOwner, MovingChannel {
  readonly #holder: LegsHolder;
  #leg: Leg | null = null;
  #move: Move | null = null;

  constructor(holder: LegsHolder) {
    this.#holder = holder;
  }

  get topic(): string {
    return this.#holder.topic;
  }

  get isPrivate(): boolean {
    return this.#holder.isPrivate;
  }

  get host(): ChannelHost {
    return this.#holder.host;
  }

  get priorityRank(): number {
    return this.#holder.priorityRank;
  }

  get entry(): Payload | null {
    return this.#holder.entry;
  }

  get hasRows(): boolean {
    return (this.#holder.config.changes?.length ?? 0) > 0;
  }

  get current(): Leg | null {
    return this.#leg;
  }

  /** Since when a join that could take over has been on its way, or done. */
  get successorStartedAtMs(): number | null {
    return this.#move?.startedAtMs ?? null;
  }

  /** Resolves when a leg that is being left by a move has been left. */
  get leaving(): Promise<void> | null {
    return this.#move?.leaving ?? null;
  }

  join(refresh: boolean): void {
    this.#leg = this.joinOn(this.#holder, refresh);
  }

  /** A second holder of the topic. Null while a move is under way; one that was given no place never began. */
  mover(): SlotHolder | null {
    if (this.#move && !(this.#move.isPlaced && this.host.socketIdOf(this.#move) === null)) return null;
    this.#move ??= new Move(this);
    return this.#move;
  }

  /** The move's join, on its way or done, is the rejoin. */
  succeed(): void {
    const { hasJoined = false, hasRows = false } = this.#move ?? {};
    this.#leg?.drop();
    this.#move?.succeed();
    if (hasJoined) this.#holder.joined();
    if (hasJoined && hasRows) this.#holder.rowsStream();
  }

  /** We said this; it is about to go out on the current leg. */
  sent(event: string, payload: Payload): void {
    if (!this.#holder.config.self) this.#move?.sent(event, payload);
  }

  /** What is still said of the current join reaches nobody. */
  drop(): void {
    this.#leg?.drop();
    this.#leg = null;
    this.#move?.release();
  }

  /** Resolves when the server has answered, or after `limitMs`. */
  leave(limitMs: number): Promise<void> {
    const left = this.#leg?.leave(limitMs) ?? Promise.resolve();
    this.drop();
    return left;
  }

  legJoined(leg: Leg): void {
    if (leg === this.#leg) {
      this.#holder.joined();
      return this.host.settled(this.#holder);
    }
    if (this.#move) this.host.settled(this.#move);
    this.#move?.joined();
  }

  legDown(leg: Leg, evidence: Evidence): void {
    const failure = classify(evidence);
    if (leg === this.#leg) return this.#holder.down(failure);
    if (this.#move) this.host.heed(this.#move, failure);
    this.#move?.down();
  }

  legBroadcast(leg: Leg, event: string, payload: Payload): void {
    if (this.#move?.isNews(leg, event, payload) !== false) this.#holder.hears(event, payload);
  }

  legPresence(leg: Leg, state: PresenceState): void {
    if (leg === this.#leg) this.#holder.sees(state);
    else this.#move?.sees(state);
  }

  legChange(leg: Leg, change: RowChange): void {
    if (this.#move?.isNews(leg, "postgres_changes", { ...change }) !== false) this.#holder.rowChanged(change);
  }

  legChangesReady(leg: Leg): void {
    if (leg === this.#leg) this.#holder.rowsStream();
    else this.#move?.rows(true);
  }

  legChangesFailed(leg: Leg, evidence: Evidence): void {
    if (leg === this.#leg) this.#holder.rowsFail(evidence);
    else this.#move?.rows(false);
  }

  joinOn(holder: SlotHolder, refresh: boolean): Leg {
    const { topic, config } = this.#holder;
    const leg = new Leg(this);
    leg.carriedBy(this.host.join(holder, { topic, config, refresh }, leg));
    return leg;
  }

  swap(move: Move): void {
    this.#leg = move.leg;
    this.host.adopt(this.#holder, move);
    if (move.presence) this.#holder.sees(move.presence);
  }

  moved(move: Move): void {
    const toSocketId = this.host.socketIdOf(this.#holder);
    const fromSocketId = this.host.socketIdOf(move);
    // A listener let go on hearing who is there.
    if (!this.#leg || toSocketId === null || fromSocketId === null) return;
    this.#holder.moved(move.tracked, fromSocketId, toSocketId, move.durationMs);
  }

  moveEnded(move: Move): void {
    if (this.#move === move) this.#move = null;
  }
}
