import { farewell, freshMemory, greet, type Persona, type Reply, reply, speak } from "@shoal/conversation";
import { inspect } from "@shoal/safety";
import { type ConversationContext, type ConversationState, withTurn } from "./context.ts";
import { checkSettings, type DeployedSettings, readSettings } from "./deployed-settings.ts";
import { type AnswerLimits, sayAnswer } from "./model-turn.ts";
import { type ConversationOptions, type Settings, toSettings } from "./options.ts";
import { recall, remember } from "./recall.ts";
import { freshState, resumed, type SavedConversation, saved } from "./saved.ts";
import { typed } from "./typed.ts";

/** A partner has an answer within 4 s: what a model has not begun to say by then is left to the rule engine, which needs no time. */
const MODEL_LIMIT_MS = 2500;
/** The same where newer messages came while it was asked, counted from the first that has no answer. */
const OVERTAKEN_LIMIT_MS = 3500;
/** What a message counts as having waited at most when its call begins, while the bot said other things: so a model has a second at least. */
const BUSY_LIMIT_MS = 1500;
/** After how much of that wait a line counts as begun at the latest: it is typed in 3,500 ms at most, so that it comes within the 4 s. */
const TYPED_FROM_MS = 500;
const MESSAGE_CHARACTERS = 1000;
const UNANSWERED_KEPT = 10;

type Starting = ConversationContext<ConversationState | undefined>;

/**
 * Makes the built-in bot kind: one of several personas per bot (by its display name), replies by a language model where there is one and else by
 * rules that use what was said, fixed words for people in danger and minors, a typing delay by length, a polite leave at the message limit or after
 * silence. Never claims to be a person.
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

    async onMatched(ctx: Starting): Promise<ConversationState> {
      const settings = settingsOf(ctx);
      const persona = personaOf(ctx.name, settings.personas);
      const memories = await recall(ctx, settings, persona.id);
      const { lines, memory } = greet(
        persona,
        freshMemory(ctx.name, ctx.partner.name, memories),
        settings.disclosure,
        ctx.rng,
      );
      const leaves = lines.length >= settings.maxMessages ? "message_limit" : null;
      const state = { ...freshState(persona, memory), memories, isOver: leaves !== null, unsaid: lines, leaves };
      const { state: said } = await sayUnsaid(ctx, settings, state);
      return { ...said, heardAtMs: ctx.listenedMs() };
    },

    async onMessage(ctx: ConversationContext, message: Message): Promise<void> {
      const settings = settingsOf(ctx);
      await finish(ctx, settings);
      if (ctx.state.isOver) return;
      const waitsFromMs = Math.max(message.receivedAtMs, ctx.clock.monotonicMs() - BUSY_LIMIT_MS);
      ctx.state = hear(ctx, message.text, waitsFromMs);
      if (await sayFixedWords(ctx, settings, message.text)) return;
      await answer(ctx, settings, waitsFromMs);
    },

    async onTick(ctx: ConversationContext): Promise<void> {
      const settings = settingsOf(ctx);
      await finish(ctx, settings);
      // Left by the process before this one. A newer message is answered together with it, by its own call.
      if (ctx.state.unanswered.length > 0 && !ctx.overtaken.aborted)
        return answer(ctx, settings, ctx.clock.monotonicMs());
      const { isOver, heardAtMs } = ctx.state;
      if (isOver || ctx.listenedMs() - heardAtMs < settings.idleMs) return;
      await part(ctx, { ...settings, typing: AT_ONCE }, "idle", "idle");
    },

    /** What another process needs to go on, persona and settings aside: it has those itself. */
    save: (ctx: ConversationContext): SavedConversation => saved(ctx.state, ctx.listenedMs()),

    resume(ctx: Starting, given: unknown): ConversationState {
      return resumed(given, personaOf(ctx.name, settingsOf(ctx).personas), ctx);
    },

    async onStop(ctx: ConversationContext, _reason: string, canSpeak: boolean): Promise<void> {
      // The conversation may have ended before there was any state, or before the first line said that this is a bot.
      const state: ConversationState | undefined = ctx.state;
      if (!state || state.isOver || state.saidCount === 0) return;
      ctx.state = { ...state, isOver: true };
      const { lines } = canSpeak ? farewell(state.persona, state.memory, "stop", ctx.rng) : { lines: [] };
      for (const line of lines) await ctx.say(line);
      await remember(ctx, settingsOf(ctx), state);
    },
  };
}

const AT_ONCE = { msPerCharacter: 0, minMs: 0, maxMs: 0, variation: 0 } as const;

interface Message {
  readonly text: string;
  readonly receivedAtMs: number;
}

/** Returns the state in which the message waits for an answer. */
function hear(ctx: ConversationContext, text: string, waitsFromMs: number): ConversationState {
  const { state } = ctx;
  const isFirst = state.unanswered.length === 0;
  return {
    ...state,
    heardAtMs: ctx.listenedMs(),
    turns: withTurn(state.turns, "person", text),
    unanswered: [...state.unanswered, text.slice(0, MESSAGE_CHARACTERS)].slice(-UNANSWERED_KEPT),
    waitingSinceMs: isFirst ? waitsFromMs : state.waitingSinceMs,
  };
}

/** Says the fixed words where the message asks for them, whatever else would have answered it. */
async function sayFixedWords(ctx: ConversationContext, settings: Settings, text: string): Promise<boolean> {
  const { state: safety, concern } = inspect(ctx.state.safety, text, settings.safety);
  ctx.state = { ...ctx.state, safety };
  if (concern === null) return false;
  const { kind, lines, ends, isNew } = concern;
  const { conversationId, partner, botId } = ctx;
  if (isNew) settings.onConcern({ conversationId, personId: partner.id, botId, kind, language: safety.language });
  // They are said whole also where they pass the limit, and then they are the last.
  const isLast = ctx.state.saidCount + lines.length >= settings.maxMessages;
  const leaves = ends ? "safety" : isLast ? "message_limit" : null;
  await sayDecided(ctx, settings, { isOver: leaves !== null, unsaid: lines, leaves }, { engine: "safety" });
  return true;
}

/** Answers what waits: by the model, or by the rule engine where that may not speak or has nothing to say in time. */
async function answer(ctx: ConversationContext, settings: Settings, newestAtMs: number): Promise<void> {
  const { persona, memory, saidCount, unanswered, waitingSinceMs } = ctx.state;
  const most = settings.maxMessages - saidCount;
  if (most <= 1) return part(ctx, settings, "limit", "message_limit");
  const byRules = reply(persona, memory, unanswered.join("\n"), ctx.rng);
  const untilMs = Math.min(newestAtMs + MODEL_LIMIT_MS, waitingSinceMs + OVERTAKEN_LIMIT_MS);
  const startMs = Math.min(ctx.clock.monotonicMs(), waitingSinceMs + TYPED_FROM_MS);
  const code = await answerByModel(ctx, settings, byRules, { startMs, untilMs, most: most - 1 });
  if (code === "answered" || code === "later") return;
  const leaves = byRules.leave ?? null;
  // A reply that ends the conversation may use up the limit; any other leaves room for the farewell.
  const unsaid = byRules.lines.slice(0, leaves ? most : most - 1);
  const decided = { memory: byRules.memory, isOver: leaves !== null, unsaid, leaves };
  await sayDecided(ctx, settings, decided, code === null ? { engine: "rules" } : { engine: "rules", code });
}

/** Returns why the model said nothing, null if it was not asked; `later`: a call that comes answers. */
async function answerByModel(
  ctx: ConversationContext,
  settings: Settings,
  byRules: Reply,
  limits: AnswerLimits,
): Promise<string | null> {
  const { persona, memory, safety, memories, turns, waitingSinceMs } = ctx.state;
  if (settings.replies === null || safety.isMinor || BY_RULES.has(byRules.intent)) return null;
  if (limits.untilMs <= ctx.clock.monotonicMs()) return "REPLY_OVERTAKEN";
  const { conversationId, partner, name } = ctx;
  const bot = { name, manner: persona.manner };
  const { isMinor } = safety;
  const request = {
    conversationId,
    personId: partner.id,
    bot,
    turns,
    memories,
    isMinor,
    disclosure: settings.disclosure,
  };
  const { lines, saidAtMs, code } = await sayAnswer(ctx, settings, settings.replies, request, limits);
  if (saidAtMs === null) return code ?? "later";
  // The rule engine knows what was said by both, so that it can go on.
  const { said, questionsInRow } = memory;
  ctx.state = {
    ...afterLines(ctx.state, lines),
    memory: speak({ ...byRules.memory, said, questionsInRow }, lines),
    unanswered: [],
  };
  settings.onTurn({ engine: "model", ms: saidAtMs - waitingSinceMs });
  return "answered";
}

/** What has one honest answer, or ends the conversation, is not left to a model. */
const BY_RULES: ReadonlySet<Reply["intent"]> = new Set(["identity", "goodbye", "abuse"]);

/** Says what is decided in answer to what waited. A fallback is due as if it had been known when the message came. */
async function sayDecided(
  ctx: ConversationContext,
  settings: Settings,
  decided: Pick<ConversationState, "isOver" | "unsaid" | "leaves"> & Partial<ConversationState>,
  turn: { readonly engine: "rules" | "safety"; readonly code?: string },
): Promise<void> {
  const { waitingSinceMs } = ctx.state;
  // Decided before it is typed: a goodbye that cuts the typing short must know the message.
  ctx.state = { ...ctx.state, ...decided, unanswered: [] };
  const startMs = turn.code === undefined ? ctx.clock.monotonicMs() : waitingSinceMs;
  const { state, saidAtMs } = await sayUnsaid(ctx, settings, ctx.state, startMs);
  ctx.state = state;
  if (saidAtMs !== null) settings.onTurn({ ...turn, ms: saidAtMs - waitingSinceMs });
}

/** Says a last line and leaves. */
async function part(
  ctx: ConversationContext,
  settings: Settings,
  why: "idle" | "limit",
  reason: string,
): Promise<void> {
  const { lines, memory } = farewell(ctx.state.persona, ctx.state.memory, why, ctx.rng);
  ctx.state = { ...ctx.state, memory, isOver: true, unsaid: lines, leaves: reason, unanswered: [] };
  await finish(ctx, settings);
}

/** Says what is decided and not said yet, and leaves if that was to follow. */
async function finish(ctx: ConversationContext, settings: Settings): Promise<void> {
  if (ctx.state.unsaid.length === 0 && ctx.state.leaves === null) return;
  ctx.state = (await sayUnsaid(ctx, settings, ctx.state)).state;
}

/** Returns the state in which what could be said is said: all, unless the call is cut short. */
async function sayUnsaid<State>(
  ctx: ConversationContext<State>,
  settings: Settings,
  state: ConversationState,
  startMs = ctx.clock.monotonicMs(),
): Promise<{ readonly state: ConversationState; readonly saidAtMs: number | null }> {
  const said: string[] = [];
  const saidAtMs = await typed(ctx, settings, startMs, async (say) => {
    for (const line of state.unsaid) {
      await say(line);
      said.push(line);
    }
  });
  const unsaid = state.unsaid.slice(said.length);
  const isDone = unsaid.length === 0;
  const after = { ...afterLines(state, said), unsaid, leaves: isDone ? null : state.leaves };
  if (isDone && state.leaves !== null) {
    await remember(ctx, settings, after);
    ctx.leave(state.leaves);
  }
  return { state: after, saidAtMs };
}

function afterLines(state: ConversationState, lines: readonly string[]): ConversationState {
  let { turns } = state;
  for (const line of lines) turns = withTurn(turns, "bot", line);
  return { ...state, turns, saidCount: state.saidCount + lines.length };
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
