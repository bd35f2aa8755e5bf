import { every, MINUTE_MS, SECOND_MS, seededRng, sleep } from "@shoal/kernel";
import { type Canary, startCanary } from "../pool/people.ts";
import { addWork, deploy, readHeld, readHistory } from "./database.ts";
import { broken, type JoinFigures, late, type Settled, type Story } from "./findings.ts";
import { type LobbyWatch, watchLobby } from "./lobby-watch.ts";
import { People } from "./people.ts";
import { noteSilence } from "./person.ts";
import type { Replica, ReplicaFigures } from "./replica.ts";
import { type ReplicaName, type Scenario, SETTLE_MS, type Step } from "./scenario.ts";
import { JOINS_PER_SECOND, openWorld, runtime, type World, type WorldOptions } from "./world.ts";

const LOOK_EVERY_MS = 250;
const WORK_EVERY_MS = SECOND_MS;
/** What is given last has this time to be done. */
const LAST_WORK_MS = 30 * SECOND_MS;
/** The server averages over 12 ticks of 5 s. */
const WARM_MS = MINUTE_MS + 2 * SECOND_MS;
/** The share of the project's joins that is the fleet's. @source POOL_JOIN_SHARE */
const JOIN_SHARE = 0.8;
const { clock } = runtime;

export interface PlayOptions extends WorldOptions {
  readonly seed: number;
  readonly say?: (line: string) => void;
}

export interface Played {
  readonly story: Story;
  /** Broken promises, in words. */
  readonly broken: readonly string[];
  /** What took too long, in words. */
  readonly late: readonly string[];
  /** Where the logs of the daemons are kept, when something was found. */
  readonly logs: string | null;
}

/** Plays a scenario with real processes, and judges it. */
export async function play(options: PlayOptions): Promise<Played> {
  await using world = await openWorld(options);
  try {
    const telling = new Telling(world, options);
    const story = await telling.tell();
    const judged = { broken: broken(options.scenario, story), late: late(options.scenario, story) };
    const isGood = judged.broken.length === 0 && judged.late.length === 0;
    if (!isGood) world.keep();
    return { story, ...judged, logs: isGood ? null : world.directory };
  } catch (thrown) {
    world.keep();
    throw new Error(`${options.scenario.name} broke off, seed ${options.seed}, logs in ${world.directory}`, {
      cause: thrown,
    });
  }
}

/** What was last seen of everything. */
interface Snapshot {
  readonly atMs: number;
  readonly fleet: ReadonlyMap<Replica, ReplicaFigures>;
  readonly deployed: ReadonlyMap<string, number>;
}

class Telling {
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #options: PlayOptions;
  readonly #people: People;
  readonly #settled: Settled[] = [];
  readonly #joins = new JoinWindow();
  readonly #dirtyDrains: string[] = [];
  #snapshot: Snapshot = { atMs: 0, fleet: new Map(), deployed: new Map() };
  #seatsTwice = 0;
  #workCount = 0;
  #changed = { what: "the start", isTakeover: false, atMs: 0 };

  constructor(world: World, options: PlayOptions) {
    this.#world = world;
    this.#scenario = options.scenario;
    this.#options = options;
    this.#people = new People(world, options.scenario, seededRng(options.seed));
  }

  async tell(): Promise<Story> {
    const { realtime, database } = this.#world;
    const { replicas, steps, talking, resting = 0, deployed = 0, canaryEveryMs, isWarm } = this.#scenario;
    await using stack = new AsyncDisposableStack();
    const lobby = stack.use(await watchLobby(realtime, clock));
    const canary = await startCanary({ url: realtime.url, key: realtime.anonKey }, canaryEveryMs);
    stack.defer(() => canary.close());
    if (isWarm) await sleep(clock, WARM_MS);
    await this.#step({ do: "start", replicas });
    const looking = every(
      clock,
      LOOK_EVERY_MS,
      () => this.#lookAround(),
      () => {},
    );
    stack.defer(() => looking.cancel());
    if (deployed > 0) await deploy(database, deployed);
    await this.#people.enterResting(resting);
    await this.#people.enterTalking(talking);
    const working = every(
      clock,
      WORK_EVERY_MS,
      () => this.#work(),
      () => {},
    );
    stack.defer(() => working.cancel());
    for (const step of steps) await this.#step(step);
    working.cancel();
    const story = await this.#story(lobby, canary);
    await this.#people.leave();
    return story;
  }

  async #story(lobby: LobbyWatch, canary: Canary): Promise<Story> {
    const { database, realtime, replicas } = this.#world;
    const untilMs = clock.monotonicMs() + LAST_WORK_MS;
    const isDone = ({ jobsOpen, samples, commandsOpen }: Story["history"]) =>
      jobsOpen === 0 && samples === this.#workCount && commandsOpen === 0;
    let history = await readHistory(database);
    while (!isDone(history) && clock.monotonicMs() < untilMs) {
      await sleep(clock, LOOK_EVERY_MS);
      history = await readHistory(database);
    }
    const nowMs = clock.monotonicMs();
    const meetings = this.#people.talking.flatMap((person) => person.meetings);
    for (const meeting of meetings) if (meeting.endedAtMs === null) noteSilence(meeting, nowMs);
    const names = new Map([...replicas].map(([name, replica]) => [replica.id, name]));
    const { joinsRefused } = await realtime.stats();
    return {
      ...{ settled: this.#settled, history, workCount: this.#workCount, lobby: lobby.figures() },
      ...{ unmet: this.#people.unmet, slowestMeetingMs: this.#people.slowestMeetingMs },
      meetings: meetings.map((meeting) => ({ ...meeting, endedBy: meeting.endedBy ?? "own" })),
      seatsTwice: this.#seatsTwice,
      joins: this.#joins.figures(this.#share, joinsRefused),
      canary: await canary.figures(),
      nameOf: (replicaId) => names.get(replicaId),
      dirtyDrains: this.#dirtyDrains,
    };
  }

  get #share(): number {
    return Math.floor(((this.#scenario.joinsPerSecond ?? JOINS_PER_SECOND) * MINUTE_MS * JOIN_SHARE) / SECOND_MS);
  }

  async #work(): Promise<void> {
    await addWork(this.#world.database, this.#workCount + 1);
    this.#workCount += 1;
  }

  async #lookAround(): Promise<void> {
    const { replicas, database } = this.#world;
    const [held, ...figures] = await Promise.all([
      readHeld(database),
      ...[...replicas.values()].map(async (replica) => [replica, await replica.figures()] as const),
    ]);
    if (held.inTwoMatches.length > 0) this.#seatsTwice += 1;
    const fleet = new Map(figures.flatMap(([replica, seen]) => (seen ? [[replica, seen] as const] : [])));
    this.#joins.add(clock.monotonicMs(), fleet);
    this.#snapshot = { atMs: clock.monotonicMs(), fleet, deployed: held.deployed };
  }

  async #step(step: Step): Promise<void> {
    this.#options.say?.(`${this.#scenario.name}: ${describe(step)}`);
    if (step.do === "settle") return this.#settle();
    if (step.do === "pass") return sleep(clock, step.forMs);
    if (step.do === "come") return this.#people.enterTalking(step.people);
    const isTakeover = step.do === "kill" || step.do === "freeze";
    this.#changed = { what: describe(step), isTakeover, atMs: clock.monotonicMs() };
    await this.#change(step);
  }

  async #change(step: Exclude<Step, { do: "settle" | "pass" | "come" }>): Promise<void> {
    switch (step.do) {
      case "start": {
        const started = await Promise.all(step.replicas.map((name) => this.#world.start(name)));
        await Promise.all(started.map((replica) => replica.ready()));
        return;
      }
      case "kill":
        return this.#replica(step.replica).kill();
      case "drain":
        await Promise.all(step.replicas.map((name) => this.#drain(name)));
        return;
      case "freeze":
        return this.#replica(step.replica).freeze();
      case "thaw":
        return this.#replica(step.replica).thaw();
      case "cut":
        return this.#replica(step.replica).cut(step.from);
      case "mend":
        return this.#replica(step.replica).mend(step.from);
      case "restart-postgres":
        return this.#world.restartPostgres();
      case "hang-postgres":
        return this.#world.hangPostgres(step.forMs);
    }
  }

  #replica(name: ReplicaName): Replica {
    const found = this.#world.replicas.get(name);
    if (!found) throw new Error(`there is no replica ${name}`);
    return found;
  }

  async #drain(name: ReplicaName): Promise<void> {
    const exitCode = await this.#replica(name).drain();
    if (exitCode !== 0) this.#dirtyDrains.push(`the drain of ${name} ended with exit code ${exitCode}`);
  }

  /** Waits until the fleet is as it is to be, and notes how long each part of that took. */
  async #settle(): Promise<void> {
    const { what, isTakeover, atMs } = this.#changed;
    const untilMs = Math.max(atMs, clock.monotonicMs()) + (this.#scenario.settleMs ?? SETTLE_MS) + LOOK_EVERY_MS;
    const since = { whole: null as number | null, even: null as number | null, talking: null as number | null };
    let spread = "";
    while (clock.monotonicMs() < untilMs && Object.values(since).includes(null)) {
      const snapshot = this.#snapshot;
      if (snapshot.atMs > atMs) {
        const seen = this.#judge(snapshot);
        spread = seen.spread;
        for (const part of ["whole", "even", "talking"] as const) {
          // What was reached and lost again does not count.
          since[part] = seen[part] ? (since[part] ?? Math.round(snapshot.atMs - atMs)) : null;
        }
      }
      await sleep(clock, LOOK_EVERY_MS);
    }
    const times = { wholeMs: since.whole, evenMs: since.even, talkingMs: since.talking };
    const settled = { after: what, isTakeover, ...times, spread };
    this.#settled.push(settled);
    this.#options.say?.(`${this.#scenario.name}: ${JSON.stringify(settled)}`);
  }

  #judge({ fleet, deployed }: Snapshot) {
    const { bots, deployed: wanted = 0 } = this.#scenario;
    const serving = [...this.#world.replicas.values()].filter(({ isServing }) => isServing);
    const held = serving.map((replica) => {
      const byCommand = deployed.get(replica.id ?? "") ?? 0;
      const all = fleet.get(replica)?.bots;
      return { name: replica.name, byCommand, ofFleet: all === undefined ? null : all - byCommand };
    });
    const ofFleet = held.map((one) => one.ofFleet);
    const byCommand = held.map((one) => one.byCommand);
    const sum = (numbers: readonly (number | null)[]) => numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
    const isWhole = !ofFleet.includes(null) && sum(ofFleet) === bots && sum(byCommand) === wanted;
    return {
      whole: isWhole,
      even: isWhole && isEven(ofFleet) && isEven(byCommand),
      talking: this.#people.talking.every(({ isTalking }) => isTalking),
      spread: held.map((one) => `${one.name} ${one.ofFleet}+${one.byCommand}`).join(", "),
    };
  }
}

function isEven(counts: readonly (number | null)[]): boolean {
  const known = counts.flatMap((count) => count ?? []);
  return known.length === counts.length && Math.max(...known) - Math.min(...known) <= 1;
}

/** Counts the joins of all daemons in any minute, by what each says of itself. */
class JoinWindow {
  readonly #latest = new Map<Replica, number>();
  readonly #sums: { readonly atMs: number; readonly sum: number }[] = [];
  #most = 0;

  add(atMs: number, fleet: ReadonlyMap<Replica, ReplicaFigures>): void {
    for (const [replica, { joins }] of fleet) this.#latest.set(replica, joins);
    const sum = [...this.#latest.values()].reduce((all, one) => all + one, 0);
    this.#sums.push({ atMs, sum });
    while ((this.#sums[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - MINUTE_MS) this.#sums.shift();
    const [oldest] = this.#sums;
    // What was sent before the first snapshot counts, too.
    const before = oldest && oldest.atMs <= atMs - MINUTE_MS ? oldest.sum : 0;
    this.#most = Math.max(this.#most, sum - before);
  }

  figures(share: number, refused: number): JoinFigures {
    return { mostInWindow: this.#most, share, refused };
  }
}

function describe(step: Step): string {
  const { do: what, ...rest } = step;
  return [what, ...Object.values(rest).map((value) => (Array.isArray(value) ? value.join("+") : String(value)))].join(
    " ",
  );
}
