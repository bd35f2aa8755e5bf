import { FleetError, MINUTE_MS, type Runtime, type Timer, toError, withTimeout } from "@shoal/kernel";
import type { Assignment } from "./bot.state.ts";
import type { BotContext, BotKind, BotSettings, RoomMessage } from "./bot-kind.ts";
import type { SavedTalk } from "./saved-talk.ts";
import { withoutQuotes } from "./without-quotes.ts";

/** Bounds one call of a kind, in ms: a longer one will never end. Above the slowest reply, several lines typed slowly. */
export const CALL_LIMIT_MS = 2 * MINUTE_MS;
/** Time that a call under way gets to end by itself before a hand-over, in ms; then it is cut short, and gets it once more. */
const PAUSE_LIMIT_MS = 2000;
const TICK_MS = 1000;
/** Bounds the messages that wait for an answer; beyond it the oldest are dropped, so that a flood cannot fill the memory. */
const MAILBOX_LIMIT = 50;
/** The latest messages that an error may quote, and that a hand-over tells apart. */
const TEXTS_KEPT = 20;
const HEARD_KEPT = 100;
/** Time in which a message heard before may arrive once more, by the taker's own channel, in ms. */
const ECHO_MS = 30_000;

/** A message of the partner, before this process has noted when it came. */
type Unheard = SavedTalk["unanswered"][number];

/** What a conversation does to its room. */
export interface TalkRoom {
  say(text: string): Promise<void>;
  typing(isTyping: boolean): Promise<void>;
  /** The kind ended the conversation. */
  leave(reason: string): void;
  /** How long the room could be heard, in ms. */
  listenedMs(): number;
  /** A call of the kind threw, or did not end in time. `message`: the error's, without what anybody wrote in the room. */
  onCrash(error: Error, message: string): void;
}

export interface TalkOptions {
  readonly runtime: Runtime;
  readonly botId: string;
  readonly botName: string;
  readonly settings: BotSettings;
  readonly assignment: Assignment;
  readonly room: TalkRoom;
}

/** The calls of a kind from a start, or a resumption, to the next pause. */
interface Run {
  readonly kind: BotKind;
  readonly context: BotContext;
  /** Aborts the context's signal. */
  readonly ending: AbortController;
  /** Aborts the context's `overtaken`; a new one for each call. */
  overtaking: AbortController;
  /** Nothing more is said or done. */
  isOver: boolean;
  isGreeted: boolean;
  /** Whether the kind has made the conversation's state, which may be undefined. */
  hasState: boolean;
  /** Whether the call under way has said something: then it is not made again. */
  hasSaid: boolean;
}

/**
 * A conversation of a bot kind: gives it what the partner says, one call at a time. It can be paused, and go on here or, from what `save` returns,
 * in another process.
 */
export class Talk {
  readonly #options: TalkOptions;
  #run: Run | undefined;
  #isPaused = false;
  #tickTimer: Timer | undefined;
  #callTimer: Timer | undefined;
  #mailbox: RoomMessage[] = [];
  #texts: readonly string[] = [];
  #work: Promise<void> = Promise.resolve();
  /** Messages heard since `record`, by key; undefined before. */
  #heard: string[] | undefined;
  /** Messages that the process before has heard, with how often, until they have arrived here. */
  #echoes = new Map<string, number>();
  #echoesUntilMs = 0;
  #isTyping = false;

  constructor(options: TalkOptions) {
    this.#options = options;
  }

  /** Returns a text without what anybody wrote lately, for the log. */
  withoutQuotes(text: string): string {
    return withoutQuotes(text, this.#texts);
  }

  /** Takes a message of the partner; before the start it waits. */
  receive(message: Unheard): void {
    this.#remember(message.text);
    if (this.#isEcho(message)) return;
    this.#heard?.push(keyOf(message));
    if (this.#heard && this.#heard.length > HEARD_KEPT) this.#heard.shift();
    this.#mailbox.push(this.#stamped(message));
    this.#run?.overtaking.abort(new Error("the partner wrote again"));
    // The call enqueued for the dropped message takes this one.
    if (this.#mailbox.length > MAILBOX_LIMIT) return void this.#mailbox.shift();
    this.#enqueueMessage();
  }

  /** Starts the kind: it greets the partner, and receives the messages from now on. */
  start(kind: BotKind): void {
    const run = this.#begin(kind, undefined);
    this.#greet(run);
    this.#goOn(run);
  }

  /** Remembers from now on what is heard, for whoever may take over and hears it, too. */
  record(): void {
    this.#heard ??= [];
  }

  /**
   * Makes no further call, and waits for the one under way, which is cut short if it takes long. What a call had to answer that was cut short before
   * it said anything waits for an answer again. False: it cannot go on from here, because the call does not end within `limitMs`, or was the greeting, half said.
   */
  async pause(limitMs: number): Promise<boolean> {
    this.#isPaused = true;
    this.#tickTimer?.cancel();
    const { clock } = this.#options.runtime;
    const untilMs = clock.monotonicMs() + limitMs;
    const leftMs = () => Math.max(0, untilMs - clock.monotonicMs());
    if ((await withTimeout(clock, Math.min(PAUSE_LIMIT_MS, leftMs() / 2), this.#work)).kind !== "value") {
      this.#run?.ending.abort(new Error("the conversation is handed over"));
      if ((await withTimeout(clock, Math.min(PAUSE_LIMIT_MS, leftMs()), this.#work)).kind !== "value") return false;
    }
    const run = this.#run;
    if (run?.isGreeted && !run.hasState) return false;
    if (run) run.isOver = true;
    if (this.#isTyping) await withTimeout(clock, Math.min(PAUSE_LIMIT_MS, leftMs()), this.#options.room.typing(false));
    return true;
  }

  /** Saves a paused conversation. Rejects with what the kind throws. */
  async save(): Promise<SavedTalk> {
    const run = this.#run;
    const state = run?.isGreeted ? await run.kind.save?.(run.context) : null;
    const unanswered = this.#mailbox.map(({ receivedAtMs: _, ...message }) => message);
    return { isGreeted: run?.isGreeted ?? false, state, unanswered, heard: this.#heard ?? [] };
  }

  /** Goes on after a pause that came to nothing. */
  carryOn(): void {
    const before = this.#run;
    this.#isPaused = false;
    if (!before) return;
    const run = this.#begin(before.kind, before.context.state);
    run.isGreeted = before.isGreeted;
    run.hasState = before.hasState;
    if (!run.isGreeted) this.#greet(run);
    this.#goOn(run, 0);
  }

  /** Goes on with a conversation that another process has saved. What was received here meanwhile is answered, unless it was there. */
  resume(kind: BotKind, saved: SavedTalk): void {
    const { clock } = this.#options.runtime;
    for (const key of saved.heard) this.#echoes.set(key, (this.#echoes.get(key) ?? 0) + 1);
    this.#echoesUntilMs = clock.monotonicMs() + ECHO_MS;
    const own = this.#mailbox.filter((message) => !this.#isEcho(message));
    const before = saved.unanswered.map((message) => this.#stamped(message));
    this.#mailbox = [...before, ...own].slice(-MAILBOX_LIMIT);
    for (const { text } of saved.unanswered) this.#remember(text);
    const run = this.#begin(kind, undefined);
    if (saved.isGreeted) this.#takeUp(run, saved.state);
    else this.#greet(run);
    // At once, because the kind may have something left to say.
    this.#goOn(run, 0);
  }

  /** Has the kind say goodbye after the call under way. Rejects with what it throws. */
  async sayGoodbye(reason: string, canSpeak: boolean): Promise<void> {
    const run = this.#run;
    if (!run || run.isOver) return;
    await this.#work;
    await run.kind.onStop?.(run.context, reason, canSpeak);
  }

  /** Aborts the kind's signal, and makes no further call. What a goodbye says is still said. */
  end(): void {
    this.#run?.ending.abort(new Error("the conversation is over"));
    for (const timer of [this.#tickTimer, this.#callTimer]) timer?.cancel();
  }

  /** Says nothing more. */
  close(): void {
    // A tick that ended meanwhile has armed the next one.
    this.#tickTimer?.cancel();
    if (this.#run) this.#run.isOver = true;
  }

  #stamped(message: Unheard): RoomMessage {
    return { ...message, receivedAtMs: this.#options.runtime.clock.monotonicMs() };
  }

  #isEcho(message: Unheard): boolean {
    if (this.#echoes.size === 0) return false;
    if (this.#options.runtime.clock.monotonicMs() > this.#echoesUntilMs) this.#echoes.clear();
    const key = keyOf(message);
    const count = this.#echoes.get(key) ?? 0;
    if (count > 1) this.#echoes.set(key, count - 1);
    else this.#echoes.delete(key);
    return count > 0;
  }

  #begin(kind: BotKind, state: unknown): Run {
    const ending = new AbortController();
    const context = this.#context(ending.signal, () => run);
    context.state = state;
    const overtaking = new AbortController();
    const flags = { isOver: false, isGreeted: false, hasState: false, hasSaid: false };
    const run: Run = { kind, context, ending, overtaking, ...flags };
    this.#run = run;
    return run;
  }

  #greet(run: Run): void {
    this.#enqueue(async ({ kind, context }) => {
      try {
        context.state = await kind.onMatched(context);
        run.isGreeted = true;
        run.hasState = true;
      } catch (thrown) {
        run.isGreeted = run.hasSaid;
        throw thrown;
      }
    });
  }

  #takeUp(run: Run, saved: unknown): void {
    run.isGreeted = true;
    this.#enqueue(async ({ kind, context }) => {
      context.state = await kind.resume?.(context, saved);
      run.hasState = true;
    });
  }

  /** Has what waits answered, one call each, and the kind ticked. */
  #goOn({ kind }: Run, firstTickMs = TICK_MS): void {
    for (const _ of this.#mailbox) this.#enqueueMessage();
    if (kind.onTick) this.#scheduleTick(firstTickMs);
  }

  #enqueueMessage(): void {
    this.#enqueue(async (run) => {
      const next = this.#mailbox.shift();
      if (!next) return;
      try {
        await run.kind.onMessage(run.context, next);
      } catch (thrown) {
        if (this.#isPaused && run.ending.signal.aborted && !run.hasSaid) this.#mailbox.unshift(next);
        throw thrown;
      }
    }, 1);
  }

  #scheduleTick(delayMs = TICK_MS): void {
    this.#tickTimer?.cancel();
    this.#tickTimer = this.#options.runtime.clock.after(delayMs, () => {
      this.#enqueue(async ({ kind, context }) => kind.onTick?.(context));
      this.#enqueue(async () => this.#scheduleTick());
    });
  }

  /** Runs a call of the kind, which takes so many messages, after those before it: they never overlap. */
  #enqueue(call: (run: Run) => Promise<void>, takenCount = 0): void {
    const run = this.#run;
    if (!run || this.#isPaused) return;
    this.#work = this.#work.then(async () => {
      if (run.ending.signal.aborted || run !== this.#run || this.#isPaused) return;
      run.hasSaid = false;
      run.overtaking = new AbortController();
      if (this.#mailbox.length > takenCount) run.overtaking.abort(new Error("a newer message waits"));
      this.#callTimer = this.#options.runtime.clock.after(CALL_LIMIT_MS, () => {
        this.#crash(stuck(run.kind, this.#options.assignment.matchId));
      });
      try {
        await call(run);
      } catch (thrown) {
        // A wait that was cut short because the conversation ended is not a crash.
        if (!run.ending.signal.aborted) this.#crash(toError(thrown));
      } finally {
        this.#callTimer?.cancel();
      }
    });
  }

  #crash(error: Error): void {
    this.#options.room.onCrash(error, this.withoutQuotes(error.message));
  }

  /** Keeps what was written lately, so that it can be taken out of an error that quotes it. */
  #remember(text: string): void {
    this.#texts = [...this.#texts.slice(1 - TEXTS_KEPT), text];
  }

  #context(signal: AbortSignal, run: () => Run): BotContext {
    const { runtime, botId, botName, settings, assignment, room } = this.#options;
    return {
      ...{ botId, conversationId: assignment.matchId, name: botName, settings, signal },
      get overtaken() {
        return run().overtaking.signal;
      },
      partner: assignment.partner,
      state: undefined,
      clock: runtime.clock,
      listenedMs: () => room.listenedMs(),
      rng: runtime.rng,
      log: runtime.log,
      say: async (text) => {
        requireText("say", text);
        if (run().isOver) return;
        this.#remember(text);
        run().hasSaid = true;
        await room.say(text);
      },
      typing: async (isTyping) => {
        if (run().isOver) return;
        this.#isTyping = isTyping;
        await room.typing(isTyping);
      },
      leave: (reason) => {
        requireText("leave", reason);
        if (!run().isOver) room.leave(reason);
      },
    };
  }
}

/** Tells messages apart: by their ids, and by their texts where an app gives no ids of their own. */
function keyOf({ id, text }: Unheard): string {
  return `${id} ${text.slice(0, 100)}`;
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
