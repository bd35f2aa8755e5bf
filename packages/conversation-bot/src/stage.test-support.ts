import { type Log, type LogFields, silentLog } from "@shoal/kernel";
import { createSimulatedClock, type SimulatedClock, seededRng } from "@shoal/testkit";
import type { ConversationContext, ConversationState } from "./context.ts";
import { conversationBot } from "./conversation-bot.ts";
import type { DeployedSettings } from "./deployed-settings.ts";
import type { ConversationOptions, ReplyTiming } from "./options.ts";

export const TYPING = { msPerCharacter: 20, minMs: 500, maxMs: 2000, variation: 0.2 };

type Happening =
  | { readonly kind: "say"; readonly text: string; readonly atMs: number }
  | { readonly kind: "typing"; readonly isTyping: boolean }
  | { readonly kind: "leave"; readonly reason: string };

/** A room with one bot in it, driven as the shell drives it: one call at a time. */
export class Stage {
  readonly clock: SimulatedClock = createSimulatedClock();
  readonly happened: Happening[] = [];
  readonly timings: ReplyTiming[] = [];
  readonly logged: string[] = [];
  readonly ending = new AbortController();
  readonly bot;
  readonly ctx: ConversationContext;
  #overtaking = new AbortController();
  readonly #mailbox: ReturnType<typeof heard>[] = [];
  #work: Promise<void> = Promise.resolve();
  sayDelayMs = 0;
  deafMs = 0;
  typingFails = false;

  constructor(options: ConversationOptions = {}, name = "Otto", settings: DeployedSettings = {}) {
    this.bot = conversationBot({ typing: TYPING, onReply: (timing) => this.timings.push(timing), ...options });
    const overtaking = () => this.#overtaking.signal;
    this.ctx = {
      get overtaken() {
        return overtaking();
      },
      botId: "bot-1",
      conversationId: "match-1",
      name,
      settings,
      partner: { id: "ann", name: "Guest" },
      state: undefined as unknown as ConversationState,
      clock: this.clock,
      listenedMs: () => this.clock.monotonicMs() - this.deafMs,
      rng: seededRng(11),
      log: this.#log(),
      signal: this.ending.signal,
      say: async (text) => {
        if (this.sayDelayMs > 0) await new Promise<void>((resolve) => this.clock.after(this.sayDelayMs, resolve));
        this.happened.push({ kind: "say", text, atMs: this.clock.monotonicMs() });
      },
      typing: async (isTyping) => {
        this.happened.push({ kind: "typing", isTyping });
        if (this.typingFails) throw new Error("no channel");
      },
      leave: (reason) => {
        this.happened.push({ kind: "leave", reason });
        this.ending.abort(new Error("left"));
      },
    };
  }

  get said(): string[] {
    return this.happened.flatMap((happening) => (happening.kind === "say" ? [happening.text] : []));
  }

  get left(): string[] {
    return this.happened.flatMap((happening) => (happening.kind === "leave" ? [happening.reason] : []));
  }

  async match(): Promise<void> {
    this.ctx.state = await this.#finish(
      this.bot.onMatched(this.ctx as ConversationContext<ConversationState | undefined>),
    );
  }

  async hear(text: string): Promise<void> {
    await this.#finish(this.bot.onMessage(this.ctx, heard(this, text)));
  }

  /** Has a message answered as the daemon does, while time goes on: after the calls before it, which it overtakes. */
  receive(text: string): void {
    this.#mailbox.push(heard(this, text));
    this.#overtaking.abort(new Error("the partner wrote again"));
    this.#work = this.#work.then(async () => {
      const next = this.#mailbox.shift();
      if (!next || this.ending.signal.aborted) return;
      this.#overtaking = new AbortController();
      if (this.#mailbox.length > 0) this.#overtaking.abort(new Error("a newer message waits"));
      await this.bot.onMessage(this.ctx, next);
    });
  }

  /** Lets time go on until no message is left to answer. */
  async settle(): Promise<void> {
    await this.#finish(this.#work);
  }

  async tick(): Promise<void> {
    await this.#finish(this.bot.onTick(this.ctx));
  }

  async stop(canSpeak: boolean): Promise<void> {
    await this.#finish(this.bot.onStop(this.ctx, "drain", canSpeak));
  }

  async #finish<T>(call: Promise<T>): Promise<T> {
    let isDone = false;
    const settled = call.finally(() => {
      isDone = true;
    });
    settled.catch(() => {});
    while (await this.clock.advanceToNext()) if (isDone) break;
    return settled;
  }

  #log(): Log {
    const keep = (fields: LogFields, message: string) => void this.logged.push(`${JSON.stringify(fields)} ${message}`);
    return { ...silentLog, debug: keep, info: keep, warn: keep, error: keep };
  }
}

/** A message that arrives now. */
export const heard = ({ clock }: Stage, text: string) => ({ text, receivedAtMs: clock.monotonicMs() });
