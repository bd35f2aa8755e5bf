import { type Assignment, assignmentOf } from "./bot.state.ts";
import type { Bot, BotSurroundings } from "./bot.ts";
import type { BotKind } from "./bot-kind.ts";
import type { BotRegistry } from "./bot-registry.ts";
import type { DeployedBots } from "./deployed-bots.ts";
import type { Offer } from "./hand-over/store.ts";
import type { HandedBots } from "./hand-over/types.ts";

export interface GuestsOptions extends BotSurroundings {
  readonly registry: BotRegistry;
  readonly deployed: DeployedBots;
  /** Whether each bot of the fleet has an entry in the lobby. */
  readonly showsInLobby: boolean;
  /** Returns the number of a bot of the fleet that this replica has started; null: it is none. */
  readonly numberOf: (bot: Bot) => number | null;
  /** Called when `numbers` has changed. */
  readonly onChanged: () => void;
}

/**
 * The bots that come and go with their conversations. A bot of the fleet keeps its id and its number here as a guest, and stops after the
 * conversation: the number is then this replica's, and runs as a bot with an id of its own. A deployed one goes on as what it is.
 */
export class Guests implements HandedBots {
  readonly #options: GuestsOptions;
  readonly #byNumber = new Map<number, Bot>();
  readonly #numbers = new WeakMap<Bot, number>();

  constructor(options: GuestsOptions) {
    this.#options = options;
  }

  /** Numbers of the guests: this replica wants them, and starts no bot of them. */
  get numbers(): readonly number[] {
    return [...this.#byNumber.keys()];
  }

  has(number: number): boolean {
    return this.#byNumber.has(number);
  }

  offerOf(bot: Bot): Offer | null {
    const { numberOf, deployed } = this.#options;
    const assignment = assignmentOf(bot.state);
    if (!assignment || !bot.canMove) return null;
    const { roomId, partner } = assignment;
    const place = numberOf(bot) ?? this.#numbers.get(bot) ?? null;
    const deployment = deployed.offerOf(bot);
    if (place === null && deployment === null) return null;
    const { botId, name, kindName: kind } = bot;
    return { roomId, partner, botId, name, kind, place, deployed: deployment };
  }

  given(bot: Bot): void {
    this.#options.deployed.given(bot.botId);
  }

  host(matchId: string, offer: Offer, onEnd: () => void): Bot | null {
    const { registry, deployed, fleet } = this.#options;
    const kind = fleet.botKinds.find((candidate) => candidate.kind === offer.kind);
    if (!kind?.resume || registry.has(offer.botId)) return null;
    const assignment: Assignment = { matchId, roomId: offer.roomId, partner: offer.partner };
    if (offer.deployed) return deployed.host(offer, offer.deployed, assignment, onEnd);
    if (offer.place === null || this.#byNumber.has(offer.place)) return null;
    return this.#hostOfFleet(offer, offer.place, assignment, kind, onEnd);
  }

  #hostOfFleet({ botId, name }: Offer, number: number, offer: Assignment, kind: BotKind, onEnd: () => void): Bot {
    const { registry, onChanged } = this.#options;
    const bot = registry.add({
      ...this.#options,
      ...{ botId, name, kind, settings: {}, offer },
      isRetiring: true,
      isStaggered: true,
      hasOperatorChosenId: false,
      isPaused: false,
      onEnd: () => {
        this.#byNumber.delete(number);
        onChanged();
        onEnd();
      },
    });
    this.#byNumber.set(number, bot);
    this.#numbers.set(bot, number);
    onChanged();
    return bot;
  }

  taken(bot: Bot, offer: Offer): void {
    if (offer.deployed) this.#options.deployed.taken(bot, offer, offer.deployed);
  }
}
