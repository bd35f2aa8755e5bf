import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brokenPromises, makeReplica, makeWorld, type Replica, type World } from "./support.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();

describe.each(backends())("matchmaker on %s", (backend) => {
  let test: TestDatabase;
  let world: World;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await test.database.query("truncate shoal.match_tickets, shoal.matches, shoal.match_seats, shoal.match_replicas");
    world = makeWorld(test.database);
  });

  const open = (replica: Replica, userId: string, seconds = 0) =>
    replica.matchmaker.openTicket({ userId, name: userId.toUpperCase(), source: "lobby", since: at(seconds) });

  it("pairs two", async () => {
    const replica = makeReplica(world);
    await open(replica, "ann");
    await open(replica, "bob");
    await replica.cycle();
    expect(replica.seen("match:made")).toHaveLength(1);
    expect(await brokenPromises(test.database)).toEqual([]);
  });
});
