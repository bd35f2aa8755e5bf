import {
  createEmitter,
  createLoop,
  type EventSource,
  errorFields,
  fullJitter,
  type Loop,
  logOutage,
  type Outage,
  SECOND_MS,
} from "@shoal/kernel";
import type { Members } from "../replicas/members.ts";
import type { ServiceSnapshot } from "../service.types.ts";
import { assignmentOf } from "./bot.state.ts";
import type { Bot, BotSurroundings } from "./bot.ts";
import { botIdOf, castOf } from "./bot-id.ts";
import type { BotRegistry } from "./bot-registry.ts";
import { type BotView, botViews } from "./bot-views.ts";
import { DeployedBots } from "./deployed-bots.ts";
import { FleetTarget } from "./fleet-target.ts";
import { Guests } from "./guests.ts";
import { freeAtMs, QUARANTINE, quarantinedNumbers, type Roster, withCrash } from "./roster.ts";
import type { ScalingPolicy } from "./scaling.ts";
import { type Split, split } from "./split.ts";

export interface ManagerEvents {
  /** `target`: bots that this replica is to run. */
  "fleet:scaled": { readonly target: number; readonly running: number };
  "bot:quarantined": { readonly botId: string };
}

export interface ManagerOptions extends BotSurroundings {
  /** The replicas that share the bots of the fleet. */
  readonly members: Members;
  readonly registry: BotRegistry;
  readonly scaling: ScalingPolicy;
  /** Largest number of deployed bots, besides those of `scaling`. */
  readonly deployedMax: number;
  /** Whether each bot has an entry in the lobby. */
  readonly showsInLobby: boolean;
  /** Largest number of deployed bots with a lobby entry; the others are matched all the same. */
  readonly deployedEntryMax: () => number;
  /** Longest time between two computations of the target, in ms. */
  readonly maintenanceIntervalMs: number;
  /** Counts active people; null while the number is unknown: the target then stays. */
  readonly countPeople: () => Promise<number | null>;
}

interface Running {
  readonly bot: Bot;
  number: number;
  isRetiring: boolean;
}

const NOTHING: Split = { quota: 0, keep: [], claim: [], release: [] };
/** Numbers of bots that end are given back together, so that a fleet that moves a thousand does not write a thousand times. */
const GIVE_BACK_MS = 100;
/** Only after a bug: the work of the loop does not fail. */
const AFTER_BUG = fullJitter(SECOND_MS, 30 * SECOND_MS);

/**
 * Runs this replica's part of the fleet's bots: starts those whose numbers are granted to it, retires those that it is to give back, and
 * quarantines those that keep crashing. Deployed bots live beside them, in the same registry.
 */
export class BotManager {
  readonly events: EventSource<ManagerEvents>;
  /** Bots that commands deployed here. */
  readonly deployed: DeployedBots;
  /** Bots that come and go with conversations of other replicas. */
  readonly guests: Guests;
  readonly #options: ManagerOptions;
  readonly #emitter = createEmitter<ManagerEvents>();
  readonly #target: FleetTarget;
  readonly #loop: Loop;
  readonly #shortage: Outage;
  readonly #running = new Map<number, Running>();
  readonly #numbers = new WeakMap<Bot, number>();
  #roster: Roster = new Map();
  #plan = NOTHING;
  #stopListening = () => {};
  #isDraining = false;

  constructor(options: ManagerOptions) {
    const { log } = options.runtime;
    this.#options = options;
    this.events = this.#emitter;
    this.#target = new FleetTarget(options);
    this.#shortage = logOutage({
      ...{ log, level: "warn" },
      failing:
        "the fleet wants more bots than its replicas may run: people may wait; start another replica or raise BOT_MAX_PER_REPLICA",
      over: "the replicas may run as many bots as are wanted",
    });
    this.#loop = createLoop({
      ...{ runtime: options.runtime, backoff: AFTER_BUG, nudgeMs: 0 },
      work: () => this.#evaluate(),
      onError: (error) => log.error(errorFields(error), "the number of bots cannot be adjusted; trying again"),
    });
    this.deployed = new DeployedBots({
      ...options,
      replicaId: options.members.replicaId,
      maxCount: options.deployedMax,
      entryMax: options.deployedEntryMax,
      onQuarantined: (botId) => this.#emitter.emit("bot:quarantined", { botId }),
    });
    this.guests = new Guests({
      ...options,
      deployed: this.deployed,
      numberOf: (bot) => this.#numbers.get(bot) ?? null,
      onChanged: () => {
        if (!this.#isDraining) this.#reconcile();
        this.#loop.dueIn(GIVE_BACK_MS);
      },
    });
  }

  start(): void {
    const { members, registry } = this.#options;
    const { events } = members;
    // At once, before somebody is matched with it again: one that is to be given back is idle now.
    const onIdle = () => this.#plan.release.length > 0 && this.#onMembers();
    const offs = [
      events.on("members:changed", ({ joined, gone }) => {
        this.#onMembers();
        this.#logChange(joined, gone);
      }),
      events.on("members:updated", () => this.#onMembers()),
      registry.events.on("bot:offered", onIdle),
      registry.events.on("bot:changed", ({ from, to }) => from === "reserved" && to === "idle" && onIdle()),
    ];
    this.#stopListening = () => {
      for (const off of offs) off();
    };
    this.#loop.start();
  }

  /** Computes the target now, because people came or went. A call during a computation makes it run once more. */
  nudge(): void {
    this.#loop.nudge();
  }

  /** Returns when to look again, in ms. */
  async #evaluate(): Promise<number> {
    if (!this.#isDraining) await this.#target.count();
    return Math.min(this.#options.maintenanceIntervalMs, this.#reconcile());
  }

  /** Follows what is new of the replicas at once: those are not people who come and go, for which the target waits. */
  #onMembers(): void {
    this.#target.follow();
    const retryInMs = this.#reconcile();
    if (this.#target.isUndecided) this.#loop.nudge();
    else this.#loop.dueIn(retryInMs);
  }

  #logChange(joined: readonly string[], gone: readonly string[]): void {
    const { members, runtime } = this.#options;
    const others = joined.filter((id) => id !== members.replicaId);
    if (others.length + gone.length === 0) return;
    const { quota, keep, claim, release } = this.#plan;
    const fields = { joined: others, gone, replicas: members.fleet.length, target: this.#target.bots, own: quota };
    const moves = { kept: keep.length, claimed: claim.length, given_back: release.length };
    runtime.log.info({ ...fields, ...moves }, "replicas came or went: the bots of the fleet are split anew");
  }

  /** Brings the bots in line with the split. Returns in how many ms one that is missing may start. */
  #reconcile(): number {
    const { members } = this.#options;
    for (const running of this.#running.values()) {
      // Another replica has taken it over: this one was away for longer than its term.
      if (!members.granted.has(running.number)) this.#retire(running);
    }
    this.#plan = this.#isDraining ? { ...NOTHING, release: [...members.granted] } : this.#split();
    const { quota, keep, claim, release } = this.#plan;
    const ending = release.flatMap((number) => this.#running.get(number) ?? []);
    // Those that talk go on until they are idle, and stay if there is room for them again by then.
    if (!this.#isDraining) for (const running of ending) if (!isBusy(running)) this.#retire(running);
    const staying = [...ending.map(({ number }) => number), ...this.guests.numbers];
    members.report({ wantedPlaces: [...new Set([...keep, ...claim, ...staying])] });
    const retryAtMs = this.#startMissing(keep);
    this.#emitter.emit("fleet:scaled", { target: quota, running: this.#running.size });
    return retryAtMs - this.#nowMs();
  }

  #split(): Split {
    const { members, scaling } = this.#options;
    const target = this.#target.bots;
    if (target === null) return NOTHING;
    const { replicaId } = members;
    const places = [...members.granted].sort((one, other) => this.#rankOf(one) - this.#rankOf(other) || one - other);
    const seen = members.fleet.map((member) => (member.replicaId === replicaId ? { ...member, places } : member));
    const mostOfAll = seen.reduce((sum, { botMax }) => sum + botMax, 0);
    if (!this.#target.isLead || target <= mostOfAll) this.#shortage.worked();
    else this.#shortage.failed({ target, bot_max: mostOfAll });
    return split({
      ...{ target, replicaId, members: seen, numberMax: 2 * scaling.maxCount },
      leaving: members.live.filter((member) => !members.fleet.includes(member)).flatMap((member) => member.places),
      unable: quarantinedNumbers(this.#roster, this.#nowMs()),
    });
  }

  /** Ranks the numbers held here: what talks is kept before what is idle, and what ends anyway is given back first. */
  #rankOf(number: number): number {
    if (this.guests.has(number)) return 0;
    const running = this.#running.get(number);
    if (!running) return 2;
    if (running.isRetiring) return 3;
    return isBusy(running) ? 0 : 1;
  }

  /** Starts the bots of these numbers that do not run. Returns when the next may start that has to wait. */
  #startMissing(numbers: readonly number[]): number {
    let retryAtMs = Number.POSITIVE_INFINITY;
    // The others take this replica for dead: its numbers may be theirs by now.
    if (!this.#options.members.isCurrent) return retryAtMs;
    for (const number of numbers) {
      if (this.#running.has(number) || this.guests.has(number)) continue;
      const fromMs = freeAtMs(this.#roster.get(number));
      // The number that it had may be missing now.
      if (this.#renumber(number)) retryAtMs = this.#nowMs();
      else if (fromMs <= this.#nowMs()) this.#startBot(number);
      else retryAtMs = Math.min(retryAtMs, fromMs);
    }
    return retryAtMs;
  }

  /**
   * Gives a number to a bot that talks on without one, because this replica was away for longer than its term and another runs its number by
   * now. It counts as one of those that are wanted, then, until its conversation ends. It has its own number back before another bot of its id starts.
   */
  #renumber(number: number): boolean {
    const { granted, replicaId } = this.#options.members;
    const botId = botIdOf(replicaId, number);
    const all = [...this.#running.values()];
    const running =
      all.find(({ bot }) => bot.botId === botId) ?? all.find((each) => !granted.has(each.number) && isBusy(each));
    if (!running) return false;
    this.#running.delete(running.number);
    running.number = number;
    this.#running.set(number, running);
    this.#numbers.set(running.bot, number);
    return true;
  }

  /** Reads monotonic time: a jump of the wall clock must neither delay the restart of a bot nor bring it too soon. */
  #nowMs(): number {
    return this.#options.runtime.clock.monotonicMs();
  }

  #startBot(number: number): void {
    const { members, registry, fleet } = this.#options;
    const { botKinds } = fleet;
    const cast = castOf(number, botKinds);
    if (!cast) return;
    const { kind, name } = cast;
    const botId = botIdOf(members.replicaId, number);
    const bot = registry.add({
      ...this.#options,
      ...{ botId, name, kind, settings: {} },
      isStaggered: true,
      hasOperatorChosenId: false,
      isPaused: false,
      onEnd: ({ how }) => this.#onGone(this.#numbers.get(bot) ?? number, how),
    });
    this.#running.set(number, { bot, number, isRetiring: false });
    this.#numbers.set(bot, number);
    bot.start();
  }

  #retire(running: Running): void {
    if (running.isRetiring) return;
    running.isRetiring = true;
    running.bot.send({ kind: "retire" });
  }

  #onGone(number: number, how: "stopped" | "crashed"): void {
    const botId = this.#running.get(number)?.bot.botId ?? "";
    this.#running.delete(number);
    const { rng, log } = this.#options.runtime;
    if (how === "crashed") this.#roster = withCrash(this.#roster, number, this.#nowMs(), rng);
    if (how === "crashed" && this.#roster.get(number)?.status.kind === "quarantined") {
      log.error({ bot_id: botId, for_ms: QUARANTINE.lengthMs }, "a bot keeps crashing and is quarantined");
      this.#emitter.emit("bot:quarantined", { botId });
    }
    this.#loop.dueIn(GIVE_BACK_MS);
  }

  /** Returns what an operator sees of each bot here, and of those that wait after their crashes. */
  views(): readonly BotView[] {
    const { members, registry, fleet, runtime } = this.#options;
    return botViews({
      ...{ all: registry.all(), numberOf: (bot) => this.#numbers.get(bot) ?? null, roster: this.#roster },
      ...{ deployed: this.deployed.list(), replicaId: members.replicaId, kinds: fleet.botKinds, clock: runtime.clock },
    });
  }

  /** Counts bots by state. The target is that of this replica's part of the fleet's own bots; all other figures include deployed ones. */
  counts(): ServiceSnapshot["bots"] {
    const { registry } = this.#options;
    return {
      target: this.#plan.quota,
      starting: registry.count("starting"),
      idle: registry.count("idle"),
      talking: registry.count("reserved", "joining", "waiting", "talking", "handing", "leaving"),
      stopping: registry.count("stopping"),
      quarantined: quarantinedNumbers(this.#roster, this.#nowMs()).size + this.deployed.quarantinedCount,
    };
  }

  /** Ends every bot in at most `limitMs`, by default its conversation with a goodbye. True: all are gone. Idempotent. */
  async drain(limitMs: number, conclude = sayGoodbye): Promise<boolean> {
    this.#isDraining = true;
    this.#options.members.report({ isDraining: true });
    const drained = Promise.all([this.#options.registry.drain(limitMs, conclude), this.deployed.drain(limitMs, true)]);
    this.#loop.nudge();
    const [isGone] = await drained;
    this.#stopListening();
    void this.#loop.stop();
    this.#reconcile();
    return isGone;
  }
}

function isBusy({ bot }: Running): boolean {
  return assignmentOf(bot.state) !== null || bot.state.kind === "reserved";
}

async function sayGoodbye(bot: Bot): Promise<void> {
  bot.send({ kind: "drain" });
}
