import {
  createEmitter,
  type EventSource,
  errorFields,
  isFleetError,
  type Runtime,
  type Timer,
  withTimeout,
} from "@shoal/kernel";
import type { BotSupply, IdleBot, Match } from "@shoal/matchmaker";
import type { RealtimePool } from "@shoal/realtime-pool";
import type { FleetConfig } from "../fleet-config.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import { assignmentOf, type BotState } from "./bot.state.ts";
import { Bot, type BotEvents, type MatchDesk } from "./bot.ts";
import {
  afterCrash,
  afterStop,
  type Place,
  QUARANTINE,
  quarantinedCount,
  type Roster,
  takePlaces,
  withPlace,
} from "./roster.ts";
import { nextTarget, type ScalingHistory, type ScalingPolicy } from "./scaling.ts";

export interface ManagerEvents {
  "fleet:scaled": { readonly target: number; readonly running: number };
  "bot:changed": { readonly botId: string; readonly from: BotState["kind"]; readonly to: BotState["kind"] };
  "bot:offered": { readonly botId: string };
  "bot:crashed": { readonly botId: string };
  "bot:quarantined": { readonly botId: string };
  "message:moved": BotEvents["message:moved"];
  "message:malformed": BotEvents["message:malformed"];
}

export interface ManagerOptions {
  readonly replicaId: string;
  readonly pool: Pick<RealtimePool, "acquire">;
  readonly fleet: FleetConfig;
  readonly runtime: Runtime;
  readonly desk: MatchDesk;
  readonly scaling: ScalingPolicy;
  /** How often the target is looked at when nothing else makes it so, in ms. */
  readonly maintenanceIntervalMs: number;
  readonly confirmMs: number;
  readonly showsInLobby: boolean;
  /** Active people now; null while unknown, then the target stays. */
  readonly countPeople: () => Promise<number | null>;
}

interface Member {
  readonly bot: Bot;
  readonly place: Place;
  isRetiring: boolean;
}

/**
 * Keeps the number of running bots at its target: starts, retires, replaces and quarantines them. Offers the idle ones to
 * the matchmaker and hands matches to them.
 */
export class BotManager implements BotSupply {
  readonly events: EventSource<ManagerEvents>;
  readonly #options: ManagerOptions;
  readonly #emitter = createEmitter<ManagerEvents>();
  readonly #members = new Map<string, Member>();
  #roster: Roster = [];
  #history: ScalingHistory = [];
  #target = 0;
  #timer: Timer | undefined;
  /** When the next bot that is missing may start; Infinity when none is. */
  #placeFreeAtMs = Number.POSITIVE_INFINITY;
  #isEvaluating = false;
  #isDirty = false;
  #isDraining = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.events = this.#emitter;
  }

  start(): void {
    this.nudge();
  }

  /** People or bots came or went: look at the target now. A call during a look makes it look once more. */
  nudge(): void {
    if (this.#isDraining) return;
    this.#isDirty = true;
    if (this.#isEvaluating) return;
    this.#isEvaluating = true;
    this.#timer?.cancel();
    void this.#evaluateWhileDirty();
  }

  async #evaluateWhileDirty(): Promise<void> {
    while (this.#isDirty && !this.#isDraining) {
      this.#isDirty = false;
      await this.#evaluate();
    }
    this.#isEvaluating = false;
    if (this.#isDraining) return;
    const { runtime, maintenanceIntervalMs } = this.#options;
    const untilFreeMs = Math.max(0, this.#placeFreeAtMs - this.#nowMs());
    this.#timer = runtime.clock.after(Math.min(maintenanceIntervalMs, untilFreeMs), () => this.nudge());
  }

  async #evaluate(): Promise<void> {
    const { countPeople, scaling, runtime } = this.#options;
    try {
      const people = await countPeople();
      // Unknown at the very start: the minimum is right whatever the count will be.
      if (people !== null || this.#target === 0) {
        const next = nextTarget(this.#history, people ?? 0, scaling, this.#nowMs());
        this.#history = next.history;
        this.#target = next.target;
      }
    } catch (thrown) {
      runtime.log.warn(errorFields(thrown), "active people could not be counted; the number of bots stays");
    }
    if (!this.#isDraining) this.#reconcile();
  }

  /** Starts what is missing, retires what is too many. */
  #reconcile(): void {
    const { maxCount } = this.#options.scaling;
    const active = [...this.#members.values()].filter((member) => !member.isRetiring);
    const surplus = active.length - this.#target;
    const atMost = Math.max(0, Math.min(-surplus, maxCount - this.#members.size));
    const { roster, taken, retryAtMs } = takePlaces(this.#roster, -surplus, atMost, maxCount, this.#nowMs());
    this.#roster = roster;
    this.#placeFreeAtMs = taken.length < atMost ? retryAtMs : Number.POSITIVE_INFINITY;
    for (const place of taken) this.#startBot(place);
    if (surplus > 0) for (const member of leastMissed(active).slice(0, surplus)) this.#retire(member);
    this.#emitter.emit("fleet:scaled", { target: this.#target, running: this.#members.size });
  }

  /** Restarts and windows are durations: a jump of the wall clock must neither hold back a bot nor bring one too soon. */
  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }

  #startBot(place: Place): void {
    const { replicaId, fleet, pool, runtime, desk, showsInLobby, confirmMs } = this.#options;
    const kind = fleet.botKinds[(place.number - 1) % fleet.botKinds.length];
    if (!kind) return;
    const botId = `bot-${replicaId.slice(0, 8)}-${place.number}`;
    const name = kind.names[(place.number - 1) % kind.names.length] ?? kind.kind;
    const bot = new Bot({ botId, name, kind, pool, fleet, runtime, desk, showsInLobby, confirmMs });
    this.#members.set(botId, { bot, place, isRetiring: false });
    bot.events.on("bot:changed", ({ from, to }) => {
      this.#emitter.emit("bot:changed", { botId, from, to });
      if (to === "stopped" || to === "crashed") this.#onGone(botId, to);
    });
    bot.events.on("bot:offered", () => this.#emitter.emit("bot:offered", { botId }));
    bot.events.on("bot:crashed", ({ error }) => {
      runtime.log.error(
        { bot_id: botId, kind: kind.kind, ...crashFields(error) },
        "a bot crashed; it will be replaced",
      );
      this.#emitter.emit("bot:crashed", { botId });
    });
    bot.events.on("message:moved", (event) => this.#emitter.emit("message:moved", event));
    bot.events.on("message:malformed", (event) => this.#emitter.emit("message:malformed", event));
    bot.start();
  }

  #retire(member: Member): void {
    member.isRetiring = true;
    member.bot.send({ kind: "retire" });
  }

  #onGone(botId: string, how: "stopped" | "crashed"): void {
    const member = this.#members.get(botId);
    if (!member) return;
    this.#members.delete(botId);
    const { rng, log } = this.#options.runtime;
    const { place: current } = member;
    const place = how === "crashed" ? afterCrash(current, this.#nowMs(), rng) : afterStop(current, this.#nowMs());
    this.#roster = withPlace(this.#roster, place);
    if (place.status.kind === "quarantined") {
      log.error({ bot_id: botId, for_ms: QUARANTINE.lengthMs }, "a bot keeps crashing and is quarantined");
      this.#emitter.emit("bot:quarantined", { botId });
    }
    this.nudge();
  }

  idleBots(): readonly IdleBot[] {
    const idle: IdleBot[] = [];
    for (const { bot } of this.#members.values()) {
      if (bot.state.kind === "idle") idle.push({ botId: bot.botId, name: bot.name, idleSinceMs: bot.state.sinceMs });
    }
    return idle;
  }

  reserve(botId: string): boolean {
    const member = this.#members.get(botId);
    if (member?.bot.state.kind !== "idle") return false;
    member.bot.send({ kind: "reserve" });
    return true;
  }

  unreserve(botId: string): void {
    this.#members.get(botId)?.bot.send({ kind: "unreserve" });
  }

  /** Hands a committed match to the bot in it. False: none of ours is reserved for it (any more). */
  assign(match: Match): boolean {
    const seat = match.seats.find(({ bot }) => bot);
    const partner = match.seats.find(({ bot }) => !bot);
    const bot = this.#members.get(seat?.id ?? "")?.bot;
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
    for (const { bot } of this.#members.values()) if (assignmentOf(bot.state)?.matchId === matchId) return bot;
    return undefined;
  }

  /** Whether that person is seen in a room with one of our bots. */
  hasInRoom(userId: string): boolean {
    for (const { bot } of this.#members.values()) if (bot.presentPartnerId === userId) return true;
    return false;
  }

  counts(): ServiceSnapshot["bots"] {
    const count = (...kinds: BotState["kind"][]) =>
      [...this.#members.values()].filter(({ bot }) => kinds.includes(bot.state.kind)).length;
    return {
      target: this.#target,
      starting: count("starting"),
      idle: count("idle"),
      talking: count("reserved", "joining", "waiting", "talking", "leaving"),
      stopping: count("stopping"),
      quarantined: quarantinedCount(this.#roster, this.#nowMs()),
    };
  }

  /** Ends every conversation with a goodbye and stops every bot, in at most `limitMs`. True: all are gone. Idempotent. */
  async drain(limitMs: number): Promise<boolean> {
    this.#isDraining = true;
    this.#timer?.cancel();
    const all = [...this.#members.values()].map(({ bot }) => this.#drained(bot));
    const outcome = await withTimeout(this.#options.runtime.clock, limitMs, Promise.all(all));
    return outcome.kind === "value" && this.#members.size === 0;
  }

  async #drained(bot: Bot): Promise<void> {
    const gone = bot.events.next("bot:changed", ({ to }) => to === "stopped" || to === "crashed");
    bot.send({ kind: "drain" });
    await gone;
  }
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

/** In the order in which they are retired: idle ones before talking ones, the newest first. */
function leastMissed(members: readonly Member[]): Member[] {
  const isBusy = ({ bot }: Member) => (assignmentOf(bot.state) || bot.state.kind === "reserved" ? 1 : 0);
  return [...members].sort((left, right) => isBusy(left) - isBusy(right) || right.place.number - left.place.number);
}
