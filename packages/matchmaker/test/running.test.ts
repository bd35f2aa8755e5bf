import { FleetError } from "@shoal/kernel";
import type { Database, SqlValue } from "@shoal/store";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brokenPromises, emptyMatchTables, makeReplica, makeWorld, type Replica, type World } from "./support.ts";

describe("a running matchmaker", () => {
  let test: TestDatabase;
  let world: World;

  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(test.database);
    world = makeWorld(test.database);
  });

  const wait = (replica: Replica, userId: string) => replica.matchmaker.openTicket({ userId, source: "api" });
  const drainAll = async (...replicas: Replica[]) => {
    await Promise.all(replicas.map(({ matchmaker }) => matchmaker.drain()));
    expect(world.runtime.clock.pendingTimers).toBe(0);
    expect(await brokenPromises(test.database)).toEqual([]);
  };

  it("pairs people by itself as they come", async () => {
    const replica = makeReplica(world);
    replica.matchmaker.start();
    const made = replica.matchmaker.events.next("match:made");
    await wait(replica, "ann");
    await wait(replica, "bob");
    expect((await made).match.seats.map((seat) => seat.id)).toEqual(["ann", "bob"]);
    await drainAll(replica);
  });

  it("gives a bot at its time, without a nudge", async () => {
    const replica = makeReplica(world, { bots: ["x"], policy: { botAfterMs: 50 } });
    replica.matchmaker.start();
    const made = replica.matchmaker.events.next("match:made");
    await wait(replica, "ann");
    expect((await made).waitMs[0]).toBeGreaterThanOrEqual(50);
    await drainAll(replica);
  });

  it("gives the bot that becomes idle, on a nudge", async () => {
    const replica = makeReplica(world, { policy: { botAfterMs: 0 } });
    replica.matchmaker.start();
    await wait(replica, "ann");
    const made = replica.matchmaker.events.next("match:made");
    replica.fleet.add("x");
    replica.matchmaker.nudge();
    expect((await made).match.seats[1].id).toBe("x");
    await drainAll(replica);
  });

  it("notices a missed deadline by itself", async () => {
    const replica = makeReplica(world, { policy: { confirmMs: 50 } });
    replica.matchmaker.start();
    const expired = replica.matchmaker.events.next("match:expired");
    await wait(replica, "ann");
    await wait(replica, "bob");
    expect((await expired).missing).toEqual(["ann", "bob"]);
    await drainAll(replica);
  });

  it("says that a cycle failed, goes on when the database is back, and keeps who waits", async () => {
    const outage = breakable(test.database);
    const replica = makeReplica(world, { database: outage.database });
    await wait(replica, "ann");
    await wait(replica, "bob");
    outage.begin();
    const failed = replica.matchmaker.events.next("cycle:failed");
    replica.matchmaker.start();
    expect((await failed).code).toBe("STORE_UNAVAILABLE");
    await expect(wait(replica, "cid")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    const made = replica.matchmaker.events.next("match:made");
    outage.end();
    expect((await made).match.seats.map((seat) => seat.id)).toEqual(["ann", "bob"]);
    await drainAll(replica);
  });

  it("reports a drain that the database could not hear of, with its timers gone", async () => {
    const outage = breakable(test.database);
    const replica = makeReplica(world, { database: outage.database });
    replica.matchmaker.start();
    await replica.matchmaker.events.next("cycle:finished");
    outage.begin();
    await expect(replica.matchmaker.drain()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(world.runtime.clock.pendingTimers).toBe(0);
  });

  it("matches a crowd over three replicas, one of which dies, round after round", async () => {
    const outage = breakable(test.database);
    const policy = { botAfterMs: 20 };
    const dying = makeReplica(world, { id: "r3", bots: ["z1", "z2"], policy, database: outage.database });
    const one = makeReplica(world, { id: "r1", bots: ["x1", "x2"], policy });
    const two = makeReplica(world, { id: "r2", bots: ["y1", "y2"], policy });
    const crowd = makeCrowd(
      Array.from({ length: 25 }, (_, index) => `user-${index}`),
      one,
    );
    for (const replica of [one, two]) crowd.follow(replica, () => true);
    crowd.follow(dying, () => !outage.isOut());
    for (const { matchmaker } of [one, two, dying]) matchmaker.start();

    await crowd.waitAll();
    await dying.matchmaker.events.next("match:made");
    outage.begin();
    await world.passTime(10_000);
    await crowd.everybodyTalked(4);
    outage.end();
    await drainAll(one, two, dying);
  });
});

/** People who confirm every match they get a notice of, end it once it is live, and wait again, through one replica. */
function makeCrowd(people: readonly string[], home: Replica) {
  const talks = new Map(people.map((userId) => [userId, 0]));
  const seats = new Map<string, readonly string[]>();
  const live = new Set<string>();
  const errands = new Set<Promise<void>>();
  const { resolve: finish, promise: finished } = Promise.withResolvers<void>();
  let goal = Number.POSITIVE_INFINITY;
  let isOver = false;

  const send = (errand: () => Promise<unknown>) => {
    if (isOver) return;
    const done = errand().then(() => void errands.delete(done));
    errands.add(done);
  };
  const again = (userId: string) => send(() => home.matchmaker.openTicket({ userId, source: "api" }));
  const talk = (matchId: string) => {
    if (live.has(matchId)) return;
    live.add(matchId);
    const here = (seats.get(matchId) ?? []).filter((id) => talks.has(id));
    for (const userId of here) talks.set(userId, (talks.get(userId) ?? 0) + 1);
    send(() => home.matchmaker.endMatch(matchId, "ended").then(() => here.forEach(again)));
    if ([...talks.values()].every((count) => count >= goal)) finish();
  };

  return {
    /** `hears`: whether this replica's notices still leave it. */
    follow({ matchmaker }: Replica, hears: () => boolean) {
      matchmaker.events.on("match:made", ({ match }) => {
        const ids = match.seats.map((seat) => seat.id);
        seats.set(match.matchId, ids);
        if (hears()) for (const id of ids) send(() => home.matchmaker.confirm(match.matchId, id));
      });
      matchmaker.events.on("match:live", ({ matchId }) => talk(matchId));
      // A person who lost a bot or did not confirm three times waits again, as its app would.
      matchmaker.events.on("ticket:closed", ({ userId, reason }) => reason !== "ended" && again(userId));
    },
    waitAll: () => Promise.all(people.map((userId) => home.matchmaker.openTicket({ userId, source: "api" }))),
    /** Resolves when each person has been in `count` live matches and no call is under way. */
    async everybodyTalked(count: number) {
      goal = count;
      await finished;
      isOver = true;
      while (errands.size > 0) await Promise.all(errands);
    },
  };
}

/** The same database, with outages that tests begin and end. */
function breakable(database: Database<string>): {
  database: Database<string>;
  begin(): void;
  end(): void;
  isOut(): boolean;
} {
  let isOut = false;
  return {
    begin: () => {
      isOut = true;
    },
    end: () => {
      isOut = false;
    },
    isOut: () => isOut,
    database: {
      ...database,
      async query<Row extends object>(text: string, params?: readonly SqlValue[]): Promise<Row[]> {
        if (isOut) throw new FleetError("STORE_UNAVAILABLE", "the database is away", { retryable: true });
        return database.query<Row>(text, params);
      },
    },
  };
}
