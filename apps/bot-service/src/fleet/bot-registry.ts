import {
  createEmitter,
  type EventSource,
  errorFields,
  isFleetError,
  logOutage,
  type Outage,
  type Runtime,
  withTimeout,
} from "@shoal/kernel";
import type { BotSupply, IdleBot, Match } from "@shoal/matchmaker";
import { assignmentOf, type BotState } from "./bot.state.ts";
import { Bot, type BotEvents, type BotOptions } from "./bot.ts";

export interface RegistryEvents {
  "bot:changed": {
    readonly botId: string;
    readonly from: BotState["kind"];
    readonly to: BotState["kind"];
    /** The match that it is in now. */
    readonly matchId: string | null;
    /** Code of the error that its kind threw. */
    readonly errorCode: string | null;
  };
  "bot:offered": { readonly botId: string };
  "bot:crashed": { readonly botId: string };
  "message:moved": BotEvents["message:moved"];
  "message:malformed": BotEvents["message:malformed"];
}

/** A bot to run, with the callbacks of its life. */
export interface NewBot extends BotOptions {
  /** Whether an operator chose `botId`: it may be the id of a person. */
  readonly hasOperatorChosenId: boolean;
  /** Whether it takes no conversations. */
  readonly isPaused: boolean;
  /** Called once its life is over. */
  readonly onEnd: (end: BotEnd) => void;
  /** Called when it can be matched for the first time. Default: nothing. */
  readonly onSettled?: () => void;
}

/** End of a bot's life. */
export interface BotEnd {
  readonly how: "stopped" | "crashed";
  /** Code of the error that its kind threw. */
  readonly errorCode: string | null;
}

interface Entry {
  readonly bot: Bot;
  readonly hasOperatorChosenId: boolean;
  isPaused: boolean;
}

/** Holds all bots of this process, the fleet's own and deployed ones, and offers the idle ones to the matchmaker. */
export class BotRegistry implements BotSupply {
  readonly events: EventSource<RegistryEvents>;
  readonly #emitter = createEmitter<RegistryEvents>();
  readonly #runtime: Runtime;
  readonly #entries = new Map<string, Entry>();
  /** Bots that the lobby does not let in: one outage, however many there are. */
  readonly #outside = new Set<string>();
  readonly #outage: Outage;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#outage = logOutage({
      ...{ log: runtime.log, level: "warn" },
      failing: "bots cannot join the lobby: they are not shown there, but matched all the same; trying again",
      over: "no bot is kept out of the lobby any more",
    });
    this.events = this.#emitter;
  }

  /** Makes a bot and registers it until its life is over. Does not start it. */
  add({ hasOperatorChosenId, isPaused, onEnd, onSettled, ...options }: NewBot): Bot {
    const { botId, kind } = options;
    const bot = new Bot(options);
    this.#entries.set(botId, { bot, hasOperatorChosenId, isPaused });
    let errorCode: string | null = null;
    bot.events.on("bot:changed", ({ from, to }) => {
      this.#emitter.emit("bot:changed", {
        botId,
        from,
        to,
        matchId: assignmentOf(bot.state)?.matchId ?? null,
        errorCode,
      });
      if (from === "starting" && to === "idle") onSettled?.();
      if (to !== "stopped" && to !== "crashed") return;
      this.#outsideNoMore(botId);
      if (this.#entries.get(botId)?.bot === bot) this.#entries.delete(botId);
      onEnd({ how: to, errorCode });
    });
    bot.events.on("lobby:joined", () => this.#outsideNoMore(botId));
    bot.events.on("lobby:failed", ({ error, retryInMs }) => {
      this.#outside.add(botId);
      this.#outage.failed({ bot_id: botId, retry_in_ms: retryInMs, ...errorFields(error) });
    });
    bot.events.on("bot:offered", () => this.#emitter.emit("bot:offered", { botId }));
    bot.events.on("bot:crashed", ({ error, message }) => {
      const fields = crashFields(error, message);
      errorCode = fields.error_code;
      this.#runtime.log.error({ bot_id: botId, kind: kind.kind, ...fields }, "a bot crashed; it will be replaced");
      this.#emitter.emit("bot:crashed", { botId });
    });
    bot.events.on("message:moved", (event) => this.#emitter.emit("message:moved", event));
    bot.events.on("message:malformed", (event) => this.#emitter.emit("message:malformed", event));
    return bot;
  }

  #outsideNoMore(botId: string): void {
    this.#outside.delete(botId);
    if (this.#outside.size === 0) this.#outage.worked();
  }

  /** Sets whether it takes new conversations. */
  setPaused(botId: string, isPaused: boolean): void {
    const entry = this.#entries.get(botId);
    if (!entry) return;
    entry.isPaused = isPaused;
    if (!isPaused && entry.bot.state.kind === "idle") this.#emitter.emit("bot:offered", { botId });
  }

  /** Returns whether it takes no new conversations. */
  isPaused(botId: string): boolean {
    return this.#entries.get(botId)?.isPaused === true;
  }

  /** Returns all bots of this process. */
  all(): readonly Readonly<Entry>[] {
    return [...this.#entries.values()];
  }

  idleBots(): readonly IdleBot[] {
    const idle: IdleBot[] = [];
    for (const { bot, hasOperatorChosenId, isPaused } of this.#entries.values()) {
      if (bot.state.kind !== "idle" || isPaused) continue;
      idle.push({ botId: bot.botId, name: bot.name, idleSinceMs: bot.state.sinceMs, hasOperatorChosenId });
    }
    return idle;
  }

  reserve(botId: string): boolean {
    const entry = this.#entries.get(botId);
    if (entry?.bot.state.kind !== "idle" || entry.isPaused) return false;
    entry.bot.send({ kind: "reserve" });
    return true;
  }

  unreserve(botId: string): void {
    this.#entries.get(botId)?.bot.send({ kind: "unreserve" });
  }

  /** Hands a committed match to the bot in it. False: no bot of this process is reserved for it (any more). */
  assign(match: Match): boolean {
    const seat = match.seats.find(({ bot }) => bot);
    const partner = match.seats.find(({ bot }) => !bot);
    const bot = this.#entries.get(seat?.id ?? "")?.bot;
    if (bot?.state.kind !== "reserved" || !partner) return false;
    const { matchId, roomId } = match;
    bot.send({ kind: "assign", assignment: { matchId, roomId, partner: { id: partner.id, name: partner.name } } });
    return true;
  }

  matchLive(matchId: string): void {
    this.#botIn(matchId)?.send({ kind: "match-live" });
  }

  /** Ends the conversation of the bot in that match. False: no bot of this process is in it. */
  matchOver(matchId: string, reason: string): boolean {
    const bot = this.#botIn(matchId);
    bot?.send({ kind: "match-over", reason });
    return bot !== undefined;
  }

  #botIn(matchId: string): Bot | undefined {
    for (const { bot } of this.#entries.values()) if (assignmentOf(bot.state)?.matchId === matchId) return bot;
    return undefined;
  }

  /** Returns whether a bot of this process has that id. */
  has(botId: string): boolean {
    return this.#entries.has(botId);
  }

  /** Returns whether that person is present in a room with a bot of this process. */
  isInRoom(userId: string): boolean {
    for (const { bot } of this.#entries.values()) if (bot.presentPartnerId === userId) return true;
    return false;
  }

  count(...kinds: BotState["kind"][]): number {
    let count = 0;
    for (const { bot } of this.#entries.values()) if (kinds.includes(bot.state.kind)) count += 1;
    return count;
  }

  /** Counts the bots by state; a state that is missing has none. */
  states(): Partial<Record<BotState["kind"], number>> {
    const states: Partial<Record<BotState["kind"], number>> = {};
    for (const { bot } of this.#entries.values()) states[bot.state.kind] = (states[bot.state.kind] ?? 0) + 1;
    return states;
  }

  /** Has `conclude` end every bot, in at most `limitMs`. True: all are gone. Idempotent. */
  async drain(limitMs: number, conclude: (bot: Bot) => Promise<void>): Promise<boolean> {
    const all = [...this.#entries.values()].map(({ bot }) => ended(bot, conclude));
    const outcome = await withTimeout(this.#runtime.clock, limitMs, Promise.all(all));
    return outcome.kind === "value" && this.#entries.size === 0;
  }
}

async function ended(bot: Bot, conclude: (bot: Bot) => Promise<void>): Promise<void> {
  const gone = bot.events.next("bot:changed", ({ to }) => to === "stopped" || to === "crashed");
  await conclude(bot);
  await gone;
}

/** Returns what may be logged of a kind's error: the message without what people wrote, and the place it was thrown at. */
function crashFields(error: Error, message: string) {
  const { error_code: code } = errorFields(error);
  if (isFleetError(error)) return { error_code: code, error_message: message };
  const thrownAt = error.stack?.split("\n").find((line) => /^\s+at /.test(line));
  return { error_code: code, error_message: message, thrown_at: thrownAt?.trim() ?? "unknown" };
}
