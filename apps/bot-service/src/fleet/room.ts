import {
  errorFields,
  FleetError,
  isFleetError,
  MINUTE_MS,
  type Runtime,
  type Timer,
  toError,
  withTimeout,
} from "@shoal/kernel";
import type { Payload, PooledChannel, PresenceState, RealtimePool } from "@shoal/realtime-pool";
import type { ChannelAccess } from "../config.ts";
import type { FleetConfig } from "../fleet-config.ts";
import type { LimitedLines } from "../limited-lines.ts";
import type { Assignment } from "./bot.state.ts";
import type { BotContext, BotKind, BotSettings, RoomMessage } from "./bot-kind.ts";
import { withoutQuotes } from "./without-quotes.ts";

/** How long a partner may be out of the room's presence (a reload, a lost socket) before it counts as gone. */
export const VANISH_GRACE_MS = 3000;
/** Time the partner's client gets to come back after the bot's own channel was interrupted (by a server restart, say), in ms. */
export const SETTLING_MS = 15_000;
/** Bounds each step of leaving, in ms: a kind may not stop, a server may not answer. */
const STOP_LIMIT_MS = 2000;
/** Bounds one call of a kind, in ms: a longer one will never end. Above the slowest reply, several lines typed slowly. */
export const CALL_LIMIT_MS = 2 * MINUTE_MS;
const TICK_MS = 1000;
/** Bounds the messages that wait for an answer; beyond it the oldest are dropped, so that a flood cannot fill the memory. */
const MAILBOX_LIMIT = 50;
/** The latest messages that an error may quote. */
const TEXTS_KEPT = 20;

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
}

const UNSENT = "a broadcast, presence entry or leave of a bot failed in its room; the bot goes on without it";

/** One bot's stay in one room: joins, runs the bot kind one call at a time, leaves. */
export class Room {
  readonly #options: RoomOptions;
  readonly #joining = new AbortController();
  readonly #conversation = new AbortController();
  #channel: PooledChannel | undefined;
  #vanishTimer: Timer | undefined;
  #tickTimer: Timer | undefined;
  #callTimer: Timer | undefined;
  #settledAtMs = 0;
  /** How long the room could not be heard, up to the latest time it could. */
  #deafMs = 0;
  #deafSinceMs: number | null = null;
  /** When the partner's latest `leave` came. */
  #leftAtMs = Number.NEGATIVE_INFINITY;
  #isPartnerPresent = false;
  #hasPartnerBeenHere = false;
  #talk: { readonly kind: BotKind; readonly context: BotContext } | undefined;
  #mailbox: RoomMessage[] = [];
  #texts: readonly string[] = [];
  #work: Promise<void> = Promise.resolve();
  readonly #joined: Promise<void>;
  #closing: Promise<void> | undefined;
  #canSend = true;
  /** Whether the kind ended the conversation itself: it then says no goodbye. */
  #hasKindLeft = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#joined = this.#join();
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
      listener.onJoined();
      channel.track({ user_id: botId, name: this.#options.botName, bot: true }).catch((thrown) => this.#warn(thrown));
    } catch (thrown) {
      if (!this.#joining.signal.aborted && this.#channel === undefined) listener.onFailed(toError(thrown));
    }
  }

  #watch(channel: PooledChannel): void {
    const { events, payloads } = this.#options.fleet;
    const partnerId = this.#options.assignment.partner.id;
    channel.onPresence((state) => this.#onPresence(state));
    channel.onBroadcast(events.message, (payload) => {
      const message = this.#read("message", payloads.readMessage(payload));
      if (message && message.from === partnerId)
        this.#receive({ id: message.id, from: message.from, text: message.text });
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
    channel.events.on("failed", () => this.#options.listener.onOver("channel_failed"));
  }

  /** Reports whether the codec could read a payload. The bot's own broadcasts do not come back to it. */
  #read<T extends { readonly from: string }>(kind: RoomEventKind, value: T | null): T | null {
    const { listener, assignment } = this.#options;
    if (value === null) listener.onMalformed(kind);
    else if (value.from === assignment.partner.id) listener.onMoved("received", kind);
    return value;
  }

  #onPresence(state: PresenceState): void {
    if (this.#closing) return;
    const { clock } = this.#options.runtime;
    const partnerId = this.#options.assignment.partner.id;
    const isThere =
      Object.hasOwn(state, partnerId) ||
      Object.values(state).some((entries) => entries.some((entry) => entry.user_id === partnerId));
    if (isThere === this.#isPartnerPresent) return;
    this.#isPartnerPresent = isThere;
    this.#vanishTimer?.cancel();
    if (isThere) return this.#onPartnerThere();
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
    if (channelAccess === "private") return end();
    this.#leftAtMs = runtime.clock.monotonicMs();
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

  #receive(message: RoomMessage): void {
    this.#remember(message.text);
    this.#mailbox.push(message);
    // The call enqueued for the dropped message takes this one.
    if (this.#mailbox.length > MAILBOX_LIMIT) return void this.#mailbox.shift();
    this.#enqueue(async ({ kind, context }) => {
      const next = this.#mailbox.shift();
      if (next) await kind.onMessage(context, next);
    });
  }

  /** Starts the kind: it greets the partner, and receives the messages from now on. */
  startConversation(kind: BotKind): void {
    if (this.#closing) return;
    this.#talk = { kind, context: this.#context() };
    const early = this.#mailbox.length;
    this.#enqueue(async ({ context }) => {
      context.state = await kind.onMatched(context);
    });
    // Messages that came before the conversation started are answered after the greeting.
    for (let count = 0; count < early; count += 1) {
      this.#enqueue(async ({ context }) => {
        const next = this.#mailbox.shift();
        if (next) await kind.onMessage(context, next);
      });
    }
    if (kind.onTick) this.#scheduleTick();
  }

  #scheduleTick(): void {
    this.#tickTimer = this.#options.runtime.clock.after(TICK_MS, () => {
      this.#enqueue(async ({ kind, context }) => kind.onTick?.(context));
      this.#enqueue(async () => this.#scheduleTick());
    });
  }

  /** Runs a call of the kind after those before it: they never overlap. */
  #enqueue(call: (talk: { readonly kind: BotKind; readonly context: BotContext }) => Promise<void>): void {
    const talk = this.#talk;
    if (!talk) return;
    this.#work = this.#work.then(async () => {
      if (this.#conversation.signal.aborted) return;
      this.#callTimer = this.#options.runtime.clock.after(CALL_LIMIT_MS, () => {
        this.#crash(stuck(talk.kind, this.#options.assignment.matchId));
      });
      try {
        await call(talk);
      } catch (thrown) {
        // A wait that was cut short because the conversation ended is not a crash.
        if (!this.#conversation.signal.aborted) this.#crash(toError(thrown));
      } finally {
        this.#callTimer?.cancel();
      }
    });
  }

  #crash(error: Error): void {
    this.#options.listener.onCrash(error, withoutQuotes(error.message, this.#texts));
  }

  /** Keeps what was written lately, so that it can be taken out of an error that quotes it. */
  #remember(text: string): void {
    this.#texts = [...this.#texts.slice(1 - TEXTS_KEPT), text];
  }

  #context(): BotContext {
    const { runtime, botId, botName, settings, assignment, listener, fleet } = this.#options;
    return {
      botId,
      name: botName,
      settings,
      partner: assignment.partner,
      state: undefined,
      clock: runtime.clock,
      listenedMs: () => (this.#deafSinceMs ?? runtime.clock.monotonicMs()) - this.#deafMs,
      rng: runtime.rng,
      log: runtime.log,
      signal: this.#conversation.signal,
      say: async (text) => {
        requireText("say", text);
        this.#remember(text);
        const sentAt = new Date(runtime.clock.now()).toISOString();
        const message = { id: runtime.ids.uuid(), from: botId, text, sentAt };
        await this.#send("message", () => fleet.payloads.writeMessage(message));
      },
      typing: async (isTyping) => {
        await this.#send("typing", () => fleet.payloads.writeTyping({ from: botId, isTyping }));
      },
      leave: (reason) => {
        requireText("leave", reason);
        this.#hasKindLeft = true;
        listener.onOver(reason);
      },
    };
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
      error_message: withoutQuotes(said, this.#texts),
    };
    // The pool logs the outage itself once; the messages lost to it are logged at debug.
    if (isFleetError(thrown, "POOL_NOT_JOINED")) runtime.log.debug({ error_code, ...ofOne }, UNSENT);
    else unsent.add({ error_code }, ofOne, UNSENT);
  }

  /** Ends the stay: says goodbye if `canSpeak`, sends the leave event, releases the slot. Idempotent; never rejects. */
  close(reason: string, canSpeak: boolean): Promise<void> {
    this.#closing ??= this.#close(reason, canSpeak);
    return this.#closing;
  }

  async #close(reason: string, canSpeak: boolean): Promise<void> {
    this.#joining.abort(new Error("the room is being left"));
    this.#conversation.abort(new Error("the conversation is over"));
    for (const timer of [this.#tickTimer, this.#callTimer, this.#vanishTimer]) timer?.cancel();
    if (canSpeak && !this.#hasKindLeft) await this.#bounded(() => this.#sayGoodbye(reason));
    await this.#bounded(() => this.#sayLeave(reason));
    this.#canSend = false;
    // A tick that ended meanwhile has armed the next one.
    this.#tickTimer?.cancel();
    await this.#bounded(() => this.#joined);
    await this.#bounded(async () => this.#channel?.release());
  }

  async #sayLeave(reason: string): Promise<void> {
    const { fleet, botId } = this.#options;
    await this.#send("leave", () => fleet.payloads.writeLeave({ from: botId, reason }));
  }

  async #sayGoodbye(reason: string): Promise<void> {
    const talk = this.#talk;
    if (!talk) return;
    await this.#work;
    await talk.kind.onStop?.(talk.context, reason, this.#isPartnerPresent && this.#channel?.status === "joined");
  }

  async #bounded(work: () => Promise<unknown>): Promise<void> {
    const attempt = async () => work();
    await withTimeout(this.#options.runtime.clock, STOP_LIMIT_MS, attempt()).catch((thrown) => this.#warn(thrown));
  }
}

/** Refuses what a kind written in JavaScript may give: the call of the kind fails by it. */
function requireText(method: string, value: unknown): void {
  if (typeof value === "string") return;
  throw new FleetError("FLEET_VALUE_INVALID", `ctx.${method}() must be given a text`, { details: { method } });
}

function stuck({ kind }: BotKind, matchId: string): FleetError {
  const message = `a call of the bot kind ${kind} did not end within ${CALL_LIMIT_MS} ms in match ${matchId}; it must end when ctx.signal aborts and limit what it waits for`;
  return new FleetError("FLEET_KIND_STUCK", message, { details: { kind, matchId } });
}
