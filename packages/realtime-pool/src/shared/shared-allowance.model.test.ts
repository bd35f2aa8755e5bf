import { createSimulatedClock, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { JoinCounter } from "../../test/join-counter.ts";
import { type Fate, JoinerModel, LedgerModel } from "../../test/shared-fleet.ts";

const LIMITS = { perSecond: 4, joinShare: 0.8, windowMs: 60_000 };
/** One below 80 % of 240, and what of it is kept for urgent joins. */
const WINDOW = 191;
const KEPT = 19;
/** People leave a little: without a database the fleet may use what is kept once more, and those that start meanwhile their part of it. */
const PEOPLE_SHARE = 0.02;

type Command =
  | { readonly kind: "want"; readonly pick: number; readonly urgent: number; readonly idle: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "database"; readonly fate: Fate }
  | { readonly kind: "crash" | "freeze" | "thaw" | "signal" | "let-in" | "leave" | "return"; readonly pick: number }
  | { readonly kind: "outage"; readonly ms: number; readonly isFrozen: boolean; readonly idle: number }
  | { readonly kind: "restart"; readonly backAfterMs: readonly number[]; readonly isCertain: boolean }
  | { readonly kind: "wall-clock"; readonly ms: number };

const PICKING = ["crash", "freeze", "thaw", "signal", "let-in", "leave", "return"] as const;

const pick = fc.nat({ max: 20 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("want" as const),
      pick,
      urgent: fc.oneof(fc.constant(0), fc.nat({ max: 20 })),
      idle: fc.oneof(fc.nat({ max: 20 }), fc.constant(300)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 3000, max: 70_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("database" as const),
      fate: fc.constantFrom<Fate>("answered", "answered", "slow", "refused", "lost", "late", "hangs"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(...PICKING),
      pick,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("wall-clock" as const),
      ms: fc.constantFrom(-300_000, 300_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("outage" as const),
      ms: fc.integer({ min: 60_000, max: 200_000 }),
      isFrozen: fc.boolean(),
      idle: fc.constantFrom(50, 300),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("restart" as const),
      backAfterMs: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 4, maxLength: 4 }),
      isCertain: fc.boolean(),
    }),
  },
);

/** Three replicas on one project, and everything that may happen to them. */
class World {
  readonly clock = createSimulatedClock();
  readonly ledger = new LedgerModel(this.clock, LIMITS);
  /** The first that was seen, in the middle of an allowance's own work, which must go on. */
  #violation: unknown = null;
  readonly #joiners: JoinerModel[] = [];
  #names = 0;
  /** Joins that the server counts, since it started. */
  #joinsAtMs: number[] = [];
  #server = new JoinCounter(LIMITS.perSecond, PEOPLE_SHARE, 0, "cold");
  /** The last instant at which the database did not answer, or somebody could not ask it. */
  #awayAtMs = Number.NEGATIVE_INFINITY;
  #knownCount: number | null = null;

  constructor() {
    for (let index = 0; index < 3; index += 1) this.#start();
  }

  async perform(next: Command): Promise<void> {
    const joiner = "pick" in next ? (this.#joiners[next.pick % this.#joiners.length] as JoinerModel) : null;
    switch (next.kind) {
      case "want":
        joiner?.want(next.urgent, next.idle);
        break;
      case "database":
        this.ledger.fate = next.fate;
        this.#noteAway();
        if (next.fate !== "hangs") this.ledger.giveUp();
        break;
      case "crash":
        if (joiner && this.#hasTold(joiner)) this.#crash(joiner);
        break;
      case "freeze":
        if (joiner && this.#hasTold(joiner)) joiner.clock.freeze();
        break;
      case "thaw":
        joiner?.clock.thaw();
        break;
      case "signal":
        joiner?.clock.run(() => joiner.allowance.rateLimited());
        break;
      case "let-in":
        joiner?.clock.run(() => joiner.allowance.letInAgain());
        break;
      case "leave":
      case "return":
        if (joiner) joiner.isOut = next.kind === "leave";
        joiner?.want(0, 0);
        break;
      case "outage":
        await this.#outage(next.ms, next.isFrozen, next.idle);
        break;
      case "restart":
        this.#restart(next.backAfterMs, next.isCertain);
        break;
      case "wall-clock":
        this.clock.jumpWallClock(next.ms);
        break;
      case "wait":
        await this.#wait(next.ms);
    }
    await this.clock.advance(0);
    this.check();
  }

  check(): void {
    if (this.#violation) throw this.#violation;
  }

  async #wait(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 1000) {
      this.#noteAway();
      await this.clock.advance(Math.min(1000, leftMs));
    }
  }

  #noteAway(): void {
    if (this.ledger.fate !== "answered") this.#awayAtMs = this.clock.monotonicMs();
  }

  /** The database is away for long while all want to join; one may be frozen as it comes back, and go on a while later. */
  async #outage(ms: number, isFrozen: boolean, idle: number): Promise<void> {
    const [first] = this.#joiners;
    this.ledger.fate = "refused";
    this.ledger.giveUp();
    for (const joiner of this.#joiners) joiner.want(5, isFrozen && joiner === first ? 0 : idle);
    await this.#wait(ms);
    if (isFrozen && first && this.#hasTold(first)) first.clock.freeze();
    this.ledger.fate = "answered";
    for (const joiner of this.#joiners) joiner.want(0, idle);
    await this.#wait(isFrozen ? 70_000 : 4000);
    first?.clock.thaw();
  }

  close(): void {
    for (const joiner of this.#joiners) joiner.close();
    this.ledger.giveUp();
  }

  #start(): void {
    this.#names += 1;
    const id = `replica-${this.#names}`;
    if (this.ledger.fate === "answered") this.#knownCount = this.ledger.live.length + 1;
    this.ledger.join(id);
    const joiner = new JoinerModel(
      id,
      this.clock,
      this.ledger,
      () => this.#replicaCount,
      () => this.#joined(),
    );
    joiner.allowance.serverStarted(false);
    this.#joiners.push(joiner);
  }

  /** What the last pulse said. */
  get #replicaCount(): number | null {
    if (this.ledger.fate === "answered") this.#knownCount = this.ledger.live.length;
    return this.#knownCount;
  }

  /** One that dies before it has told what it joined by itself leaves that uncounted: nobody else knows. */
  #hasTold({ id, countedCount }: JoinerModel): boolean {
    const told = this.ledger.turns.filter(({ replicaId }) => replicaId === id);
    return countedCount <= told.reduce((sum, { turn }) => sum + turn.spent, 0);
  }

  #crash(joiner: JoinerModel): void {
    joiner.close();
    this.#joiners.splice(this.#joiners.indexOf(joiner), 1);
    this.ledger.crash(joiner.id);
    this.#start();
  }

  #restart(backAfterMs: readonly number[], isCertain: boolean): void {
    this.#server = new JoinCounter(LIMITS.perSecond, PEOPLE_SHARE, this.clock.monotonicMs(), "cold");
    this.#joinsAtMs = [];
    for (const [index, joiner] of [...this.#joiners].entries()) {
      joiner.isOut = true;
      this.clock.after(backAfterMs[index] ?? 1, () =>
        joiner.clock.run(() => {
          joiner.isOut = false;
          joiner.allowance.serverStarted(isCertain);
          joiner.pump();
        }),
      );
    }
  }

  #joined(): void {
    try {
      this.#checkJoin();
    } catch (thrown) {
      this.#violation ??= thrown;
    }
  }

  #checkJoin(): void {
    const nowMs = this.clock.monotonicMs();
    this.#joinsAtMs = [...this.#joinsAtMs.filter((atMs) => atMs > nowMs - LIMITS.windowMs), nowMs];
    // What is kept may be spent once more when all spend for themselves, until all that was granted before has left the window. One that
    // starts in the place of another has a part of its own.
    const isExact = nowMs - this.#awayAtMs > LIMITS.windowMs + 10_000;
    expect(this.#joinsAtMs.length, "joins in a window").toBeLessThanOrEqual(isExact ? WINDOW : WINDOW + 2 * KEPT);
    this.#server.add(nowMs);
    expect(this.#server.trips, "the server's limit").toBe(0);
  }
}

it("whatever happens, all together never join more than the window allows, cold or warm, and no timer is left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      const world = new World();
      try {
        for (const next of commands) await world.perform(next);
        await world.clock.advance(0);
      } finally {
        world.close();
      }
      await world.clock.advance(4000);
      expect(world.clock.pendingTimers).toBe(0);
    }),
    { numRuns: soakRuns(40, 3000) },
  );
});
