import { type Clock, type Log, type Rng, sleep } from "@shoal/kernel";
import { checkSettings, type DeployedSettings, readSettings } from "./deployed-settings.ts";
import { freshMemory, type Memory } from "./memory.ts";
import { type ConversationOptions, type Settings, toSettings } from "./options.ts";
import type { Persona } from "./persona.ts";
import { farewell, greet, reply } from "./reply.ts";
import { readSaved, type SavedConversation } from "./saved.ts";
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
  /** Whether the bot has decided to say its farewell: it then answers nothing more. */
  readonly isOver: boolean;
  /** Lines that are decided and not said yet, because the call was cut short: the next call says them first. */
  readonly unsaid: readonly string[];
  /** Why the bot leaves once they are said; null: it stays. */
  readonly leaves: string | null;
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
      const leaves = lines.length >= settings.maxMessages ? "message_limit" : null;
      const heardAtMs = ctx.listenedMs();
      const state = { persona, memory, saidCount: 0, heardAtMs, isOver: leaves !== null, unsaid: lines, leaves };
      const said = await sayUnsaid(ctx, settings, state);
      return { ...said, heardAtMs: ctx.listenedMs() };
    },

    async onMessage(ctx: ConversationContext, message: { readonly text: string }): Promise<void> {
      const settings = settingsOf(ctx);
      await finish(ctx, settings);
      const state = ctx.state;
      if (state.isOver) return;
      ctx.state = { ...state, heardAtMs: ctx.listenedMs() };
      const room = settings.maxMessages - state.saidCount;
      if (room <= 1) return part(ctx, settings, "limit", "message_limit");
      const answer = reply(state.persona, state.memory, message.text, ctx.rng);
      const leaves = answer.leave ?? null;
      // A reply that ends the conversation may use up the limit; any other leaves room for the farewell.
      const unsaid = answer.lines.slice(0, leaves ? room : room - 1);
      // Decided before it is typed: a goodbye that cuts the typing short must know the message.
      ctx.state = { ...ctx.state, memory: answer.memory, isOver: leaves !== null, unsaid, leaves };
      await finish(ctx, settings);
    },

    async onTick(ctx: ConversationContext): Promise<void> {
      const settings = settingsOf(ctx);
      await finish(ctx, settings);
      const { isOver, heardAtMs } = ctx.state;
      if (isOver || ctx.listenedMs() - heardAtMs < settings.idleMs) return;
      await part(ctx, { ...settings, typing: AT_ONCE }, "idle", "idle");
    },

    /** What another process needs to go on, persona and settings aside: it has those itself. */
    save(ctx: ConversationContext): SavedConversation {
      const { persona: _, heardAtMs, ...rest } = ctx.state;
      return { version: 1, ...rest, silentMs: ctx.listenedMs() - heardAtMs };
    },

    resume(ctx: ConversationContext<ConversationState | undefined>, saved: unknown): ConversationState {
      const persona = personaOf(ctx.name, settingsOf(ctx).personas);
      const { version: _, silentMs, ...rest } = readSaved(saved, ctx.name, ctx.partner.name);
      return { ...rest, persona, heardAtMs: ctx.listenedMs() - silentMs };
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
  ctx.state = { ...ctx.state, memory, isOver: true, unsaid: lines, leaves: reason };
  await finish(ctx, settings);
}

/** Says what is decided and not said yet, and leaves if that was to follow. */
async function finish(ctx: ConversationContext, settings: Settings): Promise<void> {
  if (ctx.state.unsaid.length > 0 || ctx.state.leaves !== null) ctx.state = await sayUnsaid(ctx, settings, ctx.state);
}

/** Returns the state in which what could be said is said: all, unless the call is cut short. */
async function sayUnsaid<State>(
  ctx: ConversationContext<State>,
  settings: Settings,
  state: ConversationState,
): Promise<ConversationState> {
  const { unsaid: lines, leaves } = state;
  const saidCount = await speak(ctx, settings, lines);
  const unsaid = lines.slice(saidCount);
  const isDone = unsaid.length === 0;
  if (isDone && leaves !== null) ctx.leave(leaves);
  return { ...state, saidCount: state.saidCount + saidCount, unsaid, leaves: isDone ? null : leaves };
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
