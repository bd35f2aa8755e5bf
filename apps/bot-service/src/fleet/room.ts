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
import type { FleetConfig } from "../fleet-config.ts";
import type { Assignment } from "./bot.state.ts";
import type { BotContext, BotKind, BotSettings, RoomMessage } from "./bot-kind.ts";

/** How long a partner may be out of the room's presence (a reload, a lost socket) before it counts as gone. */
export const VANISH_GRACE_MS = 3000;
/** After a gap in our own view (the server restarted, say) the partner's client needs this long to be back, in ms. */
export const SETTLING_MS = 15_000;
/** Each step of leaving is waited for this long: a kind that does not stop, a server that does not answer. */
const STOP_LIMIT_MS = 2000;
/** A kind's call that takes longer will never end. Above the slowest reply, several lines typed at leisure. */
export const CALL_LIMIT_MS = 2 * MINUTE_MS;
const TICK_MS = 1000;
/** Messages waiting to be answered; beyond it the oldest are dropped, so that a flood cannot fill the memory. */
const MAILBOX_LIMIT = 50;

/** The broadcasts of a room. */
export type RoomEventKind = "message" | "typing" | "leave";

/** What happens in a room, for the bot whose room it is. */
export interface RoomListener {
  onJoined(): void;
  /** The room cannot be had. */
  onFailed(error: Error): void;
  /** For the first time. */
  onPartnerPresent(): void;
  /** Why the conversation is over: `partner_left`, `partner_vanished`, `channel_failed`, or the kind's own reason. */
  onOver(reason: string): void;
  /** The kind threw. */
  onCrash(error: Error): void;
  /** A broadcast of our own, or one of the partner's. */
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
  readonly listener: RoomListener;
}

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
  #isPartnerPresent = false;
  #hasPartnerBeenHere = false;
  #talk: { readonly kind: BotKind; readonly context: BotContext } | undefined;
  #mailbox: RoomMessage[] = [];
  #work: Promise<void> = Promise.resolve();
  readonly #joined: Promise<void>;
  #closing: Promise<void> | undefined;
  #canSend = true;
  /** It ended the conversation itself, and has said what it had to say. */
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
      if (left?.from === partnerId) this.#options.listener.onOver("partner_left");
    });
    channel.events.on("recovered", () => {
      this.#settledAtMs = this.#options.runtime.clock.monotonicMs() + SETTLING_MS;
    });
    channel.events.on("failed", () => this.#options.listener.onOver("channel_failed"));
  }

  /** Counts what the codec made of a payload. Our own broadcasts do not come back to us. */
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
      partnerId in state ||
      Object.values(state).some((entries) => entries.some((entry) => entry.user_id === partnerId));
    if (isThere === this.#isPartnerPresent) return;
    this.#isPartnerPresent = isThere;
    this.#vanishTimer?.cancel();
    if (isThere) return this.#onPartnerThere();
    const graceMs = Math.max(VANISH_GRACE_MS, this.#settledAtMs - clock.monotonicMs());
    this.#vanishTimer = clock.after(graceMs, () => this.#options.listener.onOver("partner_vanished"));
  }

  #onPartnerThere(): void {
    if (!this.#hasPartnerBeenHere) this.#options.listener.onPartnerPresent();
    this.#hasPartnerBeenHere = true;
  }

  #receive(message: RoomMessage): void {
    this.#mailbox.push(message);
    // The call that would have taken the dropped one takes this one.
    if (this.#mailbox.length > MAILBOX_LIMIT) return void this.#mailbox.shift();
    this.#enqueue(async ({ kind, context }) => {
      const next = this.#mailbox.shift();
      if (next) await kind.onMessage(context, next);
    });
  }

  /** The partner is there: the kind greets, and from now on hears what is said. */
  startConversation(kind: BotKind): void {
    if (this.#closing) return;
    this.#talk = { kind, context: this.#context() };
    const early = this.#mailbox.length;
    this.#enqueue(async ({ context }) => {
      context.state = await kind.onMatched(context);
    });
    // What was said before the bot was ready to listen still deserves an answer.
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

  /** Calls of the kind never overlap: each waits for the one before. */
  #enqueue(call: (talk: { readonly kind: BotKind; readonly context: BotContext }) => Promise<void>): void {
    const talk = this.#talk;
    if (!talk) return;
    this.#work = this.#work.then(async () => {
      if (this.#conversation.signal.aborted) return;
      this.#callTimer = this.#options.runtime.clock.after(CALL_LIMIT_MS, () => {
        this.#options.listener.onCrash(stuck(talk.kind, this.#options.assignment.matchId));
      });
      try {
        await call(talk);
      } catch (thrown) {
        // A wait that was cut short because the conversation ended is not a crash.
        if (!this.#conversation.signal.aborted) this.#options.listener.onCrash(toError(thrown));
      } finally {
        this.#callTimer?.cancel();
      }
    });
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
      rng: runtime.rng,
      log: runtime.log,
      signal: this.#conversation.signal,
      say: async (text) => {
        const sentAt = new Date(runtime.clock.now()).toISOString();
        const message = { id: runtime.ids.uuid(), from: botId, text, sentAt };
        await this.#send("message", fleet.payloads.writeMessage(message));
      },
      typing: async (isTyping) => {
        await this.#send("typing", fleet.payloads.writeTyping({ from: botId, isTyping }));
      },
      leave: (reason) => {
        this.#hasKindLeft = true;
        listener.onOver(reason);
      },
    };
  }

  /** A message that cannot be delivered now is lost to the partner, not a fault of the bot: logged and passed over. */
  async #send(kind: RoomEventKind, payload: Payload): Promise<void> {
    if (!this.#canSend || !this.#channel) return;
    const { fleet, listener } = this.#options;
    try {
      await this.#channel.send(fleet.events[kind], payload);
      listener.onMoved("sent", kind);
    } catch (thrown) {
      this.#warn(thrown);
    }
  }

  #warn(thrown: unknown): void {
    const { runtime, botId, assignment } = this.#options;
    const ids = { bot_id: botId, match_id: assignment.matchId };
    // That Realtime is away is in the log once; every message it costs need not be.
    const isOutage = isFleetError(thrown, "POOL_NOT_JOINED");
    runtime.log[isOutage ? "debug" : "warn"]({ ...ids, ...errorFields(thrown) }, "a room did not go as it should");
  }

  /** Ends the stay: a last word if `canSpeak`, the leave event, then the slot is free. Idempotent; never rejects. */
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
    await this.#send("leave", fleet.payloads.writeLeave({ from: botId, reason }));
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

function stuck({ kind }: BotKind, matchId: string): FleetError {
  const message = `a call of the bot kind ${kind} did not end within ${CALL_LIMIT_MS} ms in match ${matchId}; it must heed ctx.signal and limit what it waits for`;
  return new FleetError("FLEET_KIND_STUCK", message, { details: { kind, matchId } });
}
