import { SECOND_MS } from "@shoal/kernel";
import type { Bot } from "./bot.ts";
import type { BotRegistry } from "./bot-registry.ts";

/** Time in which a bot that may not speak any more ends what it is saying, in ms. */
const SILENCE_LIMIT_MS = SECOND_MS;

/** Bots in conversation that may say nothing until it is known whose they are. */
export class Silenced {
  readonly #registry: Pick<BotRegistry, "setPaused">;
  /** Whether each can go on from where it was. */
  readonly #canGoOn = new WeakMap<Bot, Promise<boolean>>();

  constructor(registry: Pick<BotRegistry, "setPaused">) {
    this.#registry = registry;
  }

  /** False: it does not talk. */
  silence(bot: Bot | undefined): boolean {
    if (bot?.state.kind !== "talking") return false;
    // Nor may it begin another conversation, if this one ends meanwhile.
    this.#registry.setPaused(bot.botId, true);
    this.#canGoOn.set(bot, bot.fallSilent(SILENCE_LIMIT_MS));
    return true;
  }

  has(bot: Bot | undefined): bot is Bot {
    return bot !== undefined && this.#canGoOn.has(bot);
  }

  /** Has the bot go on where it was, if it is silenced; `isPaused`: whether it takes further conversations then. Never rejects. */
  async goOn(bot: Bot | undefined, isPaused: () => boolean): Promise<void> {
    const going = bot && this.#canGoOn.get(bot);
    if (!going) return;
    this.#canGoOn.delete(bot);
    const canGoOn = await going;
    this.#registry.setPaused(bot.botId, isPaused());
    bot.send({ kind: "kept" });
    if (!canGoOn) bot.send({ kind: "crash" });
  }
}
