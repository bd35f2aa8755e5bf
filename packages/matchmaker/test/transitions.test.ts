import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStatements } from "../src/statements.ts";
import type { TicketView } from "../src/types.ts";
import {
  brokenPromises,
  emptyMatchTables,
  makeReplica,
  makeWorld,
  type Replica,
  sweepOf,
  type World,
} from "./support.ts";

type State = "waiting" | "reserved, person" | "reserved, bot" | "matched, person" | "matched, bot" | "away" | "closed";
type Event =
  | "same mark"
  | "newer mark"
  | "smaller mark"
  | "mark of before"
  | "no mark"
  | "partner at hand"
  | "bot at hand"
  | "all confirm"
  | "time to confirm is over"
  | "cancelled"
  | "left the lobby"
  | "missing in the lobby"
  | "partner left"
  | "match ended"
  | "replica drained"
  | "replica died";

/** Ann's ticket after the event: status, and the reason if closed. A missing cell does not compile. */
const unchanged = {
  waiting: "waiting",
  "reserved, person": "reserved",
  "reserved, bot": "reserved",
  "matched, person": "matched",
  "matched, bot": "matched",
  away: "closed left",
  closed: "closed cancelled",
} as const satisfies Record<State, string>;

const table: Record<Event, Record<State, string>> = {
  "same mark": { ...unchanged, away: "waiting" },
  "newer mark": { ...closedAs("superseded"), away: "closed left", closed: "closed cancelled" },
  "smaller mark": { ...closedAs("superseded"), away: "closed left", closed: "closed cancelled" },
  "mark of before": unchanged,
  "no mark": { ...unchanged, "matched, person": "closed superseded", "matched, bot": "closed superseded" },
  "partner at hand": { ...unchanged, waiting: "reserved" },
  "bot at hand": { ...unchanged, waiting: "reserved" },
  "all confirm": { ...unchanged, "reserved, person": "matched", "reserved, bot": "matched" },
  "time to confirm is over": { ...unchanged, "reserved, person": "waiting", "reserved, bot": "waiting" },
  cancelled: { ...closedAs("cancelled"), away: "closed left" },
  "left the lobby": { ...closedAs("left"), closed: "closed cancelled" },
  "missing in the lobby": { ...closedAs("gone"), away: "closed left", closed: "closed cancelled" },
  "partner left": {
    ...unchanged,
    "reserved, person": "waiting",
    "reserved, bot": "waiting",
    "matched, person": "closed partner_left",
    "matched, bot": "closed partner_left",
  },
  "match ended": {
    ...unchanged,
    "reserved, person": "waiting",
    "reserved, bot": "waiting",
    "matched, person": "closed ended",
    "matched, bot": "closed ended",
  },
  "replica drained": { ...unchanged, "reserved, bot": "waiting", "matched, bot": "closed drained" },
  "replica died": {
    ...unchanged,
    "reserved, person": "waiting",
    "reserved, bot": "waiting",
    "matched, bot": "closed replica_lost",
  },
};

function closedAs(reason: string): Record<State, string> {
  const everywhere = `closed ${reason}`;
  return {
    waiting: everywhere,
    "reserved, person": everywhere,
    "reserved, bot": everywhere,
    "matched, person": everywhere,
    "matched, bot": everywhere,
    away: everywhere,
    closed: everywhere,
  };
}

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
const MARK = 10;
/** Of a wait before that one, by a clock that is ahead. */
const BEFORE = 20;

interface Cell {
  readonly world: World;
  readonly replica: Replica;
  readonly other: Replica;
  readonly ann: TicketView;
}

const open = (replica: Replica, userId: string, seconds: number) =>
  replica.matchmaker.openTicket({ userId, source: "lobby", since: at(seconds) });

const matchOf = (replica: Replica) => replica.seen("match:made").at(-1)?.match;

const confirmAll = async (replica: Replica) => {
  const match = matchOf(replica);
  for (const seat of match?.seats ?? []) await replica.matchmaker.confirm(match?.matchId ?? "", seat.id);
};

const reach: Record<State, (cell: Omit<Cell, "ann">) => Promise<unknown>> = {
  waiting: async () => {},
  "reserved, person": async ({ replica }) => {
    await open(replica, "bob", MARK);
    await replica.cycle();
  },
  "reserved, bot": async ({ world, replica }) => {
    replica.fleet.add("x");
    await world.passTime(4_000);
    await replica.cycle();
  },
  "matched, person": async (cell) => {
    await reach["reserved, person"](cell);
    await confirmAll(cell.replica);
  },
  "matched, bot": async (cell) => {
    await reach["reserved, bot"](cell);
    await confirmAll(cell.replica);
  },
  away: ({ replica }) => replica.matchmaker.closeUser("ann", "left"),
  closed: async ({ replica }) => {
    const { id } = await open(replica, "ann", MARK);
    await replica.matchmaker.closeTicket(id, "cancelled");
  },
};

const cause: Record<Event, (cell: Cell) => Promise<unknown>> = {
  "same mark": ({ replica }) => open(replica, "ann", MARK),
  "newer mark": ({ replica }) => open(replica, "ann", MARK + 1),
  "smaller mark": ({ replica }) => open(replica, "ann", MARK - 1),
  "mark of before": ({ replica }) => open(replica, "ann", BEFORE),
  "no mark": ({ replica }) => replica.matchmaker.openTicket({ userId: "ann", source: "api" }),
  "partner at hand": async ({ other }) => {
    await open(other, "cid", MARK);
    await other.cycle();
  },
  "bot at hand": async ({ world, other }) => {
    other.fleet.add("y");
    await world.passTime(4_000);
    await other.cycle();
  },
  "all confirm": ({ replica }) => confirmAll(replica),
  "time to confirm is over": async ({ world }) => {
    await world.passTime(8_000);
    await sweep(world);
  },
  cancelled: ({ replica, ann }) => replica.matchmaker.closeTicket(ann.id, "cancelled"),
  "left the lobby": ({ replica }) => replica.matchmaker.closeUser("ann", "left"),
  "missing in the lobby": async ({ world, replica }) => {
    await world.passTime(6_000);
    await replica.matchmaker.reconcileLobby([]);
  },
  "partner left": async ({ replica }) => {
    const match = matchOf(replica);
    if (match) await replica.matchmaker.endMatch(match.matchId, "left", match.seats[1].id);
  },
  "match ended": async ({ replica }) => {
    const match = matchOf(replica);
    if (match) await replica.matchmaker.endMatch(match.matchId, "ended");
  },
  "replica drained": ({ replica }) => replica.drain(),
  "replica died": async ({ world }) => {
    await sweep(world);
    for (const _ of [1, 2]) {
      await world.passTime(5_500);
      await sweep(world);
    }
  },
};

/** Runs the part of another replica's cycle before pairing. */
const sweep = ({ database, runtime }: World) => createStatements(database, runtime).sweep(sweepOf("r2"));

describe.each(backends())("a ticket on the %s Postgres", (backend) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await emptyMatchTables(test.database);
  });

  for (const event of Object.keys(table) as Event[]) {
    for (const state of Object.keys(table[event]) as State[]) {
      it(`${state}, then ${event}: ${table[event][state]}`, async () => {
        const world = makeWorld(test.database);
        const replica = makeReplica(world, { id: "r1" });
        const other = makeReplica(world, { id: "r2" });
        await open(replica, "ann", BEFORE);
        const ann = await open(replica, "ann", MARK);
        await reach[state]({ world, replica, other });
        await cause[event]({ world, replica, other, ann });
        const after = await replica.matchmaker.ticket(ann.id);
        expect([after?.status, after?.closedReason].filter(Boolean).join(" ")).toBe(table[event][state]);
        expect(await brokenPromises(test.database)).toEqual([]);
      });
    }
  }
});
