import { type Clock, type Log, type Rng, sleep } from "@shoal/kernel";
import { checkSettings, type DeployedSettings, readSettings } from "./deployed-settings.ts";
import { freshMemory, type Memory } from "./memory.ts";
import { type ConversationOptions, type Settings, toSettings } from "./options.ts";
import type { Persona } from "./persona.ts";
import { farewell, greet, reply } from "./reply.ts";
import { typingDelayMs } from "./typing.ts";

/** The room of a conversation. It has the shape of the daemon's `BotContext`, which this package does not import. */
export interface ConversationContext<State = ConversationState> {
  readonly botId: string;
  /** The bot's display name. */
  readonly name: string;
  readonly settings: DeployedSettings;
  readonly partner: { readonly id: string; readonly name: string };
  state: State;
  readonly clock: Clock;
  /** A clock that stands while the partner cannot be heard, in ms. */
  listenedMs(): number;
  readonly rng: Rng;
  readonly log: Log;
  /** Aborts when the conversation ends. */
  readonly signal: AbortSignal;
  say(text: string): Promise<void>;
  typing(isTyping: boolean): Promise<void>;
  leave(reason: string): void;
}

/** State of one conversation. A value, replaced after each turn. */
export interface ConversationState {
  readonly persona: Persona;
  readonly memory: Memory;
  /** Number of lines the bot has said. */
  readonly saidCount: number;
  /** When the partner last wrote, or the greeting was sent, by `listenedMs`. */
  readonly heardAtMs: number;
  /** Whether the bot has said its farewell: it then says nothing more. */
  readonly isOver: boolean;
}

/**
 * Makes the built-in bot kind: one of several personas per bot (by its display name), rule-based replies that use what was
 * said, a typing delay by length, a polite leave at the message limit or after silence. Never claims to be a person.
 *
 * @throws CONVERSATION_OPTIONS_INVALID an option is out of its range, or a persona lacks what it needs; not retryable
 */
export function conversationBot(options: ConversationOptions = {}) {
  const common = toSettings(options);
  const settingsOf = ({ settings }: Pick<ConversationContext, "settings">) => readSettings(settings, common);
  return {
    kind: "conversation",
    names: interleaved(common.personas.map((persona) => persona.names)),
    checkSettings: (settings: DeployedSettings) => checkSettings(settings, common.personas),

    async onMatched(ctx: ConversationContext<ConversationState | undefined>): Promise<ConversationState> {
      const settings = settingsOf(ctx);
      const persona = personaOf(ctx.name, settings.personas);
      const { lines, memory } = greet(persona, freshMemory(ctx.name, ctx.partner.name), settings.disclosure, ctx.rng);
      const saidCount = await speak(ctx, settings, lines);
      const isOver = saidCount >= settings.maxMessages;
      if (isOver) ctx.leave("message_limit");
      return { persona, memory, saidCount, heardAtMs: ctx.listenedMs(), isOver };
    },

    async onMessage(ctx: ConversationContext, message: { readonly text: string }): Promise<void> {
      const state = ctx.state;
      if (state.isOver) return;
      const settings = settingsOf(ctx);
      ctx.state = { ...state, heardAtMs: ctx.listenedMs() };
      const room = settings.maxMessages - state.saidCount;
      if (room <= 1) return part(ctx, settings, "limit", "message_limit");
      const answer = reply(state.persona, state.memory, message.text, ctx.rng);
      // Decided before it is typed: a goodbye that cuts the typing short must know the message.
      ctx.state = { ...ctx.state, memory: answer.memory, isOver: answer.leave !== undefined };
      // A reply that ends the conversation may use up the limit; any other leaves room for the farewell.
      const lines = answer.lines.slice(0, answer.leave ? room : room - 1);
      const saidCount = state.saidCount + (await speak(ctx, settings, lines));
      ctx.state = { ...ctx.state, saidCount };
      if (answer.leave) ctx.leave(answer.leave);
    },

    async onTick(ctx: ConversationContext): Promise<void> {
      const { isOver, heardAtMs } = ctx.state;
      const settings = settingsOf(ctx);
      if (isOver || ctx.listenedMs() - heardAtMs < settings.idleMs) return;
      await part(ctx, { ...settings, typing: AT_ONCE }, "idle", "idle");
    },

    async onStop(ctx: ConversationContext, _reason: string, canSpeak: boolean): Promise<void> {
      // The conversation may have ended before there was any state, or before the first line said that this is a bot.
      const state: ConversationState | undefined = ctx.state;
      if (!canSpeak || !state || state.isOver || state.saidCount === 0) return;
      ctx.state = { ...state, isOver: true };
      const { lines } = farewell(state.persona, state.memory, "stop", ctx.rng);
      for (const line of lines) await ctx.say(line);
    },
  };
}

const AT_ONCE = { msPerCharacter: 0, minMs: 0, maxMs: 0, variation: 0 } as const;

/** Says a last line and leaves. */
async function part(
  ctx: ConversationContext,
  settings: Settings,
  why: "idle" | "limit",
  reason: string,
): Promise<void> {
  const { lines, memory } = farewell(ctx.state.persona, ctx.state.memory, why, ctx.rng);
  ctx.state = { ...ctx.state, memory, isOver: true };
  const saidCount = ctx.state.saidCount + (await speak(ctx, settings, lines));
  ctx.state = { ...ctx.state, saidCount };
  ctx.leave(reason);
}

/**
 * Types and says `lines`, and returns how many were said: fewer if the conversation ends meanwhile. Each line is due at a
 * fixed time after the start, so that a slow broadcast before it does not make it late.
 */
async function speak<State>(
  ctx: ConversationContext<State>,
  settings: Settings,
  lines: readonly string[],
): Promise<number> {
  const startMs = ctx.clock.monotonicMs();
  let plannedMs = 0;
  let saidCount = 0;
  showTyping(ctx, true);
  try {
    for (const line of lines) {
      plannedMs += typingDelayMs(line, settings.typing, ctx.rng);
      await sleep(ctx.clock, Math.max(0, startMs + plannedMs - ctx.clock.monotonicMs()), ctx.signal);
      await ctx.say(line);
      saidCount += 1;
      settings.onReply({ plannedMs, actualMs: ctx.clock.monotonicMs() - startMs });
    }
  } catch (thrown) {
    if (!ctx.signal.aborted) throw thrown;
  } finally {
    showTyping(ctx, false);
  }
  return saidCount;
}

// Not awaited: the indicator is decoration, and a slow or failed one must not hold up what it announces.
function showTyping<State>(ctx: ConversationContext<State>, isTyping: boolean): void {
  ctx.typing(isTyping).catch(() => ctx.log.debug({ bot_id: ctx.botId }, "a typing indicator was not shown"));
}

/** Returns the persona of a display name. A name that belongs to none always gets the same one. */
function personaOf(name: string, personas: readonly Persona[]): Persona {
  let sum = 0;
  for (const char of name) sum += char.codePointAt(0) ?? 0;
  const persona = personas.find((candidate) => candidate.names.includes(name)) ?? personas[sum % personas.length];
  return persona as Persona;
}

// Bots take names in order, so neighbours in the list should differ in persona.
function interleaved(lists: readonly (readonly string[])[]): string[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
