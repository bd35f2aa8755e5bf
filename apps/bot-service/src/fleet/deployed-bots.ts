import { createEmitter, type EventSource, type Timer, unreachable, withTimeout } from "@shoal/kernel";
import { type DeployedBot, type DeployedRunner, type DeployedRunnerEvents, NO_CAPACITY } from "../control/runner.ts";
import type { DeploymentStatus } from "../control/types.ts";
import { type Assignment, isInMatch } from "./bot.state.ts";
import type { Bot, BotSurroundings } from "./bot.ts";
import type { BotKind } from "./bot-kind.ts";
import type { BotRegistry } from "./bot-registry.ts";
import {
  type DeployedEffect,
  type DeployedEvent,
  type DeployedState,
  generationOf,
  statusOf,
  transition,
} from "./deployed.state.ts";
import type { Offer, OfferedDeployment } from "./hand-over/store.ts";
import { createOldEntries, type OldEntries } from "./old-entries.ts";
import { QUARANTINE } from "./roster.ts";
import { Silenced } from "./silenced.ts";

export interface DeployedBotsOptions extends BotSurroundings {
  readonly replicaId: string;
  readonly registry: BotRegistry;
  /** Largest number of bots, 0 or more. */
  readonly maxCount: number;
  /** Whether each bot has an entry in the lobby, up to `entryMax` bots (0 or more), which changes with the number of replicas. */
  readonly showsInLobby: boolean;
  readonly entryMax: () => number;
  readonly onQuarantined: (botId: string) => void;
}

interface Entry {
  readonly botId: string;
  isOperators: boolean;
  state: DeployedState;
  bot: Bot | undefined;
  timer: Timer | undefined;
}

/**
 * Runs the bots that commands deployed to this process. Each has one entry here, and at most one bot at a time. Where all places
 * are taken, the newest bot of an owner is stopped for one of the operator, which waits in line until its place is free.
 */
export class DeployedBots implements DeployedRunner {
  readonly events: EventSource<DeployedRunnerEvents>;
  readonly kinds: ReadonlyMap<string, BotKind>;
  readonly #options: DeployedBotsOptions;
  readonly #emitter = createEmitter<DeployedRunnerEvents>();
  readonly #entries = new Map<string, Entry>();
  /** Bots of owners that stop because the operator's need their places. */
  readonly #displaced = new Set<string>();
  /** The operator's bots that wait for these places. */
  readonly #inLine = new Set<string>();
  /** Bots that `host` made and that are not here yet: their places are taken. */
  readonly #guests = new Set<Bot>();
  /** Bots with an entry in the lobby. */
  readonly #shown = new Set<Bot>();
  readonly #oldEntries: OldEntries;
  readonly #silenced: Silenced;
  #hasWarnedUnshown = false;
  #isDraining = false;
  #drained: Promise<void> | undefined;

  constructor(options: DeployedBotsOptions) {
    this.#options = options;
    this.events = this.#emitter;
    this.kinds = new Map(options.fleet.botKinds.toReversed().map((kind) => [kind.kind, kind]));
    this.#silenced = new Silenced(options.registry);
    const { pool, runtime, fleet, replicaId } = options;
    this.#oldEntries = createOldEntries({
      ...{ pool, runtime, topic: fleet.topics.lobby, clientId: `shoal-heir-${replicaId}` },
    });
  }

  has(botId: string): boolean {
    return this.#entries.has(botId);
  }

  giveAway(maxCount: number): string[] {
    const idle = [...this.#entries.values()].filter(
      ({ state, bot }) => state.kind === "running" && state.isSettled && bot?.state.kind === "idle",
    );
    const given = idle.toReversed().slice(0, maxCount);
    for (const { botId } of given) this.stop(botId, true);
    return given.map(({ botId }) => botId);
  }

  get maxCount(): number {
    return this.#options.maxCount;
  }

  get freeCount(): number {
    return this.#isDraining ? 0 : Math.max(0, this.#options.maxCount - this.#heldCount);
  }

  get freeForOperatorCount(): number {
    if (this.#isDraining) return 0;
    return this.#options.maxCount - this.#stayingCount + this.#displaceable().length;
  }

  /** Number of places that are taken, or will be by those in line and on their way. */
  get #heldCount(): number {
    return this.#entries.size + this.#guests.size;
  }

  /** The same when those who are displaced have left. */
  get #stayingCount(): number {
    return this.#heldCount - this.#displaced.size;
  }

  #displaceable(): Entry[] {
    return [...this.#entries.values()].filter(({ botId, isOperators }) => !isOperators && !this.#displaced.has(botId));
  }

  /** Number of bots that keep crashing and wait until their quarantine ends. */
  get quarantinedCount(): number {
    return this.countByStatus().quarantined ?? 0;
  }

  /** Counts the deployed bots by status; a status that is missing has none. */
  countByStatus(): Partial<Record<DeploymentStatus, number>> {
    const counts: Partial<Record<DeploymentStatus, number>> = {};
    for (const { state } of this.#entries.values()) {
      const status = statusOf(state);
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  /** Returns each bot here with its state, and whether it waits in line for a place. */
  list(): readonly { readonly botId: string; readonly state: DeployedState; readonly isInLine: boolean }[] {
    return [...this.#entries.values()].map(({ botId, state }) => ({ botId, state, isInLine: this.#inLine.has(botId) }));
  }

  run(bot: DeployedBot): boolean {
    const { botId, kind, isOperators } = bot;
    if (this.#isDraining || !this.kinds.has(kind)) return false;
    // It ends here first; then it is given to whoever has room.
    if (this.#displaced.has(botId)) return true;
    if (!this.#entries.has(botId)) {
      if ((isOperators ? this.freeForOperatorCount : this.freeCount) <= 0) return false;
      if (this.#stayingCount >= this.#options.maxCount) this.#displace();
    }
    this.#send(botId, { kind: "run", bot });
    const entry = this.#entries.get(botId);
    if (entry) entry.isOperators = isOperators;
    if (entry) void this.#goOn(entry);
    return true;
  }

  silence(botId: string): boolean {
    return this.#silenced.silence(this.#entries.get(botId)?.bot);
  }

  #goOn(entry: Entry): Promise<void> {
    return this.#silenced.goOn(entry.bot, () => entry.state.kind === "running" && entry.state.bot.isPaused);
  }

  #displace(): void {
    const entry = this.#displaceable().at(-1);
    if (!entry) return;
    this.#displaced.add(entry.botId);
    const text =
      "an owner's bot is stopped to make room for one of the operator; raise BOT_DEPLOYED_MAX or run another daemon to have room for both";
    this.#options.runtime.log.warn({ bot_id: entry.botId }, text);
    this.stop(entry.botId, false);
  }

  stop(botId: string, isGraceful: boolean): void {
    const stop = () => this.#send(botId, { kind: "stop", isGraceful });
    const entry = this.#entries.get(botId);
    if (entry && this.#silenced.has(entry.bot)) void this.#goOn(entry).then(stop);
    else stop();
  }

  drop(botId: string): void {
    const bot = this.#entries.get(botId)?.bot;
    // Its match is this replica's, and ends with it.
    if (this.#silenced.has(bot)) bot.send({ kind: "kept" });
    this.#send(botId, { kind: "drop" });
  }

  /** Returns the run of a bot, for another replica to go on with; null if it is not one of these. */
  offerOf(bot: Bot): OfferedDeployment | null {
    const entry = this.#entries.get(bot.botId);
    const generation = entry?.bot === bot ? generationOf(entry.state) : null;
    if (!entry || generation === null) return null;
    const isPaused = this.#options.registry.isPaused(bot.botId);
    return { config: bot.settings, generation, isPaused, isOperators: entry.isOperators };
  }

  /** Forgets a bot that another replica runs now, without ending it. */
  given(botId: string): void {
    const entry = this.#entries.get(botId);
    if (!entry) return;
    entry.bot = undefined;
    this.#send(botId, { kind: "drop" });
    this.#emitter.emit("deployed:moved", { botId, isHere: false });
  }

  /**
   * Makes a bot for an offered conversation, not started yet; its place is taken from now on. Null: it cannot run here. Nobody is displaced for it,
   * because who comes with a conversation cannot wait in line.
   */
  host(offer: Offer, deployment: OfferedDeployment, assignment: Assignment, onEnd: () => void): Bot | null {
    const kind = this.kinds.get(offer.kind);
    if (!kind || this.freeCount <= 0 || this.#entries.has(offer.botId)) return null;
    const run = { botId: offer.botId, kind: offer.kind, name: offer.name, isLeftBehind: false, ...deployment };
    const leave = () => {
      if (this.#guests.delete(bot)) this.#moveUp();
      onEnd();
    };
    const bot = this.#make(run, kind, { offer: assignment, onEnd: leave });
    this.#guests.add(bot);
    return bot;
  }

  /** Runs a bot that `host` made, from now on as any other. */
  taken(bot: Bot, { botId, kind, name }: Offer, deployment: OfferedDeployment): void {
    this.#guests.delete(bot);
    const entry = newEntry(botId);
    const run = { botId, kind, name, isLeftBehind: false, ...deployment };
    this.#entries.set(botId, Object.assign(entry, { bot, isOperators: deployment.isOperators }));
    this.#send(botId, { kind: "take", bot: run });
    this.#emitter.emit("deployed:moved", { botId, isHere: true });
  }

  /** With `leavesTalking`, somebody else ends the bots in a conversation: it may go on at another replica. */
  drain(limitMs: number, leavesTalking = false): Promise<void> {
    this.#drained ??= this.#drain(limitMs, leavesTalking);
    return this.#drained;
  }

  async #drain(limitMs: number, leavesTalking: boolean): Promise<void> {
    this.#isDraining = true;
    const waiting = new AbortController();
    const gone = [...this.#entries.keys()].map((botId) => this.#gone(botId, waiting.signal));
    for (const { botId, bot } of this.#entries.values())
      this.stop(botId, leavesTalking && bot !== undefined && isInMatch(bot.state));
    await withTimeout(this.#options.runtime.clock, limitMs, Promise.all(gone));
    waiting.abort();
    for (const botId of this.#entries.keys()) this.drop(botId);
  }

  async #gone(botId: string, signal: AbortSignal): Promise<void> {
    const isOver = (event: DeployedRunnerEvents["deployed:changed"]) =>
      event.botId === botId && event.status === "stopped";
    const ended = this.#emitter.next("deployed:changed", isOver, signal);
    const moved = this.#emitter.next("deployed:moved", (event) => event.botId === botId, signal);
    await Promise.any([ended, moved]).catch(() => {});
  }

  /** Applies an event; the only way an entry's state changes. */
  #send(botId: string, event: DeployedEvent): void {
    const entry = this.#entries.get(botId) ?? newEntry(botId);
    const { clock, rng } = this.#options.runtime;
    const { state, effects } = transition(entry.state, event, { nowMs: clock.monotonicMs(), rng });
    entry.state = state;
    if (state.kind === "gone") this.#entries.delete(botId);
    else this.#entries.set(botId, entry);
    for (const effect of effects) this.#perform(entry, effect);
    if (state.kind !== "gone") return;
    this.#displaced.delete(botId);
    this.#moveUp();
  }

  /** Starts who is first in line for as long as there are places. */
  #moveUp(): void {
    for (const botId of this.#inLine) {
      if (this.#heldCount - this.#inLine.size >= this.#options.maxCount) return;
      this.#inLine.delete(botId);
      const entry = this.#entries.get(botId);
      if (entry?.state.kind === "running") this.#launch(entry, entry.state.bot);
    }
  }

  #perform(entry: Entry, effect: DeployedEffect): void {
    const { botId } = entry;
    switch (effect.kind) {
      case "launch":
        if (this.#heldCount - this.#inLine.size > this.#options.maxCount) this.#inLine.add(botId);
        else this.#launch(entry, effect.bot);
        return;
      case "end": {
        if (this.#inLine.delete(botId)) {
          if (effect.how !== "crash") this.#send(botId, { kind: "ended", how: "stopped", errorCode: null });
          return;
        }
        const { bot } = entry;
        // Detached first, so that the events of a dropped bot change nothing.
        if (effect.how === "crash") entry.bot = undefined;
        bot?.send({ kind: effect.how });
        return;
      }
      case "offer":
        return this.#options.registry.setPaused(botId, effect.isPaused);
      case "wait": {
        const { clock } = this.#options.runtime;
        entry.timer = clock.after(effect.untilMs - clock.monotonicMs(), () => this.#send(botId, { kind: "due" }));
        return;
      }
      case "stop-waiting":
        return entry.timer?.cancel();
      case "report":
        return this.#report(botId, effect);
      default:
        unreachable(effect);
    }
  }

  #launch(entry: Entry, run: DeployedBot): void {
    const kind = this.kinds.get(run.kind);
    if (!kind) return;
    entry.bot = this.#make(run, kind, {});
    entry.bot.start();
  }

  #make(
    { botId, name, config, isPaused, isLeftBehind }: DeployedBot,
    kind: BotKind,
    { offer, onEnd }: { readonly offer?: Assignment; readonly onEnd?: () => void },
  ): Bot {
    const ifCurrent = (event: DeployedEvent) => {
      if (this.#entries.get(botId)?.bot === bot) this.#send(botId, event);
    };
    const showsInLobby = this.#options.showsInLobby && this.#shown.size < this.#options.entryMax();
    const bot = this.#options.registry.add({
      ...this.#options,
      ...{ botId, name, kind, settings: config, showsInLobby, isPaused },
      ...(offer && { offer }),
      untilShowable: isLeftBehind ? (signal) => this.#oldEntries.gone(botId, signal) : undefined,
      isStaggered: false,
      hasOperatorChosenId: true,
      onEnd: ({ how, errorCode }) => {
        this.#shown.delete(bot);
        onEnd?.();
        ifCurrent({ kind: "ended", how, errorCode });
      },
      onSettled: () => ifCurrent({ kind: "settled" }),
    });
    if (showsInLobby) this.#shown.add(bot);
    else this.#warnUnshown();
    return bot;
  }

  /** Logs once that deployed bots go without a lobby entry. */
  #warnUnshown(): void {
    const { showsInLobby, entryMax, runtime } = this.#options;
    if (!showsInLobby || this.#hasWarnedUnshown) return;
    this.#hasWarnedUnshown = true;
    const text =
      "sockets or presence events do not suffice for more lobby entries of deployed bots: further ones are matched but not shown; raise POOL_MAX_SOCKETS, see SUPABASE_PLAN, or set LOBBY_PRESENCE=fleet";
    runtime.log.warn({ lobby_entries: entryMax() }, text);
  }

  #report(botId: string, { generation, status, errorCode }: Extract<DeployedEffect, { kind: "report" }>): void {
    if (status === "quarantined") {
      const fields = { bot_id: botId, for_ms: QUARANTINE.lengthMs };
      this.#options.runtime.log.error(fields, "a deployed bot keeps crashing and is quarantined");
      this.#options.onQuarantined(botId);
    }
    const why = status === "stopped" && this.#displaced.has(botId) ? NO_CAPACITY : errorCode;
    this.#emitter.emit("deployed:changed", { botId, generation, status, errorCode: why });
  }
}

function newEntry(botId: string): Entry {
  return { botId, isOperators: false, state: { kind: "gone" }, bot: undefined, timer: undefined };
}
