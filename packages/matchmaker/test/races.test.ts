import type { Database } from "@shoal/store";
import { type Backend, backends, soakRuns, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStatements } from "../src/statements.ts";
import {
  brokenPromises,
  emptyMatchTables,
  makeReplica,
  makeWorld,
  type Replica,
  sweepOf,
  type World,
} from "./support.ts";

interface Scene {
  readonly world: World;
  readonly one: Replica;
  readonly two: Replica;
  /** The match of ann and bob; none while they wait. */
  readonly matchId: string;
}

interface Racer {
  run(scene: Scene): Promise<unknown>;
  /** What holds afterwards, in either order. */
  holds(state: After): boolean;
}

interface After {
  readonly matches: readonly string[];
  /** Marks of the open tickets. */
  readonly open: { readonly ann: number | undefined; readonly bob: number | undefined };
}

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
const open = (replica: Replica, userId: string, seconds: number) =>
  replica.matchmaker.openTicket({ userId, source: "lobby", since: at(seconds) });
const always = () => true;

const racers = {
  "replica one pairs": { run: ({ one }) => one.cycle(), holds: always },
  "replica two pairs": { run: ({ two }) => two.cycle(), holds: always },
  "ann confirms": { run: ({ one, matchId }) => one.matchmaker.confirm(matchId, "ann"), holds: always },
  "bob confirms": { run: ({ two, matchId }) => two.matchmaker.confirm(matchId, "bob"), holds: always },
  "ann leaves": {
    run: ({ one }) => one.matchmaker.closeUser("ann", "left"),
    holds: ({ open }) => open.ann === undefined,
  },
  "bob leaves": {
    run: ({ two }) => two.matchmaker.closeUser("bob", "left"),
    holds: ({ open }) => open.bob === undefined,
  },
  "ann waits anew": { run: ({ one }) => open(one, "ann", 5), holds: ({ open }) => open.ann === 5 },
  "ann waits anew elsewhere": { run: ({ two }) => open(two, "ann", 5), holds: ({ open }) => open.ann === 5 },
  "bob waits anew": { run: ({ two }) => open(two, "bob", 5), holds: ({ open }) => open.bob === 5 },
  "the match is ended": {
    run: ({ one, matchId }) => one.matchmaker.endMatch(matchId, "ended"),
    holds: ({ matches }) => !matches.includes("pending") && !matches.includes("live"),
  },
  "ann blocks bob": {
    run: ({ one, matchId }) => one.matchmaker.block("ann", matchId),
    holds: ({ matches }) => !matches.includes("pending") && !matches.includes("live"),
  },
  "bob blocks ann": {
    run: ({ two, matchId }) => two.matchmaker.block("bob", matchId),
    holds: ({ matches }) => !matches.includes("pending") && !matches.includes("live"),
  },
  "the deadline is noticed": {
    run: ({ world }) => createStatements(world.database, world.runtime).sweep(sweepOf("r3")),
    holds: always,
  },
} as const satisfies Record<string, Racer>;

type Name = keyof typeof racers;

const races: Record<"waiting" | "again" | "pending" | "late" | "live", readonly Name[]> = {
  waiting: [
    "replica one pairs",
    "replica two pairs",
    "ann leaves",
    "bob leaves",
    "ann waits anew",
    "ann waits anew elsewhere",
  ],
  again: ["replica one pairs", "replica two pairs", "ann blocks bob", "bob blocks ann", "bob leaves"],
  pending: [
    "ann confirms",
    "bob confirms",
    "ann leaves",
    "bob leaves",
    "ann waits anew",
    "bob waits anew",
    "the match is ended",
  ],
  late: ["the deadline is noticed", "ann confirms", "bob leaves", "ann waits anew", "the match is ended"],
  live: [
    "ann blocks bob",
    "bob blocks ann",
    "ann leaves",
    "bob leaves",
    "ann waits anew",
    "bob waits anew",
    "the match is ended",
  ],
};

/**
 * What races what there: usually one order of each two on each backend, as no statement depends on the version of Postgres; all in a
 * soak, and where there is one backend only.
 */
function pairsOn(backend: Backend, names: readonly Name[]): (readonly [Name, Name])[] {
  const isEach = soakRuns(0, 1) === 1 || backends().length === 1;
  const isHere = (one: number, other: number) => isEach || one < other === (backend === "embedded");
  return names.flatMap((first, one) =>
    names.flatMap((second, other) => (one !== other && isHere(one, other) ? [[first, second] as const] : [])),
  );
}

describe.each(backends())("at the same moment, on the %s Postgres", (backend) => {
  let test: TestDatabase;
  let pools: readonly [Database<string>, Database<string>];

  beforeAll(async () => {
    test = await testDatabase({ backend });
    pools = [test.connect(2), test.connect(2)];
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(test.database);
  });

  it("two who confirm make their match live, every time", async () => {
    const world = makeWorld(test.database);
    const one = makeReplica(world, { id: "r1", database: pools[0] });
    const two = makeReplica(world, { id: "r2", database: pools[1] });
    await Promise.all(Array.from({ length: 60 }, (_, index) => open(one, `user-${index}`, 1)));
    await one.cycle();
    for (const { match } of one.seen("match:made")) {
      const [first, second] = match.seats;
      await race(test.database, [
        () => one.matchmaker.confirm(match.matchId, first.id),
        () => two.matchmaker.confirm(match.matchId, second.id),
      ]);
    }
    expect([...one.seen("match:live"), ...two.seen("match:live")]).toHaveLength(30);
    expect(await brokenPromises(test.database)).toEqual([]);
  });

  for (const [start, names] of Object.entries(races) as [keyof typeof races, readonly Name[]][]) {
    for (const [first, second] of pairsOn(backend, names)) {
      it(`${start}: ${first}, ${second}`, async () => {
        const scene = await stage(start, makeWorld(test.database), pools);
        await race(test.database, [() => racers[first].run(scene), () => racers[second].run(scene)]);
        expect(await brokenPromises(test.database)).toEqual([]);
        const after = await lookAt(test.database);
        // The person who leaves and the one who waits anew may be the same: then the later call wins.
        const contradict = first.startsWith(second.slice(0, 3)) && /leaves/.test(first + second);
        if (!contradict) expect([racers[first].holds(after), racers[second].holds(after)]).toEqual([true, true]);
        if ([first, second].every((name) => name.endsWith("pairs"))) expect(after.matches).toEqual(["pending"]);
        if ([first, second].every((name) => name.endsWith("confirms"))) expect(after.matches).toEqual(["live"]);
      });
    }
  }
});

async function stage(
  start: keyof typeof races,
  world: World,
  pools: readonly [Database<string>, Database<string>],
): Promise<Scene> {
  const one = makeReplica(world, { id: "r1", database: pools[0] });
  const two = makeReplica(world, { id: "r2", database: pools[1] });
  // Terms are renewed, so that the race is about pairing alone.
  await one.cycle();
  await two.cycle();
  await open(one, "ann", 1);
  await open(one, "bob", 1);
  if (start === "waiting") return { world, one, two, matchId: "" };
  await one.cycle();
  const matchId = one.seen("match:made")[0]?.match.matchId ?? "";
  if (start === "live") for (const id of ["ann", "bob"]) await one.matchmaker.confirm(matchId, id);
  if (start === "again") await one.matchmaker.endMatch(matchId, "ended");
  if (start === "late") await world.passTime(8_000);
  return { world, one, two, matchId };
}

/**
 * Starts both while every row is locked, so that each has read the rows before either may change them, and then unlocks
 * the rows.
 */
async function race(database: Database<string>, racers: readonly (() => Promise<unknown>)[]): Promise<void> {
  let settled = 0;
  let runs: Promise<unknown>[] = [];
  await database.transaction(async (tx) => {
    await tx.query("select 1 from shoal.matches for update");
    await tx.query("select 1 from shoal.match_seats for update");
    await tx.query("select 1 from shoal.match_tickets for update");
    runs = racers.map((run) =>
      run().finally(() => {
        settled += 1;
      }),
    );
    for (let blocked = 0; blocked + settled < racers.length; ) {
      const [row] = await tx.query<{ count: number }>(
        "select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      blocked = row?.count ?? 0;
      await tx.query("select pg_stat_clear_snapshot()");
    }
  });
  await Promise.all(runs);
}

async function lookAt(database: Database<string>): Promise<After> {
  const matches = await database.query<{ status: string }>("select status from shoal.matches where status <> 'ended'");
  const tickets = await database.query<{ user_id: string; mark: number }>(
    `select user_id, extract(epoch from since - '2026-01-01T00:00:00Z')::int as mark
     from shoal.match_tickets where status <> 'closed'`,
  );
  const markOf = (userId: string) => tickets.find((row) => row.user_id === userId)?.mark;
  return { matches: matches.map((row) => row.status), open: { ann: markOf("ann"), bob: markOf("bob") } };
}
