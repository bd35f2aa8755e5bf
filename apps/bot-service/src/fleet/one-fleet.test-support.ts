import { type Clock, FleetError, type Log, silentLog, sleep } from "@shoal/kernel";
import { countedIds, createSimulatedClock, seededRng } from "@shoal/testkit";
import type { RenewRequest } from "../../test/replica-rows.ts";
import type { MembersAnswer } from "../replicas/members.ts";
import { FakeRows, pulsingMembers } from "../replicas/rows.test-support.ts";
import type { BotKind } from "./bot-kind.ts";
import { echoKind, fleetFile, makeFleet } from "./fleet.test-support.ts";

const NAMES = Array.from({ length: 40 }, (_, at) => `Name ${at + 1}`);
const KIND = { ...echoKind, names: NAMES } as BotKind;

/** To the database, and back. */
const TRIP_MS = 40;

/** Wraps a clock so that a process can be frozen: what is due meanwhile fires when it goes on. */
function freezable(clock: Clock) {
  let isFrozen = false;
  let held: (() => void)[] = [];
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    get pendingTimers() {
      return clock.pendingTimers;
    },
    after(delayMs: number, fire: () => void) {
      const timer = clock.after(delayMs, () => {
        if (isFrozen) held.push(fire);
        else fire();
      });
      return {
        cancel() {
          timer.cancel();
          held = held.filter((each) => each !== fire);
        },
      };
    },
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
      const due = held;
      held = [];
      for (const fire of due) fire();
    },
  };
}

export interface Line {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Some replicas that share the rows of a fake database, on one simulated clock; each can be killed, frozen and cut off. */
export class OneFleet {
  readonly clock = createSimulatedClock();
  readonly rows = new FakeRows(this.clock, seededRng(1));
  readonly replicas = new Map<string, Replica>();
  /** People in the lobby; who has begun to look sees nobody for 2 s. */
  people = 0;
  isDatabaseAway = false;

  /** Starts a replica; its id is its name, which begins with another letter than all others. */
  start(name: string, more: Partial<ReplicaOptions> = {}): Replica {
    const replica = new Replica(this, name, { botMax: 10_000, scaling: {}, ...more });
    this.replicas.set(name, replica);
    return replica;
  }

  get alive(): Replica[] {
    return [...this.replicas.values()].filter(({ isGone }) => !isGone);
  }

  /** Numbers of the bots that may be matched now, of those that are not frozen. */
  get idle(): number[] {
    return this.alive.flatMap((replica) => (replica.isFrozen ? [] : replica.idle));
  }

  /** The same of those that the others count on. */
  get idleOfCurrent(): number[] {
    return this.alive.flatMap((replica) => (replica.isFrozen || !replica.members.isCurrent ? [] : replica.idle));
  }

  /** Moves time in small steps, and calls `look` after each. */
  async advance(ms: number, look: () => void = () => {}): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 100) {
      await this.clock.advance(Math.min(leftMs, 100));
      look();
    }
  }

  /** Moves time until `isReached`, and returns how long it took, in ms. */
  async until(isReached: () => boolean, limitMs = 60_000): Promise<number> {
    const startedMs = this.clock.monotonicMs();
    while (!isReached()) {
      if (this.clock.monotonicMs() - startedMs > limitMs) throw new Error("it does not come about");
      await this.clock.advance(100);
    }
    return this.clock.monotonicMs() - startedMs;
  }
}

interface ReplicaOptions {
  readonly botMax: number;
  readonly scaling: Partial<ReturnType<typeof scalingOf>>;
}

const scalingOf = () => ({ minCount: 3, maxCount: 15, targetPercentage: 30, stabilizationMs: 60_000 });

/** One daemon's part of the fleet. */
export class Replica {
  readonly name: string;
  readonly fleet: ReturnType<typeof makeFleet>;
  readonly lines: Line[] = [];
  /** How often it has counted people. */
  countedCount = 0;
  isCut = false;
  isFrozen = false;
  isGone = false;
  readonly #world: OneFleet;
  readonly #clock: ReturnType<typeof freezable>;
  readonly #pulse: ReturnType<typeof pulsingMembers>;
  readonly #deaf: () => void;
  #watchedSinceMs = Number.POSITIVE_INFINITY;

  constructor(world: OneFleet, name: string, { botMax, scaling }: ReplicaOptions) {
    this.name = name;
    this.#world = world;
    this.#clock = freezable(world.clock);
    const line = (fields: object, text: string) => void this.lines.push({ fields: { ...fields }, text });
    const log: Log = { ...silentLog, info: line, warn: line, error: line };
    const runtime = { clock: this.#clock, rng: seededRng(name.charCodeAt(0)), ids: countedIds(), log };
    const renew = async (request: object): Promise<MembersAnswer> => {
      await sleep(this.#clock, TRIP_MS);
      if (this.isCut || world.isDatabaseAway) throw new FleetError("STORE_UNAVAILABLE", "away");
      const answer = world.rows.renew(request as RenewRequest);
      await sleep(this.#clock, TRIP_MS);
      return answer;
    };
    this.#pulse = pulsingMembers({ runtime, replicaId: name, botMax, renew });
    this.#deaf = world.rows.listen((id) => id === name || this.isCut || this.members.refresh());
    const made = makeFleet({
      ...{ runtime, members: this.members, fleet: fleetFile(KIND), countPeople: async () => this.#countPeople() },
      scaling: { ...scalingOf(), ...scaling },
    });
    this.fleet = { ...made, clock: world.clock };
    this.fleet.manager.start();
  }

  get members() {
    return this.#pulse.members;
  }

  /** Numbers of its bots that may be matched now. */
  get idle(): number[] {
    return this.fleet.registry.idleBots().map(({ botId }) => Number(botId.split("-").at(-1)));
  }

  get names(): string[] {
    return this.fleet.registry.idleBots().map(({ name }) => name);
  }

  #countPeople(): number | null {
    const nowMs = this.#world.clock.monotonicMs();
    this.countedCount += 1;
    if (this.#watchedSinceMs > nowMs) this.#watchedSinceMs = nowMs;
    return nowMs - this.#watchedSinceMs < 2000 ? null : this.#world.people;
  }

  /** Ends it without a word. */
  kill(): void {
    this.isGone = true;
    this.#deaf();
    this.#clock.freeze();
  }

  freeze(): void {
    this.isFrozen = true;
    this.#clock.freeze();
  }

  thaw(): void {
    this.isFrozen = false;
    this.#clock.thaw();
  }

  /** Ends it as SIGTERM does. */
  async drain(): Promise<void> {
    await this.fleet.manager.drain(20_000);
    this.isGone = true;
    this.#deaf();
    await this.#pulse.stop();
    this.#world.rows.gone(this.name);
  }
}
