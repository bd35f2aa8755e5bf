import {
  createEmitter,
  type EpochMs,
  type EventSource,
  errorFields,
  type Failure,
  type Runtime,
  type Timer,
  unreachable,
  withTimeout,
} from "@shoal/kernel";
import type { PooledChannel, RealtimePool } from "@shoal/realtime-pool";
import type { ChannelAccess } from "../config.ts";
import type { FleetConfig } from "../fleet-config.ts";
import type { LimitedLines } from "../limited-lines.ts";
import { stayInLobby } from "../pool/stay-in-lobby.ts";
import {
  type Assignment,
  assignmentOf,
  type BotEffect,
  type BotEvent,
  type BotState,
  transition,
} from "./bot.state.ts";
import type { BotKind, BotSettings } from "./bot-kind.ts";
import { Room, type RoomEventKind } from "./room.ts";
import { savedAsText } from "./saved-talk.ts";

/** Time a bot waits for its lobby entry before it becomes idle without one, in ms. */
const LOBBY_SETTLE_MS = 10_000;
/** Added to the match's own time to confirm, in ms: only a lost database leaves a bot joining or waiting that long. */
const CONFIRM_SLACK_MS = 4000;
/** Bounds the wait for leaving the lobby channel, in ms. */
const RELEASE_LIMIT_MS = 6000;

const NOT_JOINED = "a bot could not join its room: it gives the match up, and its partner waits for another";
const NOT_HEARD =
  "a bot could not join the room of a conversation that another replica hands over: that one keeps it, or asks another";

/** Events of one bot. */
export interface BotEvents {
  "bot:changed": { readonly from: BotState["kind"]; readonly to: BotState["kind"] };
  /** The bot is idle and may be matched. */
  "bot:offered": Record<never, never>;
  /** It hears the room of a conversation that may be handed to it, and is seen there. */
  "bot:ready": Record<never, never>;
  /** It goes on with a conversation. */
  "bot:present": Record<never, never>;
  /** `message`: the error's, without what anybody wrote in the room. */
  "bot:crashed": { readonly error: Error; readonly message: string };
  "message:moved": { readonly direction: "sent" | "received"; readonly kind: RoomEventKind };
  "message:malformed": { readonly kind: RoomEventKind };
  /** The bot is let into the lobby, or not: it is not shown there then, but matched all the same. */
  "lobby:joined": Record<never, never>;
  "lobby:failed": Pick<Failure, "error" | "retryInMs">;
}

/** Confirms and ends the matches of bots. Each write is repeated until the database has it. */
export interface MatchWriter {
  confirm(matchId: string, participantId: string): void;
  /** Confirms the person, whom the bot sees in their room. */
  confirmInRoom(matchId: string, participantId: string): void;
  /** `leaverId`: the participant who left, whose ticket does not go back in line. */
  end(matchId: string, reason: string, leaverId?: string): void;
}

const PARTNER_GONE = new Set(["partner_left", "partner_vanished"]);

/** The parts that all bots of a process share. */
export interface BotSurroundings {
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly matches: MatchWriter;
  /** Time for a match to be confirmed, in ms. */
  readonly confirmMs: number;
  /** Who may be in a room: `private`, the people of its match; `public`, anybody. */
  readonly channelAccess: ChannelAccess;
  /** Logs what bots could not send: in a project that is over its limits, that is everything that all of them say. */
  readonly unsent: LimitedLines;
}

export interface BotOptions extends BotSurroundings {
  readonly botId: string;
  readonly name: string;
  readonly kind: BotKind;
  readonly settings: BotSettings;
  /** Whether it waits for its turn among bots that start one after the other. */
  readonly isStaggered: boolean;
  /** Whether the bot has an entry of its own in the lobby. */
  readonly showsInLobby: boolean;
  /** A conversation that another replica may hand over: the bot begins with it. Default: none. */
  readonly offer?: Assignment;
  /** Resolves when the entry may be shown; the bot is matched before. Rejects when `signal` aborts. Default: at once. */
  readonly untilShowable?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Whether the bot stops after its first conversation. Default false. */
  readonly isRetiring?: boolean;
}

/** Holds one bot's state and performs the effects of its transitions. */
export class Bot {
  readonly botId: string;
  readonly name: string;
  readonly events: EventSource<BotEvents>;
  readonly #options: BotOptions;
  readonly #emitter = createEmitter<BotEvents>();
  readonly #life = new AbortController();
  #state: BotState = { kind: "starting" };
  #statusSince: string;
  #sinceMs: EpochMs;
  #lobby: PooledChannel | undefined;
  #room: Room | undefined;
  #timer: Timer | undefined;

  constructor(options: BotOptions) {
    this.#options = options;
    this.botId = options.botId;
    this.name = options.name;
    this.events = this.#emitter;
    if (options.offer) this.#state = { kind: "taking", offer: options.offer, isRetiring: options.isRetiring ?? false };
    this.#statusSince = this.#nowIso();
    this.#sinceMs = options.runtime.clock.now();
  }

  get state(): BotState {
    return this.#state;
  }

  /** Whether its kind can go on with a conversation in another process. */
  get canMove(): boolean {
    const { save, resume } = this.#options.kind;
    return save !== undefined && resume !== undefined;
  }

  get kindName(): string {
    return this.#options.kind.kind;
  }

  /** When its state last changed. */
  get sinceMs(): EpochMs {
    return this.#sinceMs;
  }

  get isInRoom(): boolean {
    return this.#room?.isJoined === true;
  }

  get settings(): BotSettings {
    return this.#options.settings;
  }

  /** The person this bot is in a room with, if that person is seen there. */
  get presentPartnerId(): string | null {
    return this.#room?.isPartnerPresent ? (assignmentOf(this.#state)?.partner.id ?? null) : null;
  }

  /**
   * Starts the bot: it becomes idle once its lobby entry is shown, or at once without one or where that has to wait. With an offer it goes
   * into its room.
   */
  start(): void {
    const { offer, showsInLobby, untilShowable } = this.#options;
    if (offer) {
      this.#room = this.#openRoom(offer, true);
      return;
    }
    if (!showsInLobby) return this.send({ kind: "lobby-settled" });
    if (untilShowable) {
      untilShowable(this.#life.signal).then(
        () => this.#stayInLobby(),
        () => {},
      );
      return this.send({ kind: "lobby-settled" });
    }
    this.#timer = this.#options.runtime.clock.after(LOBBY_SETTLE_MS, () => this.send({ kind: "lobby-settled" }));
    this.#stayInLobby();
  }

  /** Applies an event; the only way the state changes. */
  send(event: BotEvent): void {
    const from = this.#state;
    const { state, effects } = transition(from, event, this.#options.runtime.clock.now());
    this.#state = state;
    if (state.kind !== from.kind) {
      this.#sinceMs = this.#options.runtime.clock.now();
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#emitter.emit("bot:changed", { from: from.kind, to: state.kind });
    }
    const isToConfirm = state.kind === "joining" || state.kind === "waiting";
    if (isToConfirm && state.kind !== from.kind) this.#boundConfirmation();
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: BotEffect): void {
    switch (effect.kind) {
      case "join-room":
        this.#room = this.#openRoom(effect.assignment, false);
        return;
      case "start-conversation":
        this.#room?.startConversation(this.#options.kind);
        return;
      case "accept":
        this.#emitter.emit("bot:ready", {});
        return;
      case "take-over":
        if (this.#options.showsInLobby) this.#stayInLobby();
        this.#room?.takeOver(this.#options.kind, effect.saved);
        this.#emitter.emit("bot:present", {});
        return;
      case "carry-on":
        this.#room?.carryOn();
        return;
      case "leave-room":
        void this.#leaveRoom(effect.assignment, effect.reason);
        return;
      case "show-status":
        this.#statusSince = this.#nowIso();
        this.#showStatus();
        return;
      case "offer":
        this.#emitter.emit("bot:offered", {});
        return;
      case "stop":
        void this.#release(this.#room?.close("stopped", false)).finally(() => this.send({ kind: "stopped" }));
        return;
      case "slip-away":
        void this.#release(this.#room?.slipAway()).finally(() => this.send({ kind: "stopped" }));
        return;
      case "abandon":
        if (effect.assignment) this.#options.matches.end(effect.assignment.matchId, "bot_crashed");
        void this.#release(effect.assignment ? this.#room?.close("error", false) : this.#room?.slipAway());
        return;
      default:
        unreachable(effect);
    }
  }

  /** The bot works without a lobby entry: the matchmaker knows it in process. */
  #stayInLobby(): void {
    const { pool, fleet, runtime, isStaggered } = this.#options;
    void stayInLobby({
      ...{ pool, runtime, topic: fleet.topics.lobby, key: this.botId, isStaggered, listens: false },
      signal: this.#life.signal,
      onJoined: (channel) => {
        this.#lobby = channel;
        this.#emitter.emit("lobby:joined", {});
        this.#showStatus();
        this.send({ kind: "lobby-settled" });
      },
      onFailure: ({ error, retryInMs }) => {
        this.#emitter.emit("lobby:failed", { error, retryInMs });
        this.send({ kind: "lobby-settled" });
      },
    });
  }

  #showStatus(): void {
    const assignment = assignmentOf(this.#state);
    const member = {
      userId: this.botId,
      name: this.name,
      status: assignment ? ("matched" as const) : ("idle" as const),
      since: this.#statusSince,
      matchId: assignment?.matchId ?? null,
      isBot: true,
    };
    const show = async () => this.#lobby?.track(this.#options.fleet.payloads.writeMember(member));
    show().catch((thrown) => {
      this.#options.runtime.log.debug(
        { bot_id: this.botId, ...errorFields(thrown) },
        "a bot's lobby entry could not be updated",
      );
    });
  }

  #openRoom(assignment: Assignment, isSilent: boolean): Room {
    const { pool, fleet, runtime, matches, settings, channelAccess, unsent } = this.#options;
    const isCurrent = () => {
      const current = this.#state.kind === "taking" ? this.#state.offer : assignmentOf(this.#state);
      return current?.matchId === assignment.matchId;
    };
    const ifCurrent = (event: BotEvent) => {
      // Drops late events of a room that has been given up.
      if (isCurrent()) this.send(event);
    };
    return new Room({
      pool,
      fleet,
      runtime,
      botId: this.botId,
      botName: this.name,
      settings,
      assignment,
      channelAccess,
      unsent,
      isSilent,
      listener: {
        onJoined: () => {
          ifCurrent({ kind: "room-joined" });
          if (!isSilent) matches.confirm(assignment.matchId, this.botId);
        },
        onFailed: (error) => {
          runtime.log.warn(
            { bot_id: this.botId, match_id: assignment.matchId, ...errorFields(error) },
            isSilent ? NOT_HEARD : NOT_JOINED,
          );
          ifCurrent({ kind: "room-failed" });
        },
        onPartnerPresent: () => matches.confirmInRoom(assignment.matchId, assignment.partner.id),
        onOver: (reason) => ifCurrent({ kind: "match-over", reason }),
        onCrash: (error, message) => {
          if (!isCurrent()) return;
          this.#emitter.emit("bot:crashed", { error, message });
          this.send({ kind: "crash" });
        },
        onMoved: (direction, kind) => this.#emitter.emit("message:moved", { direction, kind }),
        onMalformed: (kind) => this.#emitter.emit("message:malformed", { kind }),
      },
    });
  }

  /** Keeps what is heard from now on for whoever may take the conversation over. */
  record(): void {
    this.#room?.record();
  }

  /**
   * Pauses the conversation and saves it, as text, for another replica; `kept` or `handed` then says how it goes on. Null: it cannot be saved, and
   * if `canGoOn` is false, not go on here either. Never rejects, and takes `limitMs` at most.
   */
  async pause(limitMs: number): Promise<{ readonly saved: string | null; readonly canGoOn: boolean }> {
    const room = this.#room;
    const { runtime, kind } = this.#options;
    const { clock } = runtime;
    const untilMs = clock.monotonicMs() + limitMs;
    if (!room || !(await this.fallSilent(limitMs))) return { saved: null, canGoOn: false };
    const leftMs = Math.max(0, untilMs - clock.monotonicMs());
    return {
      saved: await savedAsText(() => room.save(), leftMs, runtime, { bot_id: this.botId, kind: kind.kind }),
      canGoOn: true,
    };
  }

  /**
   * Has the bot say and do nothing more, within `limitMs`; `kept` has it go on, with what it heard meanwhile. False: it cannot go on from here.
   * Never rejects.
   */
  async fallSilent(limitMs: number): Promise<boolean> {
    this.send({ kind: "hand-over" });
    return (await this.#room?.pause(limitMs)) ?? false;
  }

  #boundConfirmation(): void {
    const limitMs = this.#options.confirmMs + CONFIRM_SLACK_MS;
    this.#timer = this.#options.runtime.clock.after(limitMs, () =>
      this.send({ kind: "match-over", reason: "unconfirmed" }),
    );
  }

  async #leaveRoom(assignment: Assignment, reason: string): Promise<void> {
    this.#options.matches.end(assignment.matchId, reason, PARTNER_GONE.has(reason) ? assignment.partner.id : undefined);
    await this.#room?.close(reason, true);
    this.#room = undefined;
    this.send({ kind: "left" });
  }

  /** Releases the lobby once the room is left, each within its limit; the pool closes what is left then. Never rejects. */
  async #release(roomLeft: Promise<void> | undefined): Promise<void> {
    this.#timer?.cancel();
    this.#life.abort(new Error("the bot stops"));
    await roomLeft;
    const released = Promise.resolve(this.#lobby?.release());
    await withTimeout(this.#options.runtime.clock, RELEASE_LIMIT_MS, released);
  }

  #nowIso(): string {
    return new Date(this.#options.runtime.clock.now()).toISOString();
  }
}
