import { errorFields, isFleetError, type Runtime, type Timer, toError, withTimeout } from "@shoal/kernel";
import type { Payload, PooledChannel, PresenceState, RealtimePool } from "@shoal/realtime-pool";
import type { ChannelAccess } from "../config.ts";
import type { FleetConfig } from "../fleet-config.ts";
import type { LimitedLines } from "../limited-lines.ts";
import { type Assignment, CHANNEL_FAILED } from "./bot.state.ts";
import type { BotKind, BotSettings } from "./bot-kind.ts";
import type { SavedTalk } from "./saved-talk.ts";
import { Talk } from "./talk.ts";

/** How long a partner may be out of the room's presence (a reload, a lost socket) before it counts as gone. */
export const VANISH_GRACE_MS = 3000;
/** Time the partner's client gets to come back after the bot's own channel was interrupted (by a server restart, say), in ms. */
export const SETTLING_MS = 15_000;
/** Bounds each step of leaving, in ms: a kind may not stop, a server may not answer. */
const STOP_LIMIT_MS = 2000;

/** The broadcasts of a room. */
export type RoomEventKind = "message" | "typing" | "leave";

/** Receives what happens in a bot's room. */
export interface RoomListener {
  onJoined(): void;
  /** The room could not be joined. */
  onFailed(error: Error): void;
  /** The partner is in the room for the first time. */
  onPartnerPresent(): void;
  /** The conversation is over. `reason`: `partner_left`, `partner_vanished`, `channel_failed`, or the kind's own. */
  onOver(reason: string): void;
  /** A call of the kind threw, or did not end in time. `message`: the error's, without what anybody wrote in the room. */
  onCrash(error: Error, message: string): void;
  /** The bot sent a broadcast, or received one of the partner's. */
  onMoved(direction: "sent" | "received", kind: RoomEventKind): void;
  /** A payload that the codec cannot read was dropped. */
  onMalformed(kind: RoomEventKind): void;
}

export interface RoomOptions {
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly botId: string;
  readonly botName: string;
  readonly settings: BotSettings;
  readonly assignment: Assignment;
  readonly channelAccess: ChannelAccess;
  readonly unsent: LimitedLines;
  readonly listener: RoomListener;
  /** Whether the bot is in the room already, run by another process: this one then only listens until `takeOver`. */
  readonly isSilent: boolean;
}

const UNSENT = "a broadcast, presence entry or leave of a bot failed in its room; the bot goes on without it";

/** One bot's stay in one room: joins, has the bot kind talk, leaves. */
export class Room {
  readonly #options: RoomOptions;
  readonly #talk: Talk;
  readonly #joining = new AbortController();
  #channel: PooledChannel | undefined;
  #vanishTimer: Timer | undefined;
  #settledAtMs = 0;
  /** How long the room could not be heard, up to the latest time it could. */
  #deafMs = 0;
  #deafSinceMs: number | null = null;
  /** When the partner's latest `leave` came. */
  #leftAtMs = Number.NEGATIVE_INFINITY;
  #isPartnerPresent = false;
  #hasPartnerBeenHere = false;
  #isSilent: boolean;
  readonly #joined: Promise<void>;
  #closing: Promise<void> | undefined;
  #canSend = true;
  /** Whether the kind ended the conversation itself: it then says no goodbye. */
  #hasKindLeft = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#isSilent = options.isSilent;
    this.#talk = this.#makeTalk();
    this.#joined = this.#join();
  }

  #makeTalk(): Talk {
    const { runtime, botId, botName, settings, assignment, listener, fleet } = this.#options;
    return new Talk({
      ...{ runtime, botId, botName, settings, assignment },
      room: {
        say: async (text) => {
          const sentAt = new Date(runtime.clock.now()).toISOString();
          const message = { id: runtime.ids.uuid(), from: botId, text, sentAt };
          await this.#send("message", () => fleet.payloads.writeMessage(message));
        },
        typing: (isTyping) => this.#send("typing", () => fleet.payloads.writeTyping({ from: botId, isTyping })),
        leave: (reason) => {
          this.#hasKindLeft = true;
          listener.onOver(reason);
        },
        listenedMs: () => (this.#deafSinceMs ?? runtime.clock.monotonicMs()) - this.#deafMs,
        onCrash: (error, message) => listener.onCrash(error, message),
      },
    });
  }

  /** Whether its channel is joined now. */
  get isJoined(): boolean {
    return this.#channel?.status === "joined";
  }

  get isPartnerPresent(): boolean {
    return this.#isPartnerPresent;
  }

  async #join(): Promise<void> {
    const { pool, fleet, botId, assignment, listener } = this.#options;
    try {
      const channel = await pool.acquire(fleet.topics.room(assignment.roomId), {
        clientId: botId,
        priority: "room",
        isStaggered: false,
        signal: this.#joining.signal,
        config: { presence: { key: botId, listen: true } },
      });
      this.#channel = channel;
      if (this.#joining.signal.aborted) return await channel.release();
      this.#watch(channel);
      // Seen beside the bot of the other process before that one may leave: presence of many at once takes its time.
      if (this.#isSilent) await this.#track();
      if (this.#joining.signal.aborted) return;
      listener.onJoined();
      if (!this.#isSilent) void this.#track();
    } catch (thrown) {
      if (!this.#joining.signal.aborted && this.#channel === undefined) listener.onFailed(toError(thrown));
    }
  }

  async #track(): Promise<void> {
    const { botId, botName } = this.#options;
    await this.#channel?.track({ user_id: botId, name: botName, bot: true }).catch((thrown) => this.#warn(thrown));
  }

  #watch(channel: PooledChannel): void {
    const { events, payloads } = this.#options.fleet;
    const partnerId = this.#options.assignment.partner.id;
    channel.onPresence((state) => this.#onPresence(state));
    channel.onBroadcast(events.message, (payload) => {
      const message = this.#read("message", payloads.readMessage(payload));
      if (message?.from !== partnerId || this.#closing) return;
      this.#talk.receive({ id: message.id, from: message.from, text: message.text });
    });
    channel.onBroadcast(events.typing, (payload) => void this.#read("typing", payloads.readTyping(payload)));
    channel.onBroadcast(events.leave, (payload) => {
      const left = this.#read("leave", payloads.readLeave(payload));
      if (left?.from === partnerId) this.#onPartnerLeave();
    });
    const { clock } = this.#options.runtime;
    channel.events.on("lost", ({ silentMs }) => {
      this.#deafSinceMs = clock.monotonicMs() - silentMs;
    });
    channel.events.on("recovered", () => {
      this.#settledAtMs = clock.monotonicMs() + SETTLING_MS;
      this.#deafMs += clock.monotonicMs() - (this.#deafSinceMs ?? clock.monotonicMs());
      this.#deafSinceMs = null;
    });
    channel.events.on("failed", ({ reason }) => {
      const { listener } = this.#options;
      if (this.#isSilent) listener.onFailed(new Error(`the channel failed: ${reason}`));
      else listener.onOver(CHANNEL_FAILED);
    });
  }

  /** Reports whether the codec could read a payload. The bot's own broadcasts do not come back to it. */
  #read<T extends { readonly from: string }>(kind: RoomEventKind, value: T | null): T | null {
    const { listener, assignment } = this.#options;
    if (value === null) listener.onMalformed(kind);
    else if (value.from === assignment.partner.id && !this.#isSilent) listener.onMoved("received", kind);
    return value;
  }

  #onPresence(state: PresenceState): void {
    if (this.#closing) return;
    const partnerId = this.#options.assignment.partner.id;
    const isThere =
      Object.hasOwn(state, partnerId) ||
      Object.values(state).some((entries) => entries.some((entry) => entry.user_id === partnerId));
    if (isThere === this.#isPartnerPresent) return;
    this.#isPartnerPresent = isThere;
    if (!this.#isSilent) this.#judgePresence();
  }

  #judgePresence(): void {
    const { clock } = this.#options.runtime;
    this.#vanishTimer?.cancel();
    if (this.#isPartnerPresent) return this.#onPartnerThere();
    if (this.#leaveIsRecent()) return this.#options.listener.onOver("partner_left");
    const graceMs = Math.max(VANISH_GRACE_MS, this.#settledAtMs - clock.monotonicMs());
    this.#vanishTimer = clock.after(graceMs, () => this.#options.listener.onOver("partner_vanished"));
  }

  /**
   * Where only the people of the match can be in the room, a leave counts at once. Elsewhere anybody can send one in the
   * partner's name, so it counts when the partner's presence goes with it: the one or the other first, a grace apart at most.
   * A partner who has not been here yet gets that grace to come.
   */
  #onPartnerLeave(): void {
    if (this.#closing) return;
    const { channelAccess, runtime, listener } = this.#options;
    const end = () => listener.onOver("partner_left");
    this.#leftAtMs = runtime.clock.monotonicMs();
    if (this.#isSilent) return;
    if (channelAccess === "private") return end();
    if (this.#isPartnerPresent) return;
    if (this.#hasPartnerBeenHere) return end();
    this.#vanishTimer?.cancel();
    this.#vanishTimer = runtime.clock.after(VANISH_GRACE_MS, end);
  }

  #leaveIsRecent(): boolean {
    return this.#options.runtime.clock.monotonicMs() - this.#leftAtMs < VANISH_GRACE_MS;
  }

  #onPartnerThere(): void {
    if (!this.#hasPartnerBeenHere) this.#options.listener.onPartnerPresent();
    this.#hasPartnerBeenHere = true;
  }

  /** Starts the kind: it greets the partner, and receives the messages from now on. */
  startConversation(kind: BotKind): void {
    if (!this.#closing) this.#talk.start(kind);
  }

  /** Prepares for a hand-over: what is heard from now on is told to whoever takes over. */
  record(): void {
    this.#talk.record();
  }

  /** As `Talk.pause`. */
  pause(limitMs: number): Promise<boolean> {
    return this.#talk.pause(limitMs);
  }

  /** As `Talk.save`. */
  save(): Promise<SavedTalk> {
    return this.#talk.save();
  }

  /** Goes on after a pause that came to nothing. */
  carryOn(): void {
    if (this.#closing) return;
    this.#talk.carryOn();
    if (this.#channel?.status === "failed") this.#options.listener.onOver(CHANNEL_FAILED);
  }

  /** Takes the bot's place in a room that was only listened to, and goes on with the conversation. */
  takeOver(kind: BotKind, saved: SavedTalk): void {
    if (this.#closing) return;
    this.#isSilent = false;
    this.#hasPartnerBeenHere = true;
    this.#talk.resume(kind, saved);
    // Where only the people of the match can send it, a leave that was heard meanwhile counts.
    if (this.#leftAtMs > Number.NEGATIVE_INFINITY && this.#options.channelAccess === "private")
      this.#options.listener.onOver("partner_left");
    else this.#judgePresence();
  }

  /** Sends a broadcast. One that fails is lost to the partner and logged; the bot is not at fault and goes on. */
  async #send(kind: RoomEventKind, write: () => Payload): Promise<void> {
    if (!this.#canSend || !this.#channel) return;
    const { fleet, listener } = this.#options;
    try {
      await this.#channel.send(fleet.events[kind], write());
      listener.onMoved("sent", kind);
    } catch (thrown) {
      this.#warn(thrown);
    }
  }

  #warn(thrown: unknown): void {
    const { runtime, botId, assignment, unsent } = this.#options;
    const { error_code, error_message: said } = errorFields(thrown);
    const ofOne = {
      ...{ bot_id: botId, match_id: assignment.matchId },
      error_message: this.#talk.withoutQuotes(said),
    };
    // The pool logs the outage itself once; the messages lost to it are logged at debug.
    if (isFleetError(thrown, "POOL_NOT_JOINED")) runtime.log.debug({ error_code, ...ofOne }, UNSENT);
    else unsent.add({ error_code }, ofOne, UNSENT);
  }

  /** Ends the stay: says goodbye if `canSpeak`, sends the leave event, releases the slot. Idempotent; never rejects. */
  close(reason: string, canSpeak: boolean): Promise<void> {
    this.#closing ??= this.#close(async () => {
      if (canSpeak && !this.#hasKindLeft) await this.#bounded(() => this.#sayGoodbye(reason));
      await this.#bounded(() => this.#sayLeave(reason));
    });
    return this.#closing;
  }

  /** Ends the stay without a word, because the bot stays in the room, run by another process. Idempotent; never rejects. */
  slipAway(): Promise<void> {
    this.#closing ??= this.#close(async () => {});
    return this.#closing;
  }

  async #close(takeLeave: () => Promise<void>): Promise<void> {
    this.#joining.abort(new Error("the room is being left"));
    this.#talk.end();
    this.#vanishTimer?.cancel();
    if (!this.#isSilent) await takeLeave();
    this.#canSend = false;
    this.#talk.close();
    await this.#bounded(() => this.#joined);
    await this.#bounded(async () => this.#channel?.release());
  }

  async #sayLeave(reason: string): Promise<void> {
    const { fleet, botId } = this.#options;
    await this.#send("leave", () => fleet.payloads.writeLeave({ from: botId, reason }));
  }

  async #sayGoodbye(reason: string): Promise<void> {
    await this.#talk.sayGoodbye(reason, this.#isPartnerPresent && this.#channel?.status === "joined");
  }

  async #bounded(work: () => Promise<unknown>): Promise<void> {
    const attempt = async () => work();
    await withTimeout(this.#options.runtime.clock, STOP_LIMIT_MS, attempt()).catch((thrown) => this.#warn(thrown));
  }
}
