import { type Emitter, errorFields, isFleetError, type Runtime, withTimeout } from "@shoal/kernel";
import type { BotSupply, IdleBot, Match } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { BotKind, BotSettings } from "../bots/bot-kind.ts";
import type { FleetConfig } from "../fleet-config.ts";
import { assignmentOf, type BotState } from "./bot.state.ts";
import { Bot, type BotEvents, type MatchDesk } from "./bot.ts";

export interface CrewEvents {
  "bot:changed": { readonly botId: string; readonly from: BotState["kind"]; readonly to: BotState["kind"] };
  "bot:offered": { readonly botId: string };
  "bot:crashed": { readonly botId: string };
  "message:moved": BotEvents["message:moved"];
  "message:malformed": BotEvents["message:malformed"];
}

export interface CrewOptions {
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly desk: MatchDesk;
  readonly confirmMs: number;
}

/** Which bot is to live. */
export interface Launch {
  readonly botId: string;
  readonly name: string;
  readonly kind: BotKind;
  readonly settings: BotSettings;
  readonly isStaggered: boolean;
  /** Somebody chose `botId`. */
  readonly hasGivenId: boolean;
  readonly isPaused: boolean;
  readonly showsInLobby: boolean;
}

/** How a bot's life ended. */
export interface BotEnd {
  readonly how: "stopped" | "crashed";
  /** Of what its kind threw. */
  readonly errorCode: string | null;
}

interface Hand {
  readonly bot: Bot;
  readonly hasGivenId: boolean;
  /** Not offered to the matchmaker. */
  isPaused: boolean;
}

/** All bots that live in this process, whoever wants them: what the matchmaker sees of them. */
export class Crew implements BotSupply {
  readonly #options: CrewOptions;
  readonly #emitter: Pick<Emitter<CrewEvents>, "emit">;
  readonly #hands = new Map<string, Hand>();

  constructor(options: CrewOptions, emitter: Pick<Emitter<CrewEvents>, "emit">) {
    this.#options = options;
    this.#emitter = emitter;
  }

  /** A bot to be started; `onEnd` is called when its life is over, `onSettled` when it can be matched for the first time. */
  make(
    { isPaused, hasGivenId, ...launch }: Launch,
    onEnd: (end: BotEnd) => void,
    onSettled: () => void = () => {},
  ): Bot {
    const { botId, kind } = launch;
    const { runtime } = this.#options;
    const bot = new Bot({ ...this.#options, ...launch });
    this.#hands.set(botId, { bot, hasGivenId, isPaused });
    let errorCode: string | null = null;
    bot.events.on("bot:changed", ({ from, to }) => {
      this.#emitter.emit("bot:changed", { botId, from, to });
      if (from === "starting" && to === "idle") onSettled();
      if (to !== "stopped" && to !== "crashed") return;
      if (this.#hands.get(botId)?.bot === bot) this.#hands.delete(botId);
      onEnd({ how: to, errorCode });
    });
    bot.events.on("bot:offered", () => this.#emitter.emit("bot:offered", { botId }));
    bot.events.on("bot:crashed", ({ error }) => {
      const fields = crashFields(error);
      errorCode = fields.error_code;
      runtime.log.error({ bot_id: botId, kind: kind.kind, ...fields }, "a bot crashed; it will be replaced");
      this.#emitter.emit("bot:crashed", { botId });
    });
    bot.events.on("message:moved", (event) => this.#emitter.emit("message:moved", event));
    bot.events.on("message:malformed", (event) => this.#emitter.emit("message:malformed", event));
    return bot;
  }

  /** Whether it takes new conversations. */
  offer(botId: string, isPaused: boolean): void {
    const hand = this.#hands.get(botId);
    if (!hand) return;
    hand.isPaused = isPaused;
    if (!isPaused && hand.bot.state.kind === "idle") this.#emitter.emit("bot:offered", { botId });
  }

  idleBots(): readonly IdleBot[] {
    const idle: IdleBot[] = [];
    for (const { bot, hasGivenId, isPaused } of this.#hands.values()) {
      if (bot.state.kind !== "idle" || isPaused) continue;
      idle.push({ botId: bot.botId, name: bot.name, idleSinceMs: bot.state.sinceMs, hasGivenId });
    }
    return idle;
  }

  reserve(botId: string): boolean {
    const hand = this.#hands.get(botId);
    if (hand?.bot.state.kind !== "idle" || hand.isPaused) return false;
    hand.bot.send({ kind: "reserve" });
    return true;
  }

  unreserve(botId: string): void {
    this.#hands.get(botId)?.bot.send({ kind: "unreserve" });
  }

  /** Hands a committed match to the bot in it. False: none of ours is reserved for it (any more). */
  assign(match: Match): boolean {
    const seat = match.seats.find(({ bot }) => bot);
    const partner = match.seats.find(({ bot }) => !bot);
    const bot = this.#hands.get(seat?.id ?? "")?.bot;
    if (bot?.state.kind !== "reserved" || !partner) return false;
    const { matchId, roomId } = match;
    bot.send({ kind: "assign", assignment: { matchId, roomId, partner: { id: partner.id, name: partner.name } } });
    return true;
  }

  matchLive(matchId: string): void {
    this.#botIn(matchId)?.send({ kind: "match-live" });
  }

  /** False: no bot of ours is in that match. */
  matchOver(matchId: string, reason: string): boolean {
    const bot = this.#botIn(matchId);
    bot?.send({ kind: "match-over", reason });
    return bot !== undefined;
  }

  #botIn(matchId: string): Bot | undefined {
    for (const { bot } of this.#hands.values()) if (assignmentOf(bot.state)?.matchId === matchId) return bot;
    return undefined;
  }

  /** Whether that person is seen in a room with one of our bots. */
  hasInRoom(userId: string): boolean {
    for (const { bot } of this.#hands.values()) if (bot.presentPartnerId === userId) return true;
    return false;
  }

  count(...kinds: BotState["kind"][]): number {
    let count = 0;
    for (const { bot } of this.#hands.values()) if (kinds.includes(bot.state.kind)) count += 1;
    return count;
  }

  /** Ends every conversation with a goodbye and stops every bot, in at most `limitMs`. True: all are gone. Idempotent. */
  async drain(limitMs: number): Promise<boolean> {
    const all = [...this.#hands.values()].map(({ bot }) => drained(bot));
    const outcome = await withTimeout(this.#options.runtime.clock, limitMs, Promise.all(all));
    return outcome.kind === "value" && this.#hands.size === 0;
  }
}

async function drained(bot: Bot): Promise<void> {
  const gone = bot.events.next("bot:changed", ({ to }) => to === "stopped" || to === "crashed");
  bot.send({ kind: "drain" });
  await gone;
}

/**
 * What a kind throws may quote what somebody said (a parser's error does): only our own words go to the log, and the
 * place it was thrown at.
 */
function crashFields(error: Error) {
  if (isFleetError(error)) return errorFields(error);
  const thrownAt = error.stack?.split("\n").find((line) => /^\s+at /.test(line));
  return { error_code: error.name, thrown_at: thrownAt?.trim() ?? "unknown" };
}
