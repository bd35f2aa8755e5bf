import { createEmitter, type EventSource, errorFields, logOutage, type Outage, type Timer } from "@shoal/kernel";
import type { ServiceSnapshot } from "../service.types.ts";
import { assignmentOf } from "./bot.state.ts";
import type { Bot, BotSurroundings } from "./bot.ts";
import type { BotRegistry } from "./bot-registry.ts";
import { DeployedBots } from "./deployed-bots.ts";
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
  "bot:quarantined": { readonly botId: string };
}

export interface ManagerOptions extends BotSurroundings {
  readonly replicaId: string;
  readonly registry: BotRegistry;
  readonly scaling: ScalingPolicy;
  /** Largest number of deployed bots, besides those of `scaling`. */
  readonly deployedMax: number;
  /** Whether each bot has an entry in the lobby. */
  readonly showsInLobby: boolean;
  /** Largest number of deployed bots with a lobby entry; the others are matched all the same. */
  readonly deployedEntryMax: number;
  /** Longest time between two computations of the target, in ms. */
  readonly maintenanceIntervalMs: number;
  /** Counts active people; null while the number is unknown: the target then stays. */
  readonly countPeople: () => Promise<number | null>;
}

interface Member {
  readonly bot: Bot;
  readonly place: Place;
  isRetiring: boolean;
}

/**
 * Keeps the number of running bots at its target: starts, retires, replaces and quarantines them. Deployed ones live beside
 * them, in the same registry.
 */
export class BotManager {
  readonly events: EventSource<ManagerEvents>;
  /** Bots that commands deployed here. */
  readonly deployed: DeployedBots;
  readonly #options: ManagerOptions;
  readonly #emitter = createEmitter<ManagerEvents>();
  readonly #members = new Map<string, Member>();
  readonly #countOutage: Outage;
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
    this.#countOutage = logOutage({
      ...{ log: options.runtime.log, level: "warn" },
      failing: "active people cannot be counted: the number of bots stays as it is until they can; trying again",
      over: "active people are counted again",
    });
    this.deployed = new DeployedBots({
      ...options,
      maxCount: options.deployedMax,
      entryMax: options.deployedEntryMax,
      onQuarantined: (botId) => this.#emitter.emit("bot:quarantined", { botId }),
    });
  }

  start(): void {
    this.nudge();
  }

  /** Computes the target now, because people or bots came or went. A call during a computation makes it run once more. */
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
    const { countPeople, scaling } = this.#options;
    try {
      const people = await countPeople();
      this.#countOutage.worked();
      // While the count is unknown at the start, the minimum is right for any count.
      if (people !== null || this.#target === 0) {
        const next = nextTarget(this.#history, people ?? 0, scaling, this.#nowMs());
        this.#history = next.history;
        this.#target = next.target;
      }
    } catch (thrown) {
      this.#countOutage.failed(errorFields(thrown));
    }
    if (!this.#isDraining) this.#reconcile();
  }

  /** Starts missing bots, retires superfluous ones. */
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

  /** Reads monotonic time: a jump of the wall clock must neither delay the restart of a bot nor bring it too soon. */
  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }

  #startBot(place: Place): void {
    const { replicaId, registry, fleet } = this.#options;
    const kind = fleet.botKinds[(place.number - 1) % fleet.botKinds.length];
    if (!kind) return;
    const botId = `bot-${replicaId.slice(0, 8)}-${place.number}`;
    const name = kind.names[(place.number - 1) % kind.names.length] ?? kind.kind;
    const bot = registry.add({
      ...this.#options,
      ...{ botId, name, kind, settings: {} },
      isStaggered: true,
      hasOperatorChosenId: false,
      isPaused: false,
      onEnd: ({ how }) => this.#onGone(botId, how),
    });
    this.#members.set(botId, { bot, place, isRetiring: false });
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

  /** Counts bots by state. The target is that of the fleet's own bots; all other figures include deployed ones. */
  counts(): ServiceSnapshot["bots"] {
    const { registry } = this.#options;
    return {
      target: this.#target,
      starting: registry.count("starting"),
      idle: registry.count("idle"),
      talking: registry.count("reserved", "joining", "waiting", "talking", "leaving"),
      stopping: registry.count("stopping"),
      quarantined: quarantinedCount(this.#roster, this.#nowMs()) + this.deployed.quarantinedCount,
    };
  }

  /** Ends every conversation with a goodbye and stops every bot, in at most `limitMs`. True: all are gone. Idempotent. */
  async drain(limitMs: number): Promise<boolean> {
    this.#isDraining = true;
    this.#timer?.cancel();
    const [isGone] = await Promise.all([this.#options.registry.drain(limitMs), this.deployed.drain(limitMs)]);
    return isGone;
  }
}

/** Sorts bots in the order in which they are retired: idle ones before talking ones, the newest first. */
function leastMissed(members: readonly Member[]): Member[] {
  const isBusy = ({ bot }: Member) => (assignmentOf(bot.state) || bot.state.kind === "reserved" ? 1 : 0);
  return [...members].sort((left, right) => isBusy(left) - isBusy(right) || right.place.number - left.place.number);
}
