import { type Runtime, sleep } from "@shoal/kernel";
import type { AcquireOptions, Payload, RealtimePool } from "@shoal/realtime-pool";
import { StoreError } from "@shoal/store";
import { createSimulatedClock, testRuntime } from "@shoal/testkit";
import { expect } from "vitest";
import type { DeployedBot } from "../../control/runner.ts";
import { type FakeMembers, memberOf, membersOf } from "../../replicas/members.test-support.ts";
import type { BotKind } from "../bot-kind.ts";
import { concludeWithin, type DrainMode } from "../drain.ts";
import { FakeChannel } from "../fakes.test-support.ts";
import { fleetFile, makeFleet } from "../fleet.test-support.ts";
import { createHandOvers, type HandOvers } from "./hand-overs.ts";
import type { HandOver, HandOverStore } from "./store.ts";

/** A statement of a replica: "a offer", "b ready". */
export type Call = `${string} ${"read" | "offer" | "withdraw" | "ready" | "refused" | "present" | "give"}`;

const PERSON_ID = "person-1";
export const ROOM = "room:r-m1";

/** A kind that counts its answers: what it remembers is how many there were. A message "slow 5000" takes that long. */
export const countingKind: BotKind<number> = {
  kind: "counting",
  names: ["Mika"],
  async onMatched(ctx) {
    await ctx.say("hello");
    return 0;
  },
  async onMessage(ctx, { text }) {
    const [, slowMs] = /^slow (\d+)/.exec(text) ?? [];
    if (slowMs) await sleep(ctx.clock, Number(slowMs), ctx.signal);
    ctx.state += 1;
    await ctx.say(`${ctx.state} ${text}`);
  },
  async onStop(ctx, _reason, canSpeak) {
    if (canSpeak) await ctx.say("bye");
  },
  save: (ctx) => ctx.state,
  resume: (_ctx, saved) => Number(saved),
};

/** What a person sees of a room. */
export interface Person {
  /** Messages of the bot, in order. */
  readonly heard: string[];
  readonly leaves: string[];
  /** Number of presence entries of the bot, after each change. */
  readonly entries: number[];
  say(text: string): void;
  leave(): void;
}

/** Several fleets over one clock, one Realtime and one table of hand-overs. */
export class World {
  readonly clock = createSimulatedClock();
  readonly replicas = new Map<string, Replica>();
  readonly rows = new Map<string, HandOver>();
  /** Who owns each match that is not over. */
  readonly owners = new Map<string, string>();
  readonly ended: string[] = [];
  readonly calls: Call[] = [];
  readonly #places = new Map<number, string>();
  readonly #draining = new Set<string>();
  readonly #dead = new Set<string>();
  readonly #channels: (FakeChannel & { entry: Payload | null; replicaId: string })[] = [];
  /** Called before each statement; a rejection is the statement's. */
  before: (call: Call) => void | Promise<void> = () => {};
  /** Called after it has been carried out; a rejection loses its answer. */
  after: (call: Call) => void | Promise<void> = () => {};
  /** Whether a replica can join channels. */
  canJoin: (replicaId: string) => boolean | Promise<boolean> = () => true;
  isAway = false;
  /** The replica that is asked first to take conversations, because the others run more bots; null: as the rendezvous has it. */
  preferred: string | null = null;
  /** Kinds of single replicas; set before `talk`. */
  readonly kinds = new Map<string, BotKind>();
  /** Replicas that come later, by `join`. */
  readonly late = new Set<string>();
  #saidCount = 0;
  #isBegun = false;

  readonly person: Person;

  readonly #ids: readonly string[];
  readonly #kind: BotKind;

  constructor(ids: readonly string[], kind: BotKind = countingKind as BotKind) {
    this.#ids = ids;
    this.#kind = kind;
    this.person = this.#makePerson();
  }

  join(id: string): void {
    this.late.delete(id);
    this.#refresh();
  }

  replica(id: string): Replica {
    const found = this.replicas.get(id);
    if (!found) throw new Error(`no replica ${id}`);
    return found;
  }

  /** Starts the replicas, and a conversation of `a`, which has the only bot. */
  async talk(until: "waiting" | "talking" = "talking", deployed?: DeployedBot): Promise<string> {
    for (const id of this.#ids) this.replicas.set(id, this.#makeReplica(id, this.kinds.get(id) ?? this.#kind));
    this.#refresh();
    for (const { handOvers } of this.replicas.values()) handOvers.start();
    const { fleet } = this.replica("a");
    fleet.manager.start();
    await this.clock.advance(0);
    // The others come when the one bot runs.
    this.#isBegun = true;
    this.#refresh();
    for (const { fleet: other } of this.replicas.values()) if (other !== fleet) other.manager.start();
    await this.clock.advance(0);
    if (deployed) fleet.manager.deployed.run(deployed);
    await this.clock.advance(0);
    const botId = deployed?.botId ?? fleet.registry.idleBots()[0]?.botId ?? "";
    expect(fleet.registry.reserve(botId)).toBe(true);
    const bot = { id: botId, name: "Mika", bot: true, ticketId: null };
    const person = { id: PERSON_ID, name: "Ada", bot: false, ticketId: "t" };
    fleet.registry.assign({ matchId: "m1", roomId: "r-m1", seats: [person, bot] });
    this.owners.set("m1", "a");
    await this.clock.advance(0);
    this.#presence(ROOM);
    if (until === "waiting") return botId;
    fleet.registry.matchLive("m1");
    await this.clock.advance(0);
    this.person.say("one");
    await this.clock.advance(0);
    expect(this.person.heard).toEqual(["hello", "1 one"]);
    return botId;
  }

  drain(id: string, limitMs = 12_000, mode: DrainMode = "goodbye"): Promise<boolean> {
    const { fleet, runtime, members, handOvers } = this.replica(id);
    handOvers.drain();
    return fleet.manager.drain(limitMs, concludeWithin(limitMs, { runtime, mode, members, handOvers }));
  }

  /** Ends a replica without a word: its statements and sends do nothing any more, and its presence goes. */
  kill(id: string): void {
    this.#dead.add(id);
    for (const channel of this.#channels) if (channel.replicaId === id) channel.entry = null;
    this.#presence(ROOM);
  }

  /** What the others do when a term is over: they see it gone, and end its matches. */
  bury(id: string): void {
    for (const [matchId, owner] of this.owners) if (owner === id) this.end(matchId, "replica_lost");
    this.#refresh();
  }

  /** Ends a match in the database, and tells the replica that it is of. */
  end(matchId: string, reason: string): void {
    const owner = this.owners.get(matchId);
    if (owner === undefined) return;
    this.owners.delete(matchId);
    this.rows.delete(matchId);
    this.ended.push(`${matchId} ${reason}`);
    if (!this.#dead.has(owner)) this.replicas.get(owner)?.fleet.registry.matchOver(matchId, reason);
  }

  /** Ends everything, and returns the number of timers that are left. */
  async close(): Promise<number> {
    this.isAway = false;
    this.before = () => {};
    this.after = () => {};
    this.canJoin = () => true;
    const left = [...this.replicas].filter(([id]) => !this.#dead.has(id));
    const drained = left.map(([id]) => this.drain(id));
    await this.clock.advance(60_000);
    await Promise.all(drained);
    const closed = left.map(([, { handOvers }]) => handOvers.close());
    await this.clock.advance(60_000);
    await Promise.all(closed);
    return this.#dead.size > 0 ? 0 : this.clock.pendingTimers;
  }

  #makeReplica(id: string, kind: BotKind): Replica {
    const runtime = { ...testRuntime(), clock: this.clock };
    const members = membersOf(id, [memberOf(id)], (change) => {
      const before = JSON.stringify([[...this.#places], this.#draining.size]);
      if (change.isDraining) this.#draining.add(id);
      if (change.wantedPlaces) this.#grant(id, change.wantedPlaces);
      if (before !== JSON.stringify([[...this.#places], this.#draining.size]))
        this.clock.after(0, () => this.#refresh());
    });
    const fleet = makeFleet({
      ...{ runtime, members, pool: this.#poolOf(id), fleet: fleetFile(kind), confirmMs: 8000 },
      scaling: { minCount: 1, maxCount: 1, targetPercentage: 0, stabilizationMs: 1 },
      matches: {
        confirm: () => {},
        confirmInRoom: () => {},
        end: (matchId, reason) => void (this.#dead.has(id) || this.end(matchId, reason)),
      },
    });
    const own = new Set<string>();
    const handOvers = createHandOvers({
      ...{ runtime, replicaId: id, members, bots: fleet.manager.guests, store: this.#storeOf(id) },
      database: { listen: async (_channel, onWake) => this.#listen(onWake) },
      matches: {
        adopt: (matchId) => void own.add(matchId),
        forget: (matchId) => void own.delete(matchId),
        end: (matchId, reason) => this.end(matchId, reason),
      },
      reportLoop: () => ({ succeeded() {}, failed() {} }),
    });
    const outcomes: string[] = [];
    handOvers.events.on("hand-over:ended", ({ outcome }) => outcomes.push(outcome));
    return { fleet, runtime, members, handOvers, own, outcomes };
  }

  readonly #wakers = new Set<(payload: string) => void>();
  #listen(onWake: (payload: string) => void) {
    this.#wakers.add(onWake);
    return { close: async () => void this.#wakers.delete(onWake) };
  }
  #notify(id: string): void {
    for (const wake of this.#wakers) wake(id);
  }

  #grant(id: string, wanted: readonly number[]): void {
    for (const [number, owner] of this.#places)
      if (owner === id && !wanted.includes(number)) this.#places.delete(number);
    for (const number of wanted) if (!this.#places.has(number)) this.#places.set(number, id);
  }

  placesOf(id: string): number[] {
    return [...this.#places].filter(([, owner]) => owner === id).map(([number]) => number);
  }

  #refresh(): void {
    const live = [...this.replicas.keys()]
      .filter((id) => !this.#dead.has(id) && !this.late.has(id) && (this.#isBegun || id === "a"))
      .map((id) =>
        memberOf(id, {
          ...{ isDraining: this.#draining.has(id), places: this.placesOf(id), target: 1 },
          deployed: this.preferred === null || id === this.preferred ? 0 : 1,
        }),
      );
    for (const [id, { members }] of this.replicas) if (!this.#dead.has(id)) members.set(live, this.placesOf(id));
  }

  #storeOf(id: string): HandOverStore {
    const run = async <T>(what: string, work: () => T): Promise<T> => {
      const call = `${id} ${what}` as Call;
      await Promise.resolve();
      if (this.#dead.has(id)) await new Promise(() => {});
      if (what !== "read") this.calls.push(call);
      await this.before(call);
      if (this.#dead.has(id)) await new Promise(() => {});
      if (this.isAway) throw new StoreError("STORE_UNAVAILABLE", "away", { retryable: true });
      const result = work();
      await this.after(call);
      return result;
    };
    const isOwn = (matchId: string) => this.owners.get(matchId) === id;
    return {
      read: () => run("read", () => [...this.rows.values()].filter(({ giver, taker }) => giver === id || taker === id)),
      offer: (matchId, taker, offer) =>
        run("offer", () => {
          if (!isOwn(matchId)) return false;
          const before = this.rows.get(matchId);
          const isReady = before?.giver === id && before.taker === taker && before.state === "ready";
          const state = isReady ? "ready" : "offered";
          this.rows.set(matchId, { matchId, giver: id, taker, state, offer, memory: null });
          this.#notify(taker);
          return true;
        }),
      withdraw: (matchId) =>
        run("withdraw", () => {
          const row = this.rows.get(matchId);
          if (row?.giver === id && row.state !== "given") this.rows.delete(matchId);
        }),
      answer: (matchId, answer) =>
        run(answer, () => {
          const row = this.rows.get(matchId);
          if (row?.taker !== id || (answer === "present") !== (row.state === "given")) return false;
          if (answer === "present") this.rows.delete(matchId);
          else if (row.state === "refused") return false;
          else this.rows.set(matchId, { ...row, state: answer });
          this.#notify(row.giver);
          return true;
        }),
      give: (matchId, taker, memory) =>
        run("give", () => {
          const row = this.rows.get(matchId);
          if (this.owners.get(matchId) === taker) return "given";
          if (!isOwn(matchId)) return "over";
          const isReady = row?.taker === taker && row.state === "ready";
          if (!row || !isReady || this.#dead.has(taker) || this.#draining.has(taker)) return "kept";
          this.owners.set(matchId, taker);
          this.rows.set(matchId, { ...row, state: "given", memory });
          if (row.offer?.place) this.#places.set(row.offer.place, taker);
          this.clock.after(0, () => this.#refresh());
          this.#notify(taker);
          return "given";
        }),
    };
  }

  #poolOf(replicaId: string): Pick<RealtimePool, "acquire"> {
    return {
      acquire: async (topic: string, options: AcquireOptions = {}) => {
        if (!(await this.canJoin(replicaId))) throw new Error("Realtime is away");
        options.signal?.throwIfAborted();
        const channel = Object.assign(new FakeChannel(topic, options.clientId ?? ""), {
          entry: null as Payload | null,
          replicaId,
        });
        channel.send = async (event, payload) => {
          if (this.#dead.has(replicaId)) return;
          for (const other of this.#joined(topic)) if (other !== channel) other.receive(event, payload);
          if (topic === ROOM) this.#hear(event, payload);
        };
        channel.track = async (entry) => {
          channel.entry = entry;
          this.#presence(topic);
        };
        channel.release = async () => {
          channel.status = "released";
          channel.entry = null;
          this.#presence(topic);
        };
        this.#channels.push(channel);
        this.clock.after(0, () => this.#presence(topic));
        return channel;
      },
    };
  }

  #joined(topic: string) {
    return this.#channels.filter((channel) => channel.topic === topic && channel.status === "joined");
  }

  #isPersonHere = true;
  #presence(topic: string): void {
    const entries = this.#joined(topic).flatMap(({ clientId, entry }) => (entry ? [[clientId, entry] as const] : []));
    const state = Object.groupBy(entries, ([key]) => key);
    const shown = Object.fromEntries(
      Object.entries(state).map(([key, list]) => [key, (list ?? []).map(([, entry]) => entry)]),
    );
    if (topic === ROOM && this.#isPersonHere) shown[PERSON_ID] = [{ user_id: PERSON_ID }];
    for (const channel of this.#joined(topic)) channel.show(shown);
    if (topic === ROOM) this.person.entries.push(entries.length);
  }

  #hear(event: string, payload: Payload): void {
    if (event === "message") this.person.heard.push(String(payload.text));
    if (event === "leave") this.person.leaves.push(String(payload.from));
  }

  #makePerson(): Person {
    const send = (event: string, payload: Payload) => {
      for (const channel of this.#joined(ROOM)) if (!this.#dead.has(channel.replicaId)) channel.receive(event, payload);
    };
    return {
      ...{ heard: [], leaves: [], entries: [] },
      say: (text) => {
        this.#saidCount += 1;
        send("message", { id: `p${this.#saidCount}`, from: PERSON_ID, text, sent_at: "2026-01-01T00:00:00Z" });
      },
      leave: () => {
        this.#isPersonHere = false;
        send("leave", { from: PERSON_ID, reason: "left" });
        this.#presence(ROOM);
      },
    };
  }
}

export interface Replica {
  readonly fleet: ReturnType<typeof makeFleet>;
  readonly runtime: Runtime;
  readonly members: FakeMembers;
  readonly handOvers: HandOvers;
  /** Matches whose events it emits, of those that came or went by hand-over. */
  readonly own: Set<string>;
  readonly outcomes: string[];
}
