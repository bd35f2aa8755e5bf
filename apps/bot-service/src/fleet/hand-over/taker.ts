import { errorFields, retry, SECOND_MS, withTimeLimit } from "@shoal/kernel";
import type { Bot } from "../bot.ts";
import { readSavedTalk } from "../saved-talk.ts";
import { type HandOver, type Offer, RETRY } from "./store.ts";
import type { SideOptions } from "./types.ts";

/** Bounds an answer to the giver, in ms: what is older it has found out by itself. */
const ANSWER_LIMIT_MS = 10 * SECOND_MS;
/** The reason of the end of a match that was handed over to a bot that could not come. */
const NOT_TAKEN = "hand_over_failed";

/** A bot in the room of a conversation that another replica may hand over, or has handed over a moment ago. */
interface Guest {
  readonly bot: Bot;
  readonly offer: Offer;
  /** What the giver is to be told once more if it does not know; null before the bot hears the room. */
  answer: "ready" | "present" | null;
  isAnswering: boolean;
  isTaken: boolean;
}

/** Takes conversations over from other replicas. */
export class Taker {
  readonly #options: SideOptions;
  readonly #guests = new Map<string, Guest>();
  #isDraining = false;

  constructor(options: SideOptions) {
    this.#options = options;
  }

  /** Whether bots wait for their conversations. */
  get isBusy(): boolean {
    return this.#guests.size > 0;
  }

  /** Takes in what the database says of all hand-overs of this replica. */
  read(rows: readonly HandOver[]): void {
    const mine = rows.filter(({ taker }) => taker === this.#options.replicaId);
    const offered = new Set(mine.map(({ matchId }) => matchId));
    for (const [matchId, guest] of this.#guests) if (!offered.has(matchId)) this.#withdraw(matchId, guest);
    for (const row of mine) {
      const guest = this.#guests.get(row.matchId);
      if (row.state === "given" && !guest?.isTaken) this.#take(row, guest);
      else if (row.state === "offered" && !guest) this.#considerOffer(row);
      else if (guest && row.state !== "refused") void this.#answerAs(row.matchId, guest);
    }
  }

  /** Refuses what was offered and not given yet; what is given by now is still taken. */
  drain(): void {
    this.#isDraining = true;
    for (const [matchId, guest] of this.#guests) if (!guest.isTaken) void this.#refuse(matchId, guest);
  }

  /** Gives up whatever is not here yet. */
  close(): void {
    this.#isDraining = true;
    for (const [matchId, guest] of this.#guests) this.#withdraw(matchId, guest);
  }

  #considerOffer({ matchId, offer }: HandOver): void {
    const bot = offer && !this.#isDraining ? this.#host(matchId, offer) : null;
    if (bot) return bot.start();
    this.#options.emitter.emit("hand-over:ended", { outcome: "refused" });
    void this.#answer(matchId, "refused");
  }

  #host(matchId: string, offer: Offer): Bot | null {
    const bot = this.#options.bots.host(matchId, offer, () => this.#onEnd(matchId));
    if (!bot) return null;
    const guest: Guest = { bot, offer, answer: null, isAnswering: false, isTaken: false };
    this.#guests.set(matchId, guest);
    bot.events.on("bot:ready", () => {
      guest.answer = "ready";
      void this.#answerAs(matchId, guest);
    });
    bot.events.on("bot:present", () => {
      guest.answer = "present";
      void this.#answerAs(matchId, guest);
    });
    return bot;
  }

  async #answerAs(matchId: string, guest: Guest): Promise<void> {
    const { answer } = guest;
    if (answer === null || guest.isAnswering || (answer === "ready" && guest.isTaken)) return;
    guest.isAnswering = true;
    await this.#answer(matchId, answer);
    guest.isAnswering = false;
    if (guest.answer !== answer) await this.#answerAs(matchId, guest);
  }

  /** The conversation is this replica's from now on, whatever happens. */
  #take({ matchId, memory }: HandOver, guest: Guest | undefined): void {
    const { matches, bots, emitter, runtime } = this.#options;
    matches.adopt(matchId);
    if (!guest) {
      runtime.log.warn({ match_id: matchId }, LOST);
      emitter.emit("hand-over:ended", { outcome: "failed" });
      return matches.end(matchId, NOT_TAKEN);
    }
    guest.isTaken = true;
    bots.taken(guest.bot, guest.offer);
    emitter.emit("hand-over:ended", { outcome: "taken" });
    guest.bot.send({ kind: "taken", saved: readSavedTalk(memory ?? "{}") });
  }

  /** The bot is gone: it was withdrawn, or could not be in the room. */
  #onEnd(matchId: string): void {
    const guest = this.#guests.get(matchId);
    // A taken one is remembered until its row is gone, so that it is not taken for one that was lost.
    if (!guest || guest.isTaken) return;
    this.#guests.delete(matchId);
    this.#options.emitter.emit("hand-over:ended", { outcome: "refused" });
    void this.#answer(matchId, "refused");
  }

  async #refuse(matchId: string, guest: Guest): Promise<void> {
    const isRefused = await this.#answer(matchId, "refused");
    if (isRefused && !guest.isTaken) this.#withdraw(matchId, guest);
    else this.#options.look();
  }

  #withdraw(matchId: string, guest: Guest): void {
    if (this.#guests.get(matchId) === guest) this.#guests.delete(matchId);
    if (!guest.isTaken) guest.bot.send({ kind: "withdrawn" });
  }

  /** Tells the giver, until the database has it or it is of no use. Never rejects. */
  async #answer(matchId: string, answer: "ready" | "refused" | "present"): Promise<boolean> {
    const { runtime, store, look } = this.#options;
    try {
      const isTold = await withTimeLimit({ clock: runtime.clock, limitMs: ANSWER_LIMIT_MS }, (signal) =>
        retry(() => store.answer(matchId, answer), { runtime, signal, backoff: RETRY, when: () => true }),
      );
      if (!isTold) look();
      return isTold;
    } catch (thrown) {
      runtime.log.debug({ match_id: matchId, answer, ...errorFields(thrown) }, "a hand-over could not be answered");
      return false;
    }
  }
}

const LOST = "a conversation was handed over to a bot that is not in its room any more: it ends";
