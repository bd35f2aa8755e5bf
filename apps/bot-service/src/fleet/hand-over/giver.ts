import { abortable, createEmitter, errorFields, isFleetError, retry, SECOND_MS, withTimeLimit } from "@shoal/kernel";
import { isRefusedForGood } from "@shoal/store";
import { type Member, type Members, TAKES_CONVERSATIONS } from "../../replicas/members.ts";
import { assignmentOf } from "../bot.state.ts";
import type { Bot } from "../bot.ts";
import { type HandOver, type Offer, RETRY } from "./store.ts";
import type { SideOptions } from "./types.ts";

/** Replicas that are asked to take a conversation, one after the other. */
const TAKERS_ASKED = 2;
/** How long the database may take for the offer, in ms: while it is away, goodbyes must not wait for it. */
const OFFER_LIMIT_MS = 5 * SECOND_MS;
/** Conversations offered at the same time: more would wait for each other at the database while their bots say nothing. */
const UNDER_WAY_MAX = 50;

/** `gone`: the bot has left, because the conversation is another replica's, or over. `stuck`: it can go on nowhere. */
export type Given = "gone" | "kept" | "stuck";

/** A conversation that is another replica's now, and whose bot here waits for the other one to be seen. */
interface Handed {
  readonly taker: string;
  readonly matchId: string;
  readonly pausedAtMs: number;
}

export interface GiverOptions extends SideOptions {
  readonly members: Members;
}

/** Gives conversations to other replicas. Until the database has moved a match the bot here keeps it, whatever fails. */
export class Giver {
  readonly #options: GiverOptions;
  readonly #changes = createEmitter<{ changed: Record<never, never> }>();
  #rows: ReadonlyMap<string, HandOver> = new Map();
  readonly #line: (() => void)[] = [];
  #underWayCount = 0;
  #unseenCount = 0;
  /** Number of bots of each taker: those it had when it was first thought of, and those that it was offered since. */
  readonly #loads = new Map<string, number>();

  constructor(options: GiverOptions) {
    this.#options = options;
  }

  /** Whether conversations are being given. */
  get isBusy(): boolean {
    return this.#underWayCount + this.#unseenCount > 0;
  }

  /** Takes in what the database says of all hand-overs of this replica. */
  read(rows: readonly HandOver[]): void {
    const { replicaId } = this.#options;
    this.#rows = new Map(rows.filter(({ giver }) => giver === replicaId).map((row) => [row.matchId, row]));
    this.#changes.emit("changed", {});
  }

  /** Whether there is somebody to give this bot's conversation to. */
  canGive(bot: Bot): boolean {
    return this.#options.bots.offerOf(bot) !== null && this.#nextTaker(bot.botId, new Set()) !== undefined;
  }

  /** Gives the conversation of a bot that talks to one of two replicas, until `untilMs` of the monotonic clock. Never rejects. */
  async give(bot: Bot, untilMs: number): Promise<Given> {
    const given = await this.#inTurn(() => this.#give(bot, untilMs));
    if (typeof given === "string") return given;
    this.#unseenCount += 1;
    // Its presence is what the partner goes by: without it the other one would be missed.
    await this.#untilSeen(given, bot, untilMs);
    this.#unseenCount -= 1;
    bot.send({ kind: "handed" });
    return "gone";
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWayCount >= UNDER_WAY_MAX) await new Promise<void>((resolve) => void this.#line.push(resolve));
    else this.#underWayCount += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next) next();
      else this.#underWayCount -= 1;
    }
  }

  async #give(bot: Bot, untilMs: number): Promise<Given | Handed> {
    const { clock } = this.#options.runtime;
    const asked = new Set<string>();
    while (asked.size < TAKERS_ASKED && clock.monotonicMs() < untilMs) {
      const offer = this.#options.bots.offerOf(bot);
      const taker = this.#nextTaker(bot.botId, asked);
      if (bot.state.kind !== "talking") return "gone";
      if (!offer || taker === undefined) return "kept";
      asked.add(taker);
      this.#loads.set(taker, (this.#loads.get(taker) ?? 0) + 1);
      const isLast = asked.size === TAKERS_ASKED || this.#nextTaker(bot.botId, asked) === undefined;
      const share = isLast ? 1 : 0.5;
      const askUntilMs = clock.monotonicMs() + (untilMs - clock.monotonicMs()) * share;
      const given = await this.#giveTo(taker, bot, offer, askUntilMs, untilMs);
      if (given === "unanswered") return "kept";
      if (given !== "kept") return given;
      this.#options.emitter.emit("hand-over:ended", { outcome: "refused" });
    }
    return "kept";
  }

  /** Chooses who runs the fewest bots, so that conversations, which stay where they are, do not leave the fleet uneven. */
  #nextTaker(botId: string, asked: ReadonlySet<string>): string | undefined {
    const { members, replicaId } = this.#options;
    const takers = members
      .order(botId)
      .filter((member) => member.replicaId !== replicaId && !asked.has(member.replicaId))
      .filter(({ protocol }) => protocol >= TAKES_CONVERSATIONS);
    const inTime = takers.filter(({ isLate }) => !isLate);
    const loads = (inTime.length > 0 ? inTime : takers).map((member) => ({ member, load: this.#loadOf(member) }));
    return loads.toSorted((one, other) => one.load - other.load)[0]?.member.replicaId;
  }

  #loadOf({ replicaId, places, deployed }: Member): number {
    const load = this.#loads.get(replicaId) ?? places.length + deployed;
    this.#loads.set(replicaId, load);
    return load;
  }

  /** `unanswered`: the database did not take the offer, nor would it take another. */
  async #giveTo(
    taker: string,
    bot: Bot,
    offer: Offer,
    askUntilMs: number,
    untilMs: number,
  ): Promise<Given | Handed | "unanswered"> {
    const { store } = this.#options;
    const matchId = assignmentOf(bot.state)?.matchId ?? "";
    const withdraw = () => this.#asked(() => store.withdraw(matchId), this.#nowMs() + SECOND_MS);
    bot.record();
    const offerUntilMs = Math.min(askUntilMs, this.#nowMs() + OFFER_LIMIT_MS);
    const isOffered = await this.#asked(() => store.offer(matchId, taker, offer), offerUntilMs);
    if (isOffered === undefined) return "unanswered";
    // False: the match has ended, which the bot hears in a moment.
    if (isOffered !== true) return "kept";
    const answer = await this.#until(() => this.#answerOf(taker, bot, matchId), bot, askUntilMs);
    if (answer === "over") return "gone";
    if (answer !== "ready") {
      await withdraw();
      return bot.state.kind === "talking" ? "kept" : "gone";
    }
    const pausedAtMs = this.#nowMs();
    const { saved, canGoOn } = await bot.pause(Math.max(0, untilMs - this.#nowMs()));
    if (bot.state.kind !== "handing") return "gone";
    if (saved === null) {
      await withdraw();
      return this.#keep(bot, canGoOn ? "kept" : "stuck");
    }
    return this.#hand(taker, bot, matchId, saved, { pausedAtMs, untilMs });
  }

  #keep(bot: Bot, given: "kept" | "stuck"): Given {
    bot.send({ kind: "kept" });
    return given;
  }

  async #hand(
    taker: string,
    bot: Bot,
    matchId: string,
    saved: string,
    { pausedAtMs, untilMs }: { readonly pausedAtMs: number; readonly untilMs: number },
  ): Promise<Given | Handed> {
    const { store, matches, bots, emitter, runtime } = this.#options;
    // While nobody knows whose it is the bot says nothing. It asks until there is an answer.
    const outcome = await this.#asked(() => store.give(matchId, taker, saved), untilMs);
    if (outcome === "kept" || outcome === "refused") return this.#keep(bot, "kept");
    if (outcome === "given") {
      matches.forget(matchId);
      bots.given(bot);
      emitter.emit("hand-over:ended", { outcome: "given" });
      return { taker, matchId, pausedAtMs };
    }
    if (outcome === undefined) {
      runtime.log.warn({ bot_id: bot.botId, match_id: matchId }, UNKNOWN);
      emitter.emit("hand-over:ended", { outcome: "failed" });
    }
    bot.send({ kind: "handed" });
    return "gone";
  }

  async #untilSeen({ taker, matchId, pausedAtMs }: Handed, bot: Bot, untilMs: number): Promise<void> {
    const { emitter, look } = this.#options;
    look();
    // Also one that drains meanwhile goes on with what it was given.
    const isAlive = () => this.#options.members.live.some(({ replicaId }) => replicaId === taker);
    const isSeen = () => (!this.#rows.has(matchId) ? "seen" : isAlive() ? null : "never");
    if ((await this.#until(isSeen, bot, untilMs)) === "seen") {
      emitter.emit("hand-over:seen", { durationMs: this.#nowMs() - pausedAtMs });
    }
  }

  #answerOf(taker: string, bot: Bot, matchId: string): "over" | "ready" | "refused" | null {
    if (bot.state.kind !== "talking") return "over";
    const row = this.#rows.get(matchId);
    if (row?.taker === taker && row.state === "ready") return "ready";
    if (row?.taker === taker && row.state === "refused") return "refused";
    return this.#isThere(taker) ? null : "refused";
  }

  #isThere(taker: string): boolean {
    return this.#options.members.live.some(({ replicaId, isDraining }) => replicaId === taker && !isDraining);
  }

  /** Waits until `check` has an answer; null at `untilMs`. */
  async #until<T>(check: () => T | null, bot: Bot, untilMs: number): Promise<T | null> {
    const { members, runtime } = this.#options;
    const found = Promise.withResolvers<T | null>();
    const look = () => {
      const answer = check();
      if (answer !== null) found.resolve(answer);
    };
    const offs = [
      this.#changes.on("changed", look),
      members.events.on("members:changed", look),
      members.events.on("members:updated", look),
      bot.events.on("bot:changed", look),
    ];
    const timer = runtime.clock.after(Math.max(0, untilMs - this.#nowMs()), () => found.resolve(null));
    look();
    try {
      return await found.promise;
    } finally {
      timer.cancel();
      for (const off of offs) off();
    }
  }

  /** Asks the database again and again until `untilMs`. `refused`: it will not do it; undefined: there was no answer. */
  async #asked<T>(work: () => Promise<T>, untilMs: number): Promise<T | "refused" | undefined> {
    const { runtime } = this.#options;
    try {
      return await withTimeLimit({ clock: runtime.clock, limitMs: Math.max(0, untilMs - this.#nowMs()) }, (signal) =>
        retry(() => abortable(work(), signal), {
          ...{ runtime, signal, backoff: RETRY },
          when: (error) => !isRefusedForGood(error),
        }),
      );
    } catch (thrown) {
      runtime.log.debug(errorFields(thrown), "a statement of a hand-over failed");
      return isFleetError(thrown) && isRefusedForGood(thrown) ? "refused" : undefined;
    }
  }

  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }
}

const UNKNOWN =
  "the database did not say whether a conversation was handed over: the bot leaves without a word, and if nobody took it over its match ends with the term of this replica";
